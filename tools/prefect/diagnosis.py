"""The tool that says why a run is late or stuck, or why a pipeline does not run by itself."""

from datetime import datetime
from statistics import median

from tools.errors import BadArguments
from tools.prefect import wording
from tools.prefect.causes import Cause, fixes_of, slots_are
from tools.prefect.circumstances import Circumstances
from tools.prefect.client import PrefectBackend, RunQuery
from tools.prefect.delays import PATIENCE, causes
from tools.prefect.occurrences import next_of
from tools.prefect.resolving import LAST, Place, find_pipeline, find_run
from tools.prefect.results import NOT_WELL, Fix, FlowRun, StateType
from tools.prefect.runs import WhichRun
from tools.spec import Backends, Call, Command, Effect, Result, ToolResult, tool

LIMITS_NAMED = 3
COMPARED = 5  # successful runs that tell how long a pipeline takes


class Diagnosis(Result):
    """Why a run does not begin or go on, or why a pipeline does not run by itself.

    Attributes:
        run: The run; None when it is about a pipeline that has not run yet.
        pipeline: The pipeline's name.
        late_seconds: How long ago the run was to begin, when it has not; 0 for every other run.
        causes: Each thing that holds it; none when nothing does that can be seen.
        note: What was understood, such as which run `last` was taken for.
    """

    run: FlowRun | None
    pipeline: str
    late_seconds: float = 0.0
    causes: tuple[Cause, ...] = ()
    note: str = ""

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """What buttons could do about it, each once."""
        return fixes_of(self.causes)


@tool(
    permission="prefect:run:read",
    effect=Effect.READ,
    timeout=30,
    arguments=WhichRun,
    result=Diagnosis,
    command=Command("why", "[RUN…]", "Say why a run is late or stuck, or why a pipeline does not run by itself."),
)
def why_late(args: WhichRun, backends: Backends, call: Call) -> ToolResult:
    """Say why a run is late, stuck, waiting or slow: every cause with its numbers, and what helps.

    Looks at the work pool and its workers, the queue, the concurrency limits of pool, queue, pipeline and tags, pauses,
    retries and schedules. Given a pipeline that has not run, says why it does not run by itself. Names no cause that
    does not hold; for a run that failed use `explain_failure`.
    """
    prefect = backends.prefect
    try:
        found = find_run(prefect, args.run, Place(now=call.now, thread=call.origin.thread))
    except BadArguments as error:
        return _of_pipeline(prefect, args.run, error, call)
    at = prefect.circumstances(found.run.id)
    run = at.run or found.run
    held = causes(at, now=call.now, timezone=call.timezone)
    coming = None
    if found.pipeline_id and run.finished:  # asked about a pipeline: what keeps its next run matters now
        coming = prefect.pipeline_circumstances(found.pipeline_id)
        both = (*held, *causes(coming, now=call.now, timezone=call.timezone))
        held = tuple({cause.text: cause for cause in both}.values())
    diagnosis = Diagnosis(
        run=run, pipeline=run.pipeline, late_seconds=_late(at, now=call.now), causes=held, note=found.note
    )
    text = wording.joined(
        found.note,
        wording.run_line(run, now=call.now) + ".",
        "" if held and not run.finished else _nothing(at, run, now=call.now),
        _told(held),
        _next(coming, call) if coming else "",
        _usual(prefect, run, now=call.now),
        f"[Open it in Prefect]({run.url})" if run.url else "",
    )
    return ToolResult(text, diagnosis)


def _of_pipeline(prefect: PrefectBackend, text: str, error: BadArguments, call: Call) -> ToolResult:
    """Why a pipeline has not run; the error goes on when no pipeline is meant either."""
    try:
        found = find_pipeline(prefect, LAST.sub("", text, count=1) or text)
    except BadArguments:
        raise error from None
    at = prefect.pipeline_circumstances(found.pipeline.id)
    held = causes(at, now=call.now, timezone=call.timezone)
    text = wording.joined(
        found.note,
        f"**{found.pipeline.name}** has not run yet.",
        _told(held),
        _next(at, call),
    )
    return ToolResult(text, Diagnosis(run=None, pipeline=found.pipeline.name, causes=held, note=found.note))


def _late(at: Circumstances, *, now: datetime) -> float:
    run = at.run
    if run is None or run.state_type not in {StateType.SCHEDULED, StateType.PENDING} or run.expected_start is None:
        return 0.0
    return max(0.0, (now - run.expected_start).total_seconds())


def _told(held: tuple[Cause, ...]) -> str:
    lines = [f"- {cause.text}{' ' + cause.remedy if cause.remedy else ''}" for cause in held]
    return "\n".join(lines) if len(lines) > 1 else "".join(lines).removeprefix("- ")


def _nothing(at: Circumstances, run: FlowRun, *, now: datetime) -> str:
    """What is so when nothing holds a run."""
    if run.state_type is StateType.COMPLETED:
        return "It is neither late nor stuck: it has ended well."
    if run.state_type in NOT_WELL:
        return f"It is not stuck: it has ended, and not well. `explain {run.name}` says why."
    if run.finished:
        said = wording.shortened(run.message, 200)
        return f"It is not stuck: it was cancelled.{' Prefect says: ' + said if said else ''}"
    if run.state_type is StateType.RUNNING:
        at_work = "Nothing that I can see holds it: no task waits for a slot or a retry, so its own code is at work."
        return wording.joined(at_work, _limits(at))
    if _late(at, now=now) < PATIENCE.total_seconds():
        return f"It is not late: it was due {wording.ago(at.due or run.expected_start, now=now)}."
    return _unseen(at)


def _limits(at: Circumstances) -> str:
    """Global limits without a slot, which a run may wait for: whether it does only its code knows."""
    full = [f"{each.name} ({each.taken} of {slots_are(each.limit)} taken)" for each in at.full_limits]
    if not full:
        return ""
    asks = f"`concurrency({at.full_limits[0].name!r})`"
    several = "These global limits have" if len(full) > 1 else "The global limit"
    named = wording.listed(full, LIMITS_NAMED)
    head = f"{several} no slot left: {named}." if len(full) > 1 else f"{several} {named} has no slot left."
    return f"{head} Code that asks for one, as by {asks}, waits for that; I cannot see whether this run's does."


def _unseen(at: Circumstances) -> str:
    pool = at.pool
    if pool is None:
        return "Nothing that I can see holds it."
    workers = f"{pool.online_workers} worker{'' if pool.online_workers == 1 else 's'} online"
    return (
        f"Nothing that I can see holds it: the work pool {pool.name} has {workers}, it and its queue are not paused, "
        "and no concurrency limit is reached. A worker may be at its own `--limit`, which Prefect does not tell; its "
        "log would say so."
    )


def _usual(prefect: PrefectBackend, run: FlowRun, *, now: datetime) -> str:
    """How long a run that is going on takes as a rule."""
    if run.state_type is not StateType.RUNNING or not run.start or not run.deployment_id:
        return ""
    query = RunQuery(pipeline_id=run.deployment_id, states=frozenset({StateType.COMPLETED}), limit=COMPARED)
    ended = [each for each in prefect.runs(query).runs if each.start and each.end]
    seconds = [(each.end - each.start).total_seconds() for each in ended if each.start and each.end]
    if not seconds:
        return "No run of it has completed before, so I cannot say how long it takes as a rule."
    so_far = (now - run.start).total_seconds()
    verdict = "longer than any of these" if so_far > max(seconds) else "not longer than these"
    return (
        f"It has run for {wording.span(so_far)}; its last {len(seconds)} completed "
        f"run{'s' if len(seconds) != 1 else ''} took {wording.span(median(seconds))} "
        f"(median; longest {wording.span(max(seconds))}), so that is {verdict}."
    )


def _next(at: Circumstances, call: Call) -> str:
    """When a pipeline runs next by itself."""
    if at.pipeline is None or at.pipeline.paused:
        return ""
    coming = [moment for each in at.schedules if each.active for moment in next_of(each, after=call.now, count=1)]
    if not coming:
        return ""
    return (
        f"It is to run next {wording.ago(min(coming), now=call.now)}, at {wording.moment(min(coming), call.timezone)}."
    )
