"""Ending what is under way: by Slack's own button, by ours, and by a word; during a model call, and during a tool's."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from langchain_core.messages import AIMessage

from bot.events import Thread
from bot.proposals import State
from bot.views import actions
from tests.fakes.churn import POLICY, register
from tests.fakes.gemini_server import GeminiServer, Reply, call, fixed, refusal, retry_info, text
from tests.fakes.world import CHANNEL, TEAM, ScriptedThinker, World
from tests.fixtures.waiting import until
from tests.integration.path.gemini_worlds import with_gemini
from tools.prefect.client import RunQuery
from worker.agent.limits import ModelAway

SECONDS = 2.0


@pytest.fixture
def world(world: World, gemini: GeminiServer) -> World:
    with_gemini(world, gemini)
    world.prefect.add_pipeline("churn-prediction")
    return world


@pytest.fixture
def working(world: World) -> Iterator[Callable[[], "Future[None]"]]:
    """Works through the boxes on a thread of its own, as a worker does."""
    pool = ThreadPoolExecutor(1)
    yield lambda: pool.submit(world.settle)
    pool.shutdown()


def by_slack(world: World, root: str) -> None:
    def works() -> bool:
        now = world.workspace.status(CHANNEL, root)
        return now is not None and now.session == "processing"

    until(works)
    world.slack.stop_session("bob", CHANNEL, root)


def by_word(world: World, root: str) -> None:
    world.workspace.post("bob", "#ml-pipelines", "stop", root)


def by_mention(world: World, root: str) -> None:
    world.workspace.post("bob", "#ml-pipelines", "@trainmaster please stop!", root)


def by_button(world: World, root: str) -> None:
    until(lambda: any(actions.TURN_STOP in str(message.blocks) for message in world.replies(root)))
    assert world.workspace.click("bob", world.card(root, actions.TURN_STOP), actions.TURN_STOP).result(10).ok


@pytest.mark.parametrize("stop", [by_slack, by_word, by_mention, by_button])
def test_a_model_call_ends_within_two_seconds_and_the_thread_is_told_once(
    world: World,
    gemini: GeminiServer,
    working: Callable[[], "Future[None]"],
    stop: Callable[[World, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("worker.progress.QUICK_SECONDS", 0.05)
    monkeypatch.setattr("worker.progress.SLOW_SECONDS", 0.1)
    gemini.says(fixed(call("run_pipeline", signature=b"s", pipeline="churn-prediction")), Reply([], waits=True))
    root = world.posts("@trainmaster run churn and tell me all about it").ts
    done = working()
    assert gemini.waiting.wait(20)
    stop(world, root)
    begun = time.monotonic()
    until(lambda: any("■ Stopped, as" in text for text in world.texts(root)))
    assert time.monotonic() - begun < SECONDS
    done.result(30)
    [told] = [text for text in world.texts(root) if "There will be no answer" in text]
    assert "U0BOB" in told
    assert "Done before, and kept: Started" in told
    assert len(gemini.asked) == 2
    assert not [text for text in world.texts(root) if "⏳" in text]
    until(lambda: (now := world.workspace.status(CHANNEL, root)) is None or now.session != "processing")
    assert len(world.prefect.runs(RunQuery()).runs) == 1


def test_a_call_that_only_reads_is_left_and_what_was_to_follow_is_named(
    world: World, gemini: GeminiServer, working: Callable[[], "Future[None]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go = threading.Event(), threading.Event()

    def slow(query: RunQuery) -> object:
        asked.set()
        go.wait(20)
        raise AssertionError(query)

    monkeypatch.setattr(world.prefect, "runs", slow)
    calls = [call("list_runs", signature=b"s"), call("run_pipeline", pipeline="churn-prediction")]
    gemini.says(fixed(*calls))
    root = world.posts("@trainmaster how did they go? Then run churn.").ts
    done = working()
    assert asked.wait(20)
    by_word(world, root)
    begun = time.monotonic()
    until(lambda: any("■ Stopped, as" in text for text in world.texts(root)))
    assert time.monotonic() - begun < SECONDS
    go.set()
    done.result(30)
    [told] = world.texts(root)
    assert "Nothing was changed." in told
    assert "Not done: list runs, run pipeline." in told
    assert len(world.prefect.live_runs(tags=())) == 0


class Held:
    """Something that takes until a test lets it go on."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def before(self, real: Callable[..., object]) -> Callable[..., object]:
        """What is there, after that."""

        def held(*arguments: object, **named: object) -> object:
            self.begun.set()
            assert self.go.wait(20)
            return real(*arguments, **named)

        return held


def test_a_wait_for_a_model_that_has_too_much_to_do_is_shown_and_left(
    world: World, gemini: GeminiServer, working: Callable[[], "Future[None]"]
) -> None:
    gemini.always(lambda _: refusal(429, "RESOURCE_EXHAUSTED", retry_info(15)))
    root = world.posts("@trainmaster think hard").ts
    done = working()
    until(lambda: "waiting 15 s for the model, which has too much to do" in shown(world, root))
    by_word(world, root)
    begun = time.monotonic()
    until(lambda: any("■ Stopped, as" in text for text in world.texts(root)))
    assert time.monotonic() - begun < SECONDS
    done.result(30)
    assert len(gemini.asked) == 1


def shown(world: World, root: str) -> str:
    """What is read in a thread, its status line included."""
    return f"{world.workspace.status(CHANNEL, root)} {world.texts(root)}"


def test_a_change_that_is_still_planned_is_left_and_nobody_is_asked_to_approve_it(
    world: World, gemini: GeminiServer, working: Callable[[], "Future[None]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    register(world)
    world.decides_by(POLICY)
    planning = Held()
    monkeypatch.setattr(world.mlflow, "model", planning.before(world.mlflow.model))
    gemini.says(fixed(call("promote_model", signature=b"s", model="churn", version="2")))
    root = world.posts("@trainmaster promote churn v2").ts
    done = working()
    assert planning.begun.wait(20)
    by_word(world, root)
    begun = time.monotonic()
    until(lambda: any("■ Stopped, as" in text for text in world.texts(root)))
    assert time.monotonic() - begun < SECONDS
    planning.go.set()
    done.result(30)
    assert "Not done: promote model." in str(world.texts(root))
    assert world.services.proposals.open() == ()


def test_a_change_is_seen_through_and_that_it_is_is_said_at_once(
    world: World, gemini: GeminiServer, working: Callable[[], "Future[None]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    changing = Held()
    monkeypatch.setattr(world.prefect, "start", changing.before(world.prefect.start))
    gemini.says(fixed(call("run_pipeline", signature=b"s", pipeline="churn-prediction"), call("list_runs")))
    root = world.posts("@trainmaster run churn").ts
    done = working()
    assert changing.begun.wait(20)
    by_word(world, root)
    begun = time.monotonic()
    until(lambda: any("Stopping after run pipeline" in text.replace("*", "") for text in world.texts(root)))
    assert time.monotonic() - begun < SECONDS
    changing.go.set()
    done.result(30)
    [told] = [text for text in world.texts(root) if "There will be no answer" in text]
    assert "Done before, and kept: Started" in told
    assert "Not done: list runs." in told
    assert not [text for text in world.texts(root) if "Stopping after" in text]


def test_what_was_proposed_waits_on_and_is_named(
    world: World, gemini: GeminiServer, working: Callable[[], "Future[None]"]
) -> None:
    register(world)
    world.decides_by(POLICY)
    gemini.says(fixed(call("promote_model", signature=b"s", model="churn", version="2")), Reply([], waits=True))
    root = world.posts("@trainmaster promote churn v2").ts
    done = working()
    assert gemini.waiting.wait(20)
    by_word(world, root)
    done.result(30)
    [told] = [text for text in world.texts(root) if "There will be no answer" in text]
    assert world.proposal.state is State.PENDING
    assert world.proposal.id in told
    assert "Still waits for a decision" in told


def test_the_next_question_is_answered_and_knows_of_the_stop(
    world: World, gemini: GeminiServer, working: Callable[[], "Future[None]"]
) -> None:
    gemini.says(Reply([], waits=True), fixed(text("Here I am.")))
    root = world.posts("@trainmaster think hard").ts
    done = working()
    assert gemini.waiting.wait(20)
    by_word(world, root)
    done.result(30)
    world.says("@trainmaster and now?", thread=root)
    assert "Here I am." in world.texts(root)[-1]
    assert "I was stopped before I had answered." in str(gemini.asked[-1].contents)


def test_what_waits_behind_is_stopped_too_and_what_is_said_later_is_not(world: World, gemini: GeminiServer) -> None:
    gemini.always(lambda _: fixed(text("Here I am.")))
    root = world.posts("@trainmaster one").ts
    world.posts("@trainmaster two", thread=root)
    by_word(world, root)
    until(lambda: world.services.stops.asked(Thread(team=TEAM, channel=CHANNEL, root=root)))
    world.posts("@trainmaster three", thread=root)
    world.settle()
    assert ["Stopped" in text for text in world.texts(root)] == [True, True, False]
    assert len(gemini.asked) == 1


def test_a_stop_where_nothing_is_under_way_is_a_word_like_others(world: World, gemini: GeminiServer) -> None:
    gemini.always(lambda _: fixed(text("There is nothing to stop.")))
    root = world.says("@trainmaster hello")
    world.says("@trainmaster stop", thread=root)
    assert "There is nothing to stop." in world.texts(root)[-1]
    said = len(world.texts(root))
    world.workspace.post("bob", "#ml-pipelines", "stop", root)
    world.says("@trainmaster still there?", thread=root)
    assert len(world.texts(root)) == said + 1


def test_a_turn_that_failed_and_is_tried_again_is_not_ended_by_an_earlier_stop(world: World) -> None:
    world.think_with(ScriptedThinker(ModelAway("It is away."), AIMessage("back")))
    root = world.says("@trainmaster hello")
    world.services.stops.ask(Thread(team=TEAM, channel=CHANNEL, root=root), ts="9999999999.000001", by="U0BOB")
    world.presses(world.card(root, actions.TURN_RETRY), actions.TURN_RETRY)
    assert world.texts(root)[-1].startswith("back")
