"""No secret leaves: the very ones that we hold, and whatever looks like one, in everything that is said or asked."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import SecretStr

from bot.settings import Settings
from tools.credentials import HIDDEN, WORDS, hidden, unfinished

SHORTEST = 6  #: of a secret of ours that is looked for by itself: shorter ones are words, too


@dataclass(frozen=True, slots=True)
class Hiding:
    """Takes secrets out of texts.

    Attributes:
        held: Secrets that this installation holds, the longest first.
    """

    held: tuple[str, ...] = ()

    def __call__(self, text: str) -> str:
        """The text with `[hidden]` in the place of every secret."""
        for secret in self.held:
            text = text.replace(secret, HIDDEN)
        return hidden(text, WORDS)

    def settled(self, text: str) -> str:
        """The beginning of a text that is still written, without its secrets; nothing that follows can change it.

        It ends with a whole line. A private key, and a secret of ours, may stand in several: what might be the
        beginning of one is held back.
        """
        end = text.rfind("\n") + 1
        for secret in self.held:
            if "\n" in secret:
                end = _outside(text, secret, end)
        if (begun := unfinished(text[:end])) is not None:
            end = text.rfind("\n", 0, begun) + 1
        return self(text[:end])


def hiding(settings: Settings) -> Hiding:
    """Hides every secret of the settings, whole and in its parts (`user:password`, several keys)."""
    values = (getattr(settings, name) for name in type(settings).model_fields)
    whole = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    return Hiding(_longest_first([*whole, *(part for secret in whole for part in _parts(secret))]))


def _parts(secret: str) -> list[str]:
    return [part.strip() for piece in secret.split(",") for part in piece.split(":")[1:]] + secret.split(",")


def _longest_first(secrets: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({one for one in secrets if len(one) >= SHORTEST}, key=lambda one: (-len(one), one)))


def _outside(text: str, secret: str, end: int) -> int:
    """The last end of a line, at `end` or before, at which a secret of several lines is not cut in two."""
    while end and any(text.startswith(secret[: len(text) - start], start) for start in _before(secret, end)):
        end = text.rfind("\n", 0, end - 1) + 1
    return end


def _before(secret: str, end: int) -> range:
    """Where a secret may begin that goes on behind a place."""
    return range(max(0, end - len(secret) + 1), end)
