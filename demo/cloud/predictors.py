"""Answers with the very models that were uploaded, each call in a process of its own that is told nothing else.

A model's files are somebody's program: MLflow loads them by running what they hold. So the process has no environment
of ours, a folder of its own for a home, and so much time.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from demo.cloud.buckets import Buckets
from demo.cloud.refusals import Refusal

SECONDS = 60.0
LONGEST = 300  # characters of what a model says about an instance that does not fit
_PROGRAM = """
import json, sys
import mlflow.pyfunc
import pandas
instances = json.load(sys.stdin)
model = mlflow.pyfunc.load_model(sys.argv[1])
found = model.predict(pandas.DataFrame(instances) if instances and isinstance(instances[0], dict) else instances)
rows = found.to_dict("records") if isinstance(found, pandas.DataFrame) else found
print("\\n" + json.dumps(rows.tolist() if hasattr(rows, "tolist") else list(rows)))
"""


class Predictors:
    """Knows where the files of models are."""

    def __init__(self, buckets: Buckets) -> None:
        """Read models from these buckets."""
        self._buckets = buckets

    def __call__(self, artifacts: str, instances: list[Any]) -> list[Any]:
        """What the model at an address in a bucket answers.

        Raises:
            Refusal: There is no model there, or it cannot answer for these instances.
        """
        with tempfile.TemporaryDirectory(prefix="model-") as home:
            folder = self._fetched(artifacts, Path(home) / "model")
            try:
                done = subprocess.run(  # noqa: S603 - our own interpreter; what it loads is why it is a process of its own
                    [sys.executable, "-c", _PROGRAM, str(folder)],
                    input=json.dumps(instances),
                    env={
                        "HOME": home,
                        "PATH": "/usr/bin:/bin",
                        "PYTHONIOENCODING": "utf-8",
                        "GIT_PYTHON_REFRESH": "quiet",
                    },
                    cwd=home,
                    capture_output=True,
                    text=True,
                    timeout=SECONDS,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise Refusal(504, f"The model did not answer within {SECONDS:.0f} s.") from None
        if done.returncode != 0:
            said = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
            raise Refusal(400, f"The model could not answer: {said[:LONGEST]}")
        answer: list[Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return answer

    def _fetched(self, artifacts: str, folder: Path) -> Path:
        bucket, _, prefix = artifacts.removeprefix("gs://").strip("/").partition("/")
        found = self._buckets.listing(bucket, prefix=f"{prefix}/").objects
        if not found:
            raise Refusal(400, f"There are no files under {artifacts}.")
        for each in found:
            file = folder / each.name.removeprefix(f"{prefix}/")
            if not file.resolve().is_relative_to(folder.resolve()):
                raise Refusal(
                    400, f"{hashlib.sha256(each.name.encode()).hexdigest()[:8]} is no name of a model's file."
                )
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(self._buckets.content(each))
        return folder
