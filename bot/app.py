"""The Bolt app: what comes from Slack is accepted durably, then acknowledged.

Why `process_before_response`: without it Bolt acknowledges an event before the listener runs, so that a Redis outage
would lose the message with a 200. With it a listener that raises answers 500 (or no envelope ack), and Slack sends
again.
"""

from dataclasses import dataclass
from typing import Any

import redis
import structlog
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient

from bot.asks import AskStore
from bot.errors import NoPolicy
from bot.events import Actor, AnyItem, Dropped, Turn
from bot.listeners import actions, commands, home, messages, modals, stops
from bot.mailbox import Accepted, Mailbox, box_of
from bot.outbox import Address, Outbox
from bot.policy_store import PolicyStore
from bot.presence import Presence
from bot.proposal_store import ProposalStore
from bot.queue import Jobs
from bot.settings import Settings
from bot.slack import SlackGateway
from bot.stops import Stops
from bot.talk import Talk
from bot.trust import authorities
from bot.views.queued import Queued, queued
from bot.views.view import View

log = structlog.get_logger()

FULL = "I already have {waiting} messages waiting in this thread and took no more: please send this one again later."


@dataclass(frozen=True, slots=True)
class BotServices:
    """What listeners work with.

    Attributes:
        team: The workspace.
        bot_user: Our own user id.
        connection: Redis, for reading the catalogue snapshot.
        mailbox: Where accepted things go.
        jobs: Who is told to look there.
        outbox: For saying that a box is full.
        presence: The first sign of life.
        gateway: For opening modals, while their trigger lives.
        proposals: For checking what is typed into one.
        stops: Where people say that what is under way is to end.
        policies: Where it says in which channels a shared file gets an offer.
    """

    team: str
    bot_user: str
    connection: "redis.Redis"
    mailbox: Mailbox
    jobs: Jobs
    outbox: Outbox
    presence: Presence
    gateway: SlackGateway
    proposals: ProposalStore
    stops: Stops
    policies: PolicyStore

    @property
    def asks(self) -> AskStore:
        """What paused runs wait for."""
        return AskStore(self.connection, team=self.team)

    @property
    def talk(self) -> Talk:
        """Who speaks in the threads that we take part in."""
        return Talk(self.connection, kept=self.mailbox.retention)

    def accept(self, item: AnyItem, *, at: str = "") -> Accepted:
        """Take an item in and have it attended to.

        Args:
            item: What is to be done.
            at: When a message was turned to us, where that was after it was written.

        Raises:
            redis.RedisError: Redis is away and nothing was accepted.
        """
        verdict, waiting = self.mailbox.accept(item, at=at)
        log.info("accepted", kind=item.kind, id=item.id, verdict=str(verdict))
        if verdict is Accepted.FULL and isinstance(item, Turn):
            address = Address(team=self.team, channel=item.thread.channel, thread=item.thread.root)
            self.outbox.post(f"full:{item.id}", address, View(text=FULL.format(waiting=waiting)))
        if verdict is Accepted.ACCEPTED:
            if waiting == 1 or not isinstance(item, Turn):  # whoever works on the box asks for the next turn
                self._attend(item)
            if isinstance(item, Turn):
                self._show(item, ahead=waiting - 1)
        return verdict

    def is_ours(self, actor: Actor) -> bool:
        """Whether a person belongs to this workspace; others (Slack Connect) are not served."""
        return actor.team == self.team

    def offers_in(self, channel: str) -> bool:
        """Whether who shares a pipeline file in a channel without turning to us is asked if we shall look at it.

        Raises:
            redis.RedisError: Redis is away.
        """
        try:
            return self.policies.current().offers_in(channel)
        except NoPolicy:
            return False

    def _attend(self, item: AnyItem) -> None:
        try:
            self.jobs.attend(box_of(item), decision=not isinstance(item, Turn | Dropped))
        except redis.RedisError:
            log.warning("attend_not_queued", id=item.id)  # it lies in its box; the sweeper will find it

    def _show(self, turn: Turn, *, ahead: int) -> None:
        self.presence.noticed(turn.thread, turn.ts)
        if ahead:
            self.presence.waiting(turn.thread, turn.actor.user, queued(Queued(ahead=ahead)))


def create_app(settings: Settings, services: BotServices) -> App:
    """The app, with every listener registered and every other event acknowledged."""
    token = settings.slack_bot_token.get_secret_value()

    def authorize() -> AuthorizeResult:
        """Who we are, as was found out at the start: Bolt's own way asks Slack again, and drops what came meanwhile."""
        return AuthorizeResult(
            enterprise_id=None, team_id=services.team, bot_user_id=services.bot_user, bot_token=token
        )

    app = App(
        name="trainmaster",  # else Bolt reads the source of everything that it was called by, to name itself after it
        authorize=authorize,
        client=WebClient(
            token=token,
            base_url=settings.slack_api_url,
            timeout=10,
            ssl=authorities(),
            retry_handlers=[],
        ),
        signing_secret=settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else None,
        process_before_response=True,
        raise_error_for_unhandled_request=False,
        logger=None,
    )
    app.error(_refused)
    for surface in (messages, stops, actions, modals, commands, home):
        surface.register(app, services)
    return app


def _refused(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Nothing was accepted: answer 500, so that Slack sends it again."""
    log.error("not_accepted", error=type(error).__name__, kind=str(body.get("type", "")), exc_info=error)
    return BoltResponse(status=500)
