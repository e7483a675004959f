"""The message that brings a file along: its few words, and what stands there when Slack will not have the file."""

from bot.views.blocks import fallback
from bot.views.text import WORD_JOINER, plain, prose
from bot.views.view import View

LONGEST_SAID = 1_500


def enclosed(title: str, said: str) -> View:
    """What to read from a file, under its title; both are foreign text.

    No address in it is one: Slack unfurls what it finds in words beside a file, and cannot be told not to.
    """
    words = prose(_no_addresses(said), LONGEST_SAID)
    return View(text=fallback(f"*{plain(_no_addresses(title), 200)}*\n{words}".strip()))


def without(view: View, name: str, reason: str) -> View:
    """The same words where the file could not be shown, which they say."""
    missing = f"_I could not put {plain(name, 100)} here: {plain(reason, 100)}._"
    return View(text=fallback(f"{view.text}\n{missing}"))


def _no_addresses(text: str) -> str:
    return text.replace("://", f":{WORD_JOINER}//")
