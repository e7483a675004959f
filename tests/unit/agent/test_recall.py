"""What is recalled of a thread: never more than there is room for, and no turn in pieces."""

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from bot.conversations import Exchange, Summary
from tests.unit.agent.said import exchange, looked_up, stated
from worker.agent.fitting import EARLIER_CHARACTERS, EARLIER_RESULT, SUMMARY_CHARACTERS, fitted, weight
from worker.agent.gemini.answers import SIGNATURES
from worker.agent.offline import dialogue
from worker.agent.outcome import OUTCOME
from worker.agent.recall import MOST_TURNS, recalled, to_summarise

SUMMARY = Summary("- <@U0BOB> said: recall matters most", turns=9, by="rules")
LOG = "\n".join(f"line {number} of a log" for number in range(500))


def asked(messages: list[AnyMessage]) -> list[str]:
    return [one.text for one in messages if isinstance(one, HumanMessage)]


def pairs(messages: list[AnyMessage]) -> bool:
    """Whether every call is followed by what it gave."""
    wanted: list[str] = []
    for message in messages:
        if isinstance(message, ToolMessage):
            assert message.tool_call_id == wanted.pop(0)
        else:
            assert wanted == []
            wanted = [str(call["id"]) for call in message.tool_calls] if isinstance(message, AIMessage) else []
    return wanted == []


def few(number: int, size: int = 100) -> list[Exchange]:
    return [exchange(f"t{one}", looked_up(f"question {one}", "x" * size)) for one in range(number)]


def test_a_short_thread_is_recalled_whole_and_nothing_is_summarised() -> None:
    exchanges = few(MOST_TURNS)
    assert asked(recalled(exchanges, None)) == [f"question {number}" for number in range(MOST_TURNS)]
    assert to_summarise(exchanges) == 0


def test_a_summary_stands_in_front_as_data_and_the_offline_model_takes_it_for_nobodys_words() -> None:
    messages = recalled(few(1), SUMMARY)
    assert isinstance(messages[0], HumanMessage)
    assert "<<<data" in messages[0].text
    assert SUMMARY.text in messages[0].text
    assert [one.said for one in dialogue.read([*messages, HumanMessage("now")]).exchanges] == ["question 0", "now"]


def test_of_too_many_turns_the_older_half_is_summarised() -> None:
    assert to_summarise(few(MOST_TURNS + 1)) == MOST_TURNS + 1 - MOST_TURNS // 2


def test_long_results_are_trimmed_at_a_line_and_keep_their_values() -> None:
    messages = recalled([exchange("t1", looked_up("show the log", LOG))], None)
    [result] = [one for one in messages if isinstance(one, ToolMessage)]
    assert len(result.text) <= EARLIER_RESULT
    assert "… left out: " in result.text
    assert result.artifact == {"number": 0}


def test_there_is_never_more_than_there_is_room_for_and_calls_stay_with_what_they_gave() -> None:
    exchanges = [exchange(f"t{one}", looked_up(f"question {one}", *([LOG] * 6))) for one in range(30)]
    messages = recalled(exchanges, SUMMARY)
    assert pairs(messages)
    assert sum(map(weight, messages[2:])) <= EARLIER_CHARACTERS
    assert weight(messages[0]) <= SUMMARY_CHARACTERS + 300
    assert "recall matters most" in messages[0].text
    assert "question 0 " in messages[0].text  # somebody died before it was summarised, and it is told all the same
    whole = len(asked(messages)) - 1
    assert 0 < whole < 30
    assert to_summarise(exchanges) >= 30 - whole


def test_one_turn_that_is_too_large_by_itself_is_told_in_short() -> None:
    messages = recalled([exchange("t1", stated("write me a book", answer="word " * 10_000))], None)
    assert asked(messages)[0].startswith("What was said before")
    assert "write me a book → word word" in messages[0].text


def test_what_people_wrote_is_told_with_who_it_was_and_an_outcome_with_nobody() -> None:
    turns = [
        exchange("t1", stated("I want recall"), actor="U0BOB"),
        exchange("t2", stated(f"{OUTCOME} P-1 is applied."), actor="U0BOB"),
    ]
    messages = fitted([*recalled(turns, SUMMARY), HumanMessage("promote it")], ())
    told = [one.text for one in messages if isinstance(one, HumanMessage)]
    assert told[0].startswith("What was said before in this thread")
    assert told[1:] == ["<@U0BOB>: I want recall", f"{OUTCOME} P-1 is applied.", "promote it"]


def test_signatures_are_kept_and_counted() -> None:
    turn = looked_up("which runs?", "x")
    signed = AIMessage("", tool_calls=turn[1].tool_calls, additional_kwargs={SIGNATURES: {"c": "s" * 500}})  # type: ignore[union-attr]
    messages = recalled([exchange("t1", [turn[0], signed, *turn[2:]])], None)
    assert messages[1].additional_kwargs == {SIGNATURES: {"c": "s" * 500}}
    assert weight(messages[1]) > 500
