"""Trainmaster in one process: the real way of a turn on a real Valkey and a local Slack; Prefect and MLflow in memory.

People act through the local workspace; `settle` does what workers, sweeper and couriers would do until nothing is left.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import cast

import redis
from langchain_core.messages import AIMessage, BaseMessage

from bot import policy_file, snapshot
from bot import settings as configuration
from bot.app import BotServices, create_app
from bot.audit import AuditEvent, Keyring
from bot.audit_log import AuditLog
from bot.budgets import Budgets
from bot.conversations import RedisConversations
from bot.courier import Courier
from bot.directory import SlackDirectory
from bot.events import AnyItem
from bot.hiding import hiding
from bot.mailbox import READY, Mailbox
from bot.outbox import Outbox
from bot.presence import Presence
from bot.proposals import Proposal
from bot.queue import Jobs
from bot.serving import SocketDoor
from bot.slack import SlackGateway
from bot.spending import Spending
from bot.stops import Stops
from demo.workspace.model import Acknowledgement, Message
from demo.workspace.server import WorkspaceServer
from tests.fakes.mlflow import FakeMlflow
from tests.fakes.pace import Unpaced
from tests.fakes.prefect import FakePrefect
from tests.fakes.storage import FakeStorage
from tests.fakes.vertex import FakeVertex
from tests.fixtures.waiting import until
from tools.catalogue import CATALOGUE
from tools.pipelines.store import FolderStore
from tools.spec import Backends, Tool
from worker import wiring
from worker.agent.limits import UNCOUNTED, Attempts, Hear, Heed, Limits, nothing, unheard
from worker.agent.loop import Loop
from worker.agent.model import ChatThinker, Thinker
from worker.agent.offline import OfflineModel
from worker.attend import attend
from worker.desk import Desk
from worker.governance import govern
from worker.plans import PlanStore
from worker.proposal_desk import look_at
from worker.services import Services

TEAM = "T0LOCAL"
CHANNEL = "C0MLPIPE"


class ScriptedThinker:
    """A model that says what a test tells it to, in order.

    Attributes:
        asked: The messages of each call.
    """

    name = "scripted"

    def __init__(self, *replies: AIMessage | Exception) -> None:
        self._replies = list(replies)
        self.asked: list[list[BaseMessage]] = []

    def think(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[Tool],
        heed: Heed = nothing,
        hear: Hear = unheard,
        attempts: Attempts = UNCOUNTED,
    ) -> AIMessage:
        """The next reply; an exception is raised."""
        heed()
        self.asked.append(list(messages))
        reply = self._replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


def calls(name: str, **arguments: object) -> AIMessage:
    """A reply that calls one tool."""
    return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": f"call-{name}", "type": "tool_call"}])


class World:
    """Everything, wired; `close` when done.

    Args:
        slack: The workspace.
        connection: To Redis.
        redis_url: The same Redis.
        folder: Where sources are kept.
        worker: Another connection for the worker, which may be cut.
        settings: More settings than those that are needed.
    """

    def __init__(
        self,
        slack: WorkspaceServer,
        connection: "redis.Redis",
        redis_url: str,
        folder: Path,
        *,
        worker: "redis.Redis | None" = None,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        self.slack = slack
        self.pace = Budgets(connection, team=TEAM) if slack.limits.enabled else Unpaced(connection, team=TEAM)
        self.worker = worker or connection
        self.workspace = slack.workspace
        self.redis = connection
        self.prefect = FakePrefect()
        self.mlflow = FakeMlflow()
        self.vertex = FakeVertex()
        self.storage = FakeStorage("ml-data", "secrets", default_bucket="ml-data")
        self.settings = configuration.load(
            {
                "slack_bot_token": slack.bot_token,
                "slack_app_token": slack.app_token,
                "slack_api_url": slack.api_url,
                "redis_url": redis_url,
                "pipeline_store": str(folder),
                "gcs_bucket": "ml-data",
                **(settings or {}),
            }
        )
        self.later = 0.0
        self.draining = Event()
        self.pool = ThreadPoolExecutor(4)
        self.bytes = redis.Redis.from_url(redis_url)
        self.gateway = SlackGateway(token=slack.bot_token, api_url=slack.api_url, hide=hiding(self.settings))
        if slack.limits.enabled:
            self.gateway.keep_to(self.pace)
        self.services = self._services(ChatThinker("offline", OfflineModel()), folder)
        self._door = self._opened()

    def now(self) -> float:
        """Seconds since 1970, and as many more as a test has let pass."""
        return time.time() + self.later

    def think_with(self, thinker: Thinker) -> None:
        """Put another model behind the loop."""
        self.services.courier.stop()
        self.services = self._services(thinker, self.settings.pipeline_folder)

    def tells_time(self, clock: Callable[[], float]) -> None:
        """Measure what turns take by another clock."""
        self.services = replace(self.services, loop=replace(self.services.loop, clock=clock))

    def restart_worker(self) -> None:
        """A worker as it is after a crash: nothing in memory is kept, and the dead one's leases are over."""
        self.services.courier.stop()
        self.services = self._services(self.services.loop.thinker, self.settings.pipeline_folder)
        for lease in self.redis.scan_iter(f"tm:{TEAM}:lease:v1:*"):
            self.redis.hset(lease, "until", 0)

    def colleague(self, connection: "redis.Redis") -> Services:
        """Another worker beside the first, with a connection of its own; it delivers nothing."""
        made = self._services(self.services.loop.thinker, self.settings.pipeline_folder, connection)
        made.courier.stop()
        return made

    def decides_by(self, policy: str) -> None:
        """Put another policy in force."""
        self.services.policies.publish(policy, "policy.toml")

    @property
    def proposal(self) -> Proposal:
        """The newest proposal."""
        return self.services.proposals.recent(1)[0]

    def proposal_now(self, proposal_id: str) -> Proposal:
        """A proposal as it is now."""
        kept = self.services.proposals.load(proposal_id)
        assert kept is not None
        return kept.proposal

    def submits(self, user: str, values: dict[str, str]) -> Acknowledgement:
        """Fill in the modal that a person sees, and wait for what comes of it."""
        answer = self.workspace.submit(user, self.workspace.views_of(user)[-1], values).result(10)
        self.settle()
        return answer

    def receives(self, item: AnyItem) -> None:
        """Take in what Slack would have brought, and do what comes of it."""
        self.services.mailbox.accept(item)
        self.settle()

    def audited(self, **wanted: str) -> list[AuditEvent]:
        """What the audit log says, oldest first, of which these fields are so."""
        found = reversed(self.services.auditor.log.read(newest=10_000).entries)
        events = [entry.event for entry in found if entry.event is not None]
        return [event for event in events if all(getattr(event, name) == value for name, value in wanted.items())]

    def says(
        self, text: str, *, user: str = "alice", thread: str | None = None, files: Iterable[tuple[str, bytes]] = ()
    ) -> str:
        """Post as a person, and give Trainmaster time to take it in and answer.

        Returns:
            The `ts` of the thread's root.
        """
        message = self.posts(text, user=user, thread=thread, files=files)
        self.settle()
        return thread or message.ts

    def posts(
        self, text: str, *, user: str = "alice", thread: str | None = None, files: Iterable[tuple[str, bytes]] = ()
    ) -> Message:
        """Post as a person, and wait only until it was taken in."""
        message = self.workspace.post(user, "#ml-pipelines", text, thread, tuple(files))
        self.taken_in(message)
        return message

    def taken_in(self, message: Message) -> None:
        """Wait until a message lies in its box."""
        turn = f"{TEAM}-{CHANNEL}-{message.ts}"
        until(lambda: self.redis.exists(f"tm:{TEAM}:seen:v1:turn:{turn}"))

    def presses(self, message: Message, action: str, *, user: str = "alice") -> None:
        """Press a button, and wait for what comes of it."""
        assert self.workspace.click(user, message, action).result(10).ok
        self.settle()

    def commands(self, line: str, *, user: str = "alice") -> str:
        """Type a command; what the person alone is told, newest last."""
        before = len(self._private(user))
        answer = self.workspace.command(user, "#ml-pipelines", line).result(10)
        self.settle()
        told = [message.text for message in self._private(user)[before:]]
        return "\n".join([str(answer.body.get("text") or ""), *told]).strip()

    def replies(self, thread: str) -> list[Message]:
        """What we said in a thread, oldest first."""
        return [m for m in self.workspace.replies(CHANNEL, thread) if m.user == self.workspace.bot.id]

    def texts(self, thread: str) -> list[str]:
        """The same, as plain text with everything the blocks say."""
        return [words(message) for message in self.replies(thread)]

    def card(self, thread: str, action: str) -> Message:
        """The newest message in a thread that has this button or menu."""
        return next(m for m in reversed(self.replies(thread)) if action in buttons(m))

    def private(self, thread: str, *, user: str = "alice") -> list[str]:
        """What one person alone sees in a thread."""
        person = self.workspace.person(user)
        return [words(message) for message in self.workspace.ephemerals(person.id, CHANNEL, thread)]

    def settle(self, *, seconds: float = 30) -> None:
        """Let everything that was sent be taken in, done and delivered."""
        deadline = time.monotonic() + seconds
        while not self._quiet():
            assert time.monotonic() < deadline, "still busy"
            self.work()
            time.sleep(0.02)  # between two looks; what is waited for is quiet, within the deadline above

    def work(self) -> None:
        """Do once what lies in the boxes, as workers and the sweeper do."""
        for proposal in self.services.proposals.due():
            look_at(self.services, proposal)
        for box in cast("list[str]", self.redis.zrange(READY, 0, -1)):
            attend(self.services, box)

    def waits(self, seconds: float) -> None:
        """Let time pass, and have everything looked at that waits for approval."""
        self.later += seconds
        for proposal in self.services.proposals.open():
            look_at(self.services, proposal.id)
        self.settle()

    def close(self) -> None:
        """Let go of everything."""
        self.services.courier.stop()
        self._door.close()
        self.services.presence.close()
        self.pool.shutdown()
        self.bytes.close()

    def _quiet(self) -> bool:
        return self.slack.underway == 0 and not self.redis.zcard(READY) and not self.redis.zcard(f"tm:{TEAM}:due:v1")

    def _private(self, user: str) -> list[Message]:
        return list(self.workspace.ephemerals(self.workspace.person(user).id, CHANNEL))

    def _opened(self) -> SocketDoor:
        services = BotServices(
            team=TEAM,
            bot_user=self.workspace.bot.id,
            connection=self.redis,
            mailbox=self.services.mailbox,
            jobs=self.services.jobs,
            outbox=self.services.outbox,
            presence=self.services.presence,
            gateway=self.gateway,
            proposals=self.services.proposals,
            stops=self.services.stops,
            policies=self.services.policies,
        )
        door = SocketDoor(create_app(self.settings, services), self.slack.app_token)
        door.open()
        until(lambda: self.slack.connections == 1)
        return door

    def _services(self, thinker: Thinker, folder: Path, connection: "redis.Redis | None" = None) -> Services:
        mine = connection or self.worker
        desk = Desk()
        backends = Backends(
            prefect=self.prefect,
            mlflow=self.mlflow,
            sources=FolderStore(folder),
            desk=desk,
            storage=self.storage,
            vertex=self.vertex,
        )
        courier = Courier(self.redis, self.gateway, self.pace, team=TEAM)
        courier.start()
        hide = hiding(self.settings)
        outbox = Outbox(mine, team=TEAM, hide=hide)
        governance = govern(
            mine,
            outbox=outbox,
            directory=SlackDirectory(self.gateway, mine, team=TEAM, patience=3.0),
            log=AuditLog(mine, team=TEAM, keys=Keyring.of("a-test"), anchors=None, clock=self.now),
            backends=backends,
            clock=self.now,
            pool=self.pool,
        )
        if not self.redis.exists(f"tm:{TEAM}:policy:v1"):
            governance.policies.publish(policy_file.DEFAULT, policy_file.BUILT_IN)
        built = Services(
            settings=self.settings,
            team=TEAM,
            connection=mine,
            mailbox=Mailbox(mine, lease_seconds=2.0, kept=governance.policies.retention),
            jobs=Jobs(self.bytes),
            outbox=outbox,
            courier=courier,
            gateway=self.gateway,
            presence=Presence(self.gateway, self.redis, team=TEAM),
            conversations=RedisConversations(mine, kept=governance.policies.retention),
            stops=Stops(mine),
            spending=Spending(mine, team=TEAM),
            hide=hide,
            plans=PlanStore(mine, team=TEAM, kept=governance.policies.retention),
            proposals=governance.proposals,
            policies=governance.policies,
            directory=governance.directory,
            freezer=governance.freezer,
            auditor=governance.auditor,
            backends=backends,
            catalogue=CATALOGUE,
            guard=governance.guard,
            loop=Loop(
                thinker=thinker, tools=CATALOGUE, limits=Limits(), clock=time.monotonic, stopping=self.draining.is_set
            ),
            clock=self.now,
            draining=self.draining,
        )
        desk.attach(built)
        return built


def words(message: Message) -> str:
    """Everything a message says, its blocks included."""
    parts = [message.text]
    for block in message.blocks:
        text = block.get("text")
        if isinstance(text, dict):
            parts.append(str(text["text"]))
        parts += [
            str(element["text"]) for element in block.get("elements") or () if isinstance(element.get("text"), str)
        ]
    return "\n".join(parts)


def buttons(message: Message) -> list[str]:
    """The action ids of a message's buttons and menus."""
    rows = [block for block in message.blocks if block["type"] == "actions"]
    return [element["action_id"] for row in rows for element in row["elements"]]


def publish_catalogue(world: World) -> None:
    """What a worker publishes at its start, for the bot's help."""
    snapshot.publish(world.redis, wiring.snapshot())
