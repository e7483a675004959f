"""The table in `docs/redis.md` is what people leave in Redis when they use Trainmaster: no key more, none less."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage

from bot.asks import Ask, AskStore
from bot.audit import Action, AuditEvent, Keyring
from bot.audit_log import AuditLog
from bot.conversations import Exchange, Summary
from bot.errors import SlackRefused
from bot.events import Thread
from bot.presence import STATUS
from tests.fakes.world import CHANNEL, TEAM, ScriptedThinker, World, publish_catalogue
from tools.breaker import Rest
from tools.errors import Unavailable
from tools.prefect.client import TAG
from worker.agent.limits import ModelAway
from worker.attend import attend
from worker.feed import Feed
from worker.follower import RunEvent
from worker.resting import Resting
from worker.sweeper import Sweeper
from worker.watch import AliasWatch

pytestmark = pytest.mark.paced

PAGE = Path(__file__).parents[3] / "docs" / "redis.md"
FLOW = b"from prefect import flow\n\n\n@flow\ndef adding(start: int = 1) -> int:\n    return start + 1\n"
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}

#: The keys that may live for ever; a new one is a decision, not an oversight.
PERMANENT = {
    "tm:catalogue:v1",
    "tm:feed:v1:cursor",
    "tm:{team}:audit:v1",
    "tm:{team}:audit:v1:head",
    "tm:{team}:freeze:v1",
    "tm:{team}:policy:v1",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        pattern: The key, with `{…}` for what varies.
        owner: The module that writes it.
        kind: Redis's name for its type.
        lives: Its longest time to live, in seconds; None for ever.
    """

    pattern: str
    owner: str
    kind: str
    lives: int | None

    def fits(self, key: str) -> bool:
        """Whether a key is one of this line's."""
        varying = re.sub(r"\\\{\w+\\\}", "[^\x1f]*", re.escape(self.pattern)).replace("␟", "\x1f")
        return re.fullmatch(varying, key) is not None


@dataclass(frozen=True, slots=True)
class Seen:
    """A key that was found: its type, and the milliseconds it had to live (-1 for ever)."""

    kind: str
    left: int


def table() -> list[Row]:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith(("| `tm:", "| `rq:"))]
    return [row(*(cell.strip().strip("`") for cell in line.strip("|").split("|")[:4])) for line in lines]


def row(pattern: str, owner: str, kind: str, lives: str) -> Row:
    number, _, unit = lives.partition(" ")
    return Row(pattern, owner, kind, int(number) * UNITS[unit.rstrip("s")] if number.isdigit() else None)


def look(world: World, found: dict[str, Seen]) -> None:
    """Add every key that is there now."""
    for key in world.redis.scan_iter(count=1000):
        pipe = world.redis.pipeline()
        pipe.type(key)
        pipe.pttl(key)
        kind, left = pipe.execute()
        if kind != "none":
            found[str(key)] = Seen(kind, left)


@pytest.fixture
def used(world: World) -> dict[str, Seen]:
    """The keys of a Redis through which people talked, dropped a file, started a run and met an outage."""
    found: dict[str, Seen] = {}
    publish_catalogue(world)
    world.prefect.add_pipeline("churn-prediction")
    run_something_with_every_step_seen(world, found)
    world.says("@trainmaster onboard this", files=[("adding.py", FLOW)])
    world.commands("/mlops pipelines")
    draw_with_nobody_to_deliver(world, found)
    ask_for_an_approval(world)
    look(world, found)
    world.services.freezer.lift()
    world.think_with(ScriptedThinker(ModelAway("The model did not answer."), AIMessage("back")))
    world.says("@trainmaster hello")
    world.services.stops.ask(Thread(team=TEAM, channel=CHANNEL, root="1.000001"), ts="1.000002", by="U0ALICE")
    world.services.presence._try(STATUS, lambda: refuse("unknown_method"))
    look(world, found)
    Sweeper(
        world.redis,
        world.services.mailbox,
        world.services.jobs,
        proposals=world.services.proposals,
        team=world.services.team,
    ).sweep()
    look(world, found)
    hear_of_a_run(world)
    look(world, found)
    miss_news_of_a_run(world)
    look(world, found)
    wait_for_another_version(world)
    look(world, found)
    write_down_a_change(world)
    Resting(world.redis, clock=world.now).heard("Prefect", Rest(datetime.now(UTC), "connection refused"))
    sum_up_a_conversation(world)
    AskStore(world.redis, team=TEAM).keep(Ask(run="r1", name="brave-otter", wanted={"properties": {"rows": {}}}))
    look(world, found)
    return found


def draw_with_nobody_to_deliver(world: World, found: dict[str, Seen]) -> None:
    """A picture waits for Slack."""
    run = world.mlflow.add_run("churn", name="able-ant")
    for step in range(3):
        world.mlflow.log_metric(run.id, "loss", 1 / (1 + step), step=step)
    world.services.courier.stop()
    message = world.posts("@trainmaster plot the loss of able-ant")
    attend(world.services, f"{TEAM}:{message.channel}:{message.ts}")
    look(world, found)
    world.restart_worker()
    world.settle()


def ask_for_an_approval(world: World) -> None:
    """A promotion is asked for, one resource is held, and changes are frozen."""
    world.mlflow.add_version("churn")
    world.says("@trainmaster promote churn v1 to champion")
    world.services.proposals.hold(("mlflow:model:churn",), owner="P-1", seconds=60)
    world.commands("/mlops freeze release week")
    AliasWatch(world.services).look()


def miss_news_of_a_run(world: World) -> None:
    """Prefect is away when a run is to be looked at."""
    [run] = world.prefect.live_runs()
    world.prefect.broken = Unavailable("Prefect", "connection refused")
    attend(world.services, f"{TEAM}:run:{run.id}")
    world.prefect.broken = None


def wait_for_another_version(world: World) -> None:
    """A message that nothing of ours can read."""
    world.services.courier.stop()
    message = world.posts("@trainmaster hello")
    box = f"{TEAM}:{message.channel}:{message.ts}"
    world.redis.lset(f"tm:{TEAM}:mailbox:v1:{box}", 0, "{}")
    attend(world.services, box)


def sum_up_a_conversation(world: World) -> None:
    store, ref = world.services.conversations, f"{TEAM}:{CHANNEL}:1.000001"
    store.append(ref, Exchange(turn="t1", messages=[]), fence=None)
    store.fold(ref, Summary("- nothing was stated", turns=1, by="rules"), upto="t1", fence=None)


def write_down_a_change(world: World) -> None:
    log = AuditLog(world.redis, team=TEAM, keys=Keyring(), anchors=None, clock=world.services.clock)
    log.record(AuditEvent(1.0, Action.CALL_MADE, subject="set_alias"))
    log.record(AuditEvent(2.0, Action.PROPOSAL_APPLIED, subject="P-1"), once="P-1:applied")


def run_something_with_every_step_seen(world: World, found: dict[str, Seen]) -> None:
    """With nobody to deliver, what waits can be looked at."""
    world.services.courier.stop()
    message = world.posts("@trainmaster run churn-prediction")
    look(world, found)
    attend(world.services, f"{TEAM}:{message.channel}:{message.ts}")
    look(world, found)
    world.restart_worker()
    world.settle()
    look(world, found)


def hear_of_a_run(world: World) -> None:
    [run] = world.prefect.live_runs()
    feed = Feed(world.services)
    feed._note(RunEvent(run.id, frozenset({TAG}), datetime.now(UTC)))
    feed._flush()


def refuse(reason: str) -> None:
    raise SlackRefused(STATUS, reason=reason)


def test_every_key_is_in_the_table_with_its_type_and_does_not_outlive_it(used: dict[str, Seen]) -> None:
    rows = table()
    for key, seen in used.items():
        [known] = [one for one in rows if one.fits(key)] or pytest.fail(f"{key} is not in docs/redis.md")
        if known.owner == "RQ":
            continue
        assert seen.kind == known.kind, key
        if known.lives is None:
            assert seen.left == -1, key
        else:
            assert 0 < seen.left <= known.lives * 1000, key


def test_every_line_of_the_table_was_seen(used: dict[str, Seen]) -> None:
    assert [one.pattern for one in table() if not any(one.fits(key) for key in used)] == []


def test_only_the_keys_that_are_meant_to_are_permanent() -> None:
    assert {one.pattern for one in table() if one.lives is None and one.owner != "RQ"} == PERMANENT


def test_every_key_names_a_team_or_the_whole_installation_and_its_version() -> None:
    ours = [one.pattern for one in table() if one.owner != "RQ"]
    assert [
        pattern for pattern in ours if not re.match(r"tm:(\{team\}:)?[a-z]+:v\d+(:|$)|tm:[a-z]+:v\d+", pattern)
    ] == []


def test_every_owner_is_a_module_that_names_its_key() -> None:
    for one in table():
        if one.owner != "RQ":
            family = re.sub(r"^tm:(\{team\}:)?", "", one.pattern).split(":")[0]
            assert family in (PAGE.parents[1] / one.owner).read_text("utf-8"), one
