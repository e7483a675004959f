import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from unittest import mock

import pytest
import redis
from redis.typing import EncodableT, FieldT

from bot.audit import Action, AuditEvent, Keyring
from bot.audit_log import AuditLog
from bot.cli import main

TEAM = "T0LOCAL"
KEY = "a key that is long enough"
STREAM = f"tm:{TEAM}:audit:v1"
ROOT = Path(__file__).parents[3]

Fields = dict[str, str]


def event(number: int, action: Action = Action.CALL_MADE) -> AuditEvent:
    return AuditEvent(1000.0 + number, action, actor="U0ALICE", subject="set_alias", details={"number": str(number)})


@dataclass(frozen=True, slots=True)
class Told:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class House:
    """A log on a real Valkey, its anchors, and the commands that look at it."""

    redis: "redis.Redis"
    url: str
    anchors: Path

    def log(self, *, keys: str = KEY, team: str = TEAM, anchors: Path | None = None) -> AuditLog:
        ring = Keyring.of(keys)
        return AuditLog(self.redis, team=team, keys=ring, anchors=anchors or self.anchors, clock=lambda: 1000.0)

    def filled(self, records: int, *, keys: str = KEY) -> AuditLog:
        """A log with so many more records."""
        log = self.log(keys=keys)
        for number in range(records):
            log.record(event(number))
        return log

    def environment(self, **more: str) -> dict[str, str]:
        """What a process is told that reads or writes the log; nothing of Slack."""
        ours = {"REDIS_URL": self.url, "AUDIT_KEY": KEY, "AUDIT_ANCHORS": str(self.anchors), **more}
        return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(ROOT), **ours}

    def says(self, *arguments: str, **more: str) -> Told:
        """What `python -m bot audit …` says, called here: a process needs seconds to start."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.anchors.parent),  # no .env of the checkout
            mock.patch.dict(os.environ, self.environment(**more), clear=True),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = main(["audit", *arguments])
        return Told(code, out.getvalue(), err.getvalue())

    def runs(self, *arguments: str, **more: str) -> Told:
        """The same, of a process of its own."""
        command = [sys.executable, "-m", "bot", "audit", *arguments]
        done = subprocess.run(
            command,
            cwd=self.anchors.parent,  # no .env of the checkout
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Told(done.returncode, done.stdout, done.stderr)

    def entries(self) -> list[tuple[str, Fields]]:
        """The ids and the fields of the stream's entries, oldest first; what is no text becomes some."""
        client = redis.Redis.from_url(self.url, decode_responses=True, encoding_errors="replace")
        with client:
            return cast("list[tuple[str, Fields]]", client.xrange(STREAM))

    def ids(self) -> list[str]:
        """The ids of the stream's entries, oldest first."""
        return [name for name, _ in self.entries()]

    def rebuild(self, change: Callable[[list[Fields]], None]) -> None:
        """Make the stream anew with its entries as `change` leaves them."""
        entries = [fields for _, fields in self.entries()]
        change(entries)
        self.redis.delete(STREAM)
        for fields in entries:
            self.put(fields)

    def put(self, fields: Fields) -> None:
        """Add an entry as anybody could."""
        pairs: dict[FieldT, EncodableT] = {}
        pairs.update(fields)
        self.redis.xadd(STREAM, pairs)


@pytest.fixture
def house(connection: "redis.Redis", valkey_url: str, tmp_path: Path) -> House:
    return House(connection, valkey_url, tmp_path / "anchors.jsonl")
