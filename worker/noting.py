"""Writing into MLflow who approved the move of an alias, or a deployment, so that it is found there, too."""

from datetime import UTC, datetime

import structlog

from bot.errors import BotError
from bot.proposals import Proposal, State
from tools import deadline
from tools.errors import ToolError, Unavailable
from tools.mlflow import records
from worker.services import Services

log = structlog.get_logger()

NOTE_SECONDS = 15.0
#: How long it is tried again while MLflow does not answer.
PATIENCE_SECONDS = 900.0


def note(services: Services, proposal: Proposal) -> bool:
    """Note the approval on the model version that it was for; may be repeated, and is worth no failure.

    Returns:
        Whether there is nothing left to note: it is worth another try while MLflow does not answer, for some minutes.
    """
    given = {name: str(proposal.arguments.get(name, "")) for name in ("model", "version", "alias", "endpoint")}
    if proposal.state is not State.APPLIED:
        return True
    if not (given["model"] and given["version"] and (given["alias"] or given["endpoint"])):
        return True
    try:
        with deadline.within(NOTE_SECONDS):
            if given["alias"]:
                records.note_approval(
                    services.backends.mlflow,
                    model=given["model"],
                    version=given["version"],
                    alias=given["alias"],
                    approvers=proposal.approvers,
                    proposal=proposal.id,
                    permalink=card_link(services, proposal) or proposal.thread.ref,
                )
            else:
                _note_deployment(services, proposal, given)
    except ToolError as exc:
        log.warning("approval_not_noted", proposal=proposal.id, reason=str(exc))
        return not isinstance(exc, Unavailable) or services.clock() - proposal.ended >= PATIENCE_SECONDS
    return True


def _note_deployment(services: Services, proposal: Proposal, given: dict[str, str]) -> None:
    told = records.Record(
        requester=proposal.requester,
        approvers=", ".join(proposal.approvers),
        proposal=proposal.id,
        link=card_link(services, proposal) or proposal.thread.ref,
        at=datetime.fromtimestamp(services.clock(), UTC).isoformat(timespec="seconds"),
    )
    mlflow, endpoint = services.backends.mlflow, given["endpoint"]
    records.note_deployment(mlflow, model=given["model"], version=given["version"], endpoint=endpoint, told=told)


def card_link(services: Services, proposal: Proposal) -> str:
    """Where a proposal's card can be read, or the message that asked for it; empty when Slack does not tell."""
    card = services.outbox.ts_of(f"proposal:{proposal.id}:card") or proposal.thread.root
    try:
        return services.gateway.permalink(channel=proposal.thread.channel, ts=card)
    except BotError as exc:
        log.warning("approval_not_linked", proposal=proposal.id, reason=str(exc))
        return ""
