"""The agent's answer: as many messages as it needs, with small print about how it came to be."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.views.actions import DIAGNOSIS_FIXES
from bot.views.approval import no_card
from bot.views.blocks import actions as row
from bot.views.blocks import button, confirm, context, fallback, section
from bot.views.markdown import Paragraph, Piece, pieces
from bot.views.split import messages, sections
from bot.views.text import codes, count, duration, many, money, plain
from bot.views.view import Block, View

WRITTEN = "In the words of the model"
MOST_MESSAGES = 5  #: a longer answer is cut, and says so
#: A channel in an answer's own words. Slack shows its name to those who may see it, and notifies nobody.
_CHANNEL = re.compile(r"(?<![\w<#&|/`])#(?=[A-Z]*[0-9])([CG][A-Z0-9]{7,30})\b")
MOST_OFFERS = len(DIAGNOSIS_FIXES)
_READ = 100_000  # characters of an answer that are looked at: more than five messages hold


@dataclass(frozen=True, slots=True)
class Footer:
    """How an answer came to be.

    Attributes:
        model: The model's name.
        seconds: From the question to the answer.
        tools: Names of the tools that were called, in order; one called twice is named twice.
        tokens: What the model read and wrote; 0 for one that counts none.
        cost: What that cost by the policy's prices; 0 where it names none.
        currency: Of the cost; empty where the policy names none.
        note: What else the reader must know of the model, Slack's mrkdwn; empty for nothing.
    """

    model: str
    seconds: float
    tools: tuple[str, ...] = ()
    tokens: int = 0
    cost: float = 0.0
    currency: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that a press can do about what an answer says.

    Attributes:
        label: What the button says.
        value: What comes back, 1 to 2,000 characters.
        asks: What is asked before the press counts; empty for nothing.
    """

    label: str
    value: str
    asks: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in Markdown.

    Attributes:
        text: What the model wrote.
        footer: The small print; None for an answer that no model had a part in.
        hosts: What its links may lead to, each as `host` or `host:port`.
        offers: What can be done about it, at most three; under the last message.
    """

    text: str
    footer: Footer | None = None
    hosts: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()


def reply(answer: Answer) -> list[View]:
    """The messages of an answer, at least one, in order; the footer stands under the last one."""
    texts = sections([_shown(piece) for piece in pieces(answer.text[:_READ], answer.hosts)])
    groups = messages(texts or ["I have nothing to say to that. Ask me in other words, or ask for “help”."])
    shown = groups[:MOST_MESSAGES]
    left_out = sum(len(text) for group in groups[MOST_MESSAGES:] for text in group)
    left_out += max(0, len(answer.text) - _READ)
    views = [_message(group, part=part, parts=len(shown)) for part, group in enumerate(shown, start=1)]
    if answer.offers:
        views[-1].blocks.append(row(*map(_button, answer.offers, DIAGNOSIS_FIXES)))
    views[-1].blocks.extend(_small_print(answer.footer, left_out))
    return views


def growing(texts: Sequence[str], hosts: Sequence[str] = ()) -> View:
    """An answer that is still written: its parts so far, each of whole lines. More of them only add blocks.

    That a model writes it stands above it; the small print, which names the model, comes with the whole answer.

    Raises:
        ValueError: There is nothing to show yet, or more than a message holds.
    """
    shown = [text for part in texts for text in sections([_shown(piece) for piece in pieces(part, hosts)])]
    if not shown or len(messages(shown)) > 1:
        raise ValueError("an answer grows within one message")
    return View(text=fallback("\n\n".join(shown)), blocks=[context(WRITTEN), *map(section, shown)])


def _shown(piece: Piece) -> Piece:
    """A piece with channels named, and nothing in it that could be taken for a card about an approval."""
    return Paragraph(no_card(_CHANNEL.sub(r"<#\1>", piece.text))) if isinstance(piece, Paragraph) else piece


def _button(offer: Offer, action: str) -> Block:
    asked = confirm(f"{offer.label}?", offer.asks, yes="Yes", no="No") if offer.asks else None
    return button(offer.label, action, offer.value, style="danger" if asked else None, confirm=asked)


def _message(texts: Sequence[str], *, part: int, parts: int) -> View:
    blocks: list[Block] = [section(text) for text in texts]
    if part > 1:
        blocks.insert(0, context(f"… continued ({part} of {parts})"))
    if part < parts:
        blocks.append(context("continued below …"))
    return View(text=fallback("\n\n".join(texts)), blocks=blocks)


def _small_print(footer: Footer | None, left_out: int) -> list[Block]:
    blocks: list[Block] = []
    if left_out:
        blocks.append(
            context(
                f"The answer was too long for Slack: its last {left_out:,} characters are left out. Ask for a part."
            )
        )
    if footer:
        if footer.note:
            blocks.append(context(footer.note))
        facts = [plain(footer.model, 60) or "unknown model", duration(footer.seconds), _tools(footer.tools)]
        facts += [many(footer.tokens, "token")] if footer.tokens else []
        facts += [f"cost {money(footer.cost, footer.currency)}"] if footer.cost else []
        blocks.append(context(" · ".join(facts)))
    return blocks


def _tools(names: tuple[str, ...]) -> str:
    if not names:
        return "no tools"
    distinct = tuple(dict.fromkeys(names))
    if len(names) == len(distinct):
        return f"{count(len(names), 'tool')}: {codes(distinct, limit=8)}"
    return f"{count(len(names), 'call')} of {codes(distinct, limit=8)}"
