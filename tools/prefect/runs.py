"""Tools that read runs, and the one that ends them."""

import re
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from pydantic import ConfigDict, Field

from tools.errors import BadArguments, Unavailable
from tools.prefect import wording
from tools.prefect.causes import fixes_of
from tools.prefect.client import PrefectBackend, RunQuery
from tools.prefect.delays import PATIENCE, causes
from tools.prefect.resolving import FoundRun, Place, find_pipeline, find_run, peoples_runs
from tools.prefect.results import (
    LIVE_STATES,
    Cancelled,
    Fix,
    FlowRun,
    FlowRunDetail,
    FlowRunPage,
    RunStatus,
    StateType,
)
from tools.prefect.spans import begun
from tools.prefect.tracebacks import without_machine_paths
from tools.spec import (
    Arguments,
    Backends,
    Call,
    Command,
    Done,
    Effect,
    Evidence,
    Fact,
    NotDone,
    Plan,
    Probed,
    ToolResult,
    tool,
)

WHICH_RUN = (
    "Which run: its name, its id or the beginning of it, `last` (the last of this thread, else of all), "
    "`last PIPELINE`, or a pipeline's name for its last run."
)
TASKS_SHOWN = 40
PERSON = re.compile("[UW][A-Z0-9]{2,30}")


class Kind(StrEnum):
    """Runs by how they stand."""

    ALL = "all"
    LIVE = "live"  #: not ended yet
    FAILED = "failed"  #: failed or crashed
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    RUNNING = "running"
    WAITING = "waiting"  #: due and not begun


STATES: dict[Kind, frozenset[StateType]] = {
    Kind.ALL: frozenset(),
    Kind.LIVE: LIVE_STATES,
    Kind.FAILED: frozenset({StateType.FAILED, StateType.CRASHED}),
    Kind.COMPLETED: frozenset({StateType.COMPLETED}),
    Kind.CANCELLED: frozenset({StateType.CANCELLED, StateType.CANCELLING}),
    Kind.RUNNING: frozenset({StateType.RUNNING}),
    Kind.WAITING: frozenset({StateType.SCHEDULED, StateType.PENDING, StateType.PAUSED}),
}


class ListRuns(Arguments):
    """Which runs to list."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    pipeline: str = Field(default="", max_length=200, description="Only runs of this pipeline; empty for all.")
    state: Kind = Field(default=Kind.ALL, description="Only runs that stand like this.")
    since: str = Field(
        default="",
        max_length=40,
        description="Only runs that were due since then: `6 hours`, `3 days`, `today`, `yesterday`, `this week`, a day "
        "such as `2026-01-31`, or a plain number of hours.",
    )
    who: str = Field(
        default="",
        max_length=40,
        description="Only runs that this person asked for: `me`, or the id of a person in Slack, such as U0ALICE.",
    )
    planned: bool = Field(
        default=False,
        description="Only runs that are planned for later, by a schedule or a person; the next one first.",
    )
    limit: int = Field(default=10, ge=1, le=50, description="At most this many.")


class WhichRun(Arguments):
    """One run."""

    run: str = Field(default="last", max_length=200, description=WHICH_RUN)


class CancelRun(Arguments):
    """The run to cancel."""

    run: str = Field(min_length=1, max_length=200, description=WHICH_RUN)


@tool(
    permission="prefect:run:read",
    effect=Effect.READ,
    timeout=20,
    arguments=ListRuns,
    result=FlowRunPage,
    command=Command("runs", "[PIPELINE]", "List runs; `state=failed`, `since=today`, `who=me`, `limit=20` narrow it."),
)
def list_runs(args: ListRuns, backends: Backends, call: Call) -> ToolResult:
    """List runs, newest first, of one pipeline or of all, by how they stand, since when, and who asked for them.

    Runs that are planned for later are only counted, unless they are asked for. Says how many more there are.
    """
    found = find_pipeline(backends.prefect, args.pipeline) if args.pipeline else None
    since, actor = begun(args.since, now=call.now, zone=call.timezone), _actor(args.who, call)
    query = RunQuery(
        pipeline_id=found.pipeline.id if found else "",
        states=STATES[args.state],
        tags=(f"actor:{actor}",) if actor else (),
        due_before=call.now,
        due_after=since,
        limit=args.limit,
    )
    query = _later(query, now=call.now) if args.planned else query
    narrow = found or actor  # our own probes are of no pipeline of people, and nobody asked for them
    page = backends.prefect.runs(query) if narrow else peoples_runs(backends.prefect, query)
    page = page.model_copy(update={"note": found.note if found else ""})
    kind = "planned " if args.planned else "" if args.state is Kind.ALL else f"{args.state.value} "
    of = f" of {found.pipeline.name}" if found else ""
    of += f" that {'you' if actor == call.origin.actor else wording.person(actor)} asked for" if actor else ""
    of += f" since {wording.moment(since, call.timezone)}" if since and not args.planned else ""
    planned = "" if args.planned else _planned(backends.prefect, query, now=call.now)
    text = _listed(page, f"{kind}runs", of, which="next" if args.planned else "newest", now=call.now)
    return ToolResult(wording.joined(text, planned), page)


def _later(query: RunQuery, *, now: datetime) -> RunQuery:
    """The runs among these that are planned for later, the next one first."""
    states = frozenset({StateType.SCHEDULED}) if _may_wait(query) else query.states
    return replace(query, states=states, due_before=None, due_after=now, soonest_first=True)


def _may_wait(query: RunQuery) -> bool:
    """Whether some run among these may be yet to begin."""
    return not query.states or StateType.SCHEDULED in query.states


def _planned(prefect: PrefectBackend, query: RunQuery, *, now: datetime) -> str:
    """How many runs like these are planned for later, and how to see them; empty for none, or when nobody can tell."""
    if not _may_wait(query):
        return ""
    try:
        page = prefect.runs(replace(_later(query, now=now), limit=1))
    except Unavailable:
        return ""
    number = len(page.runs) + page.left_out
    return f"Planned for later: {number}; `planned=yes` lists {'it' if number == 1 else 'them'}." if number else ""


def _listed(page: FlowRunPage, what: str, of: str, *, which: str, now: datetime) -> str:
    if not page.runs:
        return wording.joined(page.note, f"There are no {what}{of}.")
    total = len(page.runs) + page.left_out
    counted = f"{total} {what if total > 1 else what.removesuffix('s')}{of}:"
    heading = f"The {which} {len(page.runs)} of {counted}" if page.left_out else counted
    lines = "\n".join(f"- {wording.run_line(run, now=now)}" for run in page.runs)
    return wording.joined(page.note, heading, lines)


def _actor(who: str, call: Call) -> str:
    """The person's id; empty when it does not matter who asked."""
    wanted = who.strip().strip("<@>").partition("|")[0]
    if wanted.lower() not in {"me", "i", "myself", "mine"}:
        return _person(wanted)
    if not call.origin.actor:
        raise BadArguments("I do not know who you are here; name the person's id in Slack.")
    return call.origin.actor


def _person(wanted: str) -> str:
    """An id as Slack writes it; empty when nobody is named.

    Raises:
        BadArguments: It is a name: what somebody is called says nothing certain about who it is.
    """
    if not wanted or PERSON.fullmatch(wanted):
        return wanted
    if PERSON.fullmatch(wanted.upper()) and any(letter.isdigit() for letter in wanted):
        return wanted.upper()
    raise BadArguments(
        f"“{wording.shortened(wanted)}” is not a person's id. Mention the person, by choosing from the list that Slack "
        "shows after `@`, or give the member id from their profile, such as U0ALICE; `me` is who asks."
    )


@tool(
    permission="prefect:run:read",
    effect=Effect.READ,
    timeout=20,
    arguments=WhichRun,
    result=RunStatus,
    command=Command("status", "RUN…", "Show how a run is doing, task by task; `last` is a run too."),
)
def run_status(args: WhichRun, backends: Backends, call: Call) -> ToolResult:
    """Tell how one run is doing: its state, every task, and for a failure the task and the exception.

    Also says why a run has not begun, as far as the work pool shows it.
    """
    found = find_run(backends.prefect, args.run, Place(now=call.now, thread=call.origin.thread))
    detail = backends.prefect.run_detail(found.run.id)
    why, fixes = _why_not_begun(backends.prefect, detail.run, now=call.now, timezone=call.timezone)
    status = RunStatus(detail=detail, note=wording.joined(found.note, why), fixes=fixes)
    text = wording.joined(
        found.note,
        wording.run_line(detail.run, now=call.now) + ".",
        why,
        _failure(detail),
        _tasks(detail, now=call.now),
        f"Parameters: {wording.values(detail.run.parameters)}" if detail.run.parameters else "",
        f"[Open it in Prefect]({detail.run.url})" if detail.run.url else "",
    )
    return ToolResult(text, status)


def _failure(detail: FlowRunDetail) -> str:
    failure = detail.failure
    if failure is None:
        said = wording.shortened(without_machine_paths(detail.run.message), 300)
        return f"Prefect says: {said}" if said else ""
    where = f"Task `{failure.task}` failed first" if failure.task else "It failed outside of any task"
    if failure.loading:
        where = "Its file could not be loaded"
    return f"{where}: `{wording.shortened(failure.exception, 300)}`"


def _tasks(detail: FlowRunDetail, *, now: datetime) -> str:
    if not detail.tasks:
        return ""
    lines = [wording.task_line(task, now=now) for task in detail.tasks[:TASKS_SHOWN]]
    left_out = len(detail.tasks[TASKS_SHOWN:]) + detail.tasks_left_out
    return "\n".join(["Tasks:", *lines, *([f"- and {left_out} more"] if left_out else [])])


def _why_not_begun(
    prefect: PrefectBackend, run: FlowRun, *, now: datetime, timezone: str
) -> tuple[str, tuple[Fix, ...]]:
    """What keeps a run from starting, when it is late, and what helps."""
    waits = run.state_type in {StateType.SCHEDULED, StateType.PENDING} and run.expected_start
    if not waits or not run.expected_start or now - run.expected_start < PATIENCE:
        return "", ()
    held = causes(prefect.circumstances(run.id), now=now, timezone=timezone)
    if not held:
        return f"It waits, and nothing that I can see holds it; `why {run.name}` says what I looked at.", ()
    told = [f"It waits: {cause.text}{' ' + cause.remedy if cause.remedy else ''}" for cause in held]
    return "\n".join(told), fixes_of(held)


def plan_cancel(args: CancelRun, backends: Backends, call: Call) -> Plan:
    """Which run would be cancelled, and how it stands now."""
    found = find_run(backends.prefect, args.run, Place(now=call.now, thread=call.origin.thread))
    run = found.run
    return Plan(
        arguments={"run": run.id},
        summary=f"Cancel the run {run.name} of {run.pipeline}, which is {run.state_name}.",
        resources=(f"prefect:run:{run.id}",),
        called=run.name,
        evidence=Evidence(
            facts=(
                Fact(label="Run", value=f"{run.name} of {run.pipeline}", url=run.url),
                Fact(label="State", value=wording.state(run)),
                Fact(label="Values", value=wording.values(run.parameters) or "the defaults"),
            )
        ),
        facts={"owner": "self" if call.origin.actor == run.tagged("actor:") else "other"},
    )


def probe_cancel(args: CancelRun, backends: Backends, call: Call) -> Probed:
    """Whether the run has ended or is about to."""
    found = find_run(backends.prefect, args.run, Place(now=call.now, thread=call.origin.thread))
    ending = found.run.finished or found.run.state_type is StateType.CANCELLING
    return Done(_cancelled(found, before=found.run, now=call.now)) if ending else NotDone()


@tool(
    permission="prefect:run:cancel",
    effect=Effect.DESTROY,
    timeout=30,
    arguments=CancelRun,
    result=Cancelled,
    command=Command("cancel", "RUN…", "End a run before it is done."),
    plan=plan_cancel,
    probe=probe_cancel,
)
def cancel_run(args: CancelRun, backends: Backends, call: Call) -> ToolResult:
    """Cancel one run. What it has done so far is lost; a run that has ended is left as it is.

    Name the run exactly, and show it to the person first unless they named it themselves.
    """
    found = find_run(backends.prefect, args.run, Place(now=call.now, thread=call.origin.thread))
    after = found.run if found.run.finished else backends.prefect.cancel(found.run.id)
    return _cancelled(FoundRun(after, found.note), before=found.run, now=call.now)


def _cancelled(found: FoundRun, *, before: FlowRun, now: datetime) -> ToolResult:
    run = found.run
    name = f"**{run.name}** of {run.pipeline}"
    if before.finished and run.state_type is not StateType.CANCELLED:
        text = f"{name} had ended before ({wording.state(run)}, {wording.ago(run.end, now=now)}); nothing was changed."
    elif run.state_type is StateType.CANCELLED:
        text = f"{name} is cancelled."
    elif run.state_type is StateType.CANCELLING:
        text = f"{name} is being cancelled; its worker ends it within seconds."
    else:
        text = f"{name} was not cancelled: it is {wording.state(run)} now."
    return ToolResult(wording.joined(found.note, text), Cancelled(run=run, was_finished=before.finished))
