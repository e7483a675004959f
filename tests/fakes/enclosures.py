"""Where files of tools go in tests that send none."""

from bot.enclosures import Enclosure
from tools.spec import File


def enclosure_of(name: str, file: File) -> Enclosure:
    """What a message would bring along; its bytes are not kept."""
    return Enclosure(name, file.name, file.title, file.said, file.alt)
