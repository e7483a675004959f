"""What stands round every tool call, in its order."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event
from typing import Any, cast

import pytest
import redis

from bot.access import Policy, Role
from bot.events import Actor
from bot.policy_file import default
from tests.fakes.directory import FakeDirectory
from tests.fakes.enclosures import enclosure_of
from tests.fakes.mlflow import FakeMlflow
from tests.fakes.policies import FixedPolicies
from tests.fakes.prefect import FakePrefect
from tools.errors import BadArguments, Refused, ToolError, Unavailable
from tools.spec import Arguments, Backends, Call, Effect, NotDone, Origin, Plan, Result, Tool, ToolResult
from worker.agent import guard as guarding
from worker.agent.guard import Guard, Request
from worker.agent.journal import Outcome, Status


class Numbers(Arguments):
    number: int = 1


class Told(Result):
    number: int


def made(
    function: Any, effect: Effect = Effect.READ, *, permission: str = "test:thing:read", timeout: float = 5
) -> Tool:
    return Tool(
        name="count",
        permission=permission,
        effect=effect,
        timeout=timeout,
        arguments=Numbers,
        result=Told,
        description="Count.",
        function=function,
        plan=lambda *_: Plan(arguments={}, summary="", resources=()),
        probe=lambda *_: NotDone(),
    )


def counted(args: Numbers, _: Backends, __: Call) -> ToolResult:
    return ToolResult(str(args.number), Told(number=args.number))


def raising(error: Exception) -> Any:
    def function(*_: object) -> ToolResult:
        raise error

    return function


@pytest.fixture
def guard() -> Guard:
    backends = Backends(prefect=FakePrefect(), mlflow=FakeMlflow(), sources=cast("Any", None))
    policies, directory = FixedPolicies(default("T1")), FakeDirectory("U1")
    return Guard(
        policies=policies,
        directory=directory,
        frozen=lambda: None,
        propose=_nobody_is_asked,
        record=_nothing_is_written,
        backends=backends,
        enclose=enclosure_of,
        pool=ThreadPoolExecutor(2),
    )


def _nobody_is_asked(*_: object) -> Outcome:
    raise AssertionError("nobody was to be asked")


def _nothing_is_written(request: Request, *, outcome: str) -> None:
    del request, outcome


def request(tool: Tool, *, team: str = "T1", thread: str = "", **arguments: Any) -> Request:
    call = Call(key="k", origin=Origin(thread=thread), now=datetime(2026, 1, 1, tzinfo=UTC))
    return Request(tool=tool, arguments=arguments, actor=Actor(user="U1", team=team), call=call, via="model")


def test_a_call_gives_its_text_and_its_data(guard: Guard) -> None:
    outcome = guard.call(request(made(counted), number=3))
    assert (outcome.status, outcome.text, outcome.data) == (Status.DONE, "3", {"number": 3})


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadArguments("no such pipeline"), Status.BAD_ARGUMENTS),
        (Unavailable("Prefect", "connection refused"), Status.UNAVAILABLE),
        (Refused("no"), Status.REFUSED),
    ],
)
def test_a_tools_error_is_an_outcome_in_its_own_words(guard: Guard, error: ToolError, status: Status) -> None:
    outcome = guard.call(request(made(raising(error))))
    assert (outcome.status, outcome.text) == (status, str(error))


def test_a_bug_in_a_tool_is_an_outcome_that_shows_nothing_of_it(guard: Guard) -> None:
    outcome = guard.call(request(made(raising(RuntimeError("xoxb-secret")))))
    assert outcome.status is Status.FAILED
    assert "xoxb" not in outcome.text


def test_wrong_arguments_are_told_with_what_the_tool_takes(guard: Guard) -> None:
    outcome = guard.call(request(made(counted), number="many", other=1))
    assert outcome.status is Status.BAD_ARGUMENTS
    assert "number" in outcome.text
    assert "other" in outcome.text
    assert "It takes: number." in outcome.text


def test_a_person_of_another_workspace_may_do_nothing_and_a_tool_without_permission_is_nobodys(guard: Guard) -> None:
    assert guard.call(request(made(counted), team="T2")).status is Status.REFUSED
    assert guard.call(request(made(counted, permission=""))).status is Status.REFUSED


def test_without_a_policy_or_while_nobody_can_tell_who_asks_nothing_is_called_and_nobody_refused(guard: Guard) -> None:
    away = FakeDirectory()
    away.away = True
    for one in (replace(guard, policies=FixedPolicies(None)), replace(guard, directory=away)):
        outcome = one.call(request(made(raising(AssertionError("called")))))
        assert outcome.status is Status.UNAVAILABLE


def test_a_role_of_one_channel_counts_in_threads_of_that_channel_alone(guard: Guard) -> None:
    policy = Policy(team="T1", roles=(Role("here", ("*",), ("U1",), ("C1",)),))
    one = replace(guard, policies=FixedPolicies(policy))
    threads = {
        thread: one.call(request(made(counted), thread=thread)).status for thread in ("T1:C1:1.0", "T1:C2:1.0", "")
    }
    assert threads == {"T1:C1:1.0": Status.DONE, "T1:C2:1.0": Status.REFUSED, "": Status.REFUSED}


def test_redis_away_is_no_outcome_but_ends_the_turn(guard: Guard) -> None:
    with pytest.raises(redis.RedisError):
        guard.call(request(made(raising(redis.ConnectionError("refused")))))


def test_a_read_that_hangs_is_given_up_and_a_change_that_hangs_is_unknown(guard: Guard) -> None:
    stop = Event()

    def hangs(*_: object) -> ToolResult:
        stop.wait(30)
        return counted(Numbers(), guard.backends, request(made(counted)).call)

    read = guard.call(request(made(hangs, timeout=0.05)))
    change = guard.call(request(made(hangs, Effect.CHANGE, timeout=0.05)))
    stop.set()
    assert (read.status, change.status) == (Status.UNAVAILABLE, Status.UNKNOWN)
    assert "look at the current state" in change.text


def test_a_long_text_is_cut_and_the_cut_is_stated(guard: Guard) -> None:
    def long(*_: object) -> ToolResult:
        return ToolResult("\n".join(f"- run {number} COMPLETED" for number in range(1_000)), Told(number=1))

    text = guard.call(request(made(long))).text
    *lines, notice = text.split("\n")
    assert len(text) <= 8_000
    assert lines == [f"- run {number} COMPLETED" for number in range(len(lines))]
    assert notice.startswith(f"… left out: {1_000 - len(lines)} more lines, ")


def test_the_order_round_a_call_is_the_design() -> None:
    names = [step.__name__ for step in guarding.STEPS]
    assert names == ["translate_errors", "write_audit", "check_access", "require_proposal", "enforce_timeout"]


def test_a_tool_that_changes_something_and_cannot_say_what_is_no_tool() -> None:
    with pytest.raises(TypeError, match="plan and probe"):
        Tool(
            name="count",
            permission="test:thing:write",
            effect=Effect.CHANGE,
            timeout=5,
            arguments=Numbers,
            result=Told,
            description="",
            function=counted,
        )
