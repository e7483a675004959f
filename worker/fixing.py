"""What helps against what holds a run, as buttons under the answer that says so; each goes through the guard."""

import json
from collections.abc import Sequence

from langchain_core.messages import AnyMessage, ToolMessage
from pydantic import ValidationError

from bot.events import Click
from bot.views import actions
from bot.views.reply import MOST_OFFERS, Offer
from tools.prefect.causes import Fix
from tools.prefect.diagnosis import Diagnosis, why_late
from worker import cards, naming
from worker.agent.guard import Request
from worker.agent.journal import Status
from worker.runs import calls_for, follow
from worker.services import Services, Work

#: What a button of this kind may ask for, whatever its value says.
TOOLS = frozenset({"cancel_run", "resume_pool", "resume_run", "resume_schedule", "retry_run"})
#: Asked before the press counts.
ASKS = {"cancel_run": "The run stops where it is. What it has already written stays."}
NOT_OURS = "This button stands for nothing that I could do here. Please ask for it in words."
LONGEST = 1_500  #: characters of a button's value


def offers(messages: Sequence[AnyMessage]) -> tuple[Offer, ...]:
    """What can be done about what the last diagnosis of a turn found; nothing without one."""
    found = [each.artifact for each in messages if isinstance(each, ToolMessage) and each.name == why_late.name]
    if not found or not found[-1]:
        return ()
    try:
        fixes = Diagnosis.model_validate(found[-1]).fixes
    except ValidationError:  # the call failed, or it was made by another version
        return ()
    offered = [Offer(fix.label, fix.model_dump_json(), asks=ASKS.get(fix.tool, "")) for fix in fixes]
    return tuple(offer for offer in offered if len(offer.value) <= LONGEST)[:MOST_OFFERS]


def pressed(services: Services, click: Click, work: Work) -> None:
    """Do, or ask for, what a button stands for, on behalf of who pressed it."""
    fix = _fix(click.value)
    if fix is None or fix.tool not in TOOLS:
        services.outbox.post(f"told:{work.id}", services.alone(click), cards.note(NOT_OURS), fence=work.fence)
        return
    request = Request(
        tool=services.tool(fix.tool),
        arguments=fix.arguments,
        actor=click.actor,
        call=services.call(work.id, channel=click.thread.channel, thread=click.thread, actor=click.actor),
        via="button",
    )
    outcome = calls_for(services, click.thread.team, work).make(click.action, request)
    if outcome.status is not Status.AWAITING:  # else its card says everything
        address = services.address(click.thread) if outcome.change else services.alone(click)
        view = naming.note(services, outcome.text)
        services.outbox.post(f"told:{work.id}", address, view, fence=work.fence)
    if outcome.change and "run" in fix.arguments and fix.tool != "retry_run":
        follow(services, str(fix.arguments["run"]))


def _fix(value: str) -> Fix | None:
    try:
        return Fix.model_validate(json.loads(value))
    except ValueError:
        return None


#: The ids of these buttons.
ACTIONS = frozenset(actions.DIAGNOSIS_FIXES)
