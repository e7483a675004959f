"""A thread of sixty turns: the prompt keeps to its size, what was said in the beginning is known, and Gemini agrees."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.genai import types

from bot.events import Actor, Thread, Turn
from tests.fakes.gemini_server import Asked, GeminiServer, Reply, call, fixed, refusal, text
from tests.fakes.world import CHANNEL, TEAM, World
from tests.integration.path.gemini_worlds import with_gemini
from worker.agent.fitting import EARLIER_CHARACTERS, FENCE_CHARACTERS, PROMPT_CHARACTERS, SUMMARY_CHARACTERS
from worker.agent.recall import MOST_TURNS
from worker.agent.summary import SECONDS
from worker.attend import attend

FACT = "our champion needs an AUC of 0.8317"
THREAD = Thread(team=TEAM, channel=CHANNEL, root="1764000000.000001")


def ask(world: World, number: int) -> None:
    """One question."""
    note = f"please note that {FACT}" if number == 2 else f"question {number}: " + "which pipelines are there? " * 20
    say(world, number, note)


def say(world: World, number: int, words: str) -> None:
    """A message, seen through without Slack."""
    world.services.mailbox.accept(turn(number, words))
    attend(world.services, THREAD.ref)


def turn(number: int, words: str) -> Turn:
    ts = f"{1_764_000_000 + number}.000001"
    return Turn(id=f"{TEAM}-{CHANNEL}-{ts}", thread=THREAD, actor=Actor(user="U0ALICE", team=TEAM), ts=ts, text=words)


def answers(asked: Asked) -> Reply:
    """As a model does: it states, looks up and answers, and signs all of it."""
    last = asked.contents[-1].parts or []
    number = sum(content.role == "user" for content in asked.contents)
    if FACT in str(last[0].text):
        return fixed(text("Noted.", signature=b"noted"))
    if last[0].text:
        calls = call("list_pipelines", signature=f"call-{number}".encode()), call("list_runs", limit=5)
        return fixed(*calls)
    return fixed(text(f"answer to {number}", signature=f"words-{number}".encode()))


def summed_up(asked: Asked) -> Reply:
    """A summary that keeps what was stated, wherever it stood."""
    said = str((asked.contents[0].parts or [])[0].text)
    return fixed(text("- <@U0ALICE> stated: " + FACT if FACT in said else "- nothing was stated"))


def is_summary(asked: Asked) -> bool:
    return "tools" not in asked.body


def size(asked: Asked) -> int:
    return sum(len(json.dumps(part, ensure_ascii=False)) for part in asked.body.values())


def words(contents: list[types.Content]) -> int:
    return sum(len(part.model_dump_json(exclude_none=True)) for content in contents for part in content.parts or ())


@pytest.mark.parametrize(("writer", "number_of_turns"), [("gemini-first", 60), ("rules", 24)])
def test_a_long_thread(world: World, gemini: GeminiServer, writer: str, number_of_turns: int) -> None:
    with_gemini(world, gemini)
    talk(world, gemini, number_of_turns, by_model=writer != "rules")
    summary = world.services.conversations.summary(THREAD.ref)
    assert summary is not None
    assert summary.by == writer
    assert summary.turns + len(world.services.conversations.load(THREAD.ref)) == number_of_turns
    assert gemini.refused == []
    turns = [asked for asked in gemini.asked if not is_summary(asked)]
    assert len(turns) == 2 * number_of_turns - 1
    assert max(map(size, turns)) <= PROMPT_CHARACTERS
    knows_the_beginning_and_the_end(turns[-1], number_of_turns)


def talk(world: World, gemini: GeminiServer, number_of_turns: int, *, by_model: bool) -> None:
    for number in range(30):
        world.prefect.add_pipeline(f"pipeline-with-a-name-{number}")
    gemini.always(
        lambda asked: (
            (summed_up(asked) if by_model else refusal(400, "FAILED_PRECONDITION"))
            if is_summary(asked)
            else answers(asked)
        )
    )
    world.services.courier.stop()
    for number in range(1, number_of_turns + 1):
        ask(world, number)


def test_who_asks_next_does_not_wait_for_a_summary(world: World, gemini: GeminiServer) -> None:
    with_gemini(world, gemini)
    gemini.always(lambda asked: Reply([], waits=True) if is_summary(asked) else fixed(text("Noted.")))
    world.services.courier.stop()

    def talks() -> None:
        number = 0
        while not gemini.waiting.is_set():
            number += 1
            say(world, number, "please note this: " + "words " * 1_500)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(talks)
        assert gemini.waiting.wait(30)
        begun = time.monotonic()
        world.services.mailbox.accept(turn(900, "and now?"))
        done.result(SECONDS)
        assert time.monotonic() - begun < 2.0
    assert world.services.conversations.summary(THREAD.ref) is None
    gemini.always(lambda asked: summed_up(asked) if is_summary(asked) else fixed(text("Noted.")))
    attend(world.services, THREAD.ref)
    summary = world.services.conversations.summary(THREAD.ref)
    assert summary is not None
    assert summary.by == "gemini-first"


def knows_the_beginning_and_the_end(last: Asked, number_of_turns: int) -> None:
    begun = max(place for place, one in enumerate(last.contents) if one.role == "user" and (one.parts or [])[0].text)
    before = last.contents[:begun]
    assert words(before) <= 1.2 * (SUMMARY_CHARACTERS + EARLIER_CHARACTERS)  # JSON around the words included
    assert FACT in str((before[0].parts or [])[0].text)
    assert "<<<data" in str((before[0].parts or [])[0].text)
    assert FACT not in json.dumps(last.body["systemInstruction"])
    whole = [str((one.parts or [])[0].text) for one in before[2:] if one.role == "user" and (one.parts or [])[0].text]
    assert len(whole) <= MOST_TURNS
    assert re.findall(r"question (\d+):", " ".join(whole)) == [
        str(n) for n in range(number_of_turns - len(whole), number_of_turns)
    ]
    for content in before[2:]:
        first = (content.parts or [])[0]
        assert content.role == "user" or (first.thought_signature or b"").startswith((b"call-", b"words-", b"noted"))
        assert first.text is None or len(first.text) <= 1_000 + FENCE_CHARACTERS
