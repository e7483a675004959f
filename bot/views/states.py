"""Prefect's states in a sign and a word."""

from bot.views.text import plain

_STATES = {
    "scheduled": ("🗓️", "scheduled"),
    "late": ("⏰", "late: no worker has taken it yet"),
    "pending": ("⏳", "starting"),
    "submitting": ("⏳", "starting: a worker has taken it"),
    "infrastructurepending": ("⏳", "starting: its machine is being made ready"),
    "notready": ("⏳", "waiting for what comes before it"),
    "running": ("▶️", "running"),
    "retrying": ("🔁", "running again"),
    "awaitingretry": ("🔁", "waiting to run again"),
    "awaitingconcurrencyslot": ("⏳", "waiting for a free slot"),
    "paused": ("⏸️", "paused"),
    "suspended": ("⏸️", "suspended"),
    "resuming": ("▶️", "going on"),
    "cancelling": ("🛑", "being cancelled"),
    "completed": ("✅", "completed"),
    "cached": ("✅", "completed (from cache)"),
    "failed": ("❌", "failed"),
    "timedout": ("❌", "failed: it ran out of time"),
    "crashed": ("💥", "crashed"),
    "cancelled": ("🚫", "cancelled"),
    "rolledback": ("↩️", "rolled back"),
}
_FINAL = frozenset({"completed", "cached", "failed", "timedout", "crashed", "cancelled", "rolledback"})
BAD = frozenset({"failed", "timedout", "crashed"})


def mark(state: str) -> str:
    """A sign for the state; ❔ for one that we do not know."""
    return _STATES.get(key(state), ("❔", ""))[0]


def word(state: str) -> str:
    """The state in words; its own name when we do not know it."""
    return _STATES.get(key(state), ("", plain(state, 40) or "state unknown"))[1]


def is_final(state: str) -> bool:
    """Whether nothing more will happen."""
    return key(state) in _FINAL


def key(state: str) -> str:
    """The state's name without case and spaces: Prefect writes `AwaitingRetry`, some answers `AWAITING_RETRY`."""
    return state.casefold().replace("_", "").replace(" ", "").replace("-", "")
