"""What a tool is.

A tool is a typed function with a name, a permission and an effect. It knows no Slack, no user and no policy: who may
call it, and after whose approval, is decided around it. `Origin` reaches it only as opaque words to write on what it
creates, so that a run or a model version can be found again from where it was asked for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, cast

from pydantic import BaseModel, ConfigDict

from tools import deadline
from tools.recent import Recent

if TYPE_CHECKING:
    from tools.desk.client import DeskBackend
    from tools.google.client import StorageBackend
    from tools.google.serving import VertexBackend
    from tools.mlflow.client import MlflowBackend
    from tools.pipelines.store import SourceStore
    from tools.prefect.client import PrefectBackend

JSONDict = dict[str, Any]


class Effect(StrEnum):
    """What a call does to the world outside."""

    READ = "read"  #: changes nothing
    CHANGE = "change"  #: makes or changes something that can be changed back
    DESTROY = "destroy"  #: ends or removes something


class Arguments(BaseModel):
    """Base of every tool's arguments: unknown names are refused, values do not change once checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Result(BaseModel):
    """Base of every tool's typed result, from which cards are drawn; must survive a trip through JSON."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a call comes from; opaque to tools.

    Attributes:
        thread: The thread's reference, `TEAM:CHANNEL:TS`; empty when there is none.
        channel: The channel's id, also where there is no thread yet; empty when nobody asked in one.
        actor: The person's id.
        proposal: The approval that allowed the call; empty when none was needed.
    """

    thread: str = ""
    channel: str = ""
    actor: str = ""
    proposal: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool.

    Attributes:
        key: The idempotency key. A repeated call with the same key must not change anything twice.
        origin: Where the call comes from.
        now: When the call was made (timezone-aware).
        timezone: The time zone in which the person reads clocks, such as `Europe/Berlin`; UTC when it is not known.
        brief: Whether a plan is made only to compare its arguments and preconditions: its evidence, and what was
            measured, may be left out.
    """

    key: str
    origin: Origin
    now: datetime
    timezone: str = "UTC"
    brief: bool = False


def _no_desk() -> object:
    from tools.desk.client import NoDesk  # noqa: PLC0415 - it speaks of results, which are defined here

    return NoDesk()


def _no_storage() -> object:
    from tools.google.client import NoStorage  # noqa: PLC0415 - it speaks of results, which are defined here

    return NoStorage()


def _no_vertex() -> object:
    from tools.google.serving import NoVertex  # noqa: PLC0415 - the same

    return NoVertex()


@dataclass(frozen=True, slots=True)
class Backends:
    """The systems that tools work on."""

    prefect: "PrefectBackend"
    mlflow: "MlflowBackend"
    sources: "SourceStore"
    desk: "DeskBackend" = field(default_factory=lambda: cast("DeskBackend", _no_desk()))
    storage: "StorageBackend" = field(default_factory=lambda: cast("StorageBackend", _no_storage()))
    vertex: "VertexBackend" = field(default_factory=lambda: cast("VertexBackend", _no_vertex()))
    recent: Recent = field(default_factory=Recent)


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes where the answer goes.

    Attributes:
        name: Its name, with its ending.
        content: Its bytes.
        title: What it is and where that is from, in one line.
        said: What to read from it, in plain words; empty when the title says it.
        alt: What a picture shows, for those who do not see it; empty for what is no picture.
    """

    name: str
    content: bytes
    title: str
    said: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call gives back.

    Attributes:
        text: The answer in words, for a model and for a person alike: Markdown, every figure named, and whatever was
            left out said so ("showing 20 of 57").
        data: The same as values.
        files: What goes into the thread beside the answer; nobody who made the call reads it.
    """

    text: str
    data: Result
    files: tuple[File, ...] = ()


class Fact(Result):
    """Something that a person should know before deciding.

    Attributes:
        label: What it is about, such as `Challenger`.
        value: What it is, in words.
        url: Its page; empty when it has none.
    """

    label: str
    value: str
    url: str = ""


class MetricChange(Result):
    """A metric beside what it is compared with.

    Attributes:
        name: Its name.
        before: Its value now in force; None when there is none, or it is not a number.
        after: Its value after the call; None likewise.
    """

    name: str
    before: float | None = None
    after: float | None = None


class Difference(Result):
    """A value that differs; empty where one side has none."""

    name: str
    before: str = ""
    after: str = ""


class Evidence(Result):
    """What a person should see before deciding, gathered when the call was planned and never changed afterwards.

    Attributes:
        facts: In the order in which they are read.
        metrics: Metrics before and after.
        differences: Parameters and settings that differ.
        diff: What changed in the code, as unified diff; bounded to 3,000 characters.
        diff_note: What `diff` leaves out, or why there is none; empty when it is whole.
        warnings: What speaks against it, a sentence each.
        unread: What could not be read and why, a sentence each: "I could not read X: reason."
    """

    facts: tuple[Fact, ...] = ()
    metrics: tuple[MetricChange, ...] = ()
    differences: tuple[Difference, ...] = ()
    diff: str = ""
    diff_note: str = ""
    warnings: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


#: The fact that names the version which a change puts another in place of; empty when there is none.
REPLACES = "replaces"


@dataclass(frozen=True, slots=True)
class Measured:
    """What a model measured, all of it: what a card shows is cut, what a policy asks for is not.

    Attributes:
        after: The metrics of the version that is to be in force; none when they are not known.
        before: Those of the version in whose place it comes, likewise; None when it comes in no version's place.
    """

    after: Mapping[str, float]
    before: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a changing call would do, before it does it: what a card shows and an approval binds.

    Attributes:
        arguments: The canonical arguments: names resolved, defaults filled in. Planning them again changes nothing.
        summary: One line that says what will happen.
        resources: What is changed, as `system:kind:name`; two calls on one resource never interleave.
        evidence: What a person should see before deciding.
        preconditions: What must still be true when the call is applied, by name; planned again and compared.
        facts: What a policy's rule may ask for beside the arguments, such as `owner` (`self` or `other`).
        rollback: One line that says how to undo it; empty when it cannot be undone.
        called: What people call that which is changed: what an approver types where a rule asks for that. Empty where
            the first resource says it.
        measured: What a policy's gates ask about; None for what puts no version of a model in force,
            and in a brief plan.
    """

    arguments: JSONDict
    summary: str
    resources: tuple[str, ...]
    evidence: Evidence = field(default_factory=Evidence)
    preconditions: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    rollback: str = ""
    called: str = ""
    measured: Measured | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The call with this key has happened; this is what it gave back."""

    result: ToolResult


@dataclass(frozen=True, slots=True)
class NotDone:
    """The call with this key has not happened; it may be made."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can tell whether the call happened; a person must look.

    Attributes:
        look_at: What a person should look at.
    """

    look_at: str


Probed = Done | NotDone | Unknown


class Function(Protocol):
    """The body of a tool."""

    def __call__(self, args: Any, backends: Backends, call: Call, /) -> ToolResult:
        """Do it.

        Raises:
            tools.errors.ToolError: It could not be done.
        """


Planner = Callable[[Any, Backends, Call], Plan]
Prober = Callable[[Any, Backends, Call], Probed]


@dataclass(frozen=True, slots=True)
class Command:
    """How a tool is called as `/mlops …`.

    Attributes:
        words: The words that name it, such as `runs` or `schedule pause`.
        usage: What follows them, such as `PIPELINE [name=value …]`; see `worker/commands.py` for the grammar.
        help: One line for `/mlops help`.
    """

    words: str
    usage: str
    help: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool, complete.

    Attributes:
        name: Snake case, a verb first.
        permission: `system:noun:verb`, what a policy grants.
        effect: What it does to the world outside.
        timeout: Seconds after which a call is given up; what it waits for then ends too.
        arguments: The model of its arguments.
        result: The model of `ToolResult.data`.
        description: What a model reads.
        function: The body.
        command: How it is called by exact command.
        plan: Says what a call would do; every tool that is not a READ has one.
        probe: Says whether a call happened; every tool that is not a READ has one.
        remembered: Whether its last answer stands in, with its age, while its system is away: of listings that are the
            same for everybody, and seldom others minutes later.
        by_hand: Whether a person has to ask for it by its exact command, a button or words that say nothing else: no
            model may call it of its own, since what it read may have told it to.
    """

    name: str
    permission: str
    effect: Effect
    timeout: float
    arguments: type[Arguments]
    result: type[Result]
    description: str
    function: Function
    command: Command | None = None
    plan: Planner | None = None
    probe: Prober | None = None
    by_hand: bool = False
    remembered: bool = False

    def __post_init__(self) -> None:
        """Refuse a tool that changes something and cannot say what it would do or whether it did.

        Raises:
            TypeError: `plan` or `probe` is missing on a tool whose effect is not READ.
        """
        if self.effect is not Effect.READ and (self.plan is None or self.probe is None):
            raise TypeError(f"{self.name}: a tool that changes something needs plan and probe")


def tool(
    *,
    permission: str,
    effect: Effect,
    timeout: float,
    arguments: type[Arguments],
    result: type[Result],
    command: Command | None = None,
    plan: Planner | None = None,
    probe: Prober | None = None,
    by_hand: bool = False,
    remembered: bool = False,
) -> Callable[[Function], Tool]:
    """Make a tool of a function; its name and its docstring become the tool's name and description."""

    def made(function: Function) -> Tool:
        def in_time(args: Any, backends: Backends, call: Call, /) -> ToolResult:
            with deadline.within(timeout):
                if not remembered:
                    return function(args, backends, call)
                asked = f"{function.__name__} {args.model_dump_json()}"  # type: ignore[attr-defined]  # see `name` below
                return backends.recent.answer(asked, lambda: function(args, backends, call))

        return Tool(
            name=function.__name__,  # type: ignore[attr-defined]  # a Protocol of a function has no __name__
            permission=permission,
            effect=effect,
            timeout=timeout,
            arguments=arguments,
            result=result,
            description=(function.__doc__ or "").strip(),
            function=in_time,
            command=command,
            plan=plan,
            probe=probe,
            by_hand=by_hand,
            remembered=remembered,
        )

    return made
