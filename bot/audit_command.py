"""`python -m bot audit verify` and `… audit export`: the audit log for people who check it, without Slack."""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot import audit_anchors
from bot.audit import Record
from bot.audit_anchors import Noted
from bot.audit_check import Found, Verdict
from bot.audit_log import AuditLog
from bot.settings import AuditSettings, keyring

INTACT, NOT_INTACT, NOT_CHECKED = 0, 1, 2
REDIS_SECONDS = 30.0  #: for a page of large records


class NotChecked(Exception):
    """Nothing can be said about the log; the message says why, and what to do."""


def describe(parser: argparse.ArgumentParser) -> None:
    """Tell a parser what these commands take."""
    parser.add_argument("does", choices=["verify", "export"], help="check the chain, or print it as JSON Lines")
    parser.add_argument("--team", default="", help="the workspace, such as T012ABC; needed when there are several")
    parser.add_argument("--json", action="store_true", help="for verify: the verdict as JSON")
    parser.add_argument("--since", type=int, default=1, metavar="N", help="for export: the first record's number")
    parser.add_argument(
        "--anchors",
        action="append",
        default=[],
        metavar="FILE",
        help="for verify: anchors of other hosts, or their logs",
    )


def run(given: argparse.Namespace, settings: AuditSettings) -> int:
    """Run one of them and give its exit code: 0 intact or printed, 1 not intact, 2 nothing could be checked."""
    try:
        with connected(settings.redis_url) as connection:
            files = _noted(Path(settings.audit_anchors).expanduser(), [Path(name) for name in given.anchors])
            team = given.team or _the_team(connection, files)
            log = AuditLog(connection, team=team, keys=keyring(settings.audit_key), anchors=None, clock=time.time)
            if given.does == "export":
                return _export(log, since=given.since)
            return _verify(log, files, as_json=given.json)
    except NotChecked as exc:
        sys.stderr.write(f"{exc}\n")
    except redis.RedisError as exc:
        remedy = "See that it runs and that REDIS_URL is right, then try again."
        sys.stderr.write(f"Redis does not answer ({type(exc).__name__}), so nothing was checked. {remedy}\n")
    return NOT_CHECKED


def connected(url: str) -> "redis.Redis":
    """A connection for a command that reads and ends; what is no text there is read all the same."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        encoding_errors="replace",  # somebody may have put there what is no text
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=5,
        retry=Retry(NoBackoff(), 1),
    )


def _noted(usual: Path, others: Sequence[Path]) -> dict[Path, Noted]:
    """The anchors of each file. The usual one may be missing: on another host nothing has written it."""
    try:
        return {path: audit_anchors.read(path) for path in (usual, *others) if path != usual or usual.exists()}
    except OSError as exc:
        raise NotChecked(
            f"I cannot read {exc.filename} ({exc.strerror}). Name a file of anchors that I can read."
        ) from exc


def _the_team(connection: "redis.Redis", files: dict[Path, Noted]) -> str:
    """The one team that has a log, or had one."""
    keys = cast("Iterable[str]", connection.scan_iter(match="tm:*:audit:v1*", count=1000))
    found = {key.split(":")[1] for key in keys} | {note.team for noted in files.values() for note in noted.anchors}
    if not found:
        raise NotChecked("There is no audit log in this Redis, and no anchor of one: nothing was checked.")
    if len(found) > 1:
        raise NotChecked(f"There are logs of several workspaces: choose one with --team ({', '.join(sorted(found))}).")
    return found.pop()


def _verify(log: AuditLog, files: dict[Path, Noted], *, as_json: bool) -> int:
    verdict = log.verify([anchor for noted in files.values() for anchor in noted.anchors])
    notes = [f"{noted.unreadable} lines of {path} are no anchors." for path, noted in files.items() if noted.unreadable]
    code = NOT_INTACT if verdict.faults else INTACT if verdict.entries else NOT_CHECKED
    if as_json:
        told = {**asdict(verdict), "notes": [*verdict.notes, *notes], "intact": code == INTACT}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        sys.stdout.write("\n".join([*_lines(verdict), *notes]) + "\n")
    return code


def _lines(verdict: Verdict) -> Iterable[str]:
    if verdict.intact and not verdict.entries:
        yield f"The audit log of {verdict.team} is empty, and no anchor says that it was not: nothing was checked."
        return
    if verdict.intact:
        yield f"The audit log of {verdict.team} is intact: records 1 to {verdict.newest}."
    else:
        count = len(verdict.faults) + verdict.more
        yield f"The audit log of {verdict.team} is NOT intact: {count} {'fault' if count == 1 else 'faults'}."
    for fault in verdict.faults:
        yield f"record {fault.seq}{f' (entry {fault.entry})' if fault.entry else ''}: {fault.kind}: {fault.what}"
    if verdict.more:
        yield f"… and {verdict.more} more."
    yield from verdict.notes


def _export(log: AuditLog, *, since: int) -> int:
    try:
        for found in log.entries():
            if found.record is None or found.record.seq >= since:
                sys.stdout.write(json.dumps(_line(found), sort_keys=True) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return INTACT


def _line(found: Found) -> dict[str, object]:
    record = found.record
    if record is None:
        return {"id": found.id, "unreadable": True}
    return {"id": found.id, **asdict(record), "event": _told(record)}


def _told(record: Record) -> object:
    """The event as JSON within JSON; as the text it is kept as when it is none."""
    try:
        return json.loads(record.event)
    except ValueError:
        return record.event
