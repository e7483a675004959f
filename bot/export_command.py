"""`python -m bot export --person U…`: all that Redis holds about a person, for whoever runs Trainmaster."""

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import redis

from bot.audit_command import NotChecked, connected
from bot.settings import AuditSettings

PRINTED, NOT_READ = 0, 2
PAGE = 500
SEPARATOR = "\x1f"
_USER = re.compile(r"[UW][A-Z0-9]{2,30}")
_TURN = re.compile(r"[A-Z0-9]+-[A-Z0-9]+-\d+\.\d+(?:-r)*")
#: Keys that belong to a turn and do not say whose it is.
_OF_A_TURN = re.compile(rf"(?:{_TURN.pattern})(?=$|[:{SEPARATOR}-])")


@dataclass(frozen=True, slots=True)
class Found:
    """Something that is kept about somebody.

    Attributes:
        key: Where it lies.
        part: Which part of the key's value it is; empty for all of it.
        value: It: JSON where it is that, else text.
    """

    key: str
    part: str
    value: Any


def describe(parser: argparse.ArgumentParser) -> None:
    """Tell a parser what this command takes."""
    parser.add_argument("--person", required=True, metavar="U…", help="the person's Slack id")
    parser.add_argument("--team", default="", help="the workspace, such as T012ABC; needed when there are several")


def run(given: argparse.Namespace, settings: AuditSettings) -> int:
    """Print everything as JSON Lines and give the exit code: 0 printed, 2 nothing could be read."""
    if not _USER.fullmatch(given.person):
        sys.stderr.write(
            "--person is a Slack id, such as U024BE7LH: in Slack, a profile's menu has `Copy member ID`.\n"
        )
        return NOT_READ
    try:
        with connected(settings.redis_url) as connection:
            team = given.team or _the_team(connection)
            number = _print(about(connection, team=team, person=given.person), connection)
    except NotChecked as exc:
        sys.stderr.write(f"{exc}\n")
        return NOT_READ
    except redis.RedisError as exc:
        remedy = "See that it runs and that REDIS_URL is right, then try again: what was printed is not all."
        sys.stderr.write(f"Redis does not answer ({type(exc).__name__}). {remedy}\n")
        return NOT_READ
    sys.stderr.write(f"{number} records of {given.person} in {team}. Slack, Prefect and MLflow hold their own.\n")
    return PRINTED


def about(connection: "redis.Redis", *, team: str, person: str) -> Iterator[Found]:
    """All that names a person, and all that belongs to a turn of theirs.

    Every key of the team is read, twice: what a turn left behind names the turn, and not who asked.
    """
    names = re.compile(rf"(?<![A-Z0-9]){re.escape(person)}(?![A-Z0-9])")
    turns: set[str] = set()
    told: set[str] = set()
    for key in _keys(connection, team):
        for part, text in _parts(connection, key):
            if names.search(key) or names.search(text) or names.search(part):
                turns |= _asked_by(text, person)
                told.add(f"{key}{SEPARATOR}{part}")
                yield Found(key, part, _value(text))
    for key in _keys(connection, team):
        of = _OF_A_TURN.search(key)
        if of and of[0] in turns:
            for part, text in _parts(connection, key):
                if f"{key}{SEPARATOR}{part}" not in told:
                    yield Found(key, part, _value(text))


def _asked_by(text: str, person: str) -> set[str]:
    """The turns that a record says this person has asked."""
    kept = _value(text)
    if not isinstance(kept, dict):
        return set()
    actor = kept.get("actor")
    asked = actor.get("user") if isinstance(actor, dict) else actor
    turn = str(kept.get("turn") or kept.get("id") or "")
    return {turn} if asked == person and _TURN.fullmatch(turn) else set()


def _keys(connection: "redis.Redis", team: str) -> Iterator[str]:
    """Every key of a team, once."""
    seen: set[str] = set()
    for key in connection.scan_iter(match=f"tm:{team}:*", count=PAGE):
        if str(key) not in seen:
            seen.add(str(key))
            yield str(key)


def _parts(connection: "redis.Redis", key: str) -> Iterator[tuple[str, str]]:
    """What a key holds, in parts: each with its name (a field, a place, an id) and its text."""
    match str(connection.type(key)):
        case "string":
            yield "", str(connection.get(key) or "")
        case "hash":
            fields = cast("dict[str, str]", connection.hgetall(key))
            yield "", json.dumps(fields, ensure_ascii=False)
        case "list":
            for place, text in enumerate(cast("list[str]", connection.lrange(key, 0, -1))):
                yield str(place), text
        case "set":
            for text in sorted(cast("set[str]", connection.smembers(key))):
                yield text, text
        case "zset":
            for text, score in cast("list[tuple[str, float]]", connection.zrange(key, 0, -1, withscores=True)):
                yield text, json.dumps(score)
        case "stream":
            yield from _entries(connection, key)


def _entries(connection: "redis.Redis", key: str) -> Iterator[tuple[str, str]]:
    after = "-"
    while page := cast("list[tuple[str, dict[str, str]]]", connection.xrange(key, min=after, count=PAGE)):
        for name, fields in page:
            yield name, json.dumps(fields, ensure_ascii=False)
        after = f"({page[-1][0]}"


def _value(text: str) -> Any:
    """JSON as what it says, also where it stands in a field of JSON; any other text as it is."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if isinstance(value, dict):
        return {name: _value(inner) if isinstance(inner, str) else inner for name, inner in value.items()}
    return value


def _print(found: Iterator[Found], connection: "redis.Redis") -> int:
    number = 0
    try:
        for one in found:
            left = connection.ttl(one.key)
            line = {"key": one.key, "part": one.part, "seconds_left": left if left >= 0 else None, "value": one.value}
            sys.stdout.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
            number += 1
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return number


def _the_team(connection: "redis.Redis") -> str:
    """The one team of which there is anything."""
    found = {key.split(":")[1] for key in map(str, connection.scan_iter(match="tm:T*:*", count=PAGE))}
    if not found:
        raise NotChecked("There is nothing of any workspace in this Redis: see that REDIS_URL is right.")
    if len(found) > 1:
        raise NotChecked(f"There are several workspaces here: choose one with --team ({', '.join(sorted(found))}).")
    return found.pop()
