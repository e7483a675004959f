"""`python -m worker doctor`: is everything there that this configuration needs? One line each, with what to do."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

import redis

from bot import policy_file
from bot.errors import BotError
from bot.manifest import scopes as wanted_scopes
from bot.policy_faults import BadPolicy
from bot.settings import OFFLINE, Settings
from bot.slack import SlackGateway
from tools.errors import ToolError
from tools.google.client import ASKED_PERMISSIONS
from tools.spec import Backends
from worker import wiring
from worker.resting import Resting

LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: What.
        good: Whether it will do.
        detail: What was found.
        remedy: What to do; empty when it is good.
    """

    name: str
    good: bool
    detail: str
    remedy: str = ""


def run(settings: Settings) -> int:
    """Look at everything and print a line each.

    Returns:
        0 when all is well, else 1.
    """
    findings = list(examined(settings))
    for found in findings:
        remedy = f"\n    → {found.remedy}" if found.remedy else ""
        sys.stdout.write(f"{'✓' if found.good else '✗'} {found.name}: {found.detail}{remedy}\n")
    return 0 if all(found.good for found in findings) else 1


def examined(settings: Settings) -> Iterator[Finding]:
    """Every finding, in the order in which a turn meets what is looked at."""
    gateway = SlackGateway(token=settings.slack_bot_token.get_secret_value(), api_url=settings.slack_api_url)
    connection = wiring.connect(settings.redis_url, text=True)
    backends = wiring.backends_of(settings)
    yield _slack(gateway)
    yield _scopes(gateway)
    yield _way_in(settings, gateway)
    yield from _redis(connection)
    yield _audit_key(settings)
    yield from _prefect(settings, backends)
    yield _found("MLflow", lambda: _mlflow(settings, backends), "start it, or set MLFLOW_TRACKING_URI")
    if backends.storage.configured:
        yield _found("Cloud Storage", lambda: _storage(backends), "see docs/google.md for what it takes")
    if backends.vertex.configured:
        yield _found("Vertex AI", lambda: _vertex(settings, backends), "see docs/google.md for what it takes")
    yield from _left_alone(connection)
    yield _store(settings) if "://" not in settings.pipeline_store else _bucket_store(settings, backends)
    yield _policy(settings)
    yield _model(settings)


def _slack(gateway: SlackGateway) -> Finding:
    def ask() -> str:
        team, user = gateway.identity()
        return f"signed in to {team} as {user}"

    return _found("Slack token", ask, "copy the bot token (xoxb-…) of the installed app to SLACK_BOT_TOKEN")


def _scopes(gateway: SlackGateway) -> Finding:
    try:
        granted = gateway.scopes()
    except BotError as exc:
        return Finding("Slack scopes", good=False, detail=str(exc), remedy="see the line above")
    missing = sorted(set(wanted_scopes()) - granted)
    if granted and missing:
        remedy = "update the app with `python -m bot manifest` and reinstall it"
        return Finding("Slack scopes", good=False, detail=f"missing: {', '.join(missing)}", remedy=remedy)
    return Finding("Slack scopes", good=True, detail=f"{len(granted)} granted" if granted else "Slack did not say")


def _way_in(settings: Settings, gateway: SlackGateway) -> Finding:
    if settings.slack_app_token is None:
        return Finding("Slack events", good=True, detail=f"by signed HTTP on port {settings.port}")
    token = settings.slack_app_token.get_secret_value()

    def ask() -> str:
        gateway.open_socket(token)
        return "Socket Mode opens"

    return _found("Slack events", ask, "make an app-level token with connections:write and set SLACK_APP_TOKEN")


def _redis(connection: "redis.Redis") -> Iterator[Finding]:
    try:
        version = cast("dict[str, str]", connection.info("server")).get("redis_version", "unknown")
        appendonly = cast("dict[str, int]", connection.info("persistence")).get("aof_enabled", 0)
        policy = str(cast("dict[str, str]", connection.info("memory")).get("maxmemory_policy", "unknown"))
    except redis.RedisError as exc:
        remedy = "start Redis or Valkey, or set REDIS_URL"
        yield Finding("Redis", good=False, detail=f"no answer ({type(exc).__name__})", remedy=remedy)
        return
    yield Finding("Redis", good=True, detail=f"version {version}")
    yield Finding(
        "Redis persistence",
        good=bool(appendonly),
        detail="append-only file is on" if appendonly else "append-only file is off: a restart loses accepted turns",
        remedy="" if appendonly else "set `appendonly yes`",
    )
    yield Finding(
        "Redis eviction",
        good=policy == "noeviction",
        detail=policy,
        remedy=""
        if policy == "noeviction"
        else "set `maxmemory-policy noeviction`: other policies drop accepted turns",
    )
    yield _password(connection)  # of one that answers us: to be answered by nobody says nothing of who may


def _password(connection: "redis.Redis") -> Finding:
    """Whether somebody without our credentials could write approvals: a pipeline that runs near, for example."""
    keywords = connection.connection_pool.connection_kwargs
    stranger = redis.Redis(
        host=keywords.get("host", "localhost"),
        port=keywords.get("port", 6379),
        db=keywords.get("db", 0),
        ssl=issubclass(connection.connection_pool.connection_class, redis.SSLConnection),
        socket_timeout=LOOK_SECONDS,
        socket_connect_timeout=LOOK_SECONDS,
    )
    try:
        stranger.ping()
    except redis.AuthenticationError:
        return Finding("Redis access", good=True, detail="asks for a password")
    except redis.RedisError:
        return Finding("Redis access", good=True, detail="answers nobody who has no credentials")
    finally:
        stranger.close()
    remedy = "set `requirepass` or ACLs, and put the password into REDIS_URL"
    detail = "asks for no password: whoever reaches it, a pipeline too, could write turns and approvals"
    return Finding("Redis access", good=False, detail=detail, remedy=remedy)


def _audit_key(settings: Settings) -> Finding:
    if settings.audit_key is not None:
        return Finding("Audit log", good=True, detail="chained with AUDIT_KEY")
    detail = "AUDIT_KEY is not set: whoever can write to Redis could forge the log"
    return Finding("Audit log", good=False, detail=detail, remedy="set AUDIT_KEY, as `openssl rand -hex 32` makes one")


def _prefect(settings: Settings, backends: Backends) -> Iterator[Finding]:
    yield _found("Prefect", lambda: f"version {backends.prefect.ping().version}", "start it, or set PREFECT_API_URL")
    name = settings.prefect_work_pool

    def pool() -> str:
        found = backends.prefect.pool()
        if found is None:
            raise ToolError(f"there is no work pool `{name}`")
        if not found.online_workers:
            raise ToolError(f"work pool `{name}` has no worker online: runs will wait")
        return f"`{name}` ({found.type}), {found.online_workers} online"

    yield _found("Prefect work pool", pool, f"start a worker: `prefect worker start --pool {name}`")


def _mlflow(settings: Settings, backends: Backends) -> str:
    version = f"version {backends.mlflow.ping().version}"
    if settings.mlflow_tracking_username or settings.mlflow_tracking_token:
        return version
    return f"{version}, without credentials: a pipeline can move an alias by itself; that is noticed, not prevented"


def _storage(backends: Backends) -> str:
    storage = backends.storage
    if not storage.default_bucket:
        return f"project {storage.project}; GCS_BUCKET names no bucket"
    missing = set(ASKED_PERMISSIONS) - set(storage.permissions(storage.default_bucket))
    if missing:
        lacking = ", ".join(sorted(missing))
        raise ToolError(f"{storage.identity() or 'we'} may not do everything with {storage.default_bucket}: {lacking}")
    return f"bucket {storage.default_bucket} of {storage.project}, as {storage.identity() or 'nobody in particular'}"


def _vertex(settings: Settings, backends: Backends) -> str:
    return f"region {settings.google_cloud_location}, answered in {backends.vertex.ping().milliseconds} ms"


def _left_alone(connection: "redis.Redis") -> Iterator[Finding]:
    """The systems that a worker that runs now does not ask, since they have not answered."""
    try:
        found = Resting(connection, clock=time.time).read()
    except redis.RedisError:
        return  # the line about Redis says so
    for each in found:
        detail = f"left alone by {each.workers} of the workers since {each.since:%H:%M} UTC ({each.reason})"
        remedy = "see that it answers where the workers are; they ask it again by themselves, `/mlops status` at once"
        yield Finding(each.system, good=False, detail=detail, remedy=remedy)


def _store(settings: Settings) -> Finding:
    folder = settings.pipeline_folder
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    good = os.access(nearest, os.W_OK)
    remedy = "" if good else "make it writable, or set PIPELINE_STORE"
    return Finding("Pipeline store", good=good, detail=f"{folder}{'' if good else ' cannot be written'}", remedy=remedy)


def _bucket_store(settings: Settings, backends: Backends) -> Finding:
    def look() -> str:
        bucket = settings.pipeline_store.removeprefix("gs://").partition("/")[0]
        missing = {"storage.objects.list", "storage.objects.get", "storage.objects.create"}
        missing -= set(backends.storage.permissions(bucket))
        if missing:
            raise ToolError(f"we may not do this with {bucket}: {', '.join(sorted(missing))}")
        return settings.pipeline_store

    return _found("Pipeline store", look, "grant what docs/google.md names, or set PIPELINE_STORE")


def _policy(settings: Settings) -> Finding:
    remedy = "correct the file that POLICY_FILE names; docs/policy.md explains every key"
    try:
        text, source = policy_file.read(settings.policy_file)
        policy = policy_file.parse(text, team="", source=source)
    except BadPolicy as exc:
        return Finding("Access policy", good=False, detail=str(exc), remedy=remedy)
    if faults := policy_file.check_permissions(policy, wiring.known_permissions()):
        return Finding("Access policy", good=False, detail="\n".join(faults), remedy=remedy)
    return Finding("Access policy", good=True, detail=f"{source}: {len(policy.roles)} roles, {len(policy.rules)} rules")


def _model(settings: Settings) -> Finding:
    name = ", ".join(settings.model_names)
    if name == OFFLINE:
        return Finding("Model", good=True, detail="offline (rules; set GOOGLE_API_KEY for Gemini)")
    if settings.google_api_key is None and not settings.by_vertex:
        remedy = "set GOOGLE_API_KEY, or GOOGLE_GENAI_USE_VERTEXAI with GOOGLE_CLOUD_PROJECT, or MODEL=offline"
        return Finding("Model", good=False, detail=f"{name} has no credentials", remedy=remedy)
    way = f"Vertex AI, project {settings.google_cloud_project}" if settings.by_vertex else "the Gemini API"
    return Finding("Model", good=True, detail=f"{name} by {way}; offline when none of them answers")


def _found(name: str, ask: Callable[[], str], remedy: str) -> Finding:
    try:
        return Finding(name, good=True, detail=ask())
    except (BotError, ToolError) as exc:
        return Finding(name, good=False, detail=str(exc), remedy=remedy)
