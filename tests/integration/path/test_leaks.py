"""No secret leaves, wherever it comes from: not for Slack, and not for the model."""

import pytest

from tests.fakes.gemini_server import GeminiServer, call, fixed, text
from tests.fakes.world import World
from tests.integration.path.gemini_worlds import with_gemini
from tools.prefect.results import StateType

KEY = "AIza" + "Sy1234567890" * 2 + "abcdefghijk"
TOKEN = "ghp_" + "a1B2" * 9


@pytest.fixture
def world(world: World, gemini: GeminiServer) -> World:
    with_gemini(world, gemini)
    world.prefect.add_pipeline("churn-prediction")
    return world


def heard(gemini: GeminiServer) -> str:
    return "\n".join(str(asked.body) for asked in gemini.asked)


def test_what_a_run_logged_reaches_neither_the_model_nor_the_thread(world: World, gemini: GeminiServer) -> None:
    gemini.says(fixed(call("run_pipeline", signature=b"s", pipeline="churn-prediction")), fixed(text("Started.")))
    root = world.says("@trainmaster run churn")
    [run] = world.prefect.live_runs()
    world.prefect.add_log(run.id, f"using {KEY} and {world.slack.bot_token}", level=40)
    world.prefect.advance(run.id, StateType.FAILED, message=f"ValueError: {TOKEN}")
    gemini.says(
        fixed(call("read_logs", signature=b"s", run=run.name), call("explain_failure", run=run.name)),
        fixed(text(f"The log says {KEY}, {TOKEN} and {world.slack.bot_token}.")),
    )
    world.says("@trainmaster why did it fail?", thread=root)
    said = "\n".join(world.texts(root))
    assert "The log says [hidden], [hidden] and [hidden]." in said
    for secret in (KEY, TOKEN, world.slack.bot_token):
        assert secret not in said
        assert secret not in heard(gemini)
    assert "[hidden]" in heard(gemini)


def test_what_a_person_pasted_is_not_passed_on_nor_kept_for_later(world: World, gemini: GeminiServer) -> None:
    gemini.says(fixed(text("Noted.")), fixed(text("No.")))
    root = world.says(f"@trainmaster my key is {KEY}")
    world.says("@trainmaster what was it?", thread=root)
    assert KEY not in heard(gemini)
    assert "my key is [hidden]" in heard(gemini)


def test_the_answer_to_a_command_is_looked_through_too(world: World) -> None:
    world.prefect.add_pipeline(f"pipe-{TOKEN}")
    answer = world.commands("/mlops pipelines")
    assert "pipe-" in answer
    assert TOKEN not in answer
