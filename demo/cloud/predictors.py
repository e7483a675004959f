"""Answers with the very models that were uploaded, each in a process of its own that is told nothing else.

A model's files are somebody's program: MLflow loads them by running what they hold. So the process has no environment
of ours, a folder of its own for a home, and so much time. It is kept: loading takes longer than answering.
"""

import hashlib
import json
import selectors
import subprocess
import sys
import tempfile
import threading
import time
from collections import OrderedDict
from os import read
from pathlib import Path
from typing import Any

from demo.cloud.buckets import Buckets
from demo.cloud.refusals import Refusal

SECONDS = 60.0
MOST = 3  #: models that are kept loaded
LONGEST = 300  # characters of what a model says about an instance that does not fit
_PIECE = 65_536
_PROGRAM = """
import json, os, sys
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what a model prints is no answer
import mlflow.pyfunc
import pandas
model = mlflow.pyfunc.load_model(sys.argv[1])
print("loaded", file=answers, flush=True)
for line in sys.stdin:
    instances = json.loads(line)
    try:
        found = model.predict(pandas.DataFrame(instances) if isinstance(instances[0], dict) else instances)
        rows = found.to_dict("records") if isinstance(found, pandas.DataFrame) else found
        told = {"predictions": rows.tolist() if hasattr(rows, "tolist") else list(rows)}
    except Exception as error:
        told = {"error": str(error)}
    answers.write(json.dumps(told) + "\\n")
    answers.flush()
"""


class Loaded:
    """One model in its process."""

    def __init__(self, buckets: Buckets, artifacts: str) -> None:
        """Fetch the model's files and begin to load them.

        Raises:
            Refusal: There are none.
        """
        self._lock = threading.Lock()
        self._loaded = False
        self._home = tempfile.TemporaryDirectory(prefix="model-")
        folder = _fetched(buckets, artifacts, Path(self._home.name) / "model")
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter; what it loads is why it is a process of its own
            [sys.executable, "-c", _PROGRAM, str(folder)],
            env={"HOME": self._home.name, "PATH": "/usr/bin:/bin", "GIT_PYTHON_REFRESH": "quiet"},
            cwd=self._home.name,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    @property
    def alive(self) -> bool:
        """Whether its process is there."""
        return self._process.poll() is None

    @property
    def settled(self) -> bool:
        """Whether it is loaded, or never will be; false while it answers, which is after that."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            return not self.alive or self._is_loaded(within=0.0)
        finally:
            self._lock.release()

    def answer(self, instances: list[Any]) -> list[Any]:
        """What it answers.

        Raises:
            Refusal: It cannot, or not in time.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101 - both are pipes
        assert stdout is not None  # noqa: S101 - the same
        with self._lock:
            if not self._is_loaded(within=SECONDS):
                self.close()
                raise Refusal(400, "The model could not be loaded.")
            try:
                stdin.write(json.dumps(instances).encode() + b"\n")
                stdin.flush()
            except OSError:
                raise Refusal(400, "The model is gone.") from None
            line = _line(stdout.fileno(), within=SECONDS)
            if line is None:
                self.close()
                raise Refusal(400, "The model did not answer.")
        told = json.loads(line)
        if "error" in told:
            # Before its reason MLflow repeats the data and the whole schema.
            reason = told["error"].rpartition(" Error: ")[2]
            raise Refusal(400, f"The model could not answer: {reason[:LONGEST]}")
        answer: list[Any] = told["predictions"]
        return answer

    def _is_loaded(self, *, within: float) -> bool:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - it is a pipe
        self._loaded = self._loaded or _line(stdout.fileno(), within=within) is not None
        return self._loaded

    def close(self) -> None:
        """End its process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._home.cleanup()


class Predictors:
    """Knows where the files of models are."""

    def __init__(self, buckets: Buckets) -> None:
        """Read models from these buckets."""
        self._buckets = buckets
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, Loaded] = OrderedDict()

    def __call__(self, artifacts: str, instances: list[Any]) -> list[Any]:
        """What the model at an address in a bucket answers.

        Raises:
            Refusal: There is no model there, or it cannot answer for these instances.
        """
        return self.warm(artifacts).answer(instances)

    def warm(self, artifacts: str) -> Loaded:
        """Begin to load a model, unless it is loaded; the one that was asked longest ago makes room.

        Raises:
            Refusal: There are no files at the address.
        """
        with self._lock:
            known = self._loaded.pop(artifacts, None)
            if known is not None and not known.alive:
                known.close()
                known = None
            self._loaded[artifacts] = known or Loaded(self._buckets, artifacts)
            while len(self._loaded) > MOST:
                _, oldest = self._loaded.popitem(last=False)
                oldest.close()
            return self._loaded[artifacts]

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            while self._loaded:
                self._loaded.popitem()[1].close()


def _line(pipe: int, *, within: float) -> bytes | None:
    """The next line that comes in within so many seconds; None when none does."""
    until, found = time.monotonic() + within, bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while not found.endswith(b"\n"):
            if not selector.select(max(0.0, until - time.monotonic())):
                return None
            piece = read(pipe, _PIECE)
            if not piece:
                return None
            found += piece
    return bytes(found)


def _fetched(buckets: Buckets, artifacts: str, folder: Path) -> Path:
    bucket, _, prefix = artifacts.removeprefix("gs://").strip("/").partition("/")
    found = buckets.listing(bucket, prefix=f"{prefix}/").objects
    if not found:
        raise Refusal(400, f"There are no files under {artifacts}.")
    for each in found:
        file = folder / each.name.removeprefix(f"{prefix}/")
        if not file.resolve().is_relative_to(folder.resolve()):
            raise Refusal(400, f"{hashlib.sha256(each.name.encode()).hexdigest()[:8]} is no name of a model's file.")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(buckets.content(each))
    return folder
