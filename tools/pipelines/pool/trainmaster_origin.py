"""Lets MLflow runs be found from the Prefect run that made them, and back, with no change to a pipeline.

MLflow asks every run context provider for tags when a run starts. `trainmaster_pool-1.dist-info`, beside this file,
names this one, so it takes part wherever this folder is on `PYTHONPATH`. It needs nothing but the standard library:
MLflow calls a provider by its two methods, whatever its class.
"""

# ruff: noqa: INP001 - this folder goes onto a pool's PYTHONPATH as it is; it is no package

import os

_TAGS = {
    "trainmaster.flow_run_id": "PREFECT__FLOW_RUN_ID",
    "trainmaster.thread": "TRAINMASTER_THREAD",
    "trainmaster.actor": "TRAINMASTER_ACTOR",
    "trainmaster.digest": "TRAINMASTER_DIGEST",
    "trainmaster.pipeline": "TRAINMASTER_PIPELINE",
}


class PrefectRunOrigin:
    """Tags an MLflow run with the Prefect run that it is part of, and with where that was asked for."""

    def in_context(self) -> bool:
        """Whether this process is a Prefect run."""
        return bool(os.environ.get("PREFECT__FLOW_RUN_ID"))

    def tags(self) -> "dict[str, str]":
        """The tags, leaving out what is not known."""
        return {tag: os.environ[name] for tag, name in _TAGS.items() if os.environ.get(name)}
