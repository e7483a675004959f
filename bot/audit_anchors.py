"""Where the end of the audit log is noted outside Redis: in a file, and in the log of the process.

A chain alone cannot show that its end was cut off, or that all of it was made anew by somebody who has the key. These
notes can: each names a record by number and mac. The file gets one for every record; the log, which may be kept on
another machine, one at least every 50 records or 60 s, and one for every record of a change.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

import structlog
from pydantic import TypeAdapter, ValidationError

from bot.audit_check import Anchor

log = structlog.get_logger()

LOGGED_EVERY_RECORDS = 50
LOGGED_EVERY_SECONDS = 60.0
EVENT = "audit_anchor"  #: the name of the line in the log


class Anchors:
    """Notes the end of one team's log. Nothing that goes wrong with a note stops what is noted.

    Args:
        path: The file; None for the log alone.
        clock: Seconds since 1970.
    """

    def __init__(self, path: Path | None, *, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._lock = Lock()
        self._unlogged: Anchor | None = None
        self._count = 0
        self._logged_at = clock()
        self._complained_at: float | None = None

    def keep(self, anchor: Anchor, *, at_once: bool) -> None:
        """Note a record that was written.

        Args:
            anchor: The record.
            at_once: Whether the log gets its line now, however many there were.
        """
        with self._lock:
            self._append(anchor)
            self._unlogged = anchor
            self._count += 1
            if at_once or self._count >= LOGGED_EVERY_RECORDS or self._elapsed(self._logged_at):
                self._log()

    def close(self) -> None:
        """Log what the log has not been told yet."""
        with self._lock:
            self._log()

    def _log(self) -> None:
        if anchor := self._unlogged:
            log.info(EVENT, team=anchor.team, seq=anchor.seq, mac=anchor.mac, at=anchor.at)
        self._unlogged, self._count, self._logged_at = None, 0, self._clock()

    def _append(self, anchor: Anchor) -> None:
        if self._path is None:
            return
        line = json.dumps(asdict(anchor)) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(file, line.encode())  # one write: several processes share the file
            finally:
                os.close(file)
        except OSError as exc:
            self._complain(exc)

    def _complain(self, error: OSError) -> None:
        if self._complained_at is None or self._elapsed(self._complained_at):
            self._complained_at = self._clock()
            remedy = "the log goes on without; make AUDIT_ANCHORS writable"
            log.error("audit_anchor_not_written", reason=error.strerror, remedy=remedy)

    def _elapsed(self, since: float) -> bool:
        return abs(self._clock() - since) >= LOGGED_EVERY_SECONDS  # a clock may be set back


_LINES = TypeAdapter(Anchor)


@dataclass(frozen=True, slots=True)
class Noted:
    """What a file of anchors says.

    Attributes:
        anchors: In the order in which they were written.
        unreadable: How many lines are none.
    """

    anchors: Sequence[Anchor]
    unreadable: int


def read(path: Path) -> Noted:
    """The anchors in a file: that of `AUDIT_ANCHORS`, or a log in JSON, whose other lines do not count as unreadable.

    Raises:
        OSError: It cannot be read.
    """
    anchors, unreadable = [], 0
    with path.open("rb") as file:
        for line in file:
            try:
                anchors.append(_LINES.validate_json(line))
            except ValidationError:
                unreadable += not _is_another_event(line)
    return Noted(anchors, unreadable)


def _is_another_event(line: bytes) -> bool:
    try:
        told = json.loads(line)
    except ValueError:
        return False
    return isinstance(told, dict) and told.get("event", EVENT) != EVENT
