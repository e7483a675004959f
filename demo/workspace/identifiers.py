"""Identifiers in Slack's shapes. Random parts come from `secrets`: a response URL or trigger must not be guessable."""

import secrets
import string
import threading
from collections.abc import Callable

_ALPHABET = string.ascii_uppercase + string.digits


def new_id(prefix: str, length: int = 9) -> str:
    """`prefix` and random capitals and digits: `F08ABC…`, `Ev0…`."""
    return prefix + "0" + "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_trigger() -> str:
    """A trigger id in Slack's three-part shape."""
    return f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"


class Timestamps:
    """Message timestamps: seconds and microseconds, never twice the same, never going back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> str:
        """The next one, `1717171717.000100`."""
        with self._lock:
            self._last = max(self._last + 1, int(self._clock() * 1_000_000))
            return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def seen(self, ts: str) -> None:
        """Make sure that later ones are after `ts`."""
        seconds, micro = ts.split(".")
        with self._lock:
            self._last = max(self._last, int(seconds) * 1_000_000 + int(micro))
