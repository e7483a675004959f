"""A turn that somebody ended: what was done, what was not, and what goes on."""

from dataclasses import dataclass

from bot.views.blocks import message, section
from bot.views.text import clip, person, prose
from bot.views.view import View


@dataclass(frozen=True, slots=True)
class Stopped:
    """A turn that was ended.

    Attributes:
        by: The user id of who wanted that.
        done: What was changed before, a sentence each.
        undone: What was to be done next, in words.
        waiting: What waits for people's approval, a sentence each.
    """

    by: str
    done: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


def stopped(turn: Stopped) -> View:
    """The one message that a stopped turn gets."""
    first = f"■ Stopped, as {person(turn.by)} asked. There will be no answer."
    lines = [first]
    lines.append(prose(f"Done before, and kept: {' '.join(turn.done)}", 800) if turn.done else "Nothing was changed.")
    if turn.undone:
        lines.append(prose(f"Not done: {clip(', '.join(dict.fromkeys(turn.undone)), 300)}.", 400))
    if turn.waiting:
        lines.append(prose(f"Still waits for a decision: {' '.join(turn.waiting)}", 800))
    return message(first, section("\n".join(lines)))
