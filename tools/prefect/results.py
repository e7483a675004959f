"""The nouns of Prefect as the tools speak of them: frozen, typed, and able to survive a trip through JSON."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from tools.spec import JSONDict, Result


class StateType(StrEnum):
    """Prefect's own nine types of state."""

    SCHEDULED = "SCHEDULED"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    CANCELLING = "CANCELLING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CRASHED = "CRASHED"
    CANCELLED = "CANCELLED"


#: A run in one of these states never changes by itself again.
FINAL_STATES = frozenset({StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED})
#: A run in one of these states may still change.
LIVE_STATES = frozenset(StateType) - FINAL_STATES
#: A run in one of these states ended, and not as it should have.
NOT_WELL = frozenset({StateType.FAILED, StateType.CRASHED})


class Ping(Result):
    """A system answered.

    Attributes:
        system: The system's own name.
        version: What it says its version is.
        milliseconds: How long the answer took.
        url: Where it was asked.
        rested: Since when it had not been asked any more, and why; empty when it answered before too.
    """

    system: str
    version: str
    milliseconds: int
    url: str
    rested: str = ""


class WorkPool(Result):
    """Where Prefect runs pipelines.

    Attributes:
        name: The pool's name.
        type: Prefect's type of it, such as `process` or `kubernetes`.
        paused: Whether it takes no runs for now.
        online_workers: How many of its workers have been heard of lately.
    """

    name: str
    type: str
    paused: bool
    online_workers: int


class Pipeline(Result):
    """One Prefect deployment, named by people after its flow.

    Attributes:
        id: Prefect's id of the deployment.
        name: The flow's name.
        deployment: The deployment's name; `trainmaster` for those that Trainmaster registered.
        description: What the flow's docstring says.
        version: What Prefect calls its version; for ours the digest.
        digest: SHA-256 of the source, 64 hexadecimal digits; empty when Trainmaster did not register it.
        entrypoint: `file.py:function`.
        tags: The deployment's tags.
        work_pool: The pool its runs go to.
        paused: Whether its schedules are paused.
        updated: When it was last registered or changed.
        url: Its page in Prefect.
    """

    id: str
    name: str
    deployment: str
    description: str = ""
    version: str = ""
    digest: str = ""
    entrypoint: str = ""
    tags: tuple[str, ...] = ()
    work_pool: str = ""
    paused: bool = False
    updated: datetime | None = None
    url: str = ""

    @property
    def exact(self) -> str:
        """The name that means this one and no other: `flow/deployment`."""
        return f"{self.name}/{self.deployment}"


class Schedule(Result):
    """When a pipeline runs by itself; of `cron`, `seconds` and `rrule` at most one is set.

    Attributes:
        id: Prefect's id of the schedule.
        when: The rule in words, such as `cron 0 9 * * 1` or `every 2 hours`.
        timezone: The zone the rule is read in.
        active: Whether it is on.
        slug: Its name within the pipeline; ours is made of the key of the call that set it.
        cron: A cron rule with five fields.
        seconds: The time from one run to the next.
        anchor: A moment that such times are counted from.
        rrule: A rule of the iCalendar standard, as people may have set one in Prefect.
        updated: When it was last changed.
    """

    id: str
    when: str
    timezone: str
    active: bool
    slug: str = ""
    cron: str = ""
    seconds: float = 0.0
    anchor: datetime | None = None
    rrule: str = ""
    updated: datetime | None = None


class FlowRun(Result):
    """One run of a pipeline.

    Attributes:
        id: Prefect's id.
        name: Prefect's name for it, such as `brave-otter`.
        pipeline: The flow's name.
        deployment_id: The pipeline's id; empty when the run has none. The pipeline may have been removed since.
        version: The pipeline's version when the run was asked for; for ours the digest of its source.
        state_type: Prefect's type of state.
        state_name: The state's name, such as `Late` or `Retrying`, which says more than the type.
        message: What Prefect says about the state.
        created: When it was asked for.
        expected_start: When it was to start.
        start: When it started.
        end: When it ended.
        parameters: The values it was given.
        tags: Its tags, those of the pipeline included.
        run_count: How many times it has been started (Prefect's own retries count).
        url: Its page in Prefect.
    """

    id: str
    name: str
    pipeline: str
    deployment_id: str = ""
    version: str = ""
    state_type: StateType
    state_name: str
    message: str = ""
    created: datetime | None = None
    expected_start: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None
    parameters: JSONDict = Field(default_factory=dict)
    tags: tuple[str, ...] = ()
    run_count: int = 0
    url: str = ""

    @property
    def finished(self) -> bool:
        """Whether the state is final."""
        return self.state_type in FINAL_STATES

    def tagged(self, prefix: str) -> str:
        """What follows `prefix` in the first tag that starts with it (`tagged("thread:")`), or nothing."""
        return next((tag.removeprefix(prefix) for tag in self.tags if tag.startswith(prefix)), "")


class TaskRun(Result):
    """One task of a run.

    Attributes:
        id: Prefect's id.
        name: Prefect's name for it, such as `train-model-3f2`.
        task: The task's own name when Prefect tells it, else the name without its ending.
        state_type: Prefect's type of state.
        state_name: The state's name.
        message: What Prefect says about the state.
        expected_start: When it was to start.
        start: When it started.
        end: When it ended.
        run_count: How many times it has been started.
    """

    id: str
    name: str
    task: str
    state_type: StateType
    state_name: str
    message: str = ""
    expected_start: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None
    run_count: int = 0


class Failure(Result):
    """Why a run did not end well, as far as Prefect can tell.

    Attributes:
        task: The task that failed first; empty when it failed outside of any.
        exception: The exception, such as `ValueError: no rows`, on one line; else what the state says.
        missing_module: The module that could not be found, such as `xgboost.sklearn`; empty for everything else.
        loading: Whether the pipeline's file could not be loaded, so that nothing of it was run.
    """

    task: str
    exception: str
    missing_module: str = ""
    loading: bool = False


class FlowRunDetail(Result):
    """A run with its tasks.

    Attributes:
        run: The run.
        tasks: Its tasks in the order they started, at most 200; those that wait come last.
        tasks_left_out: How many more there are (at least).
        failure: Why it did not end well; None for every other state.
    """

    run: FlowRun
    tasks: tuple[TaskRun, ...] = ()
    tasks_left_out: int = 0
    failure: Failure | None = None


class FlowRunPage(Result):
    """Some runs, newest first.

    Attributes:
        runs: The runs.
        left_out: How many more match.
        note: What was understood, such as which pipeline a name was taken for.
    """

    runs: tuple[FlowRun, ...]
    left_out: int = 0
    note: str = ""


class PipelinePage(Result):
    """Some pipelines, by name.

    Attributes:
        pipelines: The pipelines.
        left_out: How many more there are.
        last_runs: The newest run of each, by pipeline id.
    """

    pipelines: tuple[Pipeline, ...]
    left_out: int = 0
    last_runs: dict[str, FlowRun] = Field(default_factory=dict)


class PipelineDetail(Result):
    """A pipeline with all that is known of it.

    Attributes:
        pipeline: The pipeline.
        parameter_schema: JSON Schema of its parameters, as Prefect keeps it.
        schedules: When it runs by itself.
        last_runs: Its newest runs, newest first.
        note: What was understood, such as which pipeline a name was taken for.
    """

    pipeline: Pipeline
    parameter_schema: JSONDict = Field(default_factory=dict)
    schedules: tuple[Schedule, ...] = ()
    last_runs: tuple[FlowRun, ...] = ()
    note: str = ""


class Outcome(StrEnum):
    """What registering did."""

    CREATED = "created"  #: the pipeline is new
    UPDATED = "updated"  #: the pipeline was known and has new source or settings
    UNCHANGED = "unchanged"  #: exactly this was registered before


class Registered(Result):
    """A pipeline after it was registered.

    Attributes:
        pipeline: The pipeline as it now is.
        outcome: What changed.
        previous_digest: The digest it had before; empty when it is new.
    """

    pipeline: Pipeline
    outcome: Outcome
    previous_digest: str = ""


class Started(Result):
    """A run that was asked for.

    Attributes:
        run: The run.
        retry_of: The run it repeats; empty for a first one.
        note: What was understood, such as which pipeline a name was taken for.
    """

    run: FlowRun
    retry_of: str = ""
    note: str = ""


class Cancelled(Result):
    """A run after it was asked to end.

    Attributes:
        run: The run as it now is; its state says whether it has ended or is about to.
        was_finished: Whether it had ended before, so that nothing was done.
    """

    run: FlowRun
    was_finished: bool = False


class Fix(Result):
    """A tool call that helps against what an answer says.

    Attributes:
        label: What a button says.
        tool: The tool.
        arguments: Its arguments.
    """

    label: str
    tool: str
    arguments: JSONDict


class RunStatus(Result):
    """How a run is doing.

    Attributes:
        detail: The run with its tasks and, where it failed, why.
        note: What was understood, such as which run `last` was taken for.
        fixes: What buttons could do about it when it has not begun.
    """

    detail: FlowRunDetail
    note: str = ""
    fixes: tuple[Fix, ...] = ()


class LogLine(Result):
    """One line that a run wrote.

    Attributes:
        at: When it was written.
        level: Python's number of the level (20 is INFO, 40 is ERROR).
        message: What it says; may have several lines.
        task_run_id: The task that wrote it; empty for the flow itself.
        task: The name of that task run; empty for the flow itself, and where it was not looked up.
    """

    at: datetime
    level: int
    message: str
    task_run_id: str = ""
    task: str = ""


class LogPage(Result):
    """Some lines of a run's log, oldest first.

    Attributes:
        run: The run.
        lines: The lines.
        left_out: How many lines that match were left out.
        left_out_is_exact: False when there were too many to count; then there are at least that many.
        from_end: Whether the newest lines are shown rather than the oldest.
        note: What was understood, such as which run `last` was taken for.
    """

    run: FlowRun
    lines: tuple[LogLine, ...] = ()
    left_out: int = 0
    left_out_is_exact: bool = True
    from_end: bool = True
    note: str = ""
