"""Plays that many intents share."""

from typing import Any

from worker.agent.offline.steps import Step

FOLLOWED = "I follow the run here: a card shows each task, and how it ended is told in this thread."


def relay(step: Step) -> str:
    """Call the intent's tool with whatever the wording holds, and tell its answer."""
    tool = step.tool()
    return step.call(tool, **values(step, tool_takes_pipeline=bool(tool.takes("pipeline")))).text


def values(step: Step, *, tool_takes_pipeline: bool) -> dict[str, Any]:
    """What the wording holds, by role."""
    slots = step.slots
    return {
        "pipeline": step.pipeline() if tool_takes_pipeline else None,
        "model": model_name(step),
        "version": slots.versions[0] if slots.versions else None,
        "versions": slots.versions or None,
        "alias": slots.alias or None,
        "endpoint": slots.environment or None,
        "traffic": slots.percent,
        "replicas": slots.replicas,
        "limit": slots.limit or None,
        "when": slots.when or None,
        "metric": slots.metric or None,
        "reason": slots.quoted or None,
        "run": slots.run or None,
    }


def model_name(step: Step) -> str | None:
    """The model's name as it was said; tools resolve it, since only they know which models exist."""
    return step.slots.names[0] if step.slots.names else None
