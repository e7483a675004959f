"""A process of the pool: Python with our folder on its path and nothing else of ours."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import tools.pipelines

POOL_FOLDER = Path(tools.pipelines.__file__).parent / "pool"

_PULL = """
import json, pathlib, sys
from trainmaster_pull import PullRefused, pull
try:
    folder = pathlib.Path(pull(*sys.argv[1:])["directory"])
except PullRefused as exc:
    print(json.dumps({"refused": str(exc)}))
else:
    print(json.dumps({"folder": str(folder), "files": {file.name: file.read_text() for file in folder.iterdir()}}))
"""


def pulled(
    uri: str, sha256: str, filename: str, *, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> dict[str, object]:
    """What the pull step answers in a process that has the standard library and no secret."""
    with tempfile.TemporaryDirectory() as own:
        done = _run((uri, sha256, filename), environment or {}, folder or Path(own))
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def _run(arguments: tuple[str, ...], environment: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-S", "-c", _PULL, *arguments],
        env={"PYTHONPATH": str(POOL_FOLDER), "PATH": os.environ["PATH"], **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
