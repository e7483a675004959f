"""Trainmaster's own processes, started as the Procfile says and told where everything is."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from demo.services import mlflow, prefect, valkey
from demo.services.environment import child_environment
from demo.services.service import Service
from demo.services.state import kept_secret

CHECKOUT = Path(__file__).resolve().parents[2]
POOL = "trainmaster"
POLICY = CHECKOUT / "demo" / "policy.toml"  #: what Alice, Bob and Carol may do, unless the person chose another one

#: What the person who starts the demo may set for it; everything else is the demo's business.
PASSED_ON = (
    *("MODEL", "GOOGLE_API_KEY", "GEMINI_API_ENDPOINT", "GOOGLE_APPLICATION_CREDENTIALS"),
    *("GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("WORKERS", "MAX_FILE_BYTES", "POLICY_FILE", "LOG_LEVEL", "LOG_FORMAT"),
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the things are that Trainmaster works with.

    Attributes:
        slack_api: The Web API's base, ends in `/api/`.
        bot_token: The bot's token.
        app_token: The token for Socket Mode.
        redis: `REDIS_URL`.
        prefect: Prefect's API.
        mlflow: MLflow's tracking server.
        cloud: What tells where the stand-in for Google Cloud is.
    """

    slack_api: str
    bot_token: str
    app_token: str
    redis: str
    prefect: str
    mlflow: str
    cloud: Mapping[str, str] = field(default_factory=dict)


def environment(addresses: Addresses, *, state: Path, inherited: Mapping[str, str], model: str = "") -> dict[str, str]:
    """The environment of bot, worker and feed.

    Args:
        addresses: Where everything is.
        state: The state folder.
        inherited: The environment of this process, of which the names in `PASSED_ON` are kept.
        model: The model to use unless the person chose one; empty leaves the choice to the settings.
    """
    chosen = {"MODEL": model} if model else {}
    return {
        **child_environment(inherited, state=state, home=state / "client"),
        **prefect.QUIET,
        **({"HOME": inherited["HOME"]} if "HOME" in inherited else {}),  # the person's own Google credentials
        **chosen,
        "POLICY_FILE": str(POLICY),
        **addresses.cloud,
        **{name: inherited[name] for name in PASSED_ON if inherited.get(name)},
        "SLACK_API_URL": addresses.slack_api,
        "SLACK_BOT_TOKEN": addresses.bot_token,
        "SLACK_APP_TOKEN": addresses.app_token,
        "REDIS_URL": addresses.redis,
        "PREFECT_API_URL": addresses.prefect,
        "PREFECT_WORK_POOL": POOL,
        "PREFECT_HOME": str(state / "client" / "prefect"),  # no profile of the person's own
        "MLFLOW_TRACKING_URI": addresses.mlflow,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PIPELINE_STORE": str(state / "pipelines"),
        "AUDIT_KEY": kept_secret(state, "audit.key"),
        "AUDIT_ANCHORS": str(state / "audit-anchors.jsonl"),
    }


def processes(
    environment: Mapping[str, str], *, connected: Callable[[], bool], working: Callable[[], bool]
) -> list[Service]:
    """Bot, worker and feed.

    Args:
        environment: What they are told, see `environment`.
        connected: True once the bot can hear the workspace.
        working: True once a worker takes turns.
    """
    backends = (valkey.SERVER, prefect.SERVER, mlflow.SERVER)
    return [
        _process("bot", ("bot",), environment, ready=connected, needs=(valkey.SERVER,)),
        _process("worker", ("worker",), environment, ready=working, needs=backends),
        _process("feed", ("worker", "feed"), environment, ready=lambda: True, needs=backends),
    ]


def _process(
    name: str,
    arguments: tuple[str, ...],
    environment: Mapping[str, str],
    *,
    ready: Callable[[], bool],
    needs: tuple[str, ...],
) -> Service:
    return Service(
        name=name,
        command=(sys.executable, "-m", *arguments),
        folder=CHECKOUT,  # where the packages are, and the person's .env
        environment=environment,
        ready=ready,
        needs=needs,
        stop_within=20.0,  # a worker finishes or hands back what it holds
    )
