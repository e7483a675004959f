"""The guard's step of approval: which calls wait, which go through, and for which call an approval is."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from bot.access import Policy, Rule
from bot.events import Actor
from bot.freeze import Frozen
from bot.policy_file import parse
from bot.proposals import Proposal, call_digest
from tests.fakes.directory import FakeDirectory
from tests.fakes.enclosures import enclosure_of
from tests.fakes.mlflow import FakeMlflow
from tests.fakes.policies import FixedPolicies
from tests.fakes.prefect import FakePrefect
from tests.fakes.proposals import proposal, said
from tools.errors import BadArguments
from tools.spec import Arguments, Backends, Call, Effect, NotDone, Origin, Plan, Result, Tool, ToolResult
from worker.agent.guard import NOT_THIS_CALL, UNFROZEN, Guard, Request
from worker.agent.journal import Outcome, Status

POLICY = """
[roles.all]
members = ["*"]
permissions = ["*"]

[[rules]]
name = "things"
permission = "test:thing:change"
where = { number = ["1", "2"] }
approvers = ["*"]
"""


class Numbers(Arguments):
    number: int = 1


class Told(Result):
    number: int


@dataclass
class Watched:
    """A guard, and what came of its calls: those that were made, proposed, and written down."""

    made: list[int] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    recorded: list[str] = field(default_factory=list)
    frozen: Frozen | None = None

    def guard(self) -> Guard:
        return Guard(
            policies=FixedPolicies(parse(POLICY, team="T1", source="a test")),
            directory=FakeDirectory("U1"),
            frozen=lambda: self.frozen,
            propose=self.propose,
            record=self.record,
            backends=Backends(prefect=FakePrefect(), mlflow=FakeMlflow(), sources=cast("Any", None)),
            enclose=enclosure_of,
            pool=ThreadPoolExecutor(1),
        )

    def propose(self, request: Request, plan: Plan, rule: Rule, policy: Policy) -> Outcome:
        del policy
        self.proposed.append(f"{request.via}:{rule.name}:{plan.arguments['number']}")
        return Outcome(Status.AWAITING, "it waits")

    def record(self, request: Request, *, outcome: str) -> None:
        self.recorded.append(f"{request.via}:{outcome}")

    def tool(self, effect: Effect = Effect.CHANGE, *, permission: str = "test:thing:change") -> Tool:
        return Tool(
            name="count",
            permission=permission,
            effect=effect,
            timeout=5,
            arguments=Numbers,
            result=Told,
            description="Count.",
            function=self.count,
            plan=lambda args, *_: Plan(arguments=args.model_dump(), summary="", resources=()),
            probe=lambda *_: NotDone(),
        )

    def count(self, args: Numbers, _: Backends, __: Call) -> ToolResult:
        self.made.append(args.number)
        return ToolResult(str(args.number), Told(number=args.number))


@pytest.fixture
def watched() -> Watched:
    return Watched()


def request(tool: Tool, *, number: int = 1, via: Any = "model", approved: Proposal | None = None) -> Request:
    call = Call(key="k", origin=Origin(), now=datetime(2026, 1, 1, tzinfo=UTC))
    arguments = {"number": number}
    actor = Actor(user="U1", team="T1")
    return Request(tool=tool, arguments=arguments, actor=actor, call=call, via=via, approved=approved)


def approved(*, number: int = 1) -> Proposal:
    made = proposal(tool="count", arguments={"number": number}, digest=call_digest("count", {"number": number}))
    return made.decided(said()).claimed(token=1).beginning()


@pytest.mark.parametrize("via", ["model", "command", "button"])
def test_a_gated_call_waits_whoever_makes_it_and_is_written_down(watched: Watched, via: str) -> None:
    assert watched.guard().call(request(watched.tool(), via=via)).status is Status.AWAITING
    assert (watched.made, watched.proposed) == ([], [f"{via}:things:1"])
    assert watched.recorded == [f"{via}:awaiting"]


def test_a_call_that_no_rule_fits_and_one_that_reads_go_through(watched: Watched) -> None:
    assert watched.guard().call(request(watched.tool(), number=3)).status is Status.DONE
    assert watched.guard().call(request(watched.tool(Effect.READ))).status is Status.DONE
    assert (watched.made, watched.proposed) == ([3, 1], [])


def test_the_very_call_that_was_approved_is_made(watched: Watched) -> None:
    assert watched.guard().call(request(watched.tool(), approved=approved())).status is Status.DONE
    assert watched.made == [1]


OTHERS: dict[str, Callable[[], Proposal]] = {
    "other arguments": lambda: approved(number=2),
    "another tool": lambda: approved().model_copy(update={"digest": call_digest("other", {"number": 1})}),
    "not begun": lambda: approved().not_begun(),
    "not approved": lambda: proposal(tool="count", digest=call_digest("count", {"number": 1})),
    "applied before": lambda: approved().applied(result=None, at=1.0),
}


@pytest.mark.parametrize("other", OTHERS)
def test_an_approval_of_anything_else_lets_nothing_through(watched: Watched, other: str) -> None:
    outcome = watched.guard().call(request(watched.tool(), approved=OTHERS[other]()))
    assert (outcome.status, outcome.text, watched.made) == (Status.REFUSED, NOT_THIS_CALL, [])
    assert watched.recorded == ["model:denied"]


def test_an_effect_that_nobody_named_is_refused_also_with_an_approval(watched: Watched) -> None:
    unnamed = replace(watched.tool(Effect.READ), effect=cast("Any", "harmless"))
    for given in (None, approved()):
        assert watched.guard().call(request(unnamed, approved=given)).status is Status.REFUSED
    assert (watched.made, watched.proposed) == ([], [])


@pytest.mark.parametrize("via", ["model", "command", "button"])
def test_a_freeze_refuses_every_change_also_an_approved_one_and_lets_reading_go_on(watched: Watched, via: str) -> None:
    watched.frozen = Frozen(by="U2", at=0.0, reason="an incident")
    for given in (None, approved()):
        outcome = watched.guard().call(request(watched.tool(), via=via, approved=given))
        assert outcome.status is Status.REFUSED
        assert "an incident" in outcome.text
    assert (watched.made, watched.proposed) == ([], [])
    assert watched.guard().call(request(watched.tool(Effect.READ), via=via)).status is Status.DONE


@pytest.mark.parametrize("permission", sorted(UNFROZEN))
def test_a_freeze_can_be_lifted_and_what_was_asked_for_taken_back(watched: Watched, permission: str) -> None:
    watched.frozen = Frozen(by="U2", at=0.0, reason="an incident")
    assert watched.guard().call(request(watched.tool(permission=permission))).status is Status.DONE


def test_what_does_not_fit_is_told_before_anybody_is_asked(watched: Watched) -> None:
    def plan(*_: object) -> Plan:
        raise BadArguments("no such thing")

    tool = replace(watched.tool(), plan=plan)
    assert watched.guard().call(request(tool)).status is Status.BAD_ARGUMENTS
    assert watched.proposed == []
