"""The folder in which a demo keeps everything: one demo at a time, with room to write, or forgotten."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LEAST_FREE_BYTES = 200 * 1024 * 1024
LOCK = "demo.lock"
MARKER = "demo.marker"
#: What the first demos made, which left no marker; a secret of theirs among it tells them from other people's folders.
UNMARKED = frozenset(
    {
        *("audit-anchors.jsonl", "audit.key", "client", "cloud", "cloud-home", "logs", "mlflow", "pipelines", "pool"),
        *("ports.json", "prefect", "processes", "redis.password", "valkey", "workspace"),
    }
)


class CannotStart(Exception):
    """The demo cannot start here; the message says why and what to do, in one line."""


@contextmanager
def held(state: Path) -> Iterator[None]:
    """Keep `state` for this process alone; a folder in which nothing is yet is marked as a demo's.

    The lock is the kernel's: it goes with the process, however that ends, so the file alone stops nobody.

    Raises:
        CannotStart: Another demo holds it, or the folder cannot be written.
    """
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / LOCK).open("a+", encoding="utf-8")
    except OSError as exc:
        raise CannotStart(
            f"I cannot write to {state} ({exc.strerror}). Choose another folder with --state-dir."
        ) from exc
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise CannotStart(
                f"Another demo (process {holder}) is using {state}. Stop it with Ctrl-C there, "
                "or start this one with --state-dir ANOTHER_FOLDER."
            ) from exc
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        if not _entries(state):
            (state / MARKER).write_text(
                "A demo of Trainmaster keeps its state here; --fresh deletes all of it.\n", encoding="utf-8"
            )
        yield


def require_a_demos(state: Path) -> None:
    """Refuse a folder that is not a demo's to empty.

    Raises:
        CannotStart: It is none; the message names what is in it, and what to do.
    """
    entries = _entries(state)
    if not _is_a_demos(state, entries):
        foreign = next((entry.name for entry in entries if entry.name not in UNMARKED), entries[0].name)
        raise CannotStart(
            f"{state} holds {foreign} and was not made by a demo; --fresh would delete all that is in it. "
            "Choose a new folder with --state-dir, or empty this one by hand."
        )


def forget(state: Path) -> None:
    """Delete everything in `state` but its lock and its marker.

    Raises:
        CannotStart: It is no demo's folder; nothing was deleted.
    """
    require_a_demos(state)
    for entry in _entries(state):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _entries(state: Path) -> list[Path]:
    return sorted(entry for entry in state.iterdir() if entry.name not in {LOCK, MARKER})


def _is_a_demos(state: Path, entries: list[Path]) -> bool:
    names = {entry.name for entry in entries}
    return not names or (state / MARKER).is_file() or (names <= UNMARKED and "audit.key" in names)


def require_room(state: Path, *, least: int = LEAST_FREE_BYTES) -> None:
    """Refuse a disk that is nearly full.

    Args:
        state: The folder that will be written.
        least: How many bytes must be free.

    Raises:
        CannotStart: Fewer are free.
    """
    free = shutil.disk_usage(state).free
    if free < least:
        raise CannotStart(no_room(state, free=free, least=least))


def no_room(state: Path, *, free: int, least: int = LEAST_FREE_BYTES) -> str:
    """What to say when the disk is full."""
    mib = 1024 * 1024
    return (
        f"Only {free // mib} MB are free where {state} is; the demo needs {least // mib} MB. "
        "Make room, or choose a folder on another disk with --state-dir."
    )


def kept_secret(state: Path, name: str) -> str:
    """A random value that is made once for this state folder; only its owner can read the file."""
    path = state / name
    with suppress(FileNotFoundError):
        return path.read_text(encoding="ascii")
    value = secrets.token_hex(32)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(value)
    return value
