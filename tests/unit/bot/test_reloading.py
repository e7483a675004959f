"""A process that gets SIGHUP reads again what it is told to, and goes on whatever comes of it."""

import os
import signal
import threading
from collections.abc import Iterator
from queue import Queue

import pytest
import redis

from bot.policy_faults import BadPolicy
from bot.reloading import on_hangup

SECONDS = 10


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


def hang_up() -> None:
    os.kill(os.getpid(), signal.SIGHUP)


def test_each_signal_is_followed_by_a_call_outside_of_the_handler() -> None:
    calls: Queue[str] = Queue()
    on_hangup(lambda: calls.put(threading.current_thread().name))
    for _ in range(3):
        hang_up()
        assert calls.get(timeout=SECONDS).startswith("reload")


def test_signals_during_a_call_are_one_call_more() -> None:
    begun: Queue[int] = Queue()
    going, count = threading.Event(), iter(range(100))

    def slow() -> None:
        begun.put(next(count))
        going.wait(SECONDS)

    on_hangup(slow)
    hang_up()
    assert begun.get(timeout=SECONDS) == 0
    for _ in range(50):
        hang_up()
    going.set()
    assert begun.get(timeout=SECONDS) == 1
    hang_up()
    assert begun.get(timeout=SECONDS) == 2


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (BadPolicy("policy.toml, line 3: wrong"), "policy.toml, line 3: wrong"),
        (redis.ConnectionError("refused"), "Redis does not answer (ConnectionError)"),
        (ValueError("a fault of ours"), "ValueError"),
    ],
)
def test_what_a_call_raises_is_logged_and_the_next_signal_counts(
    fault: Exception, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: Queue[str] = Queue()

    def failing() -> None:
        calls.put("called")
        raise fault

    on_hangup(failing)
    for _ in range(2):
        hang_up()
        assert calls.get(timeout=SECONDS) == "called"
    assert said in capsys.readouterr().out
