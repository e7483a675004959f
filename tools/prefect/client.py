"""What the tools ask of Prefect, in their own nouns; `tools.prefect.server` answers from a real server."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from tools.pipelines.models import PoolEnvironment
from tools.prefect.circumstances import CircumstancesBackend
from tools.prefect.limits import LimitsBackend
from tools.prefect.published import Artifact
from tools.prefect.results import (
    FlowRun,
    FlowRunDetail,
    FlowRunPage,
    LogPage,
    Ping,
    Pipeline,
    PipelineDetail,
    Registered,
    StateType,
    WorkPool,
)
from tools.prefect.scheduling import SchedulesBackend
from tools.spec import JSONDict

#: The name of every deployment that Trainmaster registers; people see only the flow's name.
DEPLOYMENT = "trainmaster"
#: The tag on every pipeline and run that comes from Trainmaster.
TAG = "trainmaster"
#: Silence after which a run that has begun counts as dead: five of its heartbeats, so Prefect may be away for two
#: minutes, and a run may be too busy to speak for as long, before a healthy one is taken for dead.
SILENT_SECONDS = 150
#: Time that a process pool has to begin a run. A worker takes seconds; the largest frameworks, imported from a cold
#: disk, take minutes, and the clock starts anew when the source has been fetched.
STARTING_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a pipeline is registered with.

    Attributes:
        flow: The flow's name; the pipeline is `<flow>/trainmaster`.
        function: The function in the file.
        filename: The file's name, which the pool gives it too.
        digest: SHA-256 of the source; becomes the version.
        uri: Where the pool's pull step finds the source.
        parameter_schema: JSON Schema of the parameters; Prefect refuses runs that do not fit.
        description: What the flow's docstring says.
        tags: Tags beside `trainmaster` and the digest.
    """

    flow: str
    function: str
    filename: str
    digest: str
    uri: str
    parameter_schema: JSONDict
    description: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """Which runs; every condition that is set must hold.

    Attributes:
        pipeline_id: Runs of this pipeline.
        states: Runs in one of these types of state.
        tags: Runs that carry all of these tags.
        name: Runs with exactly this name.
        due_before: Runs that were to start before this moment (timezone-aware); leaves out what is only planned.
        due_after: Runs that were to start after this moment (timezone-aware).
        soonest_first: The earliest first, rather than the newest.
        limit: At most this many; 1 to 200.
    """

    pipeline_id: str = ""
    states: frozenset[StateType] = frozenset()
    tags: tuple[str, ...] = ()
    name: str = ""
    due_before: datetime | None = None
    due_after: datetime | None = None
    soonest_first: bool = False
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """A run to start.

    Attributes:
        pipeline_id: Which pipeline.
        key: The idempotency key; the same key gives the same run, however often it is asked for.
        parameters: Values by name; Prefect adds the defaults.
        tags: Tags of the run, beside those of the pipeline.
        environment: Environment variables of this run alone.
        at: When it is to begin (timezone-aware); None for now.
    """

    pipeline_id: str
    key: str
    parameters: JSONDict = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """Which lines of a run's log.

    Attributes:
        limit: At most this many lines; 1 to 1,000.
        min_level: Lines of this level and above (Python's numbers; 0 takes all).
        search: Lines that hold this text, in any case; empty takes all.
        from_end: The newest lines rather than the oldest.
    """

    limit: int = 200
    min_level: int = 0
    search: str = ""
    from_end: bool = True


class PrefectBackend(CircumstancesBackend, LimitsBackend, SchedulesBackend, Protocol):
    """Prefect.

    Every method raises `Unavailable` when Prefect does not answer in time or not as Prefect does, `Refused` when it
    says no, and `BadArguments` when an id is not known. Every method may be called again with the same arguments: the
    changing ones carry a key or look before they change anything.
    """

    @property
    def work_pool(self) -> str:
        """The name of the pool that pipelines are registered on."""

    def ping(self) -> Ping:
        """Ask for a sign of life; never answered from memory."""

    def pool(self) -> WorkPool | None:
        """The pool that pipelines are registered on; None when Prefect does not have it."""

    def ensure_pool(self, *, type: str = "process") -> WorkPool:  # noqa: A002 - Prefect's own word for it
        """The pool that pipelines are registered on, made when it is missing; an existing one is left as it is."""

    def ensure_heartbeat_automation(
        self, *, silent_seconds: int = SILENT_SECONDS, starting_seconds: int = STARTING_SECONDS
    ) -> tuple[str, ...]:
        """The ids of the automations that turn runs whose worker died into Crashed, made or mended as needed.

        Args:
            silent_seconds: Silence after which a run of ours that has begun is dead; at least 10.
            starting_seconds: Time that a run of ours has to begin on a process pool; at least 10.
        """

    def pipelines(self) -> tuple[Pipeline, ...]:
        """Every pipeline, by name; at most 1,000."""

    def pipeline(self, pipeline_id: str) -> Pipeline:
        """One pipeline."""

    def registered(self, flow: str) -> Pipeline | None:
        """The pipeline that Trainmaster registered for this flow; None when there is none."""

    def pipeline_detail(self, pipeline_id: str, *, last_runs: int = 5) -> PipelineDetail:
        """A pipeline with parameters, schedules and its newest runs."""

    def register(self, registration: Registration) -> Registered:
        """Create the pipeline or bring it up to date; its schedules stay. The same again changes nothing."""

    def start(self, request: RunRequest) -> FlowRun:
        """Ask for a run."""

    def run_by_key(self, key: str) -> FlowRun | None:
        """The run that was started with this idempotency key."""

    def run(self, run_id: str) -> FlowRun:
        """One run."""

    def run_detail(self, run_id: str) -> FlowRunDetail:
        """One run with its tasks and, where it did not end well, why."""

    def runs(self, query: RunQuery) -> FlowRunPage:
        """The runs that fit, in the query's order, and how many more there are."""

    def live_runs(self, *, tags: tuple[str, ...] = (TAG,)) -> tuple[FlowRun, ...]:
        """Every run that carries all these tags and has not ended, oldest first; at most 2,000."""

    def logs(self, run_id: str, query: LogQuery) -> LogPage:
        """Some lines of a run's log."""

    def cancel(self, run_id: str) -> FlowRun:
        """Ask a run to end; gives it as it then is. A run that has ended is given back untouched."""

    def resume(self, run_id: str, values: JSONDict | None = None) -> FlowRun:
        """Let a paused run go on, with the input that it waits for, if any; gives it as it then is.

        A run that is not paused is given back untouched. Values that do not fit what it asks for are refused.
        """

    def artifacts(self, run_id: str) -> tuple[Artifact, ...]:
        """What a run published, oldest first; at most 200, and of each at most 20,000 characters."""

    def remove_pipeline(self, pipeline_id: str) -> None:
        """Remove a pipeline with its schedules and the runs of it that have not begun; one that is gone stays gone."""

    def pool_environment(self) -> PoolEnvironment | None:
        """What the last probe of the pool found, with its age; None when none has finished. Never waits for one."""

    def start_pool_probe(self, *, key: str) -> FlowRun:
        """Start a probe of the pool's environment; the same key gives the same probe."""
