"""Buttons that ask for a change: promote, roll back, propose again. Each goes through the guard like all else."""

from bot.events import Click
from bot.proposals import Proposal
from bot.views import actions
from bot.views.final import version_of
from bot.views.view import View
from worker import cards
from worker.agent.guard import Request
from worker.agent.journal import Outcome, Status
from worker.proposal_desk import changed
from worker.runs import calls_for
from worker.services import Services, Work

ACTIONS = frozenset({actions.MODEL_PROMOTE, actions.MODEL_ROLL_BACK, actions.PROPOSAL_AGAIN})
GONE = "I no longer have that proposal. Please ask for it in words."
CHAMPION = "champion"


def pressed(services: Services, click: Click, work: Work) -> None:
    """Ask for the change that a button stands for, on behalf of who pressed it."""
    if click.action == actions.MODEL_PROMOTE:
        model, version = version_of(click.value)
        outcome = _call(services, click, work, "promote_model", {"model": model, "version": version, "alias": CHAMPION})
    else:
        kept = services.proposals.load(click.value)
        if kept is None:
            services.outbox.post(f"told:{work.id}", services.alone(click), View(text=GONE), fence=work.fence)
            return
        outcome = _of(services, click, work, kept.proposal)
    if outcome.status is not Status.AWAITING:
        address = services.address(click.thread) if outcome.change else services.alone(click)
        services.outbox.post(
            f"told:{work.id}", address, cards.note(outcome.text, hosts=services.hosts), fence=work.fence
        )


def _of(services: Services, click: Click, work: Work, proposal: Proposal) -> Outcome:
    if click.action == actions.MODEL_ROLL_BACK:
        wanted = {name: proposal.arguments[name] for name in ("model", "alias")}
        return _call(services, click, work, "roll_back_model", wanted)
    outcome = _call(services, click, work, proposal.tool, proposal.arguments)
    if outcome.status is Status.AWAITING and outcome.data:
        kept = services.proposals.load(proposal.id)
        if kept is not None and not kept.proposal.successor:
            changed(services, kept, kept.proposal.succeeded_by(outcome.data["proposal"]), work)
    return outcome


def _call(services: Services, click: Click, work: Work, name: str, arguments: dict[str, object]) -> Outcome:
    request = Request(
        tool=services.tool(name),
        arguments=arguments,
        actor=click.actor,
        call=services.call(work.id, thread=click.thread, actor=click.actor),
        via="button",
    )
    return calls_for(services, click.thread.team, work).make(name, request)
