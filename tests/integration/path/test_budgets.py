"""Budgets by the policy: looked at before anything is spent, shown under the answer, and there again at midnight."""

import re
from collections.abc import Iterator

import pytest

from bot import policy_file
from bot.spending import person_scope
from tests.fakes.gemini_server import Asked, GeminiServer, Reply, call, candidate, fixed, text
from tests.fakes.world import World
from tests.integration.path.gemini_worlds import with_gemini
from tools.prefect.client import RunQuery

USAGE = {"promptTokenCount": 900, "candidatesTokenCount": 80, "thoughtsTokenCount": 20, "totalTokenCount": 1_000}
PRICES = '\n[[prices]]\nmodel = "gemini-*"\ninput = 100.0\noutput = 1000.0\ncurrency = "USD"\n'
FOR_ALL = PRICES.replace("gemini-*", "*")
ANSWER = Reply([candidate(text("Here."), usage=USAGE)])
COST = (900 * 100 + 100 * 1000) / 1_000_000


@pytest.fixture
def gemini() -> Iterator[GeminiServer]:
    server = GeminiServer().always(lambda _: Reply([candidate(text("Here."), usage=USAGE)]))
    yield server
    server.close()


@pytest.fixture
def world(world: World, gemini: GeminiServer) -> World:
    with_gemini(world, gemini)
    world.prefect.add_pipeline("churn-prediction")
    return world


def budget(world: World, said: str) -> None:
    world.decides_by(f"{policy_file.DEFAULT}\n{said}")


def asks(world: World, *, user: str = "alice", thread: str | None = None) -> str:
    root = world.says("@trainmaster what is there?", user=user, thread=thread)
    return world.texts(root)[-1]


def test_the_small_print_has_tokens_and_by_the_policys_prices_the_cost(world: World) -> None:
    assert "1,000 tokens" in asks(world)
    budget(world, PRICES)
    assert f"1,000 tokens · cost {COST:.2f} USD" in asks(world)


def pipelines(world: World, *, thread: str | None = None) -> str:
    """What a question comes to that the offline model knows."""
    return world.texts(world.says("@trainmaster which pipelines are there?", thread=thread))[-1]


def test_a_person_who_has_nothing_left_to_pay_with_is_answered_offline_and_told_when_there_is_more(
    world: World, gemini: GeminiServer
) -> None:
    budget(world, "[budgets.person]\ntokens = 2000\n")
    assert "Here." in asks(world)
    assert "Here." in asks(world)
    answer = pipelines(world)
    assert "churn-prediction" in answer
    assert "You have used up the 2,000 tokens allowed in a day." in answer
    assert re.search(r"There is more at 00:00 UTC, in \d+", answer)
    assert "So the offline model answered. It knows fewer words" in answer
    assert "tokens ·" not in answer
    assert len(gemini.asked) == 2
    assert "Here." in asks(world, user="bob")
    assert "churn-prediction" in world.commands("/mlops pipelines")


def test_there_is_more_on_the_next_day(world: World) -> None:
    budget(world, "[budgets.person]\ntokens = 1000\n")
    asks(world)
    assert "used up" in asks(world)
    world.later += 86_400
    assert "Here." in asks(world)


def test_a_person_who_has_used_up_the_calls_of_a_day_is_refused_by_whichever_model(world: World) -> None:
    budget(world, "[budgets.person]\ncalls = 1\n")
    world.think_with(world.services.loop.thinker.rules)  # type: ignore[attr-defined]
    pipelines(world)
    refused = pipelines(world)
    assert "You have used up the 1 tool call allowed in a day." in refused
    assert "Exact commands go on meanwhile" in refused


def test_a_turn_that_a_model_has_begun_ends_when_its_money_does(world: World, gemini: GeminiServer) -> None:
    budget(world, "[budgets.person]\ntokens = 1000\n")
    gemini.says(Reply([candidate(call("list_pipelines", signature=b"s"), usage=USAGE)]))
    refused = pipelines(world)
    assert "You have used up the 1,000 tokens" in refused
    assert "Nothing was changed." in refused
    assert len(gemini.asked) == 1


def test_a_thread_has_a_budget_of_its_own_whoever_asks_there(world: World, gemini: GeminiServer) -> None:
    budget(world, "[budgets.thread]\ntokens = 1000\n")
    root = world.says("@trainmaster what is there?")
    assert "This thread has used up the 1,000 tokens" in asks(world, user="bob", thread=root)
    assert "Here." in asks(world)
    assert len(gemini.asked) == 2


def test_cost_is_counted_by_thread_and_by_question(world: World, gemini: GeminiServer) -> None:
    budget(world, f"[budgets.thread]\ncost = {COST}\n{PRICES}")
    root = world.says("@trainmaster what is there?")
    assert f"used up the cost of {COST:.2f} USD allowed in a day" in asks(world, thread=root)

    def dear(asked: Asked) -> Reply:
        return Reply([candidate(call("list_runs", signature=b"s", pipeline=f"p{len(asked.contents)}"), usage=USAGE)])

    gemini.always(dear)
    budget(world, f"[budgets.turn]\ncost = {2 * COST}\n{PRICES}")
    before = len(gemini.asked)
    assert "that one question may have" in asks(world)
    assert len(gemini.asked) == before + 2


def test_calls_are_counted_before_they_are_made(world: World, gemini: GeminiServer) -> None:
    budget(world, "[budgets.person]\ncalls = 2\n")
    calls = [
        call("list_pipelines", signature=b"s"),
        call("list_runs"),
        call("run_pipeline", pipeline="churn-prediction"),
    ]
    gemini.says(fixed(*calls))
    answer = asks(world)
    assert "You have used up the 2 tool calls" in answer
    assert "Nothing was changed." in answer
    assert len(world.prefect.runs(RunQuery()).runs) == 0


def test_a_question_may_be_given_fewer_calls_than_usual(world: World, gemini: GeminiServer) -> None:
    budget(world, "[budgets.turn]\ncalls = 1\n")
    gemini.says(fixed(call("list_pipelines", signature=b"s"), call("list_runs")))
    assert "more than the 1 tool call that" in asks(world)


def test_the_offline_model_costs_nothing_whatever_is_left(world: World) -> None:
    budget(world, "[budgets.turn]\ntokens = 1000\ncost = 0.001\n[budgets.person]\ntokens = 1000\n" + FOR_ALL)
    asks(world)
    world.think_with(world.services.loop.thinker.rules)  # type: ignore[attr-defined]
    for _ in range(3):
        answer = pipelines(world)
        assert "churn-prediction" in answer
        assert "used up" not in answer
        assert "cost" not in answer
    spent = world.services.spending.of(world.services.now().date(), person_scope("U0ALICE"))
    assert (spent.tokens, spent.calls) == (1_000, 3)
