"""`/mlops …`: taken in, answered by a worker; help is answered at once."""

from functools import partial
from typing import TYPE_CHECKING, Any

import redis
import structlog
from slack_bolt import Ack, App

from bot import events, snapshot
from bot.mailbox import Accepted
from bot.views.help import Help, command_list

if TYPE_CHECKING:
    from bot.app import BotServices

log = structlog.get_logger()

COMMAND = "/mlops"
NOT_TAKEN = (
    "I cannot take this now: my memory (Redis) does not answer. Nothing was changed; please try again in a minute."
)
FULL = "I already have many commands of yours waiting: please try again when they are answered."
FOREIGN = "Only members of this workspace can use this command."
DECISIONS = ("approve", "reject", "withdraw")


def register(app: App, services: "BotServices") -> None:
    """Listen to `/mlops`. What another workspace would decide is refused where it is written down who tried."""
    app.command(COMMAND)(partial(_commanded, services=services))


def _commanded(body: dict[str, Any], ack: Ack, *, services: "BotServices") -> None:
    command = events.command_from(body)
    if not services.is_ours(command.actor) and command.text.lower().partition(" ")[0] not in DECISIONS:
        ack(text=FOREIGN)
        return
    try:
        asked, _, about = command.text.partition(" ")
        if asked.lower() in {"", "help"}:
            _help(ack, services, about)
            return
        verdict = services.accept(command)
    except redis.RedisError as exc:
        log.warning("command_not_taken", reason=type(exc).__name__)
        ack(text=NOT_TAKEN)
        return
    if verdict is Accepted.FULL:
        ack(text=FULL)
    else:
        ack()


def _help(ack: Ack, services: "BotServices", about: str) -> None:
    known = snapshot.read(services.connection)
    entries = tuple(line.entry for line in known.commands) if known else ()
    view = command_list(Help(entries, about=about))
    ack(text=view.text, blocks=view.blocks)
