"""A process that plays: reads `scenario run seed` lines, answers each with a result line.

It keeps its stack from run to run. Arguments: a folder for stacks, a mutation's name or "", the product's checkout.
"""

import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import httpx
import redis

from demo.services.product import CHECKOUT
from demo.services.service import ServiceFailed
from tests.chaos import mutations, scenarios
from tests.chaos.play import SETTLE_SECONDS, Cast, Play, Scenario
from tests.chaos.proxy import NeverSeen
from tests.chaos.results import Result
from tests.chaos.stack import Stack, Unfit

#: How long it is waited for an answer of a product that lacks something on purpose.
MUTATED_SECONDS = 25.0


class Player:
    """Plays runs one after another.

    Args:
        folder: For the stacks' states.
        mutation: The name of a guarantee to take away; empty for the product as it is.
        say: Told what happens.
    """

    def __init__(self, folder: Path, *, mutation: str, say: Callable[[str], None], checkout: Path = CHECKOUT) -> None:
        self._folder = folder
        self._checkout = checkout
        self._mutation = mutation
        self._say = say
        self._cast: Cast | None = None

    def run(self, scenario: Scenario, run: int, seed: int) -> Result:
        """Play one run."""
        begun = time.monotonic()
        if lacking := scenario.lacking():
            return Result(scenario.name, run, seed, skipped=lacking)
        try:
            result = self._played(scenario, run, seed, begun)
        except (Unfit, NeverSeen, ServiceFailed, AssertionError, redis.RedisError, httpx.HTTPError, OSError) as exc:
            self._say(traceback.format_exc())
            self._keep_logs(scenario, run)
            self.close()
            return Result(
                scenario.name, run, seed, broken=f"{type(exc).__name__}: {exc}"[:500], took=time.monotonic() - begun
            )
        return result

    def close(self) -> None:
        """Throw the stack away; the next run makes a new one."""
        if self._cast is not None:
            self._cast.stack.stop()
            shutil.rmtree(self._cast.stack.state, ignore_errors=True)  # the logs of what went wrong are kept elsewhere
            self._cast = None

    def _played(self, scenario: Scenario, run: int, seed: int, begun: float) -> Result:
        cast = self._cast or self._new_cast()
        cast.stack.arrange(scenario.needs)
        cast.stack.calm()
        cast.stack.ready()
        play = Play(cast, random.Random(f"{seed}/{scenario.name}/{run}"))
        try:
            scenario.play(play)
            settled = play.settle(seconds=MUTATED_SECONDS if self._mutation else SETTLE_SECONDS)
            verdict = play.verdict()
            wrong = play.complaints()
        finally:
            cast.stack.calm()
            play.clean_up()
        slow = verdict.recovery > scenario.within
        if not (verdict.holds and settled) or wrong or verdict.failed or slow:
            self._keep_logs(scenario, run)
        if not (verdict.holds and settled):
            self.close()  # what is left in its boxes must not come up in the next run
        return Result(
            scenario.name,
            run,
            seed,
            asked=len(play.traffic.asked),
            lost=verdict.lost,
            doubled=verdict.doubled,
            disordered=verdict.disordered,
            failed=verdict.failed,
            again=verdict.again,
            underway=verdict.underway,
            recovery=round(verdict.recovery, 2),
            took=round(time.monotonic() - begun, 1),
            wrong=tuple(wrong),
            notes=tuple(play.notes),
        )

    def _new_cast(self) -> Cast:
        state = Path(tempfile.mkdtemp(prefix="stack-", dir=self._folder))
        checkout = self._checkout
        if self._mutation:
            checkout = mutations.copy_with(self._mutation, state / "checkout", source=checkout)
        stack = Stack(state, say=self._say, checkout=checkout)
        self._cast = Cast(stack)
        stack.start()
        stack.ready()
        self._cast.prepare()
        return self._cast

    def _keep_logs(self, scenario: Scenario, run: int) -> None:
        cast = self._cast
        if cast is not None:
            kept = self._folder / "logs" / f"{scenario.name}-{run}"
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(cast.stack.state / "logs", kept)


def main(tasks: TextIO, answers: TextIO, folder: Path, mutation: str, checkout: Path) -> None:
    """Play what is asked for until there is nothing more."""

    def say(line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    player = Player(folder, mutation=mutation, say=say, checkout=checkout)
    try:
        for line in tasks:
            name, run, seed = line.split()
            [scenario] = scenarios.named(name)
            result = player.run(scenario, int(run), int(seed))
            answers.write(result.to_json() + "\n")
            answers.flush()
    finally:
        player.close()


if __name__ == "__main__":
    main(sys.stdin, sys.stdout, Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
