"""What can be done about what an answer says, as buttons under it; each goes through the guard."""

import json
from collections.abc import Sequence

from langchain_core.messages import AnyMessage, ToolMessage
from pydantic import ValidationError

from bot.events import Click, Thread
from bot.views import actions
from bot.views.reply import MOST_OFFERS, Offer
from bot.views.text import code, person
from bot.views.view import View
from tools.mlflow.comparisons import RunComparison, compare_runs
from tools.mlflow.finding import CHAMPION
from tools.mlflow.results import ModelVersion
from tools.mlflow.versions import VersionComparison, compare_versions
from tools.prefect.diagnosis import Diagnosis, why_late
from tools.prefect.results import Fix, RunStatus
from tools.prefect.runs import run_status
from tools.spec import JSONDict
from worker import cards, naming, opening
from worker.agent.guard import Request
from worker.agent.journal import Status
from worker.runs import calls_for, follow
from worker.services import Services, Work

#: What a button of this kind may ask for, whatever its value says.
TOOLS = frozenset(
    {
        "cancel_run",
        "promote_model",
        "resume_pool",
        "resume_run",
        "resume_schedule",
        "retry_run",
        "set_concurrency_limit",
    }
)
#: Asked before the press counts.
ASKS = {"cancel_run": "The run stops where it is. What it has already written stays."}
NOT_OURS = "This button stands for nothing that I could do here. Please ask for it in words."
LONGEST = 1_500  #: characters of a button's value
#: The tools whose answers say what can be done.
Told = Diagnosis | RunStatus | RunComparison | VersionComparison
TELLING: dict[str, type[Told]] = {
    why_late.name: Diagnosis,
    run_status.name: RunStatus,
    compare_runs.name: RunComparison,
    compare_versions.name: VersionComparison,
}


def offers(messages: Sequence[AnyMessage]) -> tuple[Offer, ...]:
    """What can be done about what the last of a turn's calls that says so found; nothing without one."""
    found = [each for each in messages if isinstance(each, ToolMessage) and each.name in TELLING]
    return offers_of(str(found[-1].name), found[-1].artifact) if found else ()


def offers_of(tool: str, data: JSONDict | None) -> tuple[Offer, ...]:
    """What can be done about what one call found."""
    if tool not in TELLING or not data:
        return ()
    try:
        fixes = _fixes(TELLING[tool].model_validate(data))
    except ValidationError:  # the call failed, or it was made by another version
        return ()
    offered = [Offer(fix.label, fix.model_dump_json(), asks=ASKS.get(fix.tool, "")) for fix in fixes]
    return tuple(offer for offer in offered if len(offer.value) <= LONGEST)[:MOST_OFFERS]


def _fixes(told: Told) -> tuple[Fix, ...]:
    if isinstance(told, Diagnosis | RunStatus):
        return told.fixes
    return (_promotion(told.promotable),) if told.promotable else ()


def _promotion(version: ModelVersion) -> Fix:
    arguments = {"model": version.name, "version": version.version, "alias": CHAMPION}
    return Fix(label=f"Promote {version.name} v{version.version}", tool="promote_model", arguments=arguments)


def pressed(services: Services, click: Click, work: Work) -> None:
    """Do, or ask for, what a button stands for, on behalf of who pressed it.

    Raises:
        worker.services.NotYet: The thread that it needs is not open yet; call again.
        worker.agent.limits.Draining: This process stops; another one goes on.
    """
    fix = _fix(click.value)
    if fix is None or fix.tool not in TOOLS:
        _tell(services, click, work, cards.note(NOT_OURS))
        return
    tool, thread = services.tool(fix.tool), None if click.alone else click.thread
    if thread is None and opening.needs_a_thread(services, tool):
        words = f"{person(click.actor.user)} asked for {code(fix.label, 200)}"
        thread = opening.open_thread(services, work, words, team=click.thread.team, channel=click.thread.channel)
        if thread is None:
            _tell(services, click, work, cards.note(opening.why_not(services, work)))
            return
    request = Request(
        tool=tool,
        arguments=fix.arguments,
        actor=click.actor,
        call=services.call(work.id, channel=click.thread.channel, thread=thread, actor=click.actor),
        via="button",
        place=click.thread.channel,
    )
    outcome = calls_for(services, click.thread.team, work).make(click.action, request)
    if outcome.status is not Status.AWAITING:  # else its card says everything
        _tell(services, click, work, naming.note(services, outcome.text), thread=thread if outcome.change else None)
    if outcome.change and "run" in fix.arguments and fix.tool != "retry_run":
        follow(services, str(fix.arguments["run"]))


def _tell(services: Services, click: Click, work: Work, view: View, *, thread: Thread | None = None) -> None:
    """Tell a thread what was done, or who pressed the button alone what was not."""
    address = services.address(thread) if thread else services.alone(click)
    services.outbox.post(f"told:{work.id}", address, view, fence=work.fence)


def _fix(value: str) -> Fix | None:
    try:
        return Fix.model_validate(json.loads(value))
    except ValueError:
        return None


#: The ids of these buttons.
ACTIONS = frozenset(actions.DIAGNOSIS_FIXES)
