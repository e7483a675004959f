"""Writing into MLflow who approved the move of an alias, so that it is found there, too."""

import structlog

from bot.errors import BotError
from bot.proposals import Proposal
from tools import deadline
from tools.errors import ToolError
from tools.mlflow import records
from worker.services import Services

log = structlog.get_logger()

NOTE_SECONDS = 15.0


def note(services: Services, proposal: Proposal) -> None:
    """Note the approval on the model version that it was for; may be repeated, and is worth no failure."""
    moved = {name: str(proposal.arguments.get(name, "")) for name in ("model", "version", "alias")}
    if not all(moved.values()):
        return
    card = services.outbox.ts_of(f"proposal:{proposal.id}:card") or proposal.thread.root
    try:
        with deadline.within(NOTE_SECONDS):
            records.note_approval(
                services.backends.mlflow,
                model=moved["model"],
                version=moved["version"],
                alias=moved["alias"],
                approvers=proposal.approvers,
                proposal=proposal.id,
                permalink=services.gateway.permalink(channel=proposal.thread.channel, ts=card),
            )
    except (ToolError, BotError) as exc:
        log.warning("approval_not_noted", proposal=proposal.id, reason=str(exc))
