"""What became of the turns that were asked: pure, from what was posted in the workspace."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_ENTRY = re.compile(r"turn:(?P<turn>.+):(?P<kind>answer|failed)(?::(?P<part>\d+))?")


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn that a person posted.

    Attributes:
        turn: Its id, `TEAM-CHANNEL-TS`.
        thread: (channel, ts of the root).
        at: Seconds on the watcher's clock.
    """

    turn: str
    thread: tuple[str, str]
    at: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of ours that arrived.

    Attributes:
        entry: The name it carries in its metadata.
        thread: (channel, ts of the root).
        at: Seconds on the watcher's clock.
        text: Everything it says.
    """

    entry: str
    thread: tuple[str, str]
    at: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of all turns.

    Attributes:
        asked: How many there were.
        lost: Neither answered nor told that it failed.
        doubled: Messages too many: the same one again, an answer beside a failure, one in a wrong thread.
        misordered: Answers that came after the answer to a later turn of the same thread.
        failed: Told that it failed.
        answered: Seconds from each turn to the first message that answers it, in order of asking.
        last: When the last turn was answered, on the watcher's clock; minus infinity when none was.
    """

    asked: int
    lost: int
    doubled: int
    misordered: int
    failed: int
    answered: tuple[float, ...]
    last: float


def turn_of(entry: str) -> str:
    """The turn that a message answers, or tells the failure of; empty when it does neither."""
    found = _ENTRY.fullmatch(entry)
    return found["turn"] if found else ""


def judge(asked: Sequence[Asked], heard: Sequence[Heard]) -> Verdict:
    """Compare what was asked with what arrived, both in the order in which they came."""
    first: dict[str, Heard] = {}
    kinds: dict[str, set[str]] = defaultdict(set)
    threads = {one.turn: one.thread for one in asked}
    astray = 0
    for message in heard:
        if (found := _ENTRY.fullmatch(message.entry)) and found["turn"] in threads:
            kinds[found["turn"]].add(found["kind"])
            astray += message.thread != threads[found["turn"]]
            first.setdefault(found["turn"], message)
    copies = sum(often - 1 for often in Counter(message.entry for message in heard).values())
    both = sum(len(seen) - 1 for seen in kinds.values())
    return Verdict(
        asked=len(asked),
        lost=sum(one.turn not in first for one in asked),
        doubled=copies + both + astray,
        misordered=_misordered(asked, first),
        failed=sum("failed" in seen for seen in kinds.values()),
        answered=tuple(first[one.turn].at - one.at for one in asked if one.turn in first),
        last=max((message.at for message in first.values()), default=-math.inf),
    )


def _misordered(asked: Iterable[Asked], first: Mapping[str, Heard]) -> int:
    latest: dict[tuple[str, str], float] = {}
    late = 0
    for one in asked:
        if one.turn in first:
            at = first[one.turn].at
            late += at < latest.get(one.thread, -math.inf)
            latest[one.thread] = max(at, latest.get(one.thread, -math.inf))
    return late


def first_signs(asked: Iterable[Asked], signs: Mapping[tuple[str, str], Sequence[float]]) -> list[float | None]:
    """Seconds from each turn to the first sign of life in its thread after it; None where there never was one.

    Args:
        asked: The turns; at most one of a thread is under way at any time.
        signs: When a status line, a reaction or a message of ours appeared in each thread, in order.
    """
    return [next((at - one.at for at in signs.get(one.thread, ()) if at >= one.at), None) for one in asked]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of all values do not exceed; not a number when there are none."""
    if not values:
        return math.nan
    return sorted(values)[min(len(values) - 1, math.ceil(share * len(values)) - 1 if share else 0)]
