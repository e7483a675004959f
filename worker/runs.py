"""Runs that are followed: their card, how they end, and the buttons under both."""

import json
import logging
from datetime import UTC, datetime
from typing import Literal

import structlog

from bot.asks import Ask, AskStore
from bot.events import Click, RunChanged, Submission, Thread
from bot.forms import fields_of
from bot.outbox import Address
from bot.views import actions
from bot.views.view import View
from tools.errors import ToolError
from tools.mlflow.results import ModelVersion, RunSummary
from tools.prefect.circumstances import Pause
from tools.prefect.client import LogQuery
from tools.prefect.results import FlowRunDetail, LogPage, PipelineDetail, StateType
from tools.spec import Effect
from worker import cards, enclosing, naming, probing, tracing
from worker.agent.calls import Calls
from worker.agent.guard import Request
from worker.agent.journal import Journal, Outcome, Status
from worker.proposal_cards import target_of
from worker.proposal_desk import outdo
from worker.services import Services, Work
from worker.suggestion import parameter_to_vary

log = structlog.get_logger()

TAIL = LogQuery(limit=15)
FOLLOWED_SECONDS = 30 * 86_400
LATER = "a change that needed no approval"
LOG_LOOKS, LOG_PAUSE_SECONDS = 7, 0.5
TOOLS = {
    actions.RUN_CANCEL: "cancel_run",
    actions.RUN_CHART: "chart_metric",
    actions.RUN_LOGS: "read_logs",
    actions.RUN_RESUME: "resume_run",
    actions.RUN_RETRY: "retry_run",
}


def followed_key(team: str) -> str:
    """Where the ids of runs lie whose end has not been told yet."""
    return f"tm:{team}:followed:v1"


def follow(services: Services, run_id: str) -> None:
    """Have a run's card drawn, and its end told; asking twice is harmless."""
    key = followed_key(services.team)
    services.connection.sadd(key, run_id)
    services.connection.expire(key, FOLLOWED_SECONDS)
    item = RunChanged(id=f"follow-{run_id}", team=services.team, run=run_id)
    services.mailbox.accept(item)
    services.jobs.attend(f"{services.team}:run:{run_id}")


def unfollow(services: Services, run_id: str) -> None:
    """Look at a run no more: its end was told, or it is gone."""
    services.connection.srem(followed_key(services.team), run_id)


def unread_key(team: str) -> str:
    """Where the ids of runs lie that could not be read when there was news of them."""
    return f"tm:{team}:unread:v1"


def note_unread(services: Services, run_id: str) -> None:
    """Have a run looked at again by the next reconciliation."""
    key = unread_key(services.team)
    services.connection.sadd(key, run_id)
    services.connection.expire(key, FOLLOWED_SECONDS)


def take_unread(services: Services) -> set[str]:
    """The runs that are to be looked at again, once."""
    pipe = services.connection.pipeline(transaction=True)
    pipe.smembers(unread_key(services.team))
    pipe.delete(unread_key(services.team))
    return {str(run) for run in pipe.execute()[0]}


def changed(services: Services, item: RunChanged, work: Work) -> None:
    """Read a run and show what it has come to: the card always, the end once.

    Raises:
        tools.errors.ToolError: Prefect could not be read; the next news, or the next reconciliation, tries again.
    """
    detail = services.hide.within(services.backends.prefect.run_detail(item.run))
    thread = _thread(detail)
    if thread is None or thread.team != services.team:
        unfollow(services, item.run)
        return
    address = services.address(thread)
    pause, waits = services.hide.within(_waiting(services, detail))
    view = cards.run_card(detail, now=datetime.fromtimestamp(services.clock(), UTC), pause=pause, waits=waits)
    card = f"run:{item.run}:card"
    if not services.outbox.post(card, address, view, fence=work.fence):
        services.outbox.edit(card, view, urgent=detail.run.finished, fence=work.fence)
    if detail.run.finished:
        _tell_the_end(services, detail, address, work)


def pressed(services: Services, click: Click, work: Work) -> None:
    """Cancel, Chart, Logs, Resume, Retry. A chart is in the thread for all; the rest is told to who pressed alone."""
    tool = services.tool(TOOLS[click.action])
    request = Request(
        tool=tool,
        arguments={"runs": [click.value]} if click.action == actions.RUN_CHART else {"run": click.value},
        actor=click.actor,
        call=services.call(work.id, channel=click.thread.channel, thread=click.thread, actor=click.actor),
        via="button",
    )
    outcome = calls_for(services, click.thread.team, work).make(click.action, request)
    if not outcome.files:
        services.outbox.post(
            f"click:{work.id}",
            services.alone(click),
            _answer(services, click, outcome),
            fence=work.fence,
        )
    if click.action in {actions.RUN_CANCEL, actions.RUN_RESUME}:
        follow(services, click.value)


def answered(services: Services, said: Submission, work: Work) -> None:
    """A form that answers what a run asks: resumed with the values, or told why not."""
    request = Request(
        tool=services.tool("resume_run"),
        arguments={"run": said.value, "parameters": json.loads(said.text)},
        actor=said.actor,
        call=services.call(work.id, channel=said.thread.channel, thread=said.thread, actor=said.actor),
        via="button",
    )
    outcome = calls_for(services, said.thread.team, work).make(said.action, request)
    view = naming.note(services, outcome.text)
    services.outbox.post(f"answer:{work.id}", services.alone(said), view, fence=work.fence)
    follow(services, said.value)


def _waiting(services: Services, detail: FlowRunDetail) -> tuple[Pause | None, Literal["", "input", "leave"]]:
    """Why a run is paused and what it waits for; its form is kept while it does, and dropped when it goes on."""
    asks = AskStore(services.connection, team=services.team)
    run = detail.run
    if run.state_type is not StateType.PAUSED:
        asks.drop(run.id)
        return None, ""
    try:
        pause = services.backends.prefect.circumstances(run.id).pause
    except ToolError as exc:
        log.warning("pause_not_read", run=run.id, reason=str(exc))
        return None, ""
    if pause is None or not pause.asks:
        return pause, "leave"
    ask = Ask(run=run.id, name=run.name, about=pause.about, wanted=pause.input_schema)
    return pause, "input" if fields_of(ask.wanted) and asks.keep(ask) else ""


def calls_for(services: Services, team: str, work: Work) -> Calls:
    """The journalled calls of one piece of work.

    A run that is started is followed, an earlier change outdone; files and a lineage's card go into the thread.
    """
    journal = Journal(services.connection, team=team, work=work.id, fence=work.fence)

    def afterwards(request: Request, outcome: Outcome) -> None:
        if request.tool.effect is not Effect.READ and request.approved is None:  # else its proposal's end tells
            outdo(services, target_of(outcome.data), by=LATER, at=services.clock())
        if request.call.origin.thread:
            thread = Thread.from_ref(request.call.origin.thread)
            enclosing.send(services, outcome, thread, request.call.key, work)
            if traced := tracing.card(services, request.tool, outcome):
                tracing.show(services, traced, thread, request.call.key, work)
        started = (outcome.data or {}).get("run")
        if started and "retry_of" in (outcome.data or {}):
            follow(services, str(started["id"]))

    return Calls(services.guard, journal, afterwards, services.pause, services.loop.clock)


def _tell_the_end(services: Services, detail: FlowRunDetail, address: Address, work: Work) -> None:
    name = f"run:{detail.run.id}:end:{detail.run.run_count}"
    if not services.outbox.knows(name):
        tracked, versions, unread = services.hide.within(_what_came_of_it(services, detail))
        bad = detail.run.state_type in {StateType.FAILED, StateType.CRASHED}
        pipeline = _pipeline(services, detail)
        view = cards.final_card(
            detail,
            tracked=tracked,
            versions=versions,
            log=services.hide.within(_tail(services, detail)) if bad else None,
            unread=unread,
            parameter=parameter_to_vary(pipeline.parameter_schema, detail.run.parameters) if pipeline else "",
            pool=pipeline.pipeline.work_pool if pipeline else "",
        )
        services.outbox.post(name, address, view, fence=work.fence)
        if detail.failure and detail.failure.missing_module:
            probing.after_missing_module(services)
    unfollow(services, detail.run.id)


def _what_came_of_it(
    services: Services, detail: FlowRunDetail
) -> tuple[tuple[RunSummary, ...], tuple[ModelVersion, ...], str]:
    mlflow = services.backends.mlflow
    try:
        tracked = mlflow.runs_of_flow_run(detail.run.id)
        versions = [version for found in tracked for version in mlflow.versions_of_run(found.id)]
    except ToolError as exc:
        return (), (), str(exc)
    return tracked, tuple(versions), ""


def _pipeline(services: Services, detail: FlowRunDetail) -> PipelineDetail | None:
    """The run's pipeline; None when it is gone or Prefect does not answer: the end is told without it."""
    try:
        return services.backends.prefect.pipeline_detail(detail.run.deployment_id, last_runs=0)
    except ToolError:
        return None


def _tail(services: Services, detail: FlowRunDetail) -> LogPage | None:
    """The end of the log. Prefect stores lines some two seconds late, so the one with the error is waited for."""
    page = None
    try:
        for _ in range(LOG_LOOKS):
            page = services.backends.prefect.logs(detail.run.id, TAIL)
            if any(line.level >= logging.ERROR for line in page.lines) or services.draining.wait(LOG_PAUSE_SECONDS):
                break
    except ToolError as exc:
        log.warning("log_tail_not_read", run=detail.run.id, reason=str(exc))
    return page


def _answer(services: Services, click: Click, outcome: Outcome) -> View:
    if outcome.status is Status.DONE and click.action == actions.RUN_LOGS:
        return cards.log_card(services.hide.within(LogPage.model_validate(outcome.data)))
    return naming.note(services, outcome.text)


def _thread(detail: FlowRunDetail) -> Thread | None:
    ref = detail.run.tagged("thread:")
    try:
        return Thread.from_ref(ref) if ref else None
    except ValueError:
        return None
