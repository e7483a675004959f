"""An MLflow server on SQLite and a folder."""

import sys
from collections.abc import Mapping
from pathlib import Path

from demo.services import probes
from demo.services.environment import child_environment
from demo.services.ports import HOST
from demo.services.service import Service

SERVER = "mlflow"


def url(port: int) -> str:
    """Where a server on `port` is."""
    return f"http://{HOST}:{port}"


def server(state: Path, *, port: int, inherited: Mapping[str, str]) -> Service:
    """An MLflow server on `port`: tracking, registry, and artifacts through the server itself.

    One worker and no job runner: 0.5 GB and 2 processes instead of 2.7 GB and 14.
    """
    home = state / "mlflow"
    environment = {
        **child_environment(inherited, state=state, home=home),
        "DO_NOT_TRACK": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    command = (
        *(sys.executable, "-m", "mlflow", "server", "--host", HOST, "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{home / 'mlflow.db'}"),
        *("--artifacts-destination", str(home / "artifacts"), "--serve-artifacts"),
        *("--allowed-hosts", "localhost:*,127.0.0.1:*"),
    )
    return Service(
        name=SERVER,
        command=command,
        folder=home,
        environment=environment,
        ready=probes.answers(f"{url(port)}/health"),
    )
