"""That an alias moved without an approval."""

from dataclasses import dataclass

from bot.views.blocks import message, section
from bot.views.text import code, plain
from bot.views.view import View


@dataclass(frozen=True, slots=True)
class Moved:
    """An alias of a model that somebody moved elsewhere; versions are empty where there is none."""

    model: str
    alias: str
    before: str
    after: str


def moved(alias: Moved) -> View:
    """What happened, that nobody approved it here, and how it is undone."""
    model = plain(alias.model, 100)
    come = f"from v{plain(alias.before, 20)} " if alias.before else ""
    went = f"to v{plain(alias.after, 20)}" if alias.after else "away"
    words = (
        f"⚠️ Somebody moved {code(alias.alias)} of *{model}* {come}{went} in MLflow itself; nobody approved that here. "
        "It is in the audit log."
    )
    undo = (
        f"promote {alias.model} {alias.before} {alias.alias}"
        if alias.before
        else f"unalias {alias.model} {alias.alias}"
    )
    return message(
        words, section(f"{words}\n*Next:* if that was not meant to be, {code(f'/mlops {undo}', 200)} asks to undo it.")
    )
