"""A Prefect server on SQLite, and a worker that runs flows as processes."""

import sys
from collections.abc import Mapping
from pathlib import Path

from demo.services import probes
from demo.services.environment import child_environment
from demo.services.ports import HOST
from demo.services.service import Service

SERVER = "prefect"
WORKER = "prefect-worker"

#: Put on the work pool's PYTHONPATH, and nothing else of ours: the pull step.
POOL_MODULES = Path(__file__).resolve().parents[2] / "tools" / "pipelines" / "pool"

#: Nobody is told that this server runs, and no client starts a server of its own by accident.
QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
}


def api_url(port: int) -> str:
    """Where the API of a server on `port` is."""
    return f"http://{HOST}:{port}/api"


def server(state: Path, *, port: int, inherited: Mapping[str, str]) -> Service:
    """A Prefect server with its page on `port`; everything it keeps is in `state`."""
    home = state / "prefect"
    environment = {
        **child_environment(inherited, state=state, home=home),
        **QUIET,
        "PREFECT_HOME": str(home),
        "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / 'prefect.db'}",
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "page"),
        "PREFECT_SERVER_UI_API_URL": api_url(port),
    }
    command = (sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port))
    return Service(
        name=SERVER,
        command=command,
        folder=home,  # Prefect reads .env and pyproject.toml where it is started
        environment=environment,
        ready=probes.answers(f"{api_url(port)}/health"),
    )


def worker(
    state: Path,
    *,
    pool: str,
    prefect_url: str,
    mlflow_url: str,
    inherited: Mapping[str, str],
    needs: tuple[str, ...] = (SERVER,),
    query_seconds: float = 0.5,
) -> Service:
    """A worker of the process pool `pool`, which it creates when it is missing.

    Args:
        state: The state folder.
        pool: The work pool's name.
        prefect_url: The API of the Prefect server.
        mlflow_url: Where the flows report to.
        inherited: The environment of this process; only an allow-list of it is handed on.
        needs: The services that must be ready first.
        query_seconds: How often it asks for runs that are due, in seconds.

    Returns:
        The service. Its environment, which every flow inherits, holds no secret of ours.
    """
    home = state / "pool"
    environment = {
        **child_environment(inherited, state=state, home=home),
        **QUIET,
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": prefect_url,
        "PREFECT_WORKER_QUERY_SECONDS": str(query_seconds),
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",  # the shortest allowed; how a dead run is noticed
        "MLFLOW_TRACKING_URI": mlflow_url,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
        "GIT_PYTHON_REFRESH": "quiet",  # MLflow looks for git, and complains where there is none
        "MPLBACKEND": "agg",
        "PYTHONPATH": str(POOL_MODULES),
    }
    command = (sys.executable, "-m", "prefect", "worker", "start", "--pool", pool, "--type", "process")
    return Service(
        name=WORKER,
        command=(*command, "--name", f"{pool}-worker", "--install-policy", "never"),
        folder=home,
        environment=environment,
        ready=probes.polls(prefect_url, pool, since=probes.now()),
        needs=needs,
    )
