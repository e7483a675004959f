"""An answer that is shown while it is written: as a stream, as an edited message, and told once whatever happens."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from langchain_core.messages import AIMessage

from demo.workspace.model import Message
from tests.fakes.world import CHANNEL, ScriptedThinker, World, calls, words
from tests.fakes.writing import Died, Later, Step, WritingThinker

FIRST = "The champion of churn is v2, and it was promoted yesterday evening by alice.\n"
SECOND = "It is better than v1 by two hundredths of roc_auc, which is what you asked for.\n"
THIRD = "Nothing else has changed."
TOKEN = "ghp_" + "a1B2" * 9
EDGE = "-" * 5
KEY = f"{EDGE}BEGIN RSA PRIVATE KEY{EDGE}\n" + "MIIEabcdefghij0123456789\n" * 4 + f"{EDGE}END RSA PRIVATE KEY{EDGE}\n"


@pytest.fixture
def clock(world: World) -> Later:
    later = Later()
    world.tells_time(later)
    return later


def ours(world: World) -> list[Message]:
    """What we said in any thread."""
    roots = [message.ts for message in world.workspace.messages(CHANNEL)]
    said = [message for root in roots for message in world.workspace.thread(CHANNEL, root)]
    return [message for message in said if message.user == world.workspace.bot.id]


def seen(world: World, text: str) -> Callable[[], object]:
    """Whether people can read this by now."""
    return lambda: any(text.strip()[-30:] in words(message) for message in ours(world))


def asks(world: World, clock: Later, *steps: Step, end: AIMessage | BaseException, pace: float = 3.0) -> str:
    world.think_with(WritingThinker(*steps, end=end, clock=clock, pace=pace))
    world.tells_time(clock)
    return world.says("@trainmaster how is churn?")


def story(world: World) -> tuple[Step, Step]:
    return (FIRST, seen(world, FIRST)), (FIRST + SECOND, seen(world, SECOND))


def counted(world: World, *methods: str) -> list[int]:
    return [world.slack.calls.counts.get(f"chat.{method}", 0) for method in methods]


STREAMS = ("startStream", "appendStream", "stopStream", "postMessage")


def test_an_answer_grows_as_a_stream_and_the_same_message_is_the_answer(world: World, clock: Later) -> None:
    growing: list[bool] = []

    def noted() -> bool:
        growing.extend(bool(message.streaming) for message in ours(world))
        return bool(seen(world, SECOND)())

    asks(world, clock, (FIRST, seen(world, FIRST)), (FIRST + SECOND, noted), end=AIMessage(FIRST + SECOND + THIRD))
    [answer] = [message for message in ours(world) if THIRD in words(message)]
    assert any(growing)
    assert (answer.streaming, answer.unfurl) == (0.0, (False, False))
    assert words(answer).count("two hundredths") == 2  # in the text of the notification, too
    assert "writing" in words(answer)
    assert answer.metadata is not None
    assert counted(world, *STREAMS[:3]) == [1, 1, 1]
    assert [FIRST.strip() in words(message) for message in ours(world)].count(True) == 1


def test_where_there_are_no_streams_the_message_is_edited_and_nobody_asks_again(world: World, clock: Later) -> None:
    world.slack.faults.on("chat.startStream", "hidden", times=None)
    for number in (1, 2):
        asks(world, clock, *story(world), end=AIMessage(FIRST + SECOND + THIRD + str(number)))
        assert [THIRD + str(number) in words(message) for message in ours(world)].count(True) == 1
    assert counted(world, "startStream", "appendStream") == [1, 0]
    assert "chat.startStream" in world.redis.smembers("tm:T0LOCAL:unsupported:v1")


def test_a_quick_answer_and_one_that_stands_in_one_line_are_told_at_once(world: World) -> None:
    world.think_with(ScriptedThinker(AIMessage(FIRST)))
    world.says("@trainmaster how is churn?")
    assert counted(world, *STREAMS) == [0, 0, 0, 1]


def test_no_secret_is_shown_by_being_cut_in_two(world: World, clock: Later) -> None:
    text = f"{FIRST}The token is {TOKEN} and the key is\n{KEY}{SECOND}"
    steps: list[Step] = [(text[:end], lambda: True) for end in range(len(FIRST), len(text), 7)]
    asks(world, clock, *steps, (text, seen(world, SECOND)), end=AIMessage(text), pace=1.1)
    sent = str([called.args for called in world.slack.calls.of()])
    assert ("MIIE" in sent, TOKEN in sent, TOKEN[:12] in sent) == (False, False, False)
    assert "[hidden]" in sent
    assert counted(world, "startStream") == [1]


def test_tables_code_links_and_mentions_are_safe_while_they_are_written(world: World, clock: Later) -> None:
    text = (
        f"{FIRST}\n| a | b |\n|---|---|\n| 1 | 2 |\n\nSee [x](https://evil.invalid/?q=1) <!channel> <@U0BOB>\n{SECOND}"
    )
    steps: list[Step] = [(text[:end], lambda: True) for end in range(len(FIRST), len(text), 9)]
    asks(world, clock, *steps, (text, seen(world, SECOND)), end=AIMessage(text), pace=1.1)
    streamed = [called.args for name in STREAMS[:2] for called in world.slack.calls.of(f"chat.{name}")]
    assert streamed
    sent = str(streamed)
    assert ("<http" in sent, "<!" in sent, "<@" in sent, "| 1" in sent) == (False, False, False, False)
    assert "bob" in sent


def test_another_worker_goes_on_with_the_same_message_when_one_dies(world: World, clock: Later) -> None:
    with pytest.raises(Died):
        asks(world, clock, *story(world), end=Died())
    before = [message.ts for message in ours(world) if FIRST.strip() in words(message)]
    world.restart_worker()
    world.think_with(ScriptedThinker(AIMessage("It is all well, in other words.")))
    world.settle()
    [answer] = [message for message in ours(world) if "all well" in words(message)]
    assert (before, FIRST.strip() in words(answer), answer.streaming) == ([answer.ts], False, 0.0)
    assert [FIRST.strip() in words(message) for message in ours(world)] == [False] * len(ours(world))


@pytest.mark.parametrize("fault", ["reset_after", "reset", "rate_limited", "server_error"])
def test_a_stream_of_which_nobody_knows_whether_it_began_is_found_or_begun_once(
    world: World, clock: Later, fault: str
) -> None:
    world.slack.faults.on("chat.startStream", fault)  # type: ignore[arg-type]  # one of its kinds
    asks(world, clock, (FIRST, seen(world, FIRST)), end=AIMessage(FIRST + THIRD))
    assert [FIRST.strip() in words(message) for message in ours(world)].count(True) == 1
    assert [THIRD in words(message) for message in ours(world)].count(True) == 1


@pytest.mark.parametrize("fault", ["reset_after", "reset", "error"])
def test_an_append_that_may_have_arrived_is_not_made_again(world: World, clock: Later, fault: str) -> None:
    world.slack.faults.on("chat.appendStream", fault, error="message_not_in_streaming_state")  # type: ignore[arg-type]
    asks(world, clock, *story(world), end=AIMessage(FIRST + SECOND + THIRD))
    [answer] = [message for message in ours(world) if THIRD in words(message)]
    assert str(answer.blocks).count("two hundredths") == 1
    assert counted(world, "appendStream") == [1]


def test_a_stream_that_slack_has_ended_is_edited(world: World, clock: Later) -> None:
    def ended() -> bool:
        if not seen(world, FIRST)():
            return False
        world.slack.faults.on("chat.stopStream", "error", error="message_not_in_streaming_state", times=None)
        [message] = [m for m in ours(world) if m.streaming]
        world.workspace.replace(replace(message, streaming=0.0))
        return True

    asks(world, clock, (FIRST, ended), end=AIMessage(FIRST + THIRD))
    assert [THIRD in words(message) for message in ours(world)].count(True) == 1


def test_what_is_stopped_keeps_what_was_written_and_says_so(world: World, clock: Later) -> None:
    asked: list[Message] = []

    def stopped() -> bool:
        clock.now += 0.3
        if not asked and seen(world, FIRST)():
            [message] = [m for m in ours(world) if FIRST.strip() in words(m)]
            asked.append(world.workspace.post("alice", "#ml-pipelines", "@trainmaster stop", message.root))
        return False

    asks(world, clock, (FIRST, stopped), end=AIMessage("never"))
    [answer] = [message for message in ours(world) if FIRST.strip() in words(message)]
    assert "broken off here" in words(answer)
    assert answer.streaming == 0.0
    assert any("Stopped" in words(message) for message in ours(world))


def test_words_before_a_call_hold_no_stream_and_give_way_to_the_answer(world: World, clock: Later) -> None:
    class Two:
        name = "two"

        def __init__(self) -> None:
            asking = calls("list_models")
            self._first = WritingThinker((FIRST, seen(world, FIRST)), end=asking, clock=clock)
            self._then = WritingThinker((SECOND, seen(world, SECOND)), end=AIMessage(SECOND + THIRD), clock=clock)
            self._turns = [self._first, self._then]

        def think(self, *given: object) -> AIMessage:
            return self._turns.pop(0).think(*given)  # type: ignore[arg-type]  # passed on as they came

    world.think_with(Two())
    world.tells_time(clock)
    world.says("@trainmaster how is churn?")
    [answer] = [message for message in ours(world) if THIRD in words(message)]
    assert (answer.streaming, FIRST.strip() in words(answer)) == (0.0, False)
