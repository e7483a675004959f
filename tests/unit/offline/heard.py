"""What the offline model hears in a message, as the wordings' files expect it."""

from functools import cache
from typing import Any

from worker.agent.offline.moods import Mood
from worker.agent.offline.names import nearest
from worker.agent.offline.parameters import fitted
from worker.agent.offline.understanding import Understanding, understand

PIPELINES = ("churn-prediction", "sentiment-analysis", "daily-ingest")
#: Parameters with their JSON types.
SCHEMAS: dict[str, dict[str, str]] = {
    "churn-prediction": {
        "n_estimators": "integer",
        "max_depth": "integer",
        "learning_rate": "number",
        "test_size": "number",
        "seed": "integer",
    },
    "sentiment-analysis": {"C": "number", "max_features": "integer", "ngram_max": "integer", "seed": "integer"},
    "daily-ingest": {},
}
#: Rows of the wordings' files that are one intent here.
SAME = {"run_with_parameters": "run_pipeline"}


@cache
def hear(text: str) -> Understanding:
    """What is understood while the pipelines are known."""
    return understand(text, names=PIPELINES)


def understood(text: str, intent: str) -> bool:
    """Whether a message is heard as this intent, and as an order where it is one."""
    wishes = hear(text).wishes
    names = [wish.intent.name for wish in wishes]
    if SAME.get(intent, intent) not in names:
        return False
    return all(wish.mood is Mood.TOLD for wish in wishes if wish.intent.changes)


def values(text: str) -> dict[str, Any]:
    """The values that are heard, by the names that the wordings' files use."""
    slots = hear(text).slots
    pipeline = nearest(slots.said, slots.names, PIPELINES).one
    schema = {"properties": {name: {"type": kind} for name, kind in SCHEMAS.get(pipeline, {}).items()}}
    return {
        "pipeline": pipeline,
        "parameters": fitted(slots.values, schema).values if slots.values else {},
        "limit": slots.limit,
        "metric": slots.metric,
        "model": slots.names[0] if slots.names else "",
        "version": slots.versions[0] if slots.versions else "",
        "alias": slots.alias,
        "environment": slots.environment,
        "percent": slots.percent,
        "replicas": slots.replicas,
        "when": slots.when,
    }


def may_change(text: str) -> bool:
    """Whether a message could lead to a change."""
    return any(wish.may_change for wish in hear(text).wishes)
