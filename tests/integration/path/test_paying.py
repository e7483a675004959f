"""What a model took is paid for, however it ended: by no answer, a filter, a stop; and no budget is passed by it."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bot import policy_file
from bot.allowances import Spent
from bot.spending import person_scope
from tests.fakes.gemini_server import GeminiServer, Reply, call, candidate, fixed, text
from tests.fakes.world import World
from tests.fixtures.waiting import until
from tests.integration.path.gemini_worlds import with_gemini
from worker.agent.gemini.thinker import GeminiThinker
from worker.agent.model import ChatThinker, FirstToAnswer, writers
from worker.agent.offline import OfflineModel

USAGE = {"promptTokenCount": 150_000, "candidatesTokenCount": 50_000, "totalTokenCount": 200_000}
ONE = 200_000
PRICES = '[[prices]]\nmodel = "gemini-*"\ninput = 1.0\noutput = 10.0\ncurrency = "USD"\n'
COST = 0.15 + 0.5
STOPPED_SECONDS = 2.0


@pytest.fixture
def world(world: World, gemini: GeminiServer) -> World:
    with_gemini(world, gemini)
    world.prefect.add_pipeline("churn-prediction")
    world.decides_by(f"{policy_file.DEFAULT}\n{PRICES}")
    return world


def spent(world: World) -> Spent:
    return world.services.spending.of(world.services.now().date(), person_scope("U0ALICE"))


def ended(*parts: dict[str, object], finish: str) -> Reply:
    return Reply([candidate(*parts, finish=finish, usage=USAGE)])


def begun(words: str) -> Reply:
    """Words of which some come, and no more."""
    return Reply([candidate(text(words), finish="", usage=USAGE), candidate(text("never"))], stalls=1)


ENDINGS = {
    "a filter": lambda: ended(text("half"), finish="SAFETY"),
    "calls that were cut off": lambda: ended(call("run_pipeline", pipeline="churn-prediction"), finish="MAX_TOKENS"),
    "more words than are used": lambda: ended(text("x" * 200_000), finish=""),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_answer_that_is_not_used_is_paid_for(world: World, gemini: GeminiServer, ending: str) -> None:
    gemini.says(ENDINGS[ending]())
    world.says("@trainmaster what is there?")
    assert len(gemini.asked) == 1
    assert spent(world).tokens == ONE
    assert spent(world).cost == pytest.approx(COST)
    assert spent(world).seconds > 0


def test_attempts_that_failed_before_an_answer_are_paid_for_and_stand_under_it(
    world: World, gemini: GeminiServer
) -> None:
    gemini.says(ended(finish="MALFORMED_FUNCTION_CALL"), Reply([candidate(text("Here."), usage=USAGE)]))
    [answer] = world.texts(world.says("@trainmaster what is there?"))
    assert answer.startswith("Here.")
    assert "400,000 tokens · cost 1.30 USD" in answer
    assert spent(world).tokens == 2 * ONE
    assert spent(world).cost == pytest.approx(2 * COST)


def test_no_further_attempt_is_made_when_those_that_failed_have_used_up_the_budget(
    world: World, gemini: GeminiServer
) -> None:
    world.decides_by(f"{policy_file.DEFAULT}\n[budgets.turn]\ntokens = 300000\n")
    gemini.always(lambda _: ended(finish="MALFORMED_FUNCTION_CALL"))
    [told] = world.texts(world.says("@trainmaster what is there?"))
    assert "used up the 300,000 tokens" in told
    assert len(gemini.asked) == 2
    assert spent(world).tokens == 2 * ONE


def test_nor_when_they_have_used_up_what_the_question_may_cost(world: World, gemini: GeminiServer) -> None:
    world.decides_by(f"{policy_file.DEFAULT}\n[budgets.turn]\ncost = {COST}\n{PRICES}")
    gemini.always(lambda _: ended(finish="MALFORMED_FUNCTION_CALL"))
    [told] = world.texts(world.says("@trainmaster what is there?"))
    assert "that one question may have" in told
    assert len(gemini.asked) == 1
    assert spent(world).cost == pytest.approx(COST)


def test_three_attempts_without_an_answer_are_paid_for(world: World, gemini: GeminiServer) -> None:
    gemini.always(lambda _: fixed(finish="MALFORMED_FUNCTION_CALL"))
    [answer] = world.texts(world.says("@trainmaster which pipelines are there?"))
    assert "the offline model answered" in answer
    assert "54 tokens" in answer
    assert spent(world).tokens == 3 * 18


def test_what_came_before_a_timeout_in_the_middle_of_words_is_paid_for(world: World, gemini: GeminiServer) -> None:
    for seconds in (0.5, 2.0, 8.0):  # on a slow machine the first words come later
        asked = tuple(replace(model, seconds=seconds) for model in geminis_of(world))
        world.think_with(FirstToAnswer(asked, ChatThinker("offline", OfflineModel())))
        gemini.says(begun("One."))
        world.says("@trainmaster which pipelines are there?")
        if spent(world).tokens:
            break
    assert spent(world).tokens == ONE


def geminis_of(world: World) -> tuple[GeminiThinker, ...]:
    return tuple(model for model in writers(world.services.loop.thinker) if isinstance(model, GeminiThinker))


def test_a_stop_in_the_middle_of_words_ends_them_at_once_and_what_came_is_paid_for(
    world: World, gemini: GeminiServer
) -> None:
    gemini.says(begun("This is going to be long."))
    root = world.posts("@trainmaster what is there?").ts
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(world.settle)
        assert gemini.waiting.wait(20)
        world.workspace.post("bob", "#ml-pipelines", "stop", root)
        since = time.monotonic()
        until(lambda: any("■ Stopped, as" in text for text in world.texts(root)))
        assert time.monotonic() - since < STOPPED_SECONDS
        done.result(30)
    assert spent(world).tokens == ONE
    assert spent(world).seconds > 0
