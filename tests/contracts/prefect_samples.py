"""Pipelines and runs that the contract tests of Prefect share."""

from uuid import uuid4

from tests.contracts.prefect_worlds import PrefectWorld
from tools.prefect.client import Registration, RunRequest
from tools.prefect.results import FlowRun, Pipeline
from tools.spec import JSONDict

SCHEMA: JSONDict = {
    "title": "Parameters",
    "type": "object",
    "properties": {"max_depth": {"title": "max_depth", "type": "integer", "default": 5, "position": 0}},
    "required": [],
}
NOWHERE = "00000000-0000-4000-8000-000000000000"


def registration(name: str, digest: str = "a" * 64) -> Registration:
    return Registration(
        flow=name,
        function="churn",
        filename="churn.py",
        digest=digest,
        uri=f"file:///kept/{digest}/churn.py",
        parameter_schema=SCHEMA,
        description="Predicts who leaves.",
        tags=("registered-by:U0ALICE",),
    )


def registered(prefect: PrefectWorld, name: str) -> Pipeline:
    return prefect.backend.register(registration(name)).pipeline


def started(prefect: PrefectWorld, pipeline: Pipeline, *tags: str, depth: int = 3) -> FlowRun:
    return prefect.backend.start(
        RunRequest(pipeline_id=pipeline.id, key=uuid4().hex, parameters={"max_depth": depth}, tags=tags)
    )
