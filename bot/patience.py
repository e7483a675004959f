"""Asking Slack again while it does not answer."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from bot.errors import SlackUnavailable

Answer = TypeVar("Answer")
log = structlog.get_logger()

#: How long a start waits for Slack: a supervisor that starts at once after each end would ask far more often.
START_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0


def patiently(ask: Callable[[], Answer], *, seconds: float) -> Answer:
    """What Slack answers, asked again while it does not; each further try is a line in the log.

    Args:
        ask: Changes nothing.
        seconds: How long it is tried, the pauses that Slack asks for included.

    Raises:
        SlackUnavailable: It has not answered for so long.
        SlackRefused: It answered no; it is not asked again.
    """
    until = time.monotonic() + seconds
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return ask()
        except SlackUnavailable as exc:
            wait = (pause if exc.retry_after is None else exc.retry_after) * random.uniform(1.0, 1.5)  # noqa: S311 - spreads load
            if time.monotonic() + wait > until:
                raise
            log.warning("slack_does_not_answer", method=exc.method, next_try_in=round(wait, 1))
        time.sleep(wait)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
