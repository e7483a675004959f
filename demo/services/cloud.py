"""The stand-in for Google Cloud as a part of the demo."""

import sys
from collections.abc import Mapping
from pathlib import Path

from demo.cloud.server import PROJECT
from demo.cloud.signatures import kept_key
from demo.services import probes
from demo.services.environment import child_environment
from demo.services.ports import HOST
from demo.services.service import Service

SERVER = "cloud"
BUCKET = "ml-data"
REGION = "us-central1"
CHECKOUT = Path(__file__).resolve().parents[2]


def url(port: int) -> str:
    """Where a server on `port` is."""
    return f"http://{HOST}:{port}"


def server(state: Path, *, port: int, inherited: Mapping[str, str]) -> Service:
    """Buckets and deployed models on `port`; what they hold survives."""
    return Service(
        name=SERVER,
        command=(sys.executable, "-m", "demo.cloud", str(_folder(state)), str(port), BUCKET),
        folder=CHECKOUT,
        environment=child_environment(inherited, state=state, home=state / "cloud-home"),
        ready=probes.answers(f"{url(port)}/healthz"),
    )


def environment(state: Path, *, port: int, inherited: Mapping[str, str]) -> dict[str, str]:
    """What tells Trainmaster that its Google Cloud is this one.

    Whoever reaches Gemini through Vertex AI keeps their own project and credentials for that; URLs are then signed with
    those, which the stand-in does not know.
    """
    settings = {
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "GOOGLE_CLOUD_LOCATION": REGION,
        "GCS_BUCKET": BUCKET,
        "STORAGE_EMULATOR_HOST": url(port),
        "VERTEX_API_ENDPOINT": url(port),
    }
    if not inherited.get("GOOGLE_GENAI_USE_VERTEXAI"):
        settings["GOOGLE_APPLICATION_CREDENTIALS"] = str(kept_key(_folder(state), project=PROJECT))
    return settings


def _folder(state: Path) -> Path:
    return state / "cloud"
