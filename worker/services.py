"""What the use cases work with; built in worker/wiring.py alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Event
from urllib.parse import urlsplit

import redis

from bot.access import Directory, Policy
from bot.conversations import ConversationStore
from bot.courier import Courier
from bot.events import Actor, Click, Submission, Thread
from bot.freeze import Freezer
from bot.hiding import Hiding
from bot.mailbox import Fence, Mailbox
from bot.outbox import Address, Outbox
from bot.policy_store import PolicyStore
from bot.presence import Presence
from bot.proposal_store import ProposalStore
from bot.queue import Jobs
from bot.settings import Settings
from bot.slack import SlackGateway
from bot.spending import Spending
from bot.stops import Stops
from bot.talk import Talk
from tools.spec import Backends, Call, Origin, Tool
from worker.agent.guard import Guard
from worker.agent.limits import Draining
from worker.agent.loop import Loop
from worker.auditing import Auditor
from worker.plans import PlanStore

GOOGLES_CONSOLE = "console.cloud.google.com"


class NotYet(Exception):
    """What is to be done has to wait for something; it stays in its box, and a worker looks again soon."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that a turn, a click, a command or a run's news needs."""

    settings: Settings
    team: str
    connection: "redis.Redis"
    mailbox: Mailbox
    jobs: Jobs
    outbox: Outbox
    courier: Courier
    gateway: SlackGateway
    presence: Presence
    conversations: ConversationStore
    stops: Stops
    spending: Spending
    hide: Hiding
    plans: PlanStore
    proposals: ProposalStore
    policies: PolicyStore
    directory: Directory
    freezer: Freezer
    auditor: Auditor
    backends: Backends
    catalogue: tuple[Tool, ...]
    guard: Guard
    loop: Loop
    clock: Callable[[], float]
    draining: Event

    def tool(self, name: str) -> Tool:
        """The tool of this name.

        Raises:
            KeyError: There is none.
        """
        return next(tool for tool in self.catalogue if tool.name == name) if self.has(name) else _missing(name)

    def has(self, name: str) -> bool:
        """Whether there is a tool of this name."""
        return any(tool.name == name for tool in self.catalogue)

    @property
    def talk(self) -> Talk:
        """Who speaks in the threads that we take part in."""
        return Talk(self.connection, kept=self.policies.retention)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Where links in answers may lead: our Prefect, MLflow and Google Cloud, and messages of this workspace."""
        own = (self.settings.prefect_api_url, self.settings.mlflow_tracking_uri)
        pages = [urlsplit(url).netloc for url in own]
        if self.settings.google_cloud_project:
            pages.append(GOOGLES_CONSOLE)
        return (*pages, *([self.gateway.host] if self.gateway.host else ()))

    def policy(self) -> Policy:
        """The policy in force now, the same for all processes.

        Raises:
            redis.RedisError: Redis is away: nothing can be decided.
        """
        return self.policies.current()

    def pause(self, seconds: float) -> None:
        """Let so many seconds pass.

        Raises:
            Draining: This process stops meanwhile.
        """
        if self.draining.wait(seconds):
            raise Draining

    def now(self) -> datetime:
        """The time, with its zone."""
        return datetime.fromtimestamp(self.clock(), UTC)

    def address(self, thread: Thread) -> Address:
        """Where answers in a thread go."""
        return Address(team=thread.team, channel=thread.channel, thread=thread.root)

    def alone(self, click: Click | Submission) -> Address:
        """Where the person who pressed a button, or filled in a modal, is told something, and nobody else.

        What one person alone sees has no thread in which something could be told: its own answer's address is used.
        """
        if isinstance(click, Click) and click.alone:
            thread = click.thread
            return Address(team=thread.team, channel=thread.channel, response_url=click.response_url)
        return replace(self.address(click.thread), user=click.actor.user)

    def call(self, key: str, *, channel: str, thread: Thread | None, actor: Actor) -> Call:
        """A tool call's context."""
        origin = Origin(thread=thread.ref if thread else "", channel=channel, actor=actor.user)
        return Call(key=key, origin=origin, now=self.now(), timezone=self.directory.timezone(actor.user))


@dataclass(frozen=True, slots=True)
class Work:
    """One item under its lease.

    Attributes:
        id: The item's id: names what is written for it.
        fence: What every lasting write must show.
        attempt: 1 for the first try.
    """

    id: str
    fence: Fence
    attempt: int


def _missing(name: str) -> Tool:
    raise KeyError(name)
