"""Gemini behind the same seam: the real client against a local server that speaks its protocol, and fails like it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import groupby

import pytest
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    messages_from_dict,
    messages_to_dict,
)

from bot import settings as configuration
from tests.fakes.gemini_server import (
    GeminiServer,
    Reply,
    call,
    candidate,
    fixed,
    refusal,
    retry_info,
    text,
)
from tests.fixtures.waiting import until
from tools.breaker import FAILURES
from tools.catalogue import CATALOGUE
from worker.agent.gemini.answers import CUT
from worker.agent.gemini.patience import Patience
from worker.agent.gemini.thinker import GeminiThinker, geminis
from worker.agent.limits import Instead, ModelAway, Stop

SOON = Patience(first=0.01, spread=lambda: 0.0)
HELLO = [SystemMessage("rules"), HumanMessage("hello")]
KEY = {"google_api_key": "key-1"}
VERTEX = {"google_genai_use_vertexai": True, "google_cloud_project": "p-1", "google_cloud_location": "europe-west1"}


def made(
    gemini: GeminiServer, credentials: Mapping[str, object] = KEY, model: str = "gemini-flash-latest"
) -> GeminiThinker:
    settings = configuration.load(
        {
            "slack_bot_token": "xoxb-1",
            "slack_app_token": "xapp-1",
            "gemini_api_endpoint": gemini.url,
            "model": model,
            **credentials,
        }
    )
    return replace(geminis(settings)[0], patience=SOON)


@pytest.fixture
def model(gemini: GeminiServer) -> GeminiThinker:
    return made(gemini)


def thinks(model: GeminiThinker, messages: list[BaseMessage] | None = None) -> AIMessage:
    return model.think(messages or HELLO, CATALOGUE)


def away(model: GeminiThinker) -> ModelAway:
    with pytest.raises(ModelAway) as caught:
        thinks(model)
    assert "key-1" not in str(caught.value)
    assert "/srv" not in str(caught.value)
    return caught.value


def results(message: AIMessage) -> list[ToolMessage]:
    return [ToolMessage("done", tool_call_id=one["id"], name=one["name"]) for one in message.tool_calls]


def kept(messages: list[BaseMessage]) -> list[BaseMessage]:
    """Messages as they come back from Redis."""
    return messages_from_dict(messages_to_dict(messages))


def test_words_and_tool_calls_come_back_and_every_tool_is_offered(gemini: GeminiServer, model: GeminiThinker) -> None:
    gemini.says(fixed(call("run_pipeline", pipeline="churn")))
    [called] = thinks(model).tool_calls
    assert (called["name"], called["args"]) == ("run_pipeline", {"pipeline": "churn"})
    assert sorted(gemini.asked[0].offered) == [tool.name for tool in CATALOGUE]
    assert gemini.asked[0].headers["x-goog-api-key"] == "key-1"
    assert (gemini.asked[0].model, gemini.asked[0].project) == ("gemini-flash-latest", "")


def test_vertex_ai_is_asked_by_project_and_location_with_a_token_and_never_with_the_key(gemini: GeminiServer) -> None:
    gemini.says(fixed(text("Hello.")))
    assert thinks(made(gemini, {**KEY, **VERTEX})).text == "Hello."
    asked = gemini.asked[0]
    assert (asked.project, asked.model) == ("p-1", "gemini-flash-latest")
    assert asked.headers["authorization"].startswith("Bearer ")
    assert "x-goog-api-key" not in asked.headers


def test_a_key_can_also_be_used_when_vertex_ai_is_named_without_a_project(gemini: GeminiServer) -> None:
    gemini.says(fixed(text("Hello.")))
    assert thinks(made(gemini, {**KEY, "google_genai_use_vertexai": True})).text == "Hello."
    assert gemini.asked[0].project == ""


def test_several_calls_in_one_answer_come_back_in_order_each_with_an_id_of_its_own(
    gemini: GeminiServer, model: GeminiThinker
) -> None:
    first, second = call("list_runs", pipeline="a"), call("list_runs", pipeline="b")
    for part in (first, second):
        part["functionCall"]["id"] = "same"
    gemini.says(Reply([candidate(first, finish=""), candidate(second)]))
    message = thinks(model)
    assert [one["args"]["pipeline"] for one in message.tool_calls] == ["a", "b"]
    assert len({one["id"] for one in message.tool_calls}) == 2


def test_thought_signatures_go_back_with_the_call_and_the_words_they_came_with_also_from_redis(
    gemini: GeminiServer, model: GeminiThinker
) -> None:
    several = [call("list_runs", signature=b"first", pipeline="a"), call("list_runs", pipeline="b")]
    gemini.says(
        Reply([candidate(text("Let me see. "), finish=""), candidate(*several)]),
        fixed(call("list_models", signature=b"second")),
        fixed(text("Both are fine.", signature=b"third")),
        fixed(text("You are welcome.")),
    )
    said: list[BaseMessage] = [*HELLO]
    for _ in range(2):
        message = thinks(model, said)
        said = [said[0], *kept([*said[1:], message, *results(message)])]
    said = [*said, *kept([thinks(model, said)]), HumanMessage("thanks")]
    thinks(model, said)
    assert gemini.refused == []
    parts = [part for content in gemini.asked[-1].contents if content.role == "model" for part in content.parts or ()]
    assert [(bool(part.function_call), part.thought_signature) for part in parts] == [
        (False, None),
        (True, b"first"),
        (True, None),
        (True, b"second"),
        (False, b"third"),
    ]


def test_signatures_of_another_model_are_not_sent(gemini: GeminiServer, model: GeminiThinker) -> None:
    gemini.says(
        fixed(call("list_models", signature=b"first")), fixed(text("Two.", signature=b"second")), fixed(text("!"))
    )
    begun = thinks(model)
    said = [*HELLO, begun, *results(begun)]
    said += [thinks(model, said), HumanMessage("and now?")]
    thinks(made(gemini, model="gemini-other"), said)
    parts = [part for content in gemini.asked[-1].contents for part in content.parts or ()]
    assert [part.thought_signature for part in parts] == [None] * len(parts)


def test_what_a_turn_costs_is_counted(gemini: GeminiServer, model: GeminiThinker) -> None:
    usage = {"promptTokenCount": 100, "candidatesTokenCount": 20, "thoughtsTokenCount": 5, "totalTokenCount": 125}
    begun = candidate(text("On"), finish="", usage={"promptTokenCount": 100, "totalTokenCount": 100})
    gemini.says(Reply([begun, candidate(text("e."), usage=usage)]))
    message = thinks(model)
    assert message.text == "One."
    assert message.usage_metadata is not None
    assert (message.usage_metadata["input_tokens"], message.usage_metadata["output_tokens"]) == (100, 25)


@pytest.mark.parametrize(
    ("status", "word"),
    [(429, "RESOURCE_EXHAUSTED"), (500, "INTERNAL"), (503, "UNAVAILABLE"), (504, "DEADLINE_EXCEEDED")],
)
def test_a_service_that_has_too_much_to_do_is_asked_again(
    gemini: GeminiServer, model: GeminiThinker, status: int, word: str
) -> None:
    gemini.says(refusal(status, word), refusal(status, word), fixed(text("Here.")))
    assert thinks(model).text == "Here."
    assert len(gemini.asked) == 3


@pytest.mark.parametrize("by", ["body", "header"])
def test_the_next_attempt_waits_as_long_as_the_service_asks_for(
    gemini: GeminiServer, model: GeminiThinker, by: str
) -> None:
    busy = refusal(429, "RESOURCE_EXHAUSTED", *([retry_info(0.4)] if by == "body" else []))
    busy.headers = {} if by == "body" else {"retry-after": "1"}
    gemini.says(busy, fixed(text("Here.")))
    thinks(model)
    assert gemini.asked[1].at - gemini.asked[0].at >= (0.4 if by == "body" else 1.0)


def test_nobody_is_kept_waiting_for_a_service_that_asks_for_a_long_time(
    gemini: GeminiServer, model: GeminiThinker
) -> None:
    gemini.says(refusal(429, "RESOURCE_EXHAUSTED", retry_info(57)))
    error = away(model)
    assert error.instead is Instead.ANOTHER
    assert len(gemini.asked) == 1


def test_a_turn_that_has_begun_is_not_given_up_for_a_time_that_it_has(
    gemini: GeminiServer, model: GeminiThinker
) -> None:
    hurried = replace(model, patience=replace(SOON, longest=0.1))
    gemini.says(fixed(call("list_models", signature=b"s")))
    called = thinks(hurried)
    busy = refusal(429, "RESOURCE_EXHAUSTED", retry_info(0.3))
    gemini.says(busy, fixed(text("Two.")), busy)
    assert thinks(hurried, [*HELLO, called, *results(called)]).text == "Two."
    assert away(hurried).instead is Instead.ANOTHER
    assert len(gemini.asked) == 4


@pytest.mark.parametrize(
    ("reply", "instead", "said"),
    [
        (refusal(400, "INVALID_ARGUMENT"), Instead.RULES, "a fault of mine"),
        (refusal(400, "INVALID_ARGUMENT", {"reason": "API_KEY_INVALID"}), Instead.RULES, "credentials"),
        (refusal(401, "UNAUTHENTICATED"), Instead.RULES, "credentials"),
        (refusal(403, "PERMISSION_DENIED"), Instead.RULES, "credentials"),
        (refusal(404, "NOT_FOUND"), Instead.ANOTHER, "no such model"),
        (
            refusal(
                400, "INVALID_ARGUMENT", message="The input token count exceeds the maximum number of tokens allowed"
            ),
            Instead.NOBODY,
            "too long",
        ),
    ],
)
def test_what_would_be_refused_again_is_asked_once_and_told_without_the_services_text(
    gemini: GeminiServer, model: GeminiThinker, reply: Reply, instead: Instead, said: str
) -> None:
    gemini.says(reply)
    error = away(model)
    assert said in str(error)
    assert error.instead is instead
    assert len(gemini.asked) == 1


@pytest.mark.parametrize("reason", ["SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION", "LANGUAGE"])
def test_an_answer_that_was_stopped_by_a_filter_is_told_with_its_reason_and_not_used(
    gemini: GeminiServer, model: GeminiThinker, reason: str
) -> None:
    gemini.says(fixed(text("half of it"), call("run_pipeline", pipeline="churn"), finish=reason))
    error = away(model)
    assert reason in str(error)
    assert error.instead is Instead.NOBODY
    assert "other words" in error.remedy
    assert len(gemini.asked) == 1


@pytest.mark.parametrize("reason", ["SAFETY", "BLOCKLIST", "OTHER", "JAILBREAK"])
def test_a_question_that_was_stopped_is_told_with_its_reason(
    gemini: GeminiServer, model: GeminiThinker, reason: str
) -> None:
    gemini.says(Reply([{"promptFeedback": {"blockReason": reason}, "usageMetadata": USED}]))
    assert reason in str(away(model))


USED = {"promptTokenCount": 11, "totalTokenCount": 11}
NAMELESS = {"functionCall": {"args": {"pipeline": "churn"}}}
LISTED = {"functionCall": {"name": "run_pipeline", "args": ["churn"]}}


NO_ANSWERS = {
    "malformed": lambda: fixed(finish="MALFORMED_FUNCTION_CALL"),
    "unexpected": lambda: fixed(call("run_pipeline", pipeline="churn"), finish="UNEXPECTED_TOOL_CALL"),
    "nameless": lambda: fixed(NAMELESS),
    "arguments in a list": lambda: fixed(LISTED),
    "no content": fixed,
    "blank": lambda: fixed(text("  ")),
    "a reason of tomorrow": lambda: fixed(finish="SOMETHING_NEW"),
    "nothing": lambda: Reply([]),
    "no candidates": lambda: Reply([{"usageMetadata": USED}]),
    "no json": lambda: Reply([b"data: {'candidates'\r\n\r\n"]),
    "a page": lambda: Reply([b"<html>a proxy</html>"]),
    "broken off": lambda: Reply([candidate(text("half of")), candidate(text("it"))], breaks=True),
}


@pytest.mark.parametrize("reply", NO_ANSWERS.values(), ids=NO_ANSWERS)
@pytest.mark.filterwarnings("ignore:SOMETHING_NEW is not a valid")
def test_what_is_no_answer_by_accident_is_asked_for_again_and_then_told(
    gemini: GeminiServer, model: GeminiThinker, reply: Callable[[], Reply]
) -> None:
    gemini.says(reply(), fixed(text("Here.")))
    assert thinks(model).text == "Here."
    gemini.says(*(reply() for _ in range(3)))
    assert away(model).instead is Instead.ANOTHER
    assert len(gemini.asked) == 5


def test_words_that_were_cut_off_are_shown_and_said_to_be_cut(gemini: GeminiServer, model: GeminiThinker) -> None:
    gemini.says(fixed(text("There are seven runs, and"), finish="MAX_TOKENS"))
    assert thinks(model).text == f"There are seven runs, and{CUT}"


def test_calls_that_were_cut_off_are_not_made(gemini: GeminiServer, model: GeminiThinker) -> None:
    gemini.says(fixed(call("run_pipeline", pipeline="churn"), finish="MAX_TOKENS"))
    error = away(model)
    assert "did nothing of it" in str(error)
    assert "less at once" in error.remedy


def test_an_answer_without_end_is_left_in_time(gemini: GeminiServer, model: GeminiThinker) -> None:
    gemini.says(Reply([candidate(text("x" * 20_000), finish="") for _ in range(50)]))
    assert "more than 100,000 characters" in str(away(model))
    gemini.says(fixed(call("run_pipeline", pipeline="x" * 1_000_000)))
    assert "more than 100,000 characters" in str(away(model))


def test_a_service_that_is_silent_is_waited_for_once_and_no_longer(gemini: GeminiServer, model: GeminiThinker) -> None:
    gemini.says(Reply([], waits=True))
    error = away(replace(model, seconds=0.5))
    assert "no answer within" in str(error)
    assert error.instead is Instead.ANOTHER
    assert len(gemini.asked) <= 1  # on a slow machine the time is over before the question is out


def test_a_call_is_left_at_once_when_the_turn_is_to_end_and_the_connection_with_it(
    gemini: GeminiServer, model: GeminiThinker
) -> None:
    gemini.says(Reply([], waits=True))
    stopped: list[float] = []

    def heed() -> None:
        if gemini.waiting.is_set():
            stopped.append(time.monotonic())
            raise Stop

    with pytest.raises(Stop):
        model.think(HELLO, CATALOGUE, heed)
    assert time.monotonic() - stopped[0] < 1
    until(lambda: gemini.left, "the connection is closed", seconds=10)


def test_a_pause_between_attempts_is_left_at_once_too(gemini: GeminiServer, model: GeminiThinker) -> None:
    gemini.says(refusal(503, "UNAVAILABLE", retry_info(15)))

    def heed() -> None:
        if gemini.asked:
            raise Stop

    begun = time.monotonic()
    with pytest.raises(Stop):
        model.think(HELLO, CATALOGUE, heed)
    assert time.monotonic() - begun < 5


def test_who_does_not_answer_is_left_alone_and_the_person_told_since_when(
    gemini: GeminiServer, model: GeminiThinker
) -> None:
    gemini.always(lambda _: refusal(503, "UNAVAILABLE"))
    for _ in range(3):
        error = away(model)
    assert len(gemini.asked) == FAILURES
    assert "has not answered since" in str(error)
    assert error.instead is Instead.ANOTHER


def test_a_server_that_is_not_there_is_told(gemini: GeminiServer) -> None:
    gemini.close()
    error = away(made(gemini))
    assert "the connection failed" in str(error)
    assert error.instead is Instead.ANOTHER


def test_words_are_heard_while_they_are_written_and_none_beside_a_call(
    model: GeminiThinker, gemini: GeminiServer
) -> None:
    heard: list[str] = []
    pieces: list[dict[str, object] | bytes] = [candidate(text("One.\n"), finish=""), candidate(text("Two."))]
    gemini.says(Reply(pieces))
    model.think(HELLO, CATALOGUE, hear=heard.append)
    assert [words for words, _ in groupby(heard)] == ["", "One.\n", "One.\nTwo."]
    heard.clear()
    looked = [candidate(text("Let me look."), finish=""), candidate(call("list_models", signature=b"s"))]
    gemini.says(Reply([*looked]))
    model.think(HELLO, CATALOGUE, hear=heard.append)
    assert [words for words, _ in groupby(heard)] == ["", "Let me look.", ""]


def test_an_attempt_that_failed_is_forgotten_by_who_listens(model: GeminiThinker, gemini: GeminiServer) -> None:
    heard: list[str] = []
    gemini.says(Reply([candidate(text("On"), finish="")], breaks=True), fixed(text("One.")))
    model.think(HELLO, CATALOGUE, hear=heard.append)
    assert [words for words, _ in groupby(heard)][-2:] == ["", "One."]
