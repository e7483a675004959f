"""What tools give, as what views take; pure."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal

from bot.views import decided, final, logs, plan, plan_details, reply, run
from bot.views.view import View
from tools.mlflow.results import ModelVersion, RunSummary
from tools.pipelines import docstrings
from tools.pipelines.models import FlowFound
from tools.prefect import tracebacks, wording
from tools.prefect.circumstances import Pause
from tools.prefect.results import FlowRunDetail, LogPage, StateType, TaskRun
from worker.plans import Plan

DEPLOYMENT = "trainmaster"
PLANNED = timedelta(minutes=1)
#: Characters of one log message in the message that tells of a failure; two such messages and short ones fit.
LONGEST_MESSAGE = 1_200


def plan_card(kept: Plan, *, pool: str) -> View:
    """The plan card in whatever state the plan is."""
    reading = kept.reading
    same = kept.registered_digest == reading.digest
    status: Literal["new", "registered", "changed"] = (
        "new" if not kept.registered_digest else "registered" if same else "changed"
    )
    diff = kept.diff
    return plan.plan(
        plan.Plan(
            reference=kept.id,
            filename=reading.filename,
            digest=reading.digest,
            size=reading.size,
            shared_by=kept.shared_by,
            pool=pool,
            flows=tuple(_flow(flow) for flow in reading.flows),
            imports=tuple(
                plan_details.Import(found.module, found.kind) for found in reading.imports if found.kind != "standard"
            ),
            probe_age=kept.probe_age,
            probed_again=kept.probed_again,
            findings=tuple(plan_details.Finding(f.line, f.reason, f.remedy) for f in reading.findings),
            status=status,
            diff=plan_details.Diff(diff.added, diff.removed, diff.text, diff.left_out) if diff else None,
            not_compared=kept.not_compared,
            registered_digest=kept.registered_digest,
            chosen=kept.chosen,
            expires=kept.expires,
            decided=_decided(kept),
        )
    )


def run_card(
    detail: FlowRunDetail, *, now: datetime, pause: Pause | None = None, waits: Literal["", "input", "leave"] = ""
) -> View:
    """The run card of a run as it is now; `pause` says why it is paused, `waits` what a button can do about it."""
    found = detail.run
    return run.run(
        run.Run(
            reference=found.id,
            pipeline=found.pipeline,
            name=found.name,
            url=found.url,
            state=found.state_name,
            seconds=_seconds(found.start, found.end, now),
            parameters=tuple((name, _short(value)) for name, value in found.parameters.items()),
            tasks=tuple(_task(task, name, now) for task, name in zip(detail.tasks, _names(detail.tasks), strict=True)),
            started_by=found.tagged("actor:"),
            note=_asked(pause) if pause else _note(detail, now),
            waits=waits,
        )
    )


def _asked(pause: Pause) -> str:
    """What a paused run waits for."""
    about = f" {pause.about}" if pause.about else ""
    until = f" It fails unless that happens by {wording.moment(pause.until)}." if pause.until else ""
    return f"{'It waits for input.' if pause.asks else 'It is paused.'}{about}{until}"


def _note(detail: FlowRunDetail, now: datetime) -> str:
    """What the card says beside its state: when a run that waits for its time begins, or what is not shown."""
    due = detail.run.expected_start
    if detail.run.state_type is StateType.SCHEDULED and due and due > now + PLANNED:
        return f"It begins {wording.moment(due)}."
    return f"{detail.tasks_left_out} more tasks are not shown." if detail.tasks_left_out else ""


def final_card(
    detail: FlowRunDetail,
    *,
    tracked: tuple[RunSummary, ...],
    versions: tuple[ModelVersion, ...],
    log: LogPage | None,
    unread: str,
    parameter: str,
    pool: str,
) -> View:
    """What came of a run that ended."""
    found = detail.run
    ended = found.end or datetime.now(UTC)
    bad = found.state_type in {StateType.FAILED, StateType.CRASHED}
    return final.final(
        final.Final(
            reference=found.id,
            pipeline=found.pipeline,
            name=found.name,
            url=found.url,
            state=found.state_name,
            seconds=_seconds(found.start, found.end, ended),
            started_by=found.tagged("actor:"),
            tracked=tuple(
                final.TrackedRun(seen.name, seen.url, tuple(sorted(seen.metrics.items()))) for seen in tracked
            ),
            versions=tuple(final.ModelVersion(made.name, made.version, made.url) for made in versions),
            parameter=parameter,
            problem=_problem(detail, log) if bad else None,
            unread=unread,
            pool=pool,
        )
    )


def log_card(page: LogPage) -> View:
    """The end of a run's log."""
    lines = tuple(f"{line.at:%H:%M:%S} {line.message}" for line in page.lines)
    return logs.logs(logs.Logs(name=page.run.name, url=page.run.url, lines=lines, left_out=page.left_out))


def _flow(flow: FlowFound) -> plan_details.Flow:
    return plan_details.Flow(
        name=flow.name,
        function=flow.function,
        line=flow.line,
        deployment=f"{flow.name}/{DEPLOYMENT}",
        description=docstrings.summary(flow.description),
        parameters=tuple(
            plan_details.Parameter(one.name, one.type, one.default, one.required, one.note) for one in flow.parameters
        ),
        tasks=flow.tasks,
    )


def _decided(kept: Plan) -> decided.Decided | None:
    flow = kept.flow()
    match kept.state:
        case "registered" if flow is not None:
            return decided.Registered(
                by=kept.decided_by,
                at=kept.decided_at,
                deployment=f"{flow.name}/{DEPLOYMENT}",
                run_name=kept.run[0],
                run_url=kept.run[1],
                awaits=kept.awaits,
            )
        case "discarded":
            return decided.Discarded(by=kept.decided_by, at=kept.decided_at)
        case "failed":
            return decided.Failed(reason=kept.reason)
        case "expired":
            return decided.Expired(at=kept.expires)
        case _:
            return None


def _task(task: TaskRun, name: str, now: datetime) -> run.Task:
    return run.Task(name, task.state_name, _seconds(task.start, task.end, now))


def _names(tasks: tuple[TaskRun, ...]) -> list[str]:
    """The tasks' own names, without Prefect's random ending where that is not needed to tell them apart."""
    often = Counter(task.task for task in tasks)
    return [task.task if task.task and often[task.task] == 1 else task.name for task in tasks]


def _problem(detail: FlowRunDetail, log: LogPage | None) -> final.Problem:
    failure = detail.failure
    return final.Problem(
        task=failure.task if failure else "",
        exception=failure.exception if failure else tracebacks.without_machine_paths(detail.run.message),
        log=_tail(line.message for line in log.lines) if log else (),
        log_left_out=log.left_out if log else 0,
        missing_module=failure.missing_module if failure else "",
        loading=failure.loading if failure else False,
    )


def _tail(messages: Iterable[str]) -> tuple[str, ...]:
    """Log messages in short: an exception's traceback once, and of it what is the person's."""
    return tuple(
        tracebacks.fitting(tracebacks.readable(message), LONGEST_MESSAGE) for message in tracebacks.once(messages)
    )


def _seconds(start: datetime | None, end: datetime | None, now: datetime) -> float | None:
    return None if start is None else max(0.0, ((end or now) - start).total_seconds())


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def note(markdown: str, *, hosts: tuple[str, ...] = ()) -> View:
    """A short answer without small print; longer ones are cut, and say so."""
    return reply.reply(reply.Answer(text=markdown, hosts=hosts))[0]
