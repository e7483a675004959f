"""A model that writes its answer bit by bit, and waits after each until a test has seen what it wanted to see."""

import time
from collections.abc import Callable, Sequence

from langchain_core.messages import AIMessage, BaseMessage

from tools.spec import Tool
from worker.agent.limits import UNCOUNTED, Attempts, Hear, Heed, nothing, unheard

Step = tuple[str, Callable[[], object]]  #: the words so far, and what is to become true before there are more
SECONDS = 20.0


class Later:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


class Died(BaseException):
    """The process is no more."""


class WritingThinker:
    """Writes one answer.

    Args:
        steps: How it comes about.
        end: The message, or what is raised in its place.
        clock: Goes on with each step.
        pace: By so many seconds.
    """

    name = "writing"

    def __init__(self, *steps: Step, end: AIMessage | BaseException, clock: Later, pace: float = 3.0) -> None:
        self._steps = steps
        self._pace = pace
        self._end = end
        self._clock = clock

    def think(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[Tool],
        heed: Heed = nothing,
        hear: Hear = unheard,
        attempts: Attempts = UNCOUNTED,
    ) -> AIMessage:
        """The answer, once it is written."""
        hear("")
        for words, seen in self._steps:
            hear(words)
            self._clock.now += self._pace
            deadline = time.monotonic() + SECONDS
            while not seen():
                assert time.monotonic() < deadline, f"not seen: {words[-60:]!r}"
                heed()
                time.sleep(0.02)  # between two looks; the deadline above is what is waited for
        if isinstance(self._end, BaseException):
            raise self._end
        return self._end
