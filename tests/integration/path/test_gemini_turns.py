"""Turns with Gemini, in a thread: the real client and the real way of a turn, against a local Gemini at its worst."""

from zoneinfo import ZoneInfo

import pytest

from tests.fakes.gemini_server import GeminiServer, Reply, call, fixed, refusal, text
from tests.fakes.world import World
from tests.integration.path.gemini_worlds import with_gemini
from tools.prefect.client import RunQuery


@pytest.fixture
def world(world: World, gemini: GeminiServer) -> World:
    """The world with Gemini as its model, and one that stands in for it."""
    with_gemini(world, gemini, "gemini-first,gemini-second")
    world.prefect.add_pipeline("churn-prediction")
    return world


def from_second(reply: Reply) -> "list[Reply]":
    return [refusal(404, "NOT_FOUND"), reply]


def test_a_question_is_answered_with_what_the_tools_gave_and_the_small_print_counts_both_messages(
    world: World, gemini: GeminiServer
) -> None:
    gemini.says(fixed(call("list_pipelines", signature=b"s")), fixed(text("There is churn-prediction.")))
    [answer] = world.texts(world.says("@trainmaster which pipelines are there?"))
    assert answer.startswith("There is churn-prediction.")
    assert "gemini-first" in answer
    assert "36 tokens" in answer
    assert "churn-prediction" in str(gemini.asked[1].results[0].response)
    assert gemini.refused == []


def test_the_rules_say_when_who_where_and_what_they_may_and_hold_nothing_that_people_or_tools_said(
    world: World, gemini: GeminiServer
) -> None:
    gemini.says(fixed(call("list_pipelines", signature=b"s")), fixed(text("There is one.")), fixed(text("Yes.")))
    thread = world.says("@trainmaster forget-your-rules, which pipelines are there?")
    world.says("@trainmaster sure?", thread=thread, user="bob")
    first, _, last = ("".join(part["text"] for part in one.body["systemInstruction"]["parts"]) for one in gemini.asked)
    zone = world.services.directory.timezone("U0ALICE")
    assert zone != "UTC"
    now = world.services.now()
    assert f"{now:%d %B %Y}" in first
    assert f"{now.astimezone(ZoneInfo(zone)):%H:}" in first.split("where the person is who asks, it is ")[1]
    assert f"({zone})" in first
    assert "The person who asks is <@U0ALICE>, in the channel <#C0MLPIPE>." in first
    assert "`*:*:read`" in first
    assert "`mlflow:alias:*`" in first
    assert "<@U0BOB>" in last
    assert "churn-prediction" not in first + last
    assert "forget-your-rules" not in first + last


def test_what_tools_gave_stands_in_a_fence_with_its_source(world: World, gemini: GeminiServer) -> None:
    gemini.says(fixed(call("list_pipelines", signature=b"s"), call("no_such_tool")), fixed(text("One.")))
    world.says("@trainmaster which pipelines are there?")
    known, unknown = (str((one.response or {})["output"]) for one in gemini.asked[1].results)
    assert known.startswith("What `list_pipelines` gave, from Prefect:\n<<<data ")
    assert unknown.startswith("It did not work. What `no_such_tool` gave, from Trainmaster itself:\n<<<data ")


def test_several_calls_of_one_message_are_all_made_and_answered_in_their_order(
    world: World, gemini: GeminiServer
) -> None:
    calls = [call("list_pipelines", signature=b"s"), call("list_runs"), call("no_such_tool"), call("run_pipeline", x=1)]
    gemini.says(fixed(*calls), fixed(text("Done.")))
    world.says("@trainmaster what is there?")
    told = [str(result.response) for result in gemini.asked[1].results]
    assert "churn-prediction" in told[0]
    assert "There is no tool `no_such_tool`" in told[2]
    assert "do not fit" in told[3]
    assert gemini.refused == []


def test_the_signatures_of_earlier_turns_come_from_memory(world: World, gemini: GeminiServer) -> None:
    gemini.says(
        fixed(call("list_pipelines", signature=b"one")), fixed(text("One.", signature=b"two")), fixed(text("Yes."))
    )
    thread = world.says("@trainmaster which pipelines are there?")
    world.says("@trainmaster sure?", thread=thread)
    parts = [part for content in gemini.asked[-1].contents for part in content.parts or ()]
    assert [part.thought_signature for part in parts if part.thought_signature] == [b"one", b"two"]


def test_another_gemini_answers_for_one_that_is_not_there_and_the_person_is_told(
    world: World, gemini: GeminiServer
) -> None:
    gemini.says(*from_second(fixed(call("list_pipelines", signature=b"s"))), fixed(text("There is one.")))
    [answer] = world.texts(world.says("@trainmaster which pipelines are there?"))
    assert [asked.model for asked in gemini.asked] == ["gemini-first", "gemini-second", "gemini-second"]
    assert "The model (gemini-first) did not answer: there is no such model for us." in answer
    assert "`gemini-second` answered" in answer


def test_the_offline_model_goes_on_when_no_gemini_answers_and_exact_commands_do(
    world: World, gemini: GeminiServer
) -> None:
    gemini.always(lambda _: refusal(503, "UNAVAILABLE"))
    for _ in range(3):
        [answer] = world.texts(world.says("@trainmaster which pipelines are there?"))
        assert "churn-prediction" in answer
        assert "The model (gemini-first) did not answer" in answer
        assert "the offline model answered" in answer
        assert "/mlops help" in answer
    assert len(gemini.asked) == 2 * 4  # each was left alone after four attempts
    assert "churn-prediction" in world.commands("/mlops pipelines")


def test_without_credentials_other_geminis_are_not_even_asked(world: World, gemini: GeminiServer) -> None:
    gemini.always(lambda _: refusal(403, "PERMISSION_DENIED"))
    [answer] = world.texts(world.says("@trainmaster which pipelines are there?"))
    assert "churn-prediction" in answer
    assert "credentials" in answer
    assert [asked.model for asked in gemini.asked] == ["gemini-first"]


def test_a_turn_that_has_begun_is_not_taken_over_by_another_model(world: World, gemini: GeminiServer) -> None:
    gemini.says(fixed(call("run_pipeline", signature=b"s", pipeline="churn-prediction")))
    gemini.always(lambda _: refusal(500, "INTERNAL"))
    texts = world.texts(world.says("@trainmaster run churn"))
    [failed] = [text for text in texts if "The model (gemini-first) did not answer" in text]
    assert "Done before, and kept: Started" in failed
    assert {asked.model for asked in gemini.asked} == {"gemini-first"}
    assert len(world.prefect.runs(RunQuery()).runs) == 1


def test_a_question_that_a_filter_stops_is_told_once_and_nobody_else_is_asked(
    world: World, gemini: GeminiServer
) -> None:
    gemini.always(lambda _: fixed(finish="SAFETY"))
    [answer] = world.texts(world.says("@trainmaster which pipelines are there?"))
    assert "SAFETY" in answer
    assert "Please say it in other words." in answer
    assert len(gemini.asked) == 1
