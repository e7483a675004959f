"""Buttons that ask for a change: promote, roll back, propose again. Each goes through the guard like all else."""

from bot.access import OUTSIDE
from bot.errors import BotError
from bot.events import Click
from bot.proposal_store import Kept
from bot.proposals import Proposal, State
from bot.views import actions
from bot.views.final import version_of
from bot.views.text import code
from bot.views.view import View
from tools.errors import ToolError
from tools.mlflow.finding import CHAMPION
from worker import naming
from worker.agent.guard import Request
from worker.agent.journal import Outcome, Status
from worker.proposal_cards import ROLLS_BACK
from worker.proposal_desk import changed, show
from worker.runs import calls_for
from worker.services import Services, Work

GONE = "I no longer have that proposal. Please ask for it in words."
NOT_ITS_OWN = "This button stands for nothing that I could ask for here. Please ask for it in words."
OUTDONE = (
    "What {proposal} did was changed again since, by {later}, so there is nothing of it to roll back. {now} "
    "To go back from there, ask for it in words."
)
ALREADY = "{proposal} was proposed again already, as {successor}."


class Unfounded(BotError):
    """No card of ours offers this to this person."""


def pressed(services: Services, click: Click, work: Work) -> None:
    """Ask for the change that a button stands for, on behalf of who pressed it."""
    try:
        if click.actor.team != services.team:
            raise Unfounded(OUTSIDE)
        outcome = (
            _promote(services, click, work) if click.action == actions.MODEL_PROMOTE else _of(services, click, work)
        )
    except BotError as exc:
        if isinstance(exc, Unfounded):
            services.auditor.unfounded(click.value, actor=click.actor.user, reason=str(exc), work=work.id)
        services.outbox.post(f"told:{work.id}", services.alone(click), View(text=str(exc)), fence=work.fence)
        return
    if _shown(services, outcome, work):
        return
    address = services.address(click.thread) if outcome.change else services.alone(click)
    services.outbox.post(f"told:{work.id}", address, naming.note(services, outcome.text), fence=work.fence)


def _shown(services: Services, outcome: Outcome, work: Work) -> bool:
    """Whether a card that this press made says everything."""
    if outcome.status is not Status.AWAITING or not outcome.data:
        return False
    return _made_by(services, outcome.data["proposal"]) == work.id


def _promote(services: Services, click: Click, work: Work) -> Outcome:
    try:
        model, version = version_of(click.value)
    except ValueError:
        raise Unfounded(NOT_ITS_OWN) from None
    return _call(services, click, work, "promote_model", {"model": model, "version": version, "alias": CHAMPION})


def _of(services: Services, click: Click, work: Work) -> Outcome:
    kept = services.proposals.load(click.value)
    if kept is None:
        raise Unfounded(GONE)
    proposal = kept.proposal
    if click.thread != proposal.thread:
        raise Unfounded(NOT_ITS_OWN)
    if click.action == actions.MODEL_ROLL_BACK:
        if proposal.state is not State.APPLIED or proposal.tool not in ROLLS_BACK:
            raise Unfounded(NOT_ITS_OWN)
        return _roll_back(services, click, proposal, work)
    return _again(services, click, kept, work)


def _roll_back(services: Services, click: Click, proposal: Proposal, work: Work) -> Outcome:
    """Ask for what undoes this very change; one that another change came after is not to be undone from here."""
    if proposal.outdone:
        show(services, proposal.id)  # the button was pressed where an older face of the card was still seen
        raise BotError(
            OUTDONE.format(proposal=proposal.id, later=proposal.outdone, now=_now(services, proposal)).rstrip()
        )
    tool, names = ROLLS_BACK[proposal.tool]
    arguments = {name: proposal.arguments[name] for name in names}
    if tool == "roll_back_model":
        before = (proposal.result or {}).get("before")
        tool = "roll_back_model" if before else "remove_alias"  # nothing had it before
        arguments["version"] = before or proposal.arguments["version"]  # refused when another change would be undone
    return _call(services, click, work, tool, arguments)


def _now(services: Services, proposal: Proposal) -> str:
    """Where the alias points now; nothing for what is no alias, or while nobody can tell."""
    model, alias = str(proposal.arguments.get("model", "")), str(proposal.arguments.get("alias", ""))
    if proposal.tool != "promote_model":
        return ""
    try:
        found = services.backends.mlflow.version_by_alias(model, alias)
    except ToolError:
        return ""
    return f"{code(alias)} of {code(model)} {f'is v{found.version}' if found else 'is gone'} now."


def _again(services: Services, click: Click, kept: Kept, work: Work) -> Outcome:
    """Ask anew for what came to nothing; the card that stood for it names the new one, and offers it no more."""
    before = kept.proposal
    if before.open:
        raise BotError(f"{before.id} need not be asked for again: {before.standing}.")
    if before.successor and _made_by(services, before.successor) != work.id:
        raise BotError(ALREADY.format(proposal=before.id, successor=before.successor))
    outcome = _call(services, click, work, before.tool, before.arguments)
    if outcome.status is Status.AWAITING and outcome.data:
        changed(services, kept, before.succeeded_by(outcome.data["proposal"]), work)
    return outcome


def _made_by(services: Services, proposal_id: str) -> str:
    """The call that made a proposal; empty when it is gone."""
    kept = services.proposals.load(proposal_id)
    return kept.proposal.key if kept else ""


def _call(services: Services, click: Click, work: Work, name: str, arguments: dict[str, object]) -> Outcome:
    request = Request(
        tool=services.tool(name),
        arguments=arguments,
        actor=click.actor,
        call=services.call(work.id, channel=click.thread.channel, thread=click.thread, actor=click.actor),
        via="button",
    )
    return calls_for(services, click.thread.team, work).make(name, request)
