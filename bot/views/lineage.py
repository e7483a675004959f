"""The card that tells where a model version comes from: a line for each step, with its page where it has one."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.views.blocks import message, section
from bot.views.limits import SECTION
from bot.views.markdown import mrkdwn
from bot.views.text import bounded, plain
from bot.views.view import View


@dataclass(frozen=True, slots=True)
class Hop:
    """One step.

    Attributes:
        what: What it is, such as `MLflow run`.
        value: Which one, as Markdown.
        url: Its page; empty when it has none.
        missing: Why it is not known; empty when it is.
    """

    what: str
    value: str = ""
    url: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Lineage:
    """A version and its steps.

    Attributes:
        title: The version, such as `churn v4`.
        hops: The steps, in their order.
        hosts: Where links may lead.
    """

    title: str
    hops: tuple[Hop, ...]
    hosts: tuple[str, ...] = ()


def lineage(card: Lineage) -> View:
    """The card; a step that is missing is there, and says why."""
    headline = f"🧭 *Where {plain(card.title, 100)} comes from*"
    steps = bounded([_line(hop, card.hosts) for hop in card.hops], SECTION - 200, kind="steps")
    return message(f"{headline}\n{steps}", section(headline), section(steps))


def _line(hop: Hop, hosts: Sequence[str]) -> str:
    what = plain(hop.what, 100)
    if hop.missing:
        return f"▫️ *{what}*: missing, {_told(hop.missing, hosts)}"
    label = hop.value.replace("[", "(").replace("]", ")")
    return f"▪️ *{what}*: {_told(f'[{label}]({hop.url})' if hop.url else hop.value, hosts)}"


def _told(markdown: str, hosts: Sequence[str]) -> str:
    return mrkdwn(" ".join(markdown.split()), hosts)
