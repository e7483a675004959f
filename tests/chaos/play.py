"""One run of one scenario: what it can do to the product, and what is made of it in the end."""

import itertools
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

import httpx
import psutil  # type: ignore[import-untyped]  # ships no types
import redis

from bot.mailbox import READY
from bot.outbox import due_key
from bot.views import actions
from demo.services import product
from demo.workspace import seed
from demo.workspace.model import Message
from tests.chaos.stack import ROLES, Needs, Stack, Unfit
from tests.chaos.traffic import PIPELINE, Room, Traffic
from tests.chaos.verdict import Asked, Said, Verdict, is_owed, judge

Found = TypeVar("Found")

FOLLOWED = f"tm:{seed.TEAM}:followed:v1"
ROOMS = ("chaos-north", "chaos-east", "chaos-south", "chaos-west", "chaos-up", "chaos-down", "chaos-here")
SETTLE_SECONDS = 90.0
QUIET_SECONDS = 0.3
STOP_SECONDS = 10.0
#: Between two messages of one thread: nobody types faster, and Slack promises no order of what is told at once.
BETWEEN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Scenario:
    """Something that goes wrong, and what is promised all the same.

    Attributes:
        name: How it is asked for.
        promise: One line for the table's reader.
        play: What happens.
        within: Seconds within which everybody must have an answer after the strike.
        slow: Whether it takes long: a brief round plays it once.
        most: At most so many runs, for what waits until Prefect notices a death; such a one is slow.
        needs: What the stack must have.
        failures: Whether turns may end in a failure message.
        lacking: Why it cannot be played on this machine; empty when it can.
    """

    name: str
    promise: str
    play: "Callable[[Play], None]"
    within: float = 10.0
    slow: bool = False
    most: int | None = None
    needs: Needs = field(default_factory=Needs)
    failures: bool = False
    lacking: Callable[[], str] = lambda: ""


@dataclass(slots=True)
class Cast:
    """What is kept from one run to the next on the same stack.

    Attributes:
        numbers: The next number for something that is asked for.
        rooms: The channels, each used in turn.
        cards: A run card for each room, whose buttons people press.
    """

    stack: Stack
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    rooms: "itertools.cycle[str]" = field(default_factory=lambda: itertools.cycle(()))
    cards: list[Message] = field(default_factory=list)

    def prepare(self) -> None:
        """Register the pipeline through the product, and have a run whose card has buttons.

        Raises:
            Unfit: It could not be registered.
        """
        workspace = self.stack.workspace.workspace
        rooms = [Room(workspace, name).channel.id for name in ROOMS]
        self.rooms = itertools.cycle(rooms)
        traffic = Traffic(workspace, self.numbers)
        try:
            self._await(
                lambda: self.stack.prefect("GET", f"/work_pools/{product.POOL}").is_success
            )  # the feed makes it
            root = traffic.share(rooms[0])
            card = self._await(lambda: with_button(self.stack, root, actions.PLAN_REGISTER))
            workspace.click("alice", card, actions.PLAN_REGISTER).result(10)
            self._await(lambda: httpx.codes.is_success(_deployment(self.stack).status_code))
            for room in rooms[:2]:
                asked = traffic.change(room)
                self.cards.append(self._await(lambda asked=asked: with_button(self.stack, asked, actions.RUN_LOGS)))  # type: ignore[misc]  # mypy does not follow a bound default
        except Unfit as exc:
            raise Unfit(f"{exc}: {[said.text for said in traffic.said]}") from exc
        finally:
            traffic.close()

    def _await(self, look: Callable[[], Found | None], *, seconds: float = 60.0) -> Found:
        return awaited(look, seconds=seconds, what="the pipeline could not be prepared")


class Play:
    """One run.

    Attributes:
        stack: The product.
        random: The run's own source of chance, from its seed.
        traffic: What people do.
        struck: When the fault struck.
        notes: What is worth knowing of this run.
    """

    def __init__(self, cast: Cast, chance: random.Random) -> None:
        self.stack = cast.stack
        self.random = chance
        self.traffic = Traffic(cast.stack.workspace.workspace, cast.numbers)
        self.struck = time.monotonic()
        self.notes: list[str] = []
        self.cards = cast.cards
        self._rooms = cast.rooms
        self._recovered = 0.0
        self._expected: list[Callable[[], str]] = []
        self._traces: list[Callable[[], None]] = []

    # --- what people do ---

    def burst(self, *, threads: int = 3, each: int = 3, changes: int = 2, others: bool = True) -> None:
        """Several threads with several questions each, all at once; some of them ask for runs.

        Slack lets one message a second into a channel. To measure as little of that as possible, each thread has a
        channel of its own, and so has the command that starts a run.

        Args:
            threads: How many threads.
            each: Questions in each.
            changes: How many of them ask for a run.
            others: Also a command that reads, one that starts a run, and two presses.
        """
        starting = set(self.random.sample(range(threads * each), min(changes, threads * each)))
        rooms = [next(self._rooms) for _ in range(threads)]
        roots: list[str | None] = [None] * threads
        for place in range(each):
            time.sleep(BETWEEN_SECONDS if place else 0)
            for thread, room in enumerate(rooms):
                user = ("alice", "bob")[(place + thread) % 2]
                ask = self.traffic.change if place * threads + thread in starting else self.traffic.question
                message = ask(room, user=user, root=roots[thread])
                roots[thread] = message.root
        if others:
            self.traffic.command(rooms[0], user="bob")
            self.traffic.command(self.room(), user="alice", starting=True)
            for user, card in zip(("alice", "bob"), self.cards, strict=False):
                self.traffic.press(card, actions.RUN_LOGS, user=user)

    def room(self) -> str:
        """A channel to ask in."""
        return next(self._rooms)

    # --- what goes wrong ---

    def strike(self) -> None:
        """From here on recovery is counted."""
        self.struck = time.monotonic()

    def kill(self, *processes: psutil.Process) -> None:
        """SIGKILL, and from here on recovery is counted."""
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.strike()
        psutil.wait_procs([process for process in processes if process.is_running()], timeout=0.5)

    def stop(self, role: str) -> None:
        """SIGTERM; the process has ten seconds to end by itself. From here on recovery is counted."""
        process = self.stack.main(role)
        process.terminate()
        self.strike()
        try:
            code = process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            self.expect(lambda: f"{role} was still there {STOP_SECONDS:.0f} s after SIGTERM")
            process.kill()
            return
        if code:
            self.expect(lambda: f"{role} ended with status {code}")
        took = time.monotonic() - self.struck
        self.notes.append(f"{role} ended in {took:.1f} s")

    def answered(self, *, seconds: float = SETTLE_SECONDS) -> None:
        """Wait until everything asked for has an end.

        Raises:
            Unfit: It did not come; there is nothing to attack then.
        """
        awaited(lambda: not self.owed(), seconds=seconds, what="what was asked for was never answered")

    def pause(self, longest: float) -> None:
        """Let a random time pass, so that the strike falls anywhere."""
        time.sleep(self.random.uniform(0.0, longest))

    def expect(self, check: Callable[[], str]) -> None:
        """Something of the scenario's own that must hold at the end: empty when it does, else what is wrong."""
        self._expected.append(check)

    def leave_no(self, trace: Callable[[], None]) -> None:
        """Do this, too, when the run's traces are taken away; it must not fail."""
        self._traces.append(trace)

    # --- what comes of it ---

    def settle(self, *, seconds: float = SETTLE_SECONDS) -> bool:
        """Whether everything asked for comes to an end, and to rest, within so many seconds."""
        deadline = time.monotonic() + seconds
        quiet_since: float | None = None
        while True:
            now = time.monotonic()
            quiet_since = (quiet_since or now) if not self.owed() and self._quiet() else None
            if quiet_since is not None and now - quiet_since > QUIET_SECONDS:
                return True
            if now > deadline:
                self.notes.append(f"not settled within {seconds:.0f} s: {self._why_not()}")
                return False
            time.sleep(0.05)  # between two looks, within the deadline above

    def owed(self) -> list[Asked]:
        """What was accepted and has no end yet."""
        said = self.traffic.said
        return [one for one in self.traffic.asked if is_owed(one, said)]

    def verdict(self) -> Verdict:
        """What this run shows."""
        found = judge(self.traffic.asked, self.traffic.said, self.runs(), struck=self.struck)
        return replace(found, recovery=max(found.recovery, self._recovered))

    def complaints(self) -> list[str]:
        """What the scenario itself expected and did not find."""
        return [found for check in self._expected if (found := check())]

    def runs(self) -> dict[int, int]:
        """How many runs Prefect has for each number of this run."""
        numbers = {one.number for one in self.traffic.asked if one.starts_a_run}
        found = Counter(run["parameters"].get("number") for run in _flow_runs(self.stack))
        return {number: found[number] for number in numbers}

    def run_of(self, number: int) -> dict[str, Any] | None:
        """The run that was started for a number, as Prefect has it now."""
        return next((run for run in _flow_runs(self.stack) if run["parameters"].get("number") == number), None)

    def followed(self, run: str) -> bool:
        """Whether the product still looks at a run."""
        return bool(self.stack.redis.sismember(FOLLOWED, run))

    def recovered(self, at: float) -> None:
        """Something else than an answer that people waited for came at this time."""
        self._recovered = max(self._recovered, at - self.struck)

    def clean_up(self) -> None:
        """Take this run's traces away, so that the next one does not pay for them."""
        self.traffic.close()
        for take_away in self._traces:
            take_away()
        mine = {one.number for one in self.traffic.asked if one.starts_a_run}
        for run in _flow_runs(self.stack):
            if run["parameters"].get("number") in mine:
                self.stack.prefect("DELETE", f"/flow_runs/{run['id']}")
                self.stack.redis.srem(FOLLOWED, run["id"])
        for process in self.orphans():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)
                process.kill()

    def orphans(self) -> list[psutil.Process]:
        """Processes of the product that no supervisor knows any more."""
        mains = {self.stack.supervisor.child(role).pid for role in ROLES}
        known = mains | {child.pid for child in self.stack.children()}
        return [process for process in self.stack.processes() if process.pid not in known]

    def _quiet(self) -> bool:
        try:
            waiting = self.stack.redis.zcard(READY)
            due = self.stack.redis.zcard(due_key(seed.TEAM))
        except redis.RedisError:
            return False
        return not waiting and not due and not self.stack.workspace.underway

    def _why_not(self) -> str:
        owed = ", ".join(f"{one.kind} {one.number}" for one in self.owed()) or "nothing"
        try:
            waiting = f"boxes {self._waiting(READY)}, messages {self._waiting(due_key(seed.TEAM))}"
        except redis.RedisError as exc:
            waiting = type(exc).__name__
        return f"owed {owed}; {waiting}; envelopes {self.stack.workspace.underway}"

    def _waiting(self, key: str) -> list[str]:
        """What waits in a sorted set, with the seconds until it is due by Valkey's clock."""
        seconds = self.stack.redis.time()[0]
        members = cast("list[tuple[str, float]]", self.stack.redis.zrange(key, 0, 9, withscores=True))
        return [f"{member} ({score / 1000 - seconds:+.0f} s)" for member, score in members]


def awaited(look: Callable[[], Found | None], *, seconds: float, what: str) -> Found:
    """What `look` finds, once it does.

    Raises:
        Unfit: It found nothing in time; `what` says what that means.
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise Unfit(what)
        time.sleep(0.05)  # between two looks, within the deadline above
    return found


def posted(said: Iterable[Said], entry: str) -> int:
    """How often a message of this name was posted."""
    return sum(message.entry == entry for message in said)


def with_button(stack: Stack, root: Message, action: str) -> Message | None:
    """The first message of a thread that has such a button now."""
    for message in stack.workspace.workspace.replies(root.channel, root.root):
        for block in message.blocks:
            if any(element.get("action_id") == action for element in block.get("elements") or ()):
                return message
    return None


def _deployment(stack: Stack) -> httpx.Response:
    return stack.prefect("GET", f"/deployments/name/{PIPELINE}/trainmaster")


def _flow_runs(stack: Stack) -> list[dict[str, Any]]:
    answer = stack.prefect("POST", "/flow_runs/filter", {"flows": {"name": {"any_": [PIPELINE]}}, "limit": 200})
    found: list[dict[str, Any]] = answer.raise_for_status().json()
    return found
