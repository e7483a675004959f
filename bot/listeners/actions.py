"""Presses of our buttons and choices in our menus. Who may decide is checked where it is decided, not here."""

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import redis
import structlog
from slack_bolt import Ack, App

from bot import events
from bot.errors import BotError
from bot.events import Click, ModalOf
from bot.forms import fields_of
from bot.mailbox import Accepted
from bot.proposals import State
from bot.views import answer, modals
from bot.views.actions import ASKS, DECISIONS, PROPOSAL_REJECT, RUN_ANSWER, TURN_STOP, WITH_MODAL
from bot.views.view import Block, View

if TYPE_CHECKING:
    from bot.app import BotServices

log = structlog.get_logger()

NOT_TAKEN = (
    "I cannot take this now: my memory (Redis) does not answer. Nothing was changed; please press again in a minute."
)
FULL = "Too many messages wait in this thread already. Nothing was changed; please press again later."
NO_FORM = "Slack did not open the form: {reason} Nothing was changed. Press again, or type `/mlops {command}`."
LATE = "{proposal} can no longer be decided: {standing}."
WAITS_NO_MORE = "This run waits for no input any more; its card shows how it stands."
FOREIGN = "Only members of this workspace can use these buttons."


def register(app: App, services: "BotServices") -> None:
    """Listen to every action: an unknown one is still acknowledged."""
    app.action(re.compile(".*"))(partial(_pressed, services=services))


def _pressed(body: dict[str, Any], ack: Ack, *, services: "BotServices") -> None:
    if body["actions"][0].get("url"):
        ack()
        return
    click = events.click_from(body)
    ours = services.is_ours(click.actor)
    if not ours and click.action not in DECISIONS | ASKS:  # these are refused where it is written down who tried
        ack()
        _tell(click, FOREIGN, services)
        return
    if ours and click.action in WITH_MODAL:
        ack()
        if problem := _ask(click, str(body.get("trigger_id") or ""), services):
            _tell(click, problem, services)
        return
    try:
        verdict = _taken(click, services)
    except redis.RedisError as exc:
        log.warning("click_not_taken", reason=type(exc).__name__)
        ack()
        _tell(click, NOT_TAKEN, services)
        return
    ack()
    if verdict is Accepted.FULL:
        _tell(click, FULL, services)


def _tell(click: Click, text: str, services: "BotServices") -> None:
    """Tell who pressed, and nobody else, now; it is not said again where Slack does not take it."""
    try:
        services.gateway.respond(click.response_url, View(text=text))
    except BotError as exc:
        log.warning("press_not_answered", reason=type(exc).__name__)


def _taken(click: Click, services: "BotServices") -> Accepted:
    """Take a press in. That of `Stop` waits in no box: whoever is at the turn ends it, and tells the thread."""
    if click.action == TURN_STOP:
        services.stops.ask(click.thread, ts=click.at, by=click.actor.user)
        return Accepted.ACCEPTED
    return services.accept(click)


def _ask(click: Click, trigger: str, services: "BotServices") -> str:
    """Open the form that a decision needs; what is typed there comes in as a submission.

    Returns:
        Why there is no form, for the person; empty when there is one.
    """
    try:
        if click.action == RUN_ANSWER:
            return _ask_for_input(click, trigger, services)
        kept = services.proposals.load(click.value)
        if kept is None:  # no card of ours says so: that is told, and written down, where it would be decided
            return FULL if services.accept(click) is Accepted.FULL else ""
    except redis.RedisError as exc:
        log.warning("click_not_taken", reason=type(exc).__name__)
        return NOT_TAKEN
    proposal = kept.proposal
    if proposal.state is not State.PENDING:
        return LATE.format(proposal=proposal.id, standing=proposal.standing)
    about = ModalOf(proposal=proposal.id, channel=click.thread.channel, root=click.thread.root).model_dump_json()
    asked = modals.Asked(proposal.id, proposal.summary, about)
    if click.action == PROPOSAL_REJECT:
        view, command = modals.reject(asked), f"reject {proposal.id} REASON"
    else:
        view, command = modals.confirm(asked, proposal.terms.confirmation), f"approve {proposal.id} NAME"
    return _opened(trigger, view, services, command=command)


def _ask_for_input(click: Click, trigger: str, services: "BotServices") -> str:
    """Open the form that a paused run's input is given in."""
    ask = services.asks.load(click.value)
    if ask is None:
        return WAITS_NO_MORE
    about = ModalOf(proposal=ask.run, channel=click.thread.channel, root=click.thread.root).model_dump_json()
    form = answer.Form(run=ask.name, text=ask.about, fields=fields_of(ask.wanted), about=about)
    return _opened(trigger, answer.answer(form), services, command=f"resume {ask.name} name=value")


def _opened(trigger: str, view: Block, services: "BotServices", *, command: str) -> str:
    try:
        services.gateway.open_view(trigger=trigger, view=view)
    except BotError as exc:
        log.warning("form_not_opened", reason=type(exc).__name__)
        return NO_FORM.format(reason=exc, command=command)
    return ""
