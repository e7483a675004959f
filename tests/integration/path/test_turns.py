"""What a person gets for what they say, from the message to the answer."""

import contextlib
import json
from typing import Any, NoReturn, cast

import pytest
import redis
from langchain_core.messages import AIMessage

from bot.events import Turn
from bot.mailbox import READY, Mailbox
from tests.fakes.world import CHANNEL, TEAM, ScriptedThinker, World, calls, publish_catalogue
from tools.errors import Unavailable
from tools.prefect.client import RunRequest
from tools.prefect.results import StateType
from worker import turns
from worker.agent.limits import ModelAway
from worker.agent.saver import RedisSaver
from worker.attend import UNREADABLE, attend
from worker.runs import follow
from worker.services import Work


def test_a_question_is_answered_once_in_its_thread(world: World) -> None:
    thread = world.says("@trainmaster hello")
    [answer] = world.texts(thread)
    assert "Hello" in answer


def test_an_empty_mention_gets_the_list_of_what_can_be_asked(world: World) -> None:
    [answer] = world.texts(world.says("@trainmaster"))
    assert "/mlops pipelines" in answer


def test_a_message_too_long_is_refused_with_both_numbers(world: World) -> None:
    [answer] = world.texts(world.says("@trainmaster " + "x" * 39_000))
    assert "39,000" in answer
    assert "12,000" in answer


def test_turns_of_a_thread_are_answered_in_the_order_they_were_asked(world: World) -> None:
    world.think_with(ScriptedThinker(*(AIMessage(f"answer {number}") for number in range(4))))
    root = world.posts("@trainmaster 0").ts
    for number in range(1, 4):
        world.posts(f"@trainmaster {number}", thread=root)
    world.settle()
    assert [text.split("\n")[0] for text in world.texts(root) if text.startswith("answer")] == [
        f"answer {number}" for number in range(4)
    ]


def test_a_later_question_is_asked_with_what_was_said_before(world: World) -> None:
    thinker = ScriptedThinker(AIMessage("first"), AIMessage("second"))
    world.think_with(thinker)
    thread = world.says("@trainmaster one")
    world.says("@trainmaster two", thread=thread)
    assert [message.text for message in thinker.asked[1][1:]] == ["one", "first", "two"]


def test_what_a_tool_says_no_to_reaches_the_model_as_an_error_it_can_act_on(world: World) -> None:
    thinker = ScriptedThinker(calls("run_pipeline", pipeline="chrn"), AIMessage("There is no such pipeline."))
    world.think_with(thinker)
    world.prefect.add_pipeline("churn-prediction")
    world.prefect.add_pipeline("churn-report")
    world.says("@trainmaster run chrn")
    told = thinker.asked[1][-1]
    assert getattr(told, "status", "") == "error"
    assert "churn-prediction" in told.text


def test_a_tool_that_does_not_exist_is_an_answer_to_the_model_and_no_crash(world: World) -> None:
    thinker = ScriptedThinker(calls("drop_database"), AIMessage("I cannot do that."))
    world.think_with(thinker)
    [answer] = world.texts(world.says("@trainmaster drop it"))
    assert "I cannot do that." in answer
    assert "There is no tool `drop_database`" in thinker.asked[1][-1].text


def test_prefect_away_is_said_with_its_name_and_the_reason(world: World) -> None:
    world.prefect.broken = Unavailable("Prefect", "connection refused")
    [answer] = world.texts(world.says("@trainmaster list pipelines"))
    assert "could not reach Prefect: connection refused" in answer


def test_a_model_that_is_away_ends_in_one_message_with_retry(world: World) -> None:
    world.think_with(ScriptedThinker(ModelAway("The model (x) did not answer."), AIMessage("back again")))
    thread = world.says("@trainmaster hello")
    [failed] = world.replies(thread)
    assert "/mlops help" in world.texts(thread)[0]
    world.presses(failed, "turn.retry")
    assert any("back again" in text for text in world.texts(thread))


def test_a_bug_of_ours_ends_in_one_message_without_its_trace(world: World) -> None:
    world.think_with(ScriptedThinker(RuntimeError("xoxb-secret in /srv/trainmaster")))
    [answer] = world.texts(world.says("@trainmaster hello"))
    assert "fault of mine" in answer
    assert "xoxb" not in answer
    assert "RuntimeError" not in answer


def test_a_run_asked_for_in_words_gets_a_card_and_its_end_is_told_once(world: World) -> None:
    world.prefect.add_pipeline("churn-prediction")
    thread = world.says("@trainmaster run churn-prediction")
    [run] = world.prefect.live_runs()
    assert run.tagged("thread:") == f"T0LOCAL:{CHANNEL}:{thread}"
    world.card(thread, "run.cancel")
    world.prefect.advance(run.id, StateType.RUNNING)
    world.prefect.advance(run.id, StateType.COMPLETED)
    for _ in range(3):
        news(world, run.id)
    assert sum("completed in" in text for text in world.texts(thread)) == 1


def news(world: World, run: str) -> None:
    follow(world.services, run)
    world.settle()


def test_a_worker_killed_between_the_start_of_a_run_and_its_note_starts_no_second_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.prefect.add_pipeline("churn-prediction")
    world.think_with(ScriptedThinker(calls("run_pipeline", pipeline="churn-prediction"), AIMessage("Started.")))
    monkeypatch.setattr("worker.agent.journal.Journal.finish", _killed)
    message = world.posts("@trainmaster run churn")
    box = f"T0LOCAL:{CHANNEL}:{message.ts}"
    with pytest.raises(KeyboardInterrupt):
        _attend_until_killed(world, box)
    monkeypatch.undo()
    world.restart_worker()
    world.settle()
    assert len(world.prefect.live_runs()) == 1
    assert any("Started." in text for text in world.texts(message.ts))


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def _attend_until_killed(world: World, box: str) -> None:
    while True:
        attend(world.services, box)


def test_a_run_whose_answer_never_came_is_found_and_neither_denied_nor_started_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.prefect.add_pipeline("churn-prediction")
    start = world.prefect.start

    def starts_and_falls_silent(request: RunRequest) -> NoReturn:
        start(request)
        raise Unavailable("Prefect", "no answer within 10 s", maybe_done=True)

    monkeypatch.setattr(world.prefect, "start", starts_and_falls_silent)
    thread = world.says("@trainmaster run churn-prediction")
    [run] = world.prefect.live_runs()
    assert world.card(thread, "run.cancel")
    assert run.name in world.texts(thread)[-1]


def test_a_run_that_may_have_started_where_nobody_can_tell_is_said_to_be_looked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.prefect.add_pipeline("churn-prediction")

    def falls_silent(request: RunRequest) -> NoReturn:
        world.prefect.broken = Unavailable("Prefect", "connection refused")
        raise Unavailable("Prefect", "no answer within 10 s", maybe_done=True)

    monkeypatch.setattr(world.prefect, "start", falls_silent)
    thread = world.says("@trainmaster run churn-prediction")
    assert any("may have happened all the same: please look" in text for text in world.texts(thread))


def test_a_stopping_worker_hands_the_turn_back_and_another_one_answers(world: World) -> None:
    world.think_with(ScriptedThinker(AIMessage("answered")))
    message = world.posts("@trainmaster hello")
    box = f"T0LOCAL:{CHANNEL}:{message.ts}"
    world.draining.set()
    mailbox: Mailbox = world.services.mailbox
    attend(world.services, box)
    assert world.texts(message.ts) == []
    world.draining.clear()
    lease = mailbox.take(box)
    assert lease is not None
    assert lease.attempt == 1
    mailbox.hand_back(lease, blameless=True)
    world.settle()
    assert "answered" in world.texts(message.ts)[-1]


def test_a_turn_whose_worker_dies_three_times_is_given_up_in_words(world: World) -> None:
    message = world.posts("@trainmaster hello")
    box = f"T0LOCAL:{CHANNEL}:{message.ts}"
    for _ in range(3):
        lease = world.services.mailbox.take(box)
        assert lease is not None
        world.services.mailbox.hand_back(lease, blameless=False)
    world.settle()
    [answer] = world.texts(message.ts)
    assert "3 times" in answer


def test_commands_are_answered_to_the_person_alone(world: World) -> None:
    world.prefect.add_pipeline("churn-prediction")
    assert "churn-prediction" in world.commands("/mlops pipelines")
    assert world.workspace.messages(CHANNEL) == []


def test_a_misspelled_command_names_the_near_one(world: World) -> None:
    assert "/mlops pipelines" in world.commands("/mlops pipelnes")


def test_help_is_answered_at_once_from_what_the_worker_published(world: World) -> None:
    publish_catalogue(world)
    answer = world.workspace.command("alice", "#ml-pipelines", "/mlops").result(5)
    assert "/mlops runs" in repr(answer.body)


def test_a_command_that_starts_a_run_opens_a_thread_for_its_card(world: World) -> None:
    world.prefect.add_pipeline("churn-prediction")
    world.commands("/mlops run churn-prediction")
    [root] = [m for m in world.workspace.messages(CHANNEL) if m.user == world.workspace.bot.id and not m.is_reply]
    assert "/mlops run churn-prediction" in root.text
    world.card(root.ts, "run.cancel")


def test_a_command_whose_thread_cannot_be_opened_for_a_minute_starts_nothing_and_says_so(world: World) -> None:
    world.prefect.add_pipeline("churn-prediction")
    world.services.courier.stop()  # nobody takes messages to Slack
    assert world.workspace.command("alice", "#ml-pipelines", "/mlops run churn-prediction").result(10).ok
    [box] = cast("list[str]", world.redis.zrange(READY, 0, -1))
    attend(world.services, box)
    assert world.services.mailbox.take(box) is not None, "it waits without holding a worker"
    [root] = cast("list[str]", world.redis.keys("tm:*:outbox:v1:command:*"))
    world.redis.hset(root, "waited", 60_000)
    world.redis.delete(f"tm:{TEAM}:lease:v1:{box}")
    attend(world.services, box)
    world.restart_worker()
    world.settle()
    assert "within a minute" in "".join(m.text for m in world.workspace.ephemerals("U0ALICE", CHANNEL))
    assert (world.workspace.messages(CHANNEL), world.prefect.live_runs()) == ([], ())


def test_a_question_that_another_version_took_in_is_asked_for_again(world: World) -> None:
    message = world.posts("@trainmaster hello")
    box = f"{TEAM}:{CHANNEL}:{message.ts}"
    turn = json.loads(str(world.redis.lindex(f"tm:{TEAM}:mailbox:v1:{box}", 0)))
    world.redis.lset(f"tm:{TEAM}:mailbox:v1:{box}", 0, json.dumps(turn | {"from_the_future": True}))
    world.settle()
    assert [message.text for message in world.replies(message.ts)] == [UNREADABLE]
    assert world.redis.llen(f"tm:{TEAM}:parked:v1") == 1


def test_a_command_with_wrong_parameters_opens_no_thread_and_says_what_is_wrong(world: World) -> None:
    schema = {"type": "object", "properties": {"max_depth": {"type": "integer"}}}
    world.prefect.add_pipeline("churn-prediction", parameter_schema=schema)
    assert "max_depth" in world.commands("/mlops run churn-prediction max_dept=3")
    assert "whole number" in world.commands("/mlops run churn-prediction max_depth=abc")
    assert world.workspace.messages(CHANNEL) == []
    assert world.prefect.live_runs() == ()


def test_a_person_whose_message_waits_is_told_how_many_come_before_it(world: World) -> None:
    root = world.posts("@trainmaster hello").ts
    world.posts("@trainmaster what can you do?", thread=root)
    world.settle()
    assert any("1" in text for text in world.private(root))
    assert len(world.texts(root)) == 2


def test_mlflow_away_at_the_end_of_a_run_is_said_in_its_last_message(world: World) -> None:
    world.prefect.add_pipeline("churn-prediction")
    thread = world.says("@trainmaster run churn-prediction")
    [run] = world.prefect.live_runs()
    world.mlflow.broken = Unavailable("MLflow", "connection refused")
    world.prefect.advance(run.id, StateType.COMPLETED)
    news(world, run.id)
    assert any("could not reach MLflow: connection refused" in text for text in world.texts(thread))


def test_a_redis_that_takes_nothing_in_the_middle_of_a_turn_delays_the_answer_and_doubles_nothing(world: World) -> None:
    world.think_with(ScriptedThinker(AIMessage("never said"), AIMessage("answered")))
    message = world.posts("@trainmaster hello")
    box = f"T0LOCAL:{CHANNEL}:{message.ts}"
    world.services.courier.stop()
    lease = world.services.mailbox.take(box)
    assert lease is not None
    assert isinstance(lease.item, Turn)
    world.redis.config_set("maxmemory", "1")
    with pytest.raises(redis.RedisError):
        turns.answer(world.services, lease.item, Work(id=lease.item.id, fence=lease.fence, attempt=1))
    world.redis.config_set("maxmemory", "0")
    world.restart_worker()
    world.settle()
    answers = [text for text in world.texts(message.ts) if "answered" in text or "never said" in text]
    assert len(answers) == 1


def test_a_failed_run_names_its_task_and_can_be_retried_by_its_button(world: World) -> None:
    world.prefect.add_pipeline("churn-prediction")
    thread = world.says("@trainmaster run churn-prediction")
    [run] = world.prefect.live_runs()
    world.prefect.set_task(
        run.id, "train", StateType.FAILED, message="Task run encountered an exception ValueError: no rows"
    )
    world.prefect.add_log(run.id, "ValueError: no rows", level=40)
    world.prefect.advance(run.id, StateType.FAILED, message="Flow run encountered an exception: ValueError: no rows")
    news(world, run.id)
    assert any("train" in text and "no rows" in text for text in world.texts(thread))
    world.presses(world.card(thread, "run.retry"), "run.retry")
    assert len(world.prefect.live_runs()) == 1


def test_cancel_and_logs_answer_the_person_who_pressed(world: World) -> None:
    world.prefect.add_pipeline("churn-prediction")
    thread = world.says("@trainmaster run churn-prediction")
    [run] = world.prefect.live_runs()
    world.prefect.add_log(run.id, "4000 customers")
    card = world.card(thread, "run.cancel")
    world.presses(card, "run.logs")
    assert any("4000 customers" in text for text in world.private(thread))
    world.presses(card, "run.cancel")
    assert world.prefect.live_runs() == ()


def test_two_presses_of_try_again_are_one_turn_of_the_person_who_asked(world: World) -> None:
    thinker = ScriptedThinker(ModelAway("The model (x) did not answer."), AIMessage("back"), AIMessage("doubled"))
    world.think_with(thinker)
    thread = world.says("@trainmaster hello")
    [failed] = world.replies(thread)
    presses = [world.workspace.click(user, failed, "turn.retry") for user in ("alice", "bob")]
    assert all(press.result(10).ok for press in presses)
    world.settle()
    assert sum("back" in text for text in world.texts(thread)) == 1
    assert not any("doubled" in text for text in world.texts(thread))


def test_what_was_changed_before_the_model_went_away_is_named_and_not_offered_again(world: World) -> None:
    world.prefect.add_pipeline("churn-prediction")
    world.think_with(ScriptedThinker(calls("run_pipeline", pipeline="churn-prediction"), ModelAway("It is away.")))
    thread = world.says("@trainmaster run churn")
    [failed] = [message for message in world.replies(thread) if "It is away" in message.text]
    assert "Done before, and kept" in repr(failed.blocks)
    assert "turn.retry" not in repr(failed.blocks)


@pytest.mark.parametrize("steps", range(1, 6))
def test_a_turn_that_is_killed_before_any_of_its_checkpoints_goes_on_to_its_answer(
    world: World, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    world.mlflow.add_run("churn", name="able-ant", metrics={"accuracy": 0.5})
    made: list[int] = []
    put = RedisSaver.put

    def killed(*arguments: Any, **named: Any) -> Any:
        made.append(1)
        if len(made) >= steps:
            raise KeyboardInterrupt  # what the step wrote is kept, and its checkpoint is not
        return put(*arguments, **named)

    monkeypatch.setattr(RedisSaver, "put", killed)
    message = world.posts("@trainmaster show the metrics of able-ant")
    with contextlib.suppress(KeyboardInterrupt):
        attend(world.services, f"T0LOCAL:{CHANNEL}:{message.ts}")
    monkeypatch.undo()
    world.restart_worker()
    world.settle()
    assert "accuracy: *0.5*" in world.texts(message.ts)[-1]
