"""Presses of our buttons and choices in our menus. Who may decide is checked where it is decided, not here."""

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import redis
import structlog
from slack_bolt import Ack, App, Respond

from bot import events
from bot.mailbox import Accepted

if TYPE_CHECKING:
    from bot.app import BotServices

log = structlog.get_logger()

NOT_TAKEN = (
    "I cannot take this now: my memory (Redis) does not answer. Nothing was changed; please press again in a minute."
)
FULL = "Too many messages wait in this thread already. Nothing was changed; please press again later."
FOREIGN = "Only members of this workspace can use these buttons."


def register(app: App, services: "BotServices") -> None:
    """Listen to every action: an unknown one is still acknowledged."""
    app.action(re.compile(".*"))(partial(_pressed, services=services))


def _pressed(body: dict[str, Any], ack: Ack, respond: Respond, *, services: "BotServices") -> None:
    if body["actions"][0].get("url"):
        ack()
        return
    click = events.click_from(body)
    if not services.is_ours(click.actor):
        ack()
        respond(text=FOREIGN, response_type="ephemeral", replace_original=False)
        return
    try:
        verdict = services.accept(click)
    except redis.RedisError as exc:
        log.warning("click_not_taken", reason=type(exc).__name__)
        ack()
        respond(text=NOT_TAKEN, response_type="ephemeral", replace_original=False)
        return
    ack()
    if verdict is Accepted.FULL:
        respond(text=FULL, response_type="ephemeral", replace_original=False)
