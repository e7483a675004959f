"""Modals that were filled in: checked, taken in, and only then closed."""

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import redis
import structlog
from slack_bolt import Ack, App

from bot import events
from bot.events import Submission
from bot.forms import entered
from bot.listeners.actions import LATE, WAITS_NO_MORE
from bot.mailbox import Accepted
from bot.proposal_store import GONE
from bot.proposals import State
from bot.views.actions import PROPOSAL_CONFIRM, PROPOSAL_REJECT, RUN_ANSWER, WITH_MODAL
from bot.views.modals import FIELD

if TYPE_CHECKING:
    from bot.app import BotServices

log = structlog.get_logger()

NOT_TAKEN = "I cannot take this now: my memory (Redis) does not answer. Nothing was changed; please try again soon."
FULL = "Too many decisions wait at this proposal already. Nothing was changed; please try again later."
FULL_THREAD = "Too many messages wait in this thread already. Nothing was changed; please try again later."
FOREIGN_ANSWER = "Only members of this workspace can answer."
EMPTY = "Please say why: who asked for it is told."


def register(app: App, services: "BotServices") -> None:
    """Listen to every modal; what comes of one that is not ours is acknowledged."""
    app.view(re.compile(".*"))(partial(_submitted, services=services))
    app.view_closed(re.compile(".*"))(_closed)


def _submitted(body: dict[str, Any], ack: Ack, *, services: "BotServices") -> None:
    callback = str(body["view"]["callback_id"])
    if callback not in WITH_MODAL:
        log.warning("form_ignored", callback=callback)
        ack()
        return
    if callback == RUN_ANSWER:
        _answered(body, ack, services)
        return
    try:
        problem = _problem(body, services)
    except redis.RedisError as exc:
        log.warning("submission_not_taken", reason=type(exc).__name__)
        problem = NOT_TAKEN
    if problem:
        ack(response_action="errors", errors={FIELD: services.gateway.hidden(problem)})
    else:
        ack()


def _answered(body: dict[str, Any], ack: Ack, services: "BotServices") -> None:
    """A run's input: checked against what it asks for, field by field, before the form closes."""
    state: dict[str, Any] = body["view"]["state"]["values"]
    first = next(iter(state), FIELD)
    try:
        problems = _wrong_input(body, services, first)
    except redis.RedisError as exc:
        log.warning("submission_not_taken", reason=type(exc).__name__)
        problems = {first: NOT_TAKEN}
    if problems:
        told = {field: services.gateway.hidden(problem) for field, problem in problems.items()}
        ack(response_action="errors", errors=told)
    else:
        ack()


def _wrong_input(body: dict[str, Any], services: "BotServices", first: str) -> dict[str, str]:
    """What is wrong with each field, what concerns the whole form under the first; none once it is taken in."""
    said = events.submission_from(body)
    if not services.is_ours(said.actor):
        return {first: FOREIGN_ANSWER}
    ask = services.asks.load(said.value)
    if ask is None:
        return {first: WAITS_NO_MORE}
    values, problems = entered(body["view"]["state"]["values"], ask.wanted)
    if problems:
        return problems
    taken = services.accept(said.model_copy(update={"text": json.dumps(values)}))
    return {first: FULL_THREAD} if taken is Accepted.FULL else {}


def _problem(body: dict[str, Any], services: "BotServices") -> str:
    """What is wrong with a submission; empty once it is taken in."""
    try:
        said = events.submission_from(body)
    except ValueError:
        return GONE
    return _said_wrong(said, services) or (FULL if services.accept(said) is Accepted.FULL else "")


def _said_wrong(said: Submission, services: "BotServices") -> str:
    kept = services.proposals.load(said.value)
    if kept is None or not services.is_ours(said.actor):
        return ""  # refused where it is written down who tried, as a press is
    proposal = kept.proposal
    if proposal.state is not State.PENDING:
        return LATE.format(proposal=proposal.id, standing=proposal.standing)
    if said.action == PROPOSAL_CONFIRM and not proposal.terms.confirmed_by(said.text):
        return f"That is not it. Please type exactly: {proposal.terms.confirmation}"
    if said.action == PROPOSAL_REJECT and not said.text.strip():
        return EMPTY
    return ""


def _closed(ack: Ack) -> None:
    ack()
