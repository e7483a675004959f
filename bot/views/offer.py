"""A private offer to somebody who shared a pipeline file without asking for anything."""

from dataclasses import dataclass

from bot.views.blocks import message, section
from bot.views.text import code, person
from bot.views.view import View


@dataclass(frozen=True, slots=True)
class Offer:
    """The file, and the id of our own user, to be mentioned."""

    filename: str
    bot_user: str


def offer(made: Offer) -> View:
    """What to write to have the file onboarded; nothing happens without it."""
    words = (
        f"{code(made.filename)} looks like a pipeline. To have it read and registered, reply in its thread with "
        f"“{person(made.bot_user)} onboard this”. I do nothing with it unless you ask."
    )
    return message(words, section(words))
