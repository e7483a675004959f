"""The composition root: the only module that builds concrete clients, once in each process, after the fork."""

import os
import time
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import cast

import redis
import structlog
from pydantic import SecretStr
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from bot.access import Policy
from bot.audit import Action
from bot.audit_log import AuditLog
from bot.budgets import Budgets
from bot.conversations import RedisConversations
from bot.courier import Courier
from bot.directory import SlackDirectory
from bot.hiding import hiding
from bot.mailbox import Mailbox
from bot.outbox import Outbox, hash_of
from bot.policy_file import check_permissions
from bot.policy_store import PolicyStore, load_policy
from bot.presence import Presence
from bot.queue import Jobs
from bot.settings import Settings, keyring
from bot.slack import SlackGateway
from bot.snapshot import Snapshot, ToolFacts
from bot.spending import Spending
from bot.stops import Stops
from tools.breaker import Heard, unheard
from tools.catalogue import CATALOGUE
from tools.google import environment as googles
from tools.google.client import NoStorage, StorageBackend
from tools.google.place import Identity, Place
from tools.google.serving import NoVertex, VertexBackend
from tools.google.sources import BucketStore
from tools.google.storage import StorageServer
from tools.google.vertex import VertexServer
from tools.mlflow.environment import exported
from tools.mlflow.server import MlflowServer
from tools.pipelines.store import FolderStore, SourceStore
from tools.prefect.server import PrefectServer
from tools.spec import Backends
from worker.agent.limits import Limits
from worker.agent.loop import Loop
from worker.agent.model import thinker
from worker.auditing import Auditor
from worker.commands import all_commands
from worker.desk import Desk
from worker.governance import govern
from worker.plans import PlanStore
from worker.resting import Resting
from worker.services import Services

log = structlog.get_logger()

REDIS_SECONDS = 5.0

_built: list[Services] = []  # of this process; RQ calls jobs by name, so that they must find their services here


def export_environment(settings: Settings) -> None:
    """Set what SDKs take from the environment alone. The one place that does; `.env` never reaches them otherwise."""
    os.environ.update(
        exported(
            username=settings.mlflow_tracking_username or "",
            password=_secret(settings.mlflow_tracking_password),
            token=_secret(settings.mlflow_tracking_token),
        )
    )
    os.environ.update(googles.exported())
    os.environ["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] = "false"  # a missing server must not start one of its own
    os.environ["PREFECT_API_URL"] = settings.prefect_api_url


def connect(url: str, *, text: bool, blocking: bool = False) -> "redis.Redis":
    """A Redis connection for a long-lived process. Every script of ours may be repeated safely.

    Args:
        url: Where Redis is.
        text: Whether answers are text; RQ wants bytes.
        blocking: For commands that wait: no read timeout.
    """
    return redis.Redis.from_url(
        url,
        decode_responses=text,
        socket_timeout=None if blocking else REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        socket_keepalive=True,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 3),
    )


def build(settings: Settings, *, draining: Event) -> Services:
    """Every client of this process, connected lazily but for Slack, which is asked who we are.

    Raises:
        bot.errors.SlackRefused: Slack does not know the token.
        bot.errors.SlackUnavailable: Slack does not answer.
        bot.policy_faults.BadPolicy: The policy makes no sense.
        redis.RedisError: Redis is away, so that no policy can be put in force.
    """
    hide = hiding(settings)
    gateway = SlackGateway(token=settings.slack_bot_token.get_secret_value(), api_url=settings.slack_api_url, hide=hide)
    team, _ = gateway.identity()
    connection = connect(settings.redis_url, text=True)
    limits = Budgets(connection, team=team)
    gateway.keep_to(limits)
    desk = Desk()
    backends = replace(backends_of(settings, heard=Resting(connection, clock=time.time).heard), desk=desk)
    outbox = Outbox(connection, team=team, hide=hide)
    governance = govern(
        connection,
        outbox=outbox,
        directory=SlackDirectory(gateway, connection, team=team),
        log=audit_log(settings, connection, team=team),
        backends=backends,
        clock=time.time,
    )
    governance.auditor.log.introduce_key()
    put_in_force(settings, governance.policies, governance.auditor)
    built = Services(
        settings=settings,
        team=team,
        connection=connection,
        mailbox=Mailbox(connection, kept=governance.policies.retention),
        jobs=Jobs(connect(settings.redis_url, text=False)),
        outbox=outbox,
        courier=Courier(connection, gateway, limits, team=team),
        gateway=gateway,
        presence=Presence(gateway, connection, team=team),
        conversations=RedisConversations(connection, kept=governance.policies.retention),
        stops=Stops(connection),
        spending=Spending(connection, team=team),
        hide=hide,
        plans=PlanStore(connection, team=team, kept=governance.policies.retention),
        proposals=governance.proposals,
        policies=governance.policies,
        directory=governance.directory,
        freezer=governance.freezer,
        auditor=governance.auditor,
        backends=backends,
        catalogue=CATALOGUE,
        guard=governance.guard,
        loop=Loop(
            thinker=thinker(settings),
            tools=CATALOGUE,
            limits=Limits(),
            clock=time.monotonic,
            stopping=draining.is_set,
        ),
        clock=time.time,
        draining=draining,
    )
    desk.attach(built)
    return built


def put_in_force(settings: Settings, policies: PolicyStore, auditor: Auditor) -> None:
    """Read the policy and have everybody decide by it; that it changes is written down before, so that it never is not.

    Raises:
        bot.policy_faults.BadPolicy: It makes no sense; the one in force stays.
        redis.RedisError: Redis is away.
    """

    def changing(policy: Policy, replaced: str) -> None:
        auditor.event(
            Action.POLICY_CHANGED,
            actor="",
            subject=policy.source,
            details={"policy": policy.digest},
            once=f"policy:{policy.digest[:32]}:{replaced}",
        )

    policy, _ = load_policy(settings, policies, changing=changing)
    for fault in check_permissions(policy, known_permissions()):
        log.warning("policy_names_no_permission", fault=fault)


def audit_log(settings: Settings, connection: "redis.Redis", *, team: str) -> AuditLog:
    """The audit chain, as the settings say how it is kept."""
    anchors = Path(settings.audit_anchors).expanduser()
    return AuditLog(connection, team=team, keys=keyring(settings.audit_key), anchors=anchors, clock=time.time)


def backends_of(settings: Settings, *, heard: Heard = unheard) -> Backends:
    """The systems that tools work on; nothing is called yet.

    Args:
        settings: Where they are.
        heard: Hears which of them is left alone.
    """
    prefect = PrefectServer(
        settings.prefect_api_url,
        work_pool=settings.prefect_work_pool,
        api_key=_secret(settings.prefect_api_key),
        auth_string=_secret(settings.prefect_api_auth_string),
    )
    mlflow = MlflowServer(settings.mlflow_tracking_uri)
    prefect.breaker.hear(heard)
    mlflow.breaker.hear(heard)
    storage = storage_of(settings, heard=heard)
    return Backends(
        prefect=prefect,
        mlflow=mlflow,
        sources=sources_of(settings, storage),
        storage=storage,
        vertex=vertex_of(settings, heard=heard),
    )


def storage_of(settings: Settings, *, heard: Heard = unheard) -> StorageBackend:
    """Cloud Storage of the project, if there is one."""
    if not settings.google_cloud_project:
        return cast("StorageBackend", NoStorage())
    made = StorageServer(place_of(settings), Identity(), default_bucket=settings.gcs_bucket or "")
    made.breaker.hear(heard)
    return made


def vertex_of(settings: Settings, *, heard: Heard = unheard) -> VertexBackend:
    """Vertex AI in the project's region, if there is a project."""
    if not settings.google_cloud_project:
        return cast("VertexBackend", NoVertex())
    made = VertexServer(place_of(settings), Identity())
    made.breaker.hear(heard)
    return made


def sources_of(settings: Settings, storage: StorageBackend) -> SourceStore:
    """Where the sources of pipelines are kept."""
    if settings.pipeline_store.startswith("gs://"):
        return BucketStore(storage, settings.pipeline_store)
    return FolderStore(settings.pipeline_folder)


def place_of(settings: Settings) -> Place:
    """Where in Google Cloud we work."""
    return Place(
        project=settings.google_cloud_project or "",
        location=settings.google_cloud_location,
        storage_url=settings.storage_emulator_host or "",
        vertex_url=settings.vertex_api_endpoint or "",
    )


def known_permissions() -> frozenset[str]:
    """Every permission that some tool asks for."""
    return frozenset(tool.permission for tool in CATALOGUE)


def snapshot() -> Snapshot:
    """What the bot must know of the tools."""
    commands = all_commands(CATALOGUE)
    facts = tuple(ToolFacts(name=tool.name, permission=tool.permission, effect=str(tool.effect)) for tool in CATALOGUE)
    return Snapshot(version=hash_of(repr((commands, facts))), commands=commands, tools=facts)


def install(built: Services) -> None:
    """Make these the services of this process."""
    _built[:] = [built]


def services() -> Services:
    """The services of this process.

    Raises:
        RuntimeError: None were installed.
    """
    if not _built:
        raise RuntimeError("no services were installed in this process")
    return _built[0]


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
