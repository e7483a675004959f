"""No secret leaves: the very ones that we hold, and whatever looks like one, in everything that is said or asked."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import SecretStr

from bot.settings import Settings
from secrecy.credentials import HIDDEN, hidden

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
        return hidden(text)


def hiding(settings: Settings) -> Hiding:
    """Hides every secret of the settings, whole and in its parts (`user:password`, several keys)."""
    values = (getattr(settings, name) for name in type(settings).model_fields)
    whole = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    return Hiding(_longest_first([*whole, *(part for secret in whole for part in _parts(secret))]))


def _parts(secret: str) -> list[str]:
    return [part.strip() for piece in secret.split(",") for part in piece.split(":")[1:]] + secret.split(",")


def _longest_first(secrets: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({one for one in secrets if len(one) >= SHORTEST}, key=lambda one: (-len(one), one)))
