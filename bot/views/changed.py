"""A message that was edited or deleted while it was answered."""

from bot.views.blocks import context, message
from bot.views.view import View

EDITED = (
    "✏️ You edited your message while I was answering it: I go on with what it said before. "
    "Say it again if the change matters."
)
DELETED = "✏️ The message that I am answering was deleted: I go on with what it said. `stop` ends that."


def changed(*, gone: bool) -> View:
    """That the answer is to what was said before."""
    words = DELETED if gone else EDITED
    return message(words, context(words))
