"""Valkey dies, cannot write, loses its connections, or lives by another clock; and everything dies at once."""

import resource
import time
from collections.abc import Callable
from functools import partial
from typing import cast

from tests.chaos.clocks import compiler
from tests.chaos.play import Play, Scenario, awaited
from tests.chaos.scenarios.backends import ENOUGH_SECONDS
from tests.chaos.stack import BOT, FEED, ROLES, WORKER, Needs

VALKEY = "valkey"
#: The file may grow so much more before writing fails.
ROOM_BYTES = 6_000
FULL_SECONDS = 3.0
JUMP_SECONDS = 600


def killed(play: Play) -> None:
    """Valkey dies in the middle of a burst and comes back with its append-only file."""
    play.burst(each=1, threads=6)
    play.pause(1.5)
    play.kill(play.stack.main(VALKEY))
    play.burst(each=1, threads=3, changes=0, others=False)


def resets(play: Play) -> None:
    """Every connection to Valkey is reset at once, several times."""
    play.burst()
    play.strike()
    for _ in range(play.random.randint(3, 5)):
        play.pause(0.5)
        for role in ROLES:
            play.stack.wires[role, VALKEY].reset_all()


def full(play: Play) -> None:
    """The append-only file cannot grow for a while, as on a full disk."""
    pid = play.stack.main(VALKEY).pid
    file = max((play.stack.state / VALKEY / "appendonlydir").glob("*.incr.aof"), key=lambda one: one.stat().st_mtime)
    limit = file.stat().st_size + play.random.randint(0, ROOM_BYTES)
    play.burst(threads=2, each=1, others=False)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        play.burst(threads=3, each=1)
        failed = _cannot_write(play)
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    play.strike()
    play.expect(lambda: "" if failed else "the file was never full: this showed nothing")


def _cannot_write(play: Play) -> bool:
    """Whether Valkey says within some seconds, which are waited for, that it cannot write."""
    deadline = time.monotonic() + FULL_SECONDS
    failed = False
    while time.monotonic() < deadline:
        told = cast("dict[str, str]", play.stack.redis.info("persistence"))
        failed = failed or told["aof_last_write_status"] == "err"
        time.sleep(0.05)  # between two looks, within the deadline above
    return failed


def jump(play: Play, *, seconds: int) -> None:
    """All clocks jump while turns are under way."""
    play.stack.set_clock(0)
    play.burst()
    play.pause(1.5)
    play.stack.set_clock(seconds)
    play.strike()
    play.burst(threads=2, each=1, changes=0, others=False)


def jump_and_death(play: Play) -> None:
    """The clock is set back while a worker holds a thread, and the worker dies."""
    play.stack.set_clock(0)
    play.burst()
    play.pause(1.0)
    play.stack.set_clock(-JUMP_SECONDS)
    play.kill(play.random.choice(play.stack.children()))


def product(play: Play) -> None:
    """Valkey, bot, workers and feed die in the same moment."""
    play.burst(threads=6, each=1)
    play.pause(1.0)
    play.kill(*(process for name in (BOT, WORKER, FEED, VALKEY) for process in play.stack.tree(name)))
    play.burst(threads=2, each=1, changes=0, others=False)


def everything(play: Play) -> None:
    """The same with Prefect and MLflow."""
    play.burst(threads=6, each=1)
    play.pause(1.0)
    names = (BOT, WORKER, FEED, VALKEY, "prefect", "mlflow")
    play.kill(*(process for name in names for process in play.stack.tree(name)))
    play.burst(threads=2, each=1, changes=0, others=False)
    awaited(play.stack.prefect_answers, seconds=120, what="Prefect did not come back")
    play.leave_no(lambda: time.sleep(ENOUGH_SECONDS))  # until no worker leaves Prefect alone any more


def _lacking() -> str:
    return "" if compiler() else "a clock that can be set needs a C compiler (Debian: apt-get install gcc libc6-dev)"


def _jump(name: str, promise: str, play: Callable[[Play], None]) -> Scenario:
    return Scenario(name, promise, play, needs=Needs(clock=True), lacking=_lacking, within=15.0)


SCENARIOS = (
    Scenario("valkey-killed", "Valkey is killed in a burst and reads its append-only file again", killed, within=15.0),
    Scenario("valkey-resets", "every connection to Valkey is reset, several times", resets),
    Scenario("valkey-full", "the append-only file cannot grow for a while", full, within=15.0),
    _jump("clock-ahead", "all clocks jump ten minutes ahead", partial(jump, seconds=JUMP_SECONDS)),
    _jump("clock-back", "all clocks jump ten minutes back", partial(jump, seconds=-JUMP_SECONDS)),
    _jump("clock-back-and-death", "the clock is set back and a worker dies", jump_and_death),
    Scenario("everything-product", "Valkey, bot, workers and feed are killed at once", product, within=30.0),
    Scenario(
        "everything-everywhere", "the same with Prefect and MLflow", everything, within=120.0, slow=True, failures=True
    ),
)
