"""No secret leaves: the very ones that we hold, and whatever looks like one, in everything that is said or asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar, cast

from pydantic import BaseModel, SecretStr

from bot.settings import Settings
from tools.credentials import HIDDEN, WORDS, hidden, unfinished

Told = TypeVar("Told")
CUT = "…"  #: how every text of ours says that it was cut there
HALF = 8  #: characters of a secret of ours that are looked for where a text was cut
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
            text = _without_halves(text.replace(secret, HIDDEN), secret)
        return hidden(text, WORDS)

    def within(self, value: Told) -> Told:
        """The value with every text in it without its secrets, however deep it lies: for what is cut when it is shown.

        Half a secret is none any more that could be found.
        """
        return cast("Told", self._within(value))

    def _within(self, value: object) -> object:
        match value:
            case Enum():
                return value
            case str():
                return self(value)
            case tuple() | list():
                return type(value)(map(self._within, value))
            case dict():
                return {self._within(name): self._within(inner) for name, inner in value.items()}
            case BaseModel():
                return value.model_copy(
                    update={name: self._within(getattr(value, name)) for name in type(value).model_fields}
                )
        return value

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


def _without_halves(text: str, secret: str) -> str:
    """The text without the beginning of a secret before a cut, or its end behind one."""
    if CUT not in text or (secret[:HALF] not in text and secret[-HALF:] not in text):
        return text
    first, *others = text.split(CUT)
    parts = [first, *(_without_end(part, secret) for part in others)]
    return CUT.join([*(_without_beginning(part, secret) for part in parts[:-1]), parts[-1]])


def _without_beginning(text: str, secret: str) -> str:
    shown = text.rstrip()
    found = next((n for n in range(len(secret) - 1, HALF - 1, -1) if shown.endswith(secret[:n])), 0)
    return shown[:-found] + HIDDEN if found else text


def _without_end(text: str, secret: str) -> str:
    shown = text.lstrip()
    found = next((n for n in range(len(secret) - 1, HALF - 1, -1) if shown.startswith(secret[-n:])), 0)
    return HIDDEN + shown[found:] if found else text


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
