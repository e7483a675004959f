"""What stands round every tool call, from the model, a command or a button alike.

The order is the design, outermost first: errors are translated last of all, so that whatever happens has an outcome;
refusals are recorded too; who may not call learns nothing of what would have needed an approval.
"""

import secrets
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as TooLate
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

import redis
import structlog
from pydantic import ValidationError

from bot.access import Directory, Policies, Policy, Rule
from bot.enclosures import Enclosure
from bot.errors import Denied, MembershipUnknown, NoPolicy
from bot.events import Actor
from bot.freeze import Frozen
from bot.proposals import Proposal, State, call_digest
from bot.views.text import moment, plain
from tools import deadline
from tools.errors import BadArguments, Refused, ToolError, Unavailable, Underway
from tools.spec import Arguments, Backends, Call, Effect, File, NotDone, Plan, Planner, Probed, Tool, Unknown
from worker.agent.journal import Outcome, Status
from worker.agent.limits import Heed, Stop, nothing
from worker.agent.trimming import trimmed
from worker.agent.waiting import LOOK_SECONDS

log = structlog.get_logger()

SYSTEM = "the system it works on"  #: what to look at, where nothing better is known
LOOK = "please look at the current state before asking again."
MOST_CHARACTERS = 8_000  #: of a tool's text that reach the model
#: What may be done during a freeze: lifting it, and taking back what was asked for.
UNFROZEN = frozenset({"trainmaster:freeze:set", "trainmaster:freeze:lift", "trainmaster:approval:withdraw"})
DENIED = "denied"  #: how a call ended that its actor may not make
BY_HAND = "`{tool}` is for a person to do, not for a model: {how}. Tell the person, and do not try again."
NOT_THIS_CALL = "That approval is not for this call, so I did not make it."


@dataclass(frozen=True, slots=True)
class Request:
    """One call as it was asked for.

    Attributes:
        tool: What is to be called.
        arguments: As they came, unchecked.
        actor: Who asks.
        call: The idempotency key, the origin and the time.
        via: How it was asked for.
        place: The channel, where the call comes from no thread.
        worded: Whether the person asked for this very call in words of their own; no model has a say in that.
        approved: The proposal that is being applied; only who applies proposals sets it.
        heed: Raises what is to end the wait for a call that only reads; one that changes something is seen through.
        outlast: Told, once, when one that changes something is not wanted any more and is seen through.
    """

    tool: Tool
    arguments: dict[str, Any]
    actor: Actor
    call: Call
    via: Literal["model", "command", "button"]
    place: str = ""
    worded: bool = False
    approved: Proposal | None = None
    heed: Heed = nothing
    outlast: Callable[[], None] = nothing

    @property
    def channel(self) -> str:
        """The channel in which it was asked for; empty when none is known."""
        thread = self.call.origin.thread
        return thread.split(":")[1] if thread else self.place


class OurFault(Exception):
    """A tool made something that does not fit what we said of it."""


class Recorder(Protocol):
    """Where calls are written down that may have changed something, and those that were not let through."""

    def __call__(self, request: Request, *, outcome: str) -> None:
        """Write a call down; the same call with the same outcome is written down once."""


Propose = Callable[[Request, Plan, Rule, Policy], Outcome]
Next = Callable[[Request], Outcome]
Gives = TypeVar("Gives")
Step = Callable[["Guard", Request, Next], Outcome]


@dataclass(frozen=True, slots=True)
class Guard:
    """Makes tool calls for people.

    Attributes:
        policies: Where the policy in force is found, anew for each call.
        directory: Who people are.
        frozen: The freeze in force, if any.
        propose: Has people asked for their approval.
        record: Writes into the audit chain.
        backends: What tools work on.
        enclose: Keeps a file that a call gave until it has left, under a name of its own.
        pool: Runs the calls, so that one that hangs can be given up.
    """

    policies: Policies
    directory: Directory
    frozen: Callable[[], Frozen | None]
    propose: Propose
    record: Recorder
    backends: Backends
    enclose: Callable[[str, File], Enclosure]
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(16, thread_name_prefix="tool"))

    def call(self, request: Request) -> Outcome:
        """Make a call, if it may be made; whatever happens is an outcome with a text for people."""
        return self._from(0, request)

    def fault(self, request: Request) -> str:
        """What stands against a call, in the order in which it would be met; empty for nothing.

        Nothing is done and nobody is asked. A refusal is written down.
        """
        found = translate_errors(self, request, lambda one: _refusal_written(self, one))
        return "" if found.status is Status.DONE else found.text

    def probe(self, request: Request) -> Probed:
        """What came of a call that may have been made; a bug of ours leaves it open, as it does in the call itself.

        Raises:
            tools.errors.ToolError: It cannot be told.
        """
        tool = request.tool
        if tool.effect is Effect.READ or tool.probe is None:
            return NotDone()
        try:
            arguments: Arguments = tool.arguments.model_validate(request.arguments)
            with deadline.within(tool.timeout):
                return tool.probe(arguments, self.backends, request.call)
        except (ToolError, Stop, redis.RedisError):
            raise
        except Exception:
            log.exception("probe_failed", tool=tool.name)
            return Unknown(SYSTEM)

    def _from(self, place: int, request: Request) -> Outcome:
        if place == len(STEPS):
            return self._made(request)
        return STEPS[place](self, request, lambda onwards: self._from(place + 1, onwards))

    def _made(self, request: Request) -> Outcome:
        arguments: Arguments = request.tool.arguments.model_validate(request.arguments)
        try:
            result = request.tool.function(arguments, self.backends, request.call)
        except ValidationError as exc:
            raise OurFault from exc  # the arguments fit: it is something of ours that does not
        files = [self.enclose(f"{request.call.key}:{place}", file) for place, file in enumerate(result.files)]
        return Outcome(Status.DONE, bounded(result.text), result.data.model_dump(mode="json"), files=tuple(files))


def translate_errors(_: Guard, request: Request, onwards: Next) -> Outcome:
    """Turn every error into words that a model and a person may read."""
    try:
        return onwards(request)
    except ValidationError as exc:
        return Outcome(Status.BAD_ARGUMENTS, wrong_arguments(request.tool, exc))
    except BadArguments as exc:
        return Outcome(Status.BAD_ARGUMENTS, str(exc))
    except (Unavailable, NoPolicy, MembershipUnknown) as exc:
        return _no_answer(exc)
    except (Refused, Denied) as exc:
        return Outcome(Status.REFUSED, str(exc))
    except Stop:
        raise  # it is no error
    except redis.RedisError:
        raise  # nothing can be recorded now; the turn is taken up again
    except Exception:  # a tool's bug must end as one honest sentence, not as a lost turn
        reference = secrets.token_hex(4)
        log.exception("tool_failed", tool=request.tool.name, reference=reference)
        text = f"`{request.tool.name}` failed through a fault of mine, not yours (reference {reference})."
        return Outcome(Status.FAILED, text)


def _no_answer(error: Unavailable | NoPolicy | MembershipUnknown) -> Outcome:
    if isinstance(error, Underway):
        return Outcome(Status.UNDERWAY, str(error))
    if isinstance(error, Unavailable) and error.maybe_done:
        return Outcome(Status.UNKNOWN, f"{error} It may have happened all the same: {LOOK}")
    return Outcome(Status.UNAVAILABLE, str(error))


def write_audit(guard: Guard, request: Request, onwards: Next) -> Outcome:
    """Record the call and how it ended: every one that may change something, and every refusal."""
    ended = ""
    try:
        outcome = onwards(request)
        ended = str(outcome.status)
    except Denied:
        ended = DENIED
        raise
    except BaseException as exc:
        ended = type(exc).__name__
        raise
    finally:
        log.info(
            "tool_called",
            tool=request.tool.name,
            effect=str(request.tool.effect),
            actor=request.actor.user,
            via=request.via,
            status=ended,
        )
        if ended == DENIED or request.tool.effect is not Effect.READ:
            guard.record(request, outcome=ended)
    return outcome


def _refusal_written(guard: Guard, request: Request) -> Outcome:
    try:
        return check_access(guard, request, lambda one: _foreseen(guard, one))
    except Denied:
        guard.record(request, outcome=DENIED)
        raise


def _foreseen(guard: Guard, request: Request) -> Outcome:
    return Outcome(Status.DONE, planned(guard, request).summary)


def check_access(guard: Guard, request: Request, onwards: Next) -> Outcome:
    """Let only those call who may, nobody change anything in a freeze, and no model do what is to be done by hand."""
    if not isinstance(request.tool.effect, Effect):
        name = request.tool.name  # type: ignore[unreachable]  # a tool made without `tool()` may say anything
        raise Denied(f"Nobody said what `{name}` does to the world, so nobody may call it.")
    guard.policies.current().may(
        request.actor, request.tool.permission, channel=request.channel, directory=guard.directory
    )
    if request.tool.effect is not Effect.READ and request.tool.permission not in UNFROZEN:
        frozen = guard.frozen()
        if frozen is not None:
            raise Denied(why_frozen(frozen))
    if request.tool.by_hand and request.via == "model" and not request.worded:
        raise Denied(BY_HAND.format(tool=request.tool.name, how=_typed(request.tool)))
    return onwards(request)


def require_proposal(guard: Guard, request: Request, onwards: Next) -> Outcome:
    """Let a call through at once only when no rule asks for an approval, or when it is the very call approved."""
    if request.tool.effect is Effect.READ:
        return onwards(request)
    if request.approved is not None:
        _is_for(request.approved, request)
        return onwards(request)
    policy = guard.policies.current()
    if not policy.may_be_gated(request.tool.permission):
        return onwards(request)
    plan = planned(guard, request)
    rule = policy.rule_for(request.tool.permission, facts_of(plan))
    return guard.propose(request, plan, rule, policy) if rule else onwards(request)


def planned(guard: Guard, request: Request) -> Plan:
    """What a call would do.

    Raises:
        Stop: It is not wanted any more.
        tools.errors.ToolError: It cannot be told.
        pydantic.ValidationError: The arguments do not fit.
    """
    tool = request.tool
    arguments: Arguments = tool.arguments.model_validate(request.arguments)
    if tool.plan is None:
        raise Refused(f"`{tool.name}` cannot say what it would do, so it cannot be approved.")
    future = guard.pool.submit(copy_context().run, _planned, tool.plan, arguments, guard, request)
    try:
        found = _waited_for(future, request)
    except TooLate:
        raise Unavailable(_system(tool), f"no answer within {tool.timeout:.0f} s") from None
    request.heed()  # who wants no answer any more wants nothing asked of anybody
    return found


def _planned(plan: Planner, arguments: Arguments, guard: Guard, request: Request) -> Plan:
    with deadline.within(request.tool.timeout):
        return plan(arguments, guard.backends, request.call)


def facts_of(plan: Plan) -> dict[str, str]:
    """What a rule may ask for: the arguments that are plain values, and what the tool says beside them."""
    plain = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in plan.arguments.items()
        if isinstance(value, str | int | float)
    }
    return {**plain, **plan.facts}


def why_frozen(frozen: Frozen) -> str:
    """That changes are frozen, since when and why, for people."""
    since = f"since {moment(frozen.at)}, by <@{frozen.by}>"
    why = plain(frozen.reason, 300)
    return f"Changes are frozen {since}: {why} Reading goes on; `/mlops unfreeze` lifts it."


def _typed(tool: Tool) -> str:
    """How a person calls a tool that is called by hand alone."""
    if tool.command is None:
        return "it has a button"
    return f"it is done with `{f'/mlops {tool.command.words} {tool.command.usage}'.strip()}`"


def _is_for(approved: Proposal, request: Request) -> None:
    same = call_digest(request.tool.name, request.arguments) == approved.digest
    if approved.state is not State.APPLYING or not approved.begun or not same:
        raise Denied(NOT_THIS_CALL)


def enforce_timeout(guard: Guard, request: Request, onwards: Next) -> Outcome:
    """Give a call up after its time. One that may have changed something then has an unknown outcome."""
    future = guard.pool.submit(onwards, request)
    try:
        return _awaited(future, request)
    except TooLate:
        future.cancel()
        if request.tool.effect is Effect.READ:
            seconds = f"no answer within {request.tool.timeout:.0f} s"
            raise Unavailable(_system(request.tool), seconds) from None
        text = f"`{request.tool.name}` did not finish within {request.tool.timeout:.0f} s. It may still happen: {LOOK}"
        return Outcome(Status.UNKNOWN, text)


def _awaited(future: "Future[Outcome]", request: Request) -> Outcome:
    """What a call gives.

    Raises:
        concurrent.futures.TimeoutError: It took too long.
        Stop: It only reads, and is not wanted any more.
    """
    if request.tool.effect is Effect.READ:
        return _waited_for(future, request)
    begun = time.monotonic()
    try:
        return _waited_for(future, request)
    except Stop:
        if not future.done():
            request.outlast()
        return future.result(timeout=max(0.0, begun + request.tool.timeout - time.monotonic()))


def _waited_for(future: "Future[Gives]", request: Request) -> Gives:
    end = time.monotonic() + request.tool.timeout
    while (left := end - time.monotonic()) > 0 and not wait([future], timeout=min(left, LOOK_SECONDS)).done:
        request.heed()
    return future.result(timeout=0)


STEPS: tuple[Step, ...] = (translate_errors, write_audit, check_access, require_proposal, enforce_timeout)


def bounded(text: str) -> str:
    """A tool's text, as many of its lines as a model gets; what was left out is stated."""
    return trimmed(text, MOST_CHARACTERS)


def wrong_arguments(tool: Tool, error: ValidationError) -> str:
    """What is wrong with the arguments, one line each, and what the tool takes."""
    lines = [
        f"- {'.'.join(str(part) for part in fault['loc']) or 'arguments'}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors(include_url=False, include_input=False)
    ]
    takes = ", ".join(tool.arguments.model_fields) or "nothing"
    return f"The arguments of `{tool.name}` do not fit:\n" + "\n".join(lines) + f"\nIt takes: {takes}."


def _system(tool: Tool) -> str:
    names = {"prefect": "Prefect", "mlflow": "MLflow", "storage": "Cloud Storage", "vertex": "Vertex AI"}
    return names.get(tool.permission.split(":", 1)[0], tool.name)
