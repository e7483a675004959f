"""When the parts of a turn began and ended, as a worker of the benchmarks writes them down, and what they add up to.

All times are of the monotonic clock, which on one machine is the same in every process.
"""

import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

import redis

KEY = "bench:moments"  #: a list; each entry is one `Moment` as JSON


@dataclass(frozen=True, slots=True)
class Moment:
    """One part of a turn, once.

    Attributes:
        part: Its name.
        about: The box or message it is about, where it is known.
        begun: When it began, in monotonic seconds.
        ended: When it ended.
    """

    part: str
    about: str
    begun: float
    ended: float


class Recorder:
    """Writes moments down, in the worker.

    Args:
        connection: Where to; they are sent when a job or a post is done, not before.
    """

    def __init__(self, connection: "redis.Redis") -> None:
        self._redis = connection
        self._kept: deque[Moment] = deque()

    def watch(self, owner: Any, name: str, part: str, *, about: Callable[..., str] = lambda *_, **__: "") -> None:
        """Have every call of a function or method noted.

        Args:
            owner: The class or module it lies in.
            name: Its name.
            part: The part's name.
            about: Given the call's arguments, what it is about.
        """
        function = getattr(owner, name)

        @wraps(function)
        def noted(*args: Any, **kwargs: Any) -> Any:
            begun = time.monotonic()
            try:
                return function(*args, **kwargs)
            finally:
                self._kept.append(Moment(part, about(*args, **kwargs), begun, time.monotonic()))

        setattr(owner, name, noted)

    def send_after(self, owner: Any, name: str) -> None:
        """Send what was noted so far whenever a function or method is done."""
        function = getattr(owner, name)

        @wraps(function)
        def sending(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            finally:
                self._send()

        setattr(owner, name, sending)

    def _send(self) -> None:
        texts = []
        while self._kept:  # other threads may add to it meanwhile
            texts.append(_to_json(self._kept.popleft()))
        if texts:
            self._redis.rpush(KEY, *texts)


def collected(connection: "redis.Redis") -> list[Moment]:
    """All moments written down so far, which are forgotten."""
    found = cast("list[str]", connection.lrange(KEY, 0, -1))
    connection.ltrim(KEY, len(found), -1)
    return [Moment(*json.loads(text)) for text in found]


def own_seconds(moments: Iterable[Moment], *, until: float) -> dict[str, float]:
    """What each part took itself, without the parts within it, up to a moment.

    Parts lie within one another or apart, never across: they are calls. Two threads count as one where the one waits
    for the other.
    """
    spent: dict[str, float] = {}
    nested: list[Moment] = []
    for moment in sorted(moments, key=lambda one: (one.begun, -one.ended)):
        if moment.begun >= until:
            continue
        seconds = min(moment.ended, until) - moment.begun
        spent[moment.part] = spent.get(moment.part, 0.0) + seconds
        while nested and nested[-1].ended < moment.ended:
            nested.pop()
        if nested:
            spent[nested[-1].part] -= seconds
        nested.append(moment)
    return spent


def within(moments: Sequence[Moment], outer: Moment) -> list[Moment]:
    """Those that lie in another one, itself included."""
    return [one for one in moments if outer.begun <= one.begun and one.ended <= outer.ended]


def _to_json(moment: Moment) -> str:
    return json.dumps([moment.part, moment.about, moment.begun, moment.ended])
