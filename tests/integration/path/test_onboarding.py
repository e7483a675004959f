"""From a file dropped in a thread to a registered pipeline, and every file that is none."""

import hashlib
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo.workspace.model import Message
from tests.fakes.world import TEAM, World, buttons, words
from tests.fixtures.waiting import until
from tools.errors import Unavailable
from tools.pipelines.models import PoolEnvironment
from worker.onboarding import MOST_FILES

FLOW = b'''from prefect import flow, task


@task
def add(a: int) -> int:
    return a + 1


@flow(name="adding")
def adding(start: int = 1) -> int:
    """Add one."""
    return add(start)
'''
TWO = (
    FLOW
    + b"""

@flow
def doubling(value: int = 2) -> int:
    return value * 2
"""
)


def share(world: World, content: bytes, name: str = "adding.py", *, text: str = "@trainmaster onboard this") -> str:
    return world.says(text, files=[(name, content)])


def plan(world: World, thread: str) -> Message:
    return world.card(thread, "plan.discard")


def test_a_shared_file_gets_a_plan_and_nothing_is_registered_before_somebody_decides(world: World) -> None:
    thread = share(world, FLOW)
    card = plan(world, thread)
    assert buttons(card) == ["plan.register_and_run", "plan.register", "plan.discard"]
    assert world.prefect.pipelines() == ()


def test_register_and_run_registers_the_digest_and_starts_the_first_run_in_the_thread(world: World) -> None:
    thread = share(world, FLOW)
    world.presses(plan(world, thread), "plan.register_and_run")
    [pipeline] = world.prefect.pipelines()
    assert (pipeline.name, pipeline.digest) == ("adding", hashlib.sha256(FLOW).hexdigest())
    [run] = world.prefect.live_runs()
    assert run.tagged("thread:").endswith(thread)
    world.card(thread, "run.cancel")
    assert world.services.backends.sources.get(pipeline.digest).source == FLOW


def test_register_only_starts_nothing(world: World) -> None:
    thread = share(world, FLOW)
    world.presses(plan(world, thread), "plan.register")
    assert [one.name for one in world.prefect.pipelines()] == ["adding"]
    assert world.prefect.live_runs() == ()


def test_discard_registers_nothing_and_takes_the_buttons_away(world: World) -> None:
    thread = share(world, FLOW)
    card = plan(world, thread)
    world.presses(card, "plan.discard")
    assert world.prefect.pipelines() == ()
    assert buttons(world.workspace.message(card.channel, card.ts)) == []


def test_only_the_person_who_shared_the_file_may_decide(world: World) -> None:
    thread = share(world, FLOW)
    world.presses(plan(world, thread), "plan.register_and_run", user="bob")
    assert world.prefect.pipelines() == ()
    assert any("who shared the file" in text for text in world.private(thread, user="bob"))


def test_two_presses_at_once_register_and_run_once(world: World) -> None:
    thread = share(world, FLOW)
    card = plan(world, thread)
    presses = [world.workspace.click("alice", card, "plan.register_and_run") for _ in range(4)]
    assert all(press.result(10).ok for press in presses)
    world.settle()
    assert len(world.prefect.live_runs()) == 1


def test_a_file_with_two_flows_asks_which_and_registers_that_one(world: World) -> None:
    thread = share(world, TWO)
    card = plan(world, thread)
    assert buttons(card) == ["plan.choose_flow", "plan.discard"]
    menu = next(b for b in card.blocks if b["type"] == "actions")["elements"][0]
    values = {option["text"]["text"]: option["value"] for option in menu["options"]}
    choose(world, card, values["adding"])
    chosen = plan(world, thread)
    assert buttons(chosen) == ["plan.register_and_run", "plan.register", "plan.choose_flow", "plan.discard"]
    choose(world, chosen, values["doubling"])
    world.presses(plan(world, thread), "plan.register")
    assert [one.name for one in world.prefect.pipelines()] == ["doubling"]


def choose(world: World, card: Message, value: str) -> None:
    assert world.workspace.choose("alice", card, "plan.choose_flow", value).result(10).ok
    world.settle()


def test_the_same_file_again_is_said_to_be_registered_already(world: World) -> None:
    world.presses(plan(world, share(world, FLOW)), "plan.register")
    thread = share(world, FLOW)
    assert any("already registered" in text for text in world.texts(thread))
    assert "plan.register" not in buttons(plan(world, thread))


def test_a_changed_file_shows_what_changed_and_updates_the_deployment(world: World) -> None:
    world.presses(plan(world, share(world, FLOW)), "plan.register")
    changed = FLOW.replace(b"a + 1", b"a + 2")
    thread = share(world, changed)
    assert any("return a + 2" in text for text in world.texts(thread))
    world.presses(plan(world, thread), "plan.register")
    [pipeline] = world.prefect.pipelines()
    assert pipeline.digest == hashlib.sha256(changed).hexdigest()


def test_a_changed_file_of_which_the_old_source_was_lost_says_why_nothing_is_shown(world: World) -> None:
    world.presses(plan(world, share(world, FLOW)), "plan.register")
    shutil.rmtree(world.settings.pipeline_folder / hashlib.sha256(FLOW).hexdigest())
    thread = share(world, FLOW.replace(b"a + 1", b"a + 2"))
    [card] = [text for text in world.texts(thread) if "differs from the version" in text]
    assert "I could not compare it with what is registered: No pipeline source with the digest" in card


def test_when_something_is_missing_the_pool_is_asked_again_unless_it_was_just_now(world: World) -> None:
    """Whoever installed what a card said was missing was told so again, until the feed was started anew."""
    source = b"import prophecies\n" + FLOW
    world.prefect.environment = PoolEnvironment(
        modules=frozenset({"prefect"}), python="3.11.7", as_of=datetime.fromtimestamp(world.now(), UTC)
    )
    assert "missing: `prophecies`" in words(plan(world, share(world, source))).replace("*", "")
    assert world.prefect.probes == {}
    world.later += 700
    assert "I am asking it now" in words(plan(world, share(world, source)))
    assert len(world.prefect.probes) == 1


def test_nothing_in_the_file_is_run_when_it_is_read_or_registered(world: World, tmp_path: Path) -> None:
    marker = tmp_path / "it-was-run"
    source = f"open({str(marker)!r}, 'w').write('x')\n".encode() + FLOW
    world.presses(plan(world, share(world, source)), "plan.register")
    assert [one.name for one in world.prefect.pipelines()] == ["adding"]
    assert not marker.exists()


def test_prefect_away_at_the_decision_keeps_the_plan_open(world: World) -> None:
    thread = share(world, FLOW)
    world.prefect.broken = Unavailable("Prefect", "connection refused")
    world.presses(plan(world, thread), "plan.register")
    assert any("could not reach Prefect: connection refused" in text for text in world.texts(thread))
    world.prefect.broken = None
    world.presses(plan(world, thread), "plan.register")
    assert [one.name for one in world.prefect.pipelines()] == ["adding"]


def test_prefect_away_when_the_file_is_shared_still_shows_the_plan(world: World) -> None:
    world.prefect.broken = Unavailable("Prefect", "connection refused")
    thread = share(world, FLOW)
    assert "plan.register" in buttons(plan(world, thread))
    assert "I could not compare it with what is registered: I could not reach Prefect" in words(plan(world, thread))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        pytest.param("train.py", b"def train(:\n    pass\n", "line 1", id="syntax error"),
        pytest.param("train.py", b"x = 1\n", "flow", id="no flow"),
        pytest.param("train.py", FLOW + b"\x00", "null", id="null byte"),
        pytest.param("train.py", b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG", id="binary renamed"),
        pytest.param("train.py", "# caf\u00e9\n".encode("latin-1") + FLOW, "UTF-8", id="latin-1"),
        pytest.param("train.py", b"#" + b"x" * 5_000_000, "5,000,001", id="5 MB"),
        pytest.param("train.py", b"x = " + b"(" * 3_000 + b")" * 3_000 + b"\n", "nested", id="3,000 parentheses"),
        pytest.param("train.ipynb", b"{}", ".py", id="notebook"),
    ],
)
def test_a_file_that_is_no_pipeline_is_refused_with_reason_and_remedy(
    world: World, name: str, content: bytes, said: str
) -> None:
    thread = share(world, content, name)
    assert any("I cannot take" in text and said.lower() in text.lower() for text in world.texts(thread))
    assert world.prefect.pipelines() == ()


def test_a_file_behind_slacks_login_page_is_said_to_be_gone(world: World) -> None:
    world.slack.faults.login_page = 5
    assert any("deleted" in text for text in world.texts(share(world, FLOW)))


def test_twelve_files_at_once_are_read_up_to_the_limit_and_the_rest_named(world: World) -> None:
    files = [(f"pipeline_{number}.py", FLOW.replace(b"adding", b"adding%d" % number)) for number in range(12)]
    thread = world.says("@trainmaster onboard these", files=files)
    plans = [message for message in world.replies(thread) if "plan.discard" in buttons(message)]
    assert len(plans) == MOST_FILES
    assert any("pipeline_11.py" in text for text in world.texts(thread))


def test_a_mention_that_slack_told_of_without_its_file_learns_of_it_from_the_other_event(world: World) -> None:
    assert plan(world, share(world, FLOW))
    assert world.slack.calls.of("conversations.replies") == []


def test_when_the_other_event_does_not_come_slack_is_asked_for_the_file(world: World) -> None:
    thread = alone(world)
    world.settle()
    assert plan(world, thread)


def test_when_nobody_can_tell_whether_there_was_a_file_the_person_is_asked_to_share_it_again(world: World) -> None:
    world.slack.faults.on("conversations.replies", "error", times=None, error="internal_error")
    thread = alone(world)
    world.settle()
    assert any("share it again" in text for text in world.texts(thread))


def alone(world: World) -> str:
    """A mention with a file, of which only that event arrived which does not tell of it."""
    message = world.posts("@trainmaster onboard this", files=[("adding.py", FLOW)])
    until(lambda: world.slack.underway == 0)
    box = f"tm:{TEAM}:mailbox:v1:{TEAM}:{message.channel}:{message.ts}"
    item = json.loads(str(world.redis.lindex(box, 0)))
    world.redis.lset(box, 0, json.dumps(item | {"files": [], "files_known": False}))
    world.redis.set(f"tm:{TEAM}:seen:v1:turn:{item['id']}", "", keepttl=True)
    return message.ts


def test_a_file_alone_in_a_thread_of_ours_needs_no_words(world: World) -> None:
    thread = world.says("@trainmaster onboard my pipeline")
    message = world.workspace.post("alice", "#ml-pipelines", "", thread, [("adding.py", FLOW)])
    world.taken_in(message)
    world.settle()
    assert plan(world, thread)


def test_a_decision_that_fails_through_a_fault_of_ours_can_be_made_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = share(world, FLOW)
    with monkeypatch.context() as broken:
        broken.setattr(world.services.backends.sources, "put", _fails)
        world.presses(plan(world, thread), "plan.register")
    assert any("fault of mine" in text for text in world.private(thread))
    world.presses(plan(world, thread), "plan.register")
    assert [one.name for one in world.prefect.pipelines()] == ["adding"]


def _fails(*_: object) -> str:
    raise RuntimeError("a bug")
