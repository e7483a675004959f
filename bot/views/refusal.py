"""A file that is no pipeline we can take: where, why, and what would make it one."""

from dataclasses import dataclass

from bot.views.blocks import context, message, section
from bot.views.text import code, fenced, prose
from bot.views.view import View


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused file.

    Attributes:
        filename: The file's name.
        reason: What is wrong, as a sentence.
        remedy: What to change in the file, as a sentence; that it is shared again is said here.
        line: Where; None when it is about the file as a whole.
        source: The line itself; empty when it should not be shown.
    """

    filename: str
    reason: str
    remedy: str
    line: int | None = None
    source: str = ""


def refusal(refused: Refusal) -> View:
    """Why the file was not taken, and what to change."""
    where = f", line {refused.line}" if refused.line is not None else ""
    reason = f"❌ I cannot take {code(refused.filename)}{where}. {prose(refused.reason, 600)}"
    blocks = [section(reason)]
    if refused.source.strip():
        blocks.append(section(fenced(refused.source, 400)))
    remedy = prose(refused.remedy, 600)
    first = f"{remedy} Then drop" if remedy else "Drop"
    blocks.append(section(f"*To fix it:* {first} the file into this thread again."))
    blocks.append(context("Nothing of the file was run or kept."))
    return message(f"{reason}\n{remedy}", *blocks)
