"""Writing into MLflow who approved the move of an alias, so that it is found there, too."""

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
    moved = {name: str(proposal.arguments.get(name, "")) for name in ("model", "version", "alias")}
    if proposal.state is not State.APPLIED or not all(moved.values()):
        return True
    try:
        with deadline.within(NOTE_SECONDS):
            records.note_approval(
                services.backends.mlflow,
                model=moved["model"],
                version=moved["version"],
                alias=moved["alias"],
                approvers=proposal.approvers,
                proposal=proposal.id,
                permalink=_link(services, proposal),
            )
    except ToolError as exc:
        log.warning("approval_not_noted", proposal=proposal.id, reason=str(exc))
        return not isinstance(exc, Unavailable) or services.clock() - proposal.ended >= PATIENCE_SECONDS
    return True


def _link(services: Services, proposal: Proposal) -> str:
    """Where the approval can be read; the thread's reference when Slack does not tell."""
    card = services.outbox.ts_of(f"proposal:{proposal.id}:card") or proposal.thread.root
    try:
        return services.gateway.permalink(channel=proposal.thread.channel, ts=card)
    except BotError as exc:
        log.warning("approval_not_linked", proposal=proposal.id, reason=str(exc))
        return proposal.thread.ref
