"""What stands behind the workspace, as anybody can look at it: MLflow's own REST API, and the audit log's command."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

CHECKOUT = Path(__file__).resolve().parents[2]
SECONDS = 60.0

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Behind:
    """The systems of a demo.

    Attributes:
        mlflow: MLflow's tracking server.
        environment: What Trainmaster's own processes are told.
    """

    mlflow: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    def version_at(self, model: str, alias: str) -> str:
        """The version of a model that an alias points to, as MLflow says; empty for none."""
        found = self._mlflow("registered-models/get", name=model)["registered_model"]
        pairs = {each["alias"]: each["version"] for each in found.get("aliases", ())}
        return str(pairs.get(alias, ""))

    def tags(self, model: str, version: str) -> dict[str, str]:
        """The tags of a model version, as MLflow says."""
        found = self._mlflow("model-versions/get", name=model, version=version)["model_version"]
        return {each["key"]: each["value"] for each in found.get("tags", ())}

    def traffic(self, endpoint: str) -> dict[str, int]:
        """The traffic of an endpoint by the names of the models on it, as Vertex AI says; empty where there is none."""
        home = (
            f"projects/{self.environment['GOOGLE_CLOUD_PROJECT']}/locations/{self.environment['GOOGLE_CLOUD_LOCATION']}"
        )
        answer = httpx.get(
            f"{self.environment['VERTEX_API_ENDPOINT']}/v1/{home}/endpoints", timeout=SECONDS, trust_env=False
        )
        answer.raise_for_status()
        found = next((each for each in answer.json()["endpoints"] if each["displayName"] == endpoint), None)
        names = {each["id"]: each["displayName"] for each in found["deployedModels"]} if found else {}
        return {names[number]: int(share) for number, share in found["trafficSplit"].items()} if found else {}

    def audit(self, *arguments: str) -> tuple[int, str]:
        """`python -m bot audit …` as a process of its own: its exit code and what it printed."""
        done = subprocess.run(  # noqa: S603 - our own command, with words of ours
            (sys.executable, "-m", "bot", "audit", *arguments),
            cwd=CHECKOUT,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def recorded(self, action: str) -> list[str]:
        """What the audit log says this was done to, once for each time it was done."""
        _, printed = self.audit("export")
        events = [json.loads(line)["event"] for line in printed.splitlines()]
        return [str(event["subject"]) for event in events if event["action"] == action]

    def _mlflow(self, path: str, **wanted: str) -> JSON:
        url = f"{self.mlflow}/api/2.0/mlflow/{path}"
        answer = httpx.get(url, params=wanted, timeout=SECONDS, trust_env=False).raise_for_status()
        found: JSON = answer.json()
        return found


NOTHING = Behind()
