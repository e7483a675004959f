"""The whole product as a newcomer starts it: `python -m demo`, with a real Prefect and a real MLflow."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]  # ships no types
import pytest

ROOT = Path(__file__).parents[3]
READY_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo.

    Attributes:
        process: `python -m demo` itself.
        folder: Its state.
        workspace: The page's address.
        prefect: Prefect's address.
        mlflow: MLflow's address.
    """

    process: "subprocess.Popen[bytes]"
    folder: Path
    workspace: str
    prefect: str
    mlflow: str

    def log(self, name: str) -> str:
        """What one of its processes logged."""
        file = self.folder / "logs" / f"{name}.log"
        return file.read_text("utf-8") if file.exists() else ""

    def control(self) -> httpx.Client:
        """The workspace's control API: act as a person from another process."""
        return httpx.Client(base_url=f"{self.workspace}/control", timeout=30, trust_env=False)


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo, started once for these tests; nothing of it is left when they end."""
    folder = tmp_path_factory.mktemp("demo")
    printed = folder / "printed"
    command = [sys.executable, "-m", "demo", "--fresh", "--port", "0", "--state-dir", str(folder / "state")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "PREFECT_"))}
    with printed.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env=environment)
    try:
        yield _ready(process, folder / "state", printed)
    finally:
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.send_signal(signal.SIGINT)
        process.wait(60)
        _, alive = psutil.wait_procs(children, timeout=10)
        assert alive == [], "the demo left processes behind"


def _ready(process: "subprocess.Popen[bytes]", folder: Path, printed: Path) -> Demo:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        text = printed.read_text("utf-8")
        urls = dict(re.findall(r"^\s+(Workspace|Prefect|MLflow)\s+(http://\S+)", text, re.MULTILINE))
        if len(urls) == 3:
            return Demo(process, folder, urls["Workspace"], urls["Prefect"], urls["MLflow"])
        assert process.poll() is None, text
        assert time.monotonic() < deadline, text
        time.sleep(0.2)  # between two looks at what it has printed, within the deadline above
