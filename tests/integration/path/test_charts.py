"""Charts on their way into a thread: by words and by command, there once whatever dies in between."""

import contextlib

from langchain_core.messages import AIMessage

from bot.mailbox import READY
from bot.views import actions
from demo.workspace.model import File
from tests.fakes.mortal import Killed, MortalRedis
from tests.fakes.world import CHANNEL, TEAM, ScriptedThinker, World, calls
from tools.mlflow.results import RunSummary
from tools.prefect.client import RunRequest
from tools.prefect.results import StateType
from worker.attend import attend
from worker.runs import follow

PNG = b"\x89PNG\r\n\x1a\n"
DRAWS = calls("chart_metric", metrics=["test_loss"], runs=["able-ant"])


def tracked(world: World, name: str = "able-ant") -> RunSummary:
    run = world.mlflow.add_run("churn", name=name, metrics={"accuracy": 0.9})
    for step, value in enumerate((0.9, 0.4, 0.5)):
        world.mlflow.log_metric(run.id, "test_loss", value, step=step)
    return run


def pictures(world: World, thread: str) -> list[File]:
    """The pictures in a thread; each one's bytes are there."""
    files = [file for reply in world.replies(thread) for file in reply.files]
    assert all(world.workspace.content(file.id).startswith(PNG) for file in files)
    return files


def test_a_chart_is_in_the_thread_before_the_answer_with_its_takeaway_and_its_alternative_text(world: World) -> None:
    tracked(world)
    world.think_with(ScriptedThinker(DRAWS, AIMessage("It fell, and rose a little at the end.")))
    thread = world.says("<@U0TRAINMSTR> draw the test loss of able-ant")
    [picture] = pictures(world, thread)
    assert picture.name == "test-loss-by-step.png"
    assert picture.title == "test_loss by step, from MLflow, run able-ant of churn"
    assert picture.alt_text.startswith(
        "Line chart of test_loss by step, from MLflow, run able-ant of churn:\n- able-ant: "
    )
    *_, shown, answer = world.replies(thread)
    assert shown.files
    assert "Its best value was 0.4 at step 1; the last one is worse." in shown.text
    assert answer.text == "It fell, and rose a little at the end."
    assert not world.redis.keys("tm:*:enclosure:*"), "its bytes are kept no longer"


def test_the_model_reads_what_the_chart_shows_and_no_bytes(world: World) -> None:
    tracked(world)
    thinker = ScriptedThinker(DRAWS, AIMessage("done"))
    world.think_with(thinker)
    world.says("<@U0TRAINMSTR> draw the test loss of able-ant")
    told = str(thinker.asked[-1][-1].content)
    assert "first 0.9 (step 0), last 0.5 (step 2), lowest 0.4" in told
    assert "PNG" not in str(thinker.asked[-1])


def test_a_command_that_draws_opens_a_thread_for_the_picture(world: World) -> None:
    tracked(world)
    world.commands("/mlops chart test_loss able-ant")
    [root] = [m for m in world.workspace.messages(CHANNEL) if m.user == world.workspace.bot.id and not m.is_reply]
    assert "asked for `/mlops chart test_loss able-ant`" in root.text
    assert len(pictures(world, root.ts)) == 1
    assert "lowest 0.4" in world.texts(root.ts)[-1]


def test_a_command_that_can_draw_nothing_says_so_to_the_person_alone(world: World) -> None:
    tracked(world)
    assert "There is no metric “perplexity”" in world.commands("/mlops chart perplexity able-ant")
    assert world.workspace.messages(CHANNEL) == []


def test_two_charts_of_one_turn_are_both_there(world: World) -> None:
    for name in ("able-ant", "shy-owl"):
        tracked(world, name)
    both = AIMessage("", tool_calls=[
        {"name": "chart_metric", "args": {"runs": ["able-ant"]}, "id": "one", "type": "tool_call"},
        {"name": "chart_comparison", "args": {"runs": ["able-ant", "shy-owl"]}, "id": "two", "type": "tool_call"},
    ])  # fmt: skip
    world.think_with(ScriptedThinker(both, AIMessage("Here they are.")))
    thread = world.says("<@U0TRAINMSTR> draw both")
    assert [file.name for file in pictures(world, thread)] == ["test-loss-by-step.png", "accuracy-compared.png"]


def test_where_the_app_may_not_upload_the_thread_is_told_and_the_answer_comes(world: World) -> None:
    tracked(world)
    world.slack.faults.on("files.getUploadURLExternal", "error", error="missing_scope")
    world.think_with(ScriptedThinker(DRAWS, AIMessage("It fell.")))
    thread = world.says("<@U0TRAINMSTR> draw the test loss of able-ant")
    assert pictures(world, thread) == []
    *_, instead, answer = world.texts(thread)
    assert "I could not put test-loss-by-step.png here: Slack answered missing_scope" in instead
    assert "It fell." in answer


def test_killed_after_any_step_of_a_turn_that_draws_the_picture_is_there_once(mortal: World) -> None:
    tracked(mortal)
    assert isinstance(mortal.worker, MortalRedis)
    fate = mortal.worker.fate
    point, died = 0, True
    while died:
        point += 1
        message = mortal.posts("<@U0TRAINMSTR> plot the test_loss of able-ant")
        fate.arm(point)
        with contextlib.suppress(Killed):
            attend(mortal.services, f"{TEAM}:{CHANNEL}:{message.ts}")
        died = fate.disarm()
        mortal.restart_worker()
        for budget in mortal.redis.scan_iter(f"tm:{TEAM}:budget:*"):
            mortal.redis.delete(budget)  # a minute later Slack answers as much again
        while mortal.redis.zcard(READY):
            mortal.work()
        mortal.settle()
        assert len(pictures(mortal, message.ts)) == 1, f"killed after step {point}"
        assert "lowest 0.4" in mortal.texts(message.ts)[-1], f"killed after step {point}"
    assert point > 8
    assert "SET" in fate.steps, "keeping the picture, of which nobody was told yet, is one of them"


def finished(world: World, thread: str, **metrics: float) -> None:
    """A run of that thread that completed, and what it tracked."""
    pipeline = world.prefect.add_pipeline("churn-prediction")
    made = world.prefect.start(
        RunRequest(pipeline_id=pipeline.id, key="k", tags=(f"thread:{TEAM}:{CHANNEL}:{thread}", "actor:U0ALICE"))
    )
    run = world.mlflow.add_run("churn", name="able-ant", flow_run_id=made.id, metrics=metrics)
    for step, value in enumerate((0.9, 0.4, 0.5)):
        if "loss" in metrics:
            world.mlflow.log_metric(run.id, "loss", value, step=step)
    world.prefect.advance(made.id, StateType.COMPLETED)
    follow(world.services, made.id)
    world.settle()


def test_a_press_on_how_a_run_ended_draws_what_it_measured(world: World) -> None:
    thread = world.says("<@U0TRAINMSTR> hello")
    finished(world, thread, loss=1.0)
    world.presses(world.card(thread, actions.RUN_CHART), actions.RUN_CHART, user="bob")
    [picture] = pictures(world, thread)
    assert picture.title == "loss by step, from MLflow, run able-ant of churn"
    assert world.private(thread, user="bob") == [], "everybody sees it"


def test_a_press_where_there_is_no_course_to_draw_is_answered_to_who_pressed_alone(world: World) -> None:
    thread = world.says("<@U0TRAINMSTR> hello")
    finished(world, thread, accuracy=0.9)
    world.presses(world.card(thread, actions.RUN_CHART), actions.RUN_CHART, user="bob")
    assert pictures(world, thread) == []
    assert "No metric of able-ant was logged more than once" in world.private(thread, user="bob")[-1]
