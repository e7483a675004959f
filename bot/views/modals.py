"""Modals: what a decision needs beside a press."""

from dataclasses import dataclass

from bot.views.actions import PROPOSAL_CONFIRM, PROPOSAL_REJECT
from bot.views.limits import SECTION
from bot.views.text import clip, code, plain
from bot.views.view import Block

FIELD = "typed"  #: `block_id` of the one field; an error is shown under it
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """The proposal that a modal is about.

    Attributes:
        reference: Its id.
        summary: What will happen, one line.
        about: Comes back as the modal's `private_metadata`; at most 3,000 characters.
    """

    reference: str
    summary: str
    about: str


def reject(asked: Asked) -> Block:
    """The form that asks why a proposal is rejected."""
    words = f"{_what(asked)}\nOne no ends it, whoever else approved it. The person who asked is told why."
    return _modal("Reject proposal", "Reject", PROPOSAL_REJECT, asked.about, words, label="Reason", lines=True)


def confirm(asked: Asked, typed: str) -> Block:
    """The form in which an approver types what the rule asks for: `typed`."""
    words = f"{_what(asked)}\n*To approve, type* {code(typed, 300)}"
    return _modal("Approve proposal", "Approve", PROPOSAL_CONFIRM, asked.about, words, label="Type it", lines=False)


def _what(asked: Asked) -> str:
    return f"{code(asked.reference)}: {plain(asked.summary, 400)}"


def _modal(title: str, submit: str, callback: str, about: str, words: str, *, label: str, lines: bool) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": FIELD,
        "multiline": lines,
        "max_length": LONGEST_REASON,
        "focus_on_load": True,
    }
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": about,
        "title": _plain(title),
        "submit": _plain(submit),
        "close": _plain("Cancel"),
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": clip(words, SECTION), "verbatim": True}},
            {"type": "input", "block_id": FIELD, "label": _plain(label), "element": element},
        ],
    }


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
