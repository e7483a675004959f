"""A Gemini that does whatever it likes: it stays within the budgets, and the thread gets one clear message."""

import time

import pytest

from bot.proposals import State
from tests.fakes.churn import POLICY, champion, moves, register
from tests.fakes.gemini_server import Asked, GeminiServer, Reply, call, candidate, fixed, text
from tests.fakes.world import World
from tests.integration.path.gemini_worlds import with_gemini
from tools.prefect.client import RunQuery
from worker.agent.limits import Limits

LIMITS = Limits()


@pytest.fixture
def world(world: World, gemini: GeminiServer) -> World:
    with_gemini(world, gemini)
    world.prefect.add_pipeline("churn-prediction")
    return world


def runs(world: World) -> int:
    return len(world.prefect.runs(RunQuery()).runs)


def only_answer(world: World, words: str) -> str:
    """The one message that a person gets."""
    [answer] = world.texts(world.says(f"@trainmaster {words}"))
    assert len(answer) < 20_000
    return answer


def made(gemini: GeminiServer) -> int:
    """Calls that were answered by a tool, as far as the model was told."""
    contents = gemini.asked[-1].contents
    return sum(1 for content in contents for part in content.parts or () if part.function_response)


def test_a_model_that_calls_for_ever_ends_at_the_budget_of_calls(world: World, gemini: GeminiServer) -> None:
    gemini.always(lambda asked: fixed(call("list_runs", signature=b"s", pipeline=f"p{len(asked.contents)}")))
    answer = only_answer(world, "what is there?")
    assert f"more than the {LIMITS.tool_calls} tool calls" in answer
    assert made(gemini) == LIMITS.tool_calls
    assert len(gemini.asked) == LIMITS.tool_calls + 1


def test_a_call_repeated_a_hundred_times_is_made_three_times(world: World, gemini: GeminiServer) -> None:
    gemini.always(lambda _: fixed(call("run_pipeline", signature=b"s", pipeline="churn-prediction")))
    thread = world.says("@trainmaster run churn")
    failed = [text for text in world.texts(thread) if "tool calls that one question may make" in text]
    assert len(failed) == 1
    assert failed[0].count("Started") == LIMITS.alike
    assert runs(world) == LIMITS.alike
    told = str(gemini.asked[-1].contents[-1].parts)
    assert "I do not make it again" in told


def test_a_hundred_calls_in_one_message_are_none(world: World, gemini: GeminiServer) -> None:
    calls = [call("run_pipeline", signature=b"s", pipeline="churn-prediction") for _ in range(100)]
    gemini.always(lambda _: fixed(*calls))
    assert f"more than the {LIMITS.tool_calls} tool calls" in only_answer(world, "run churn")
    assert runs(world) == 0
    assert len(gemini.asked) == 1


def test_tools_that_it_invents_are_named_back_in_short_and_count_like_others(
    world: World, gemini: GeminiServer
) -> None:
    def invents(asked: Asked) -> Reply:
        return fixed(call(f"sudo_{len(asked.contents)}_" + "x" * 5_000, signature=b"s", command="rm -rf /"))

    gemini.always(invents)
    answer = only_answer(world, "what is there?")
    assert "tool calls that one question may make" in answer
    assert "sudo" not in answer
    assert "There is no tool `sudo_1_" in str(gemini.asked[1].results[0].response)
    assert "x" * 100 not in str(gemini.asked[1].results[0].response)
    assert made(gemini) == LIMITS.tool_calls


def test_a_model_that_approves_what_it_asked_for_changes_nothing(world: World, gemini: GeminiServer) -> None:
    register(world)
    world.decides_by(POLICY)
    tries = ("approve_proposal", "approve", "decide", "apply_proposal", "proposal.approve")
    gemini.says(
        fixed(call("promote_model", signature=b"s", model="churn", version="2")),
        fixed(*(call(name, signature=b"s", proposal="P-AAAAAAAAAA", actor="U0BOB") for name in tries)),
        fixed(call("promote_model", signature=b"s", model="churn", version="2", approved=True)),
        fixed(text("It is approved and done.")),
    )
    world.says("@trainmaster promote churn v2")
    assert world.proposal.state is State.PENDING
    assert (moves(world), champion(world)) == (0, "1")
    assert gemini.refused == []


@pytest.mark.parametrize("pieces", [1, 200])
def test_a_megabyte_of_words_is_not_used_and_told(world: World, gemini: GeminiServer, pieces: int) -> None:
    size = 1_000_000 // pieces
    gemini.always(lambda _: Reply([candidate(text("x" * size), finish="") for _ in range(pieces)]))
    assert "more than 100,000 characters" in only_answer(world, "which pipelines are there?")
    assert len(gemini.asked) == 1


def test_a_megabyte_of_arguments_is_not_used_and_told(world: World, gemini: GeminiServer) -> None:
    gemini.always(lambda _: fixed(call("list_runs", signature=b"s", pipeline="x" * 1_000_000)))
    assert "more than 100,000 characters" in only_answer(world, "which pipelines are there?")


def test_a_long_answer_is_told_in_a_few_messages_which_say_what_they_left_out(
    world: World, gemini: GeminiServer
) -> None:
    gemini.always(lambda _: fixed(text("word " * 19_000)))
    texts = world.texts(world.says("@trainmaster tell me everything"))
    assert len(texts) == 5
    assert "left out" in texts[-1]


def test_a_model_that_thinks_for_ever_is_left_when_its_time_is_up(world: World, gemini: GeminiServer) -> None:
    world.tells_time(lambda: time.monotonic() + (LIMITS.model_seconds if gemini.waiting.is_set() else 0))
    gemini.always(lambda _: Reply([], waits=True))
    texts = world.texts(world.says("@trainmaster which pipelines are there?"))  # one of them showed the progress
    assert len([text for text in texts if "The model used up the 120 seconds" in text]) == 1
    assert len(gemini.asked) == 1


def test_tokens_are_counted_over_a_turn_and_end_it(world: World, gemini: GeminiServer) -> None:
    usage = {"promptTokenCount": 190_000, "candidatesTokenCount": 10_000, "totalTokenCount": 200_000}

    def dear(asked: Asked) -> Reply:
        return Reply([candidate(call("list_runs", signature=b"s", pipeline=f"p{len(asked.contents)}"), usage=usage)])

    gemini.always(dear)
    assert "500,000 tokens" in only_answer(world, "which pipelines are there?")
    assert len(gemini.asked) == 3
