"""Charts: how a metric went, runs or versions side by side, and what a classifier takes for what."""

import re
from dataclasses import replace

from worker.agent.offline import registered
from worker.agent.offline.intent import Intent
from worker.agent.offline.steps import JSON, Step
from worker.agent.offline.toolbox import BoundTool

#: A metric's own name, where it is written out: `test_log_loss`, `val/accuracy`.
_OWN_NAME = re.compile(r"\b[a-z][a-z0-9]*(?:[_/][a-z0-9]+)+\b", re.IGNORECASE)
_METRICS = re.compile(
    r"accuracy|acc|auc|f1|loss|precision|recall|rmse|mae|mse|r2|error|score|latency|brier", re.IGNORECASE
)


def _metrics(step: Step) -> tuple[str, ...]:
    """The metrics that are named, as they are written out or as people say them."""
    written = [name for name in _OWN_NAME.findall(step.dialogue.now.said) if _METRICS.search(name)]
    spoken = [step.slots.metric] if step.slots.metric and not written else []
    return tuple(dict.fromkeys([*written, *spoken]))


def _without(step: Step, metrics: tuple[str, ...]) -> Step:
    """The same wish, in which a metric's own name names nothing else."""
    own = {metric.lower() for metric in metrics}
    names, pointed = (
        tuple(name for name in given if name not in own) for given in (step.slots.names, step.slots.pointed)
    )
    return replace(step, slots=replace(step.slots, names=names, pointed=pointed))


def _runs(step: Step, tool: BoundTool) -> JSON:
    """Which runs are meant: the last so many, or one."""
    if step.slots.limit:
        return {"limit": step.slots.limit, "pipeline": step.pipeline() or None}
    where = step.run(tool)
    return {"runs": (where["run"],)} if "run" in where else where


def _history(step: Step) -> str:
    tool, metrics = step.tool(), _metrics(step)
    return step.call(tool, metrics=metrics, **_runs(_without(step, metrics), tool)).text


def _bars(step: Step) -> str:
    tool, metrics = step.tool(), _metrics(step)
    pipeline = _without(step, metrics).pipeline() or None
    return step.call(tool, metrics=metrics, pipeline=pipeline, limit=step.slots.limit or None).text


def _versions(step: Step) -> str:
    tool, metrics = step.tool(), _metrics(step)
    named = step.slots.versions if len(step.slots.versions) > 1 else None
    limit = step.slots.limit or None
    return step.call(
        tool, model=registered.model(_without(step, metrics)), versions=named, metrics=metrics, limit=limit
    ).text


def _confusion(step: Step) -> str:
    tool = step.tool()
    return step.call(tool, **step.run(tool)).text


INTENTS = (
    Intent(
        name="chart_confusion",
        does="draw a confusion matrix",
        example="`confusion matrix of the last run`",
        play=_confusion,
        tools=("chart_confusion",),
        instead="`metrics of the last run` gives the figures.",
        signs="""
            confusion @3.2
            =confusion =matrix @4.6
            =confusion chart|draw|run|last|it|show @4.6
            =misclassified|=misclassify|=misclassifies =classes|=class|=labels|=most @3.4
        """,
    ),
    Intent(
        name="chart_versions",
        does="draw versions of a model side by side",
        example="`bar chart of the versions of churn`",
        play=_versions,
        tools=("chart_versions",),
        instead="`is v4 better than production?` compares two of them.",
        signs="""
            chart =versions @4.4
            chart #version @4.4
            draw =versions @4.2
        """,
    ),
    Intent(
        name="chart_comparison",
        does="draw runs side by side",
        example="`bar chart of the last 3 runs' accuracy`",
        play=_bars,
        tools=("chart_comparison",),
        instead="`compare the last two` gives the figures.",
        signs="""
            =bar|=bars chart @4.2
            =barchart|=barplot @3.9
            =bars =of|=for metric|runs|run @3.9
            chart compare @4.1
            chart =comparison|=comparing|=side|=versus|=against @4.1
            draw compare|=comparison runs|run|last|it @4.1
        """,
    ),
    Intent(
        name="chart_metric",
        does="draw how a metric went",
        example="`plot the loss of the last run`",
        play=_history,
        tools=("chart_metric", "plot_*", "draw_*"),
        instead="`metrics of the last run` gives the figures.",
        signs="""
            chart @2.5
            chart metric|run|name|last|it @3.6
            draw metric @3.6
            =learning|=training|=loss chart @3.6
            metric =over =time @3.5
            metric =by|=per =step|=epoch|=steps|=epochs @3.5
            =evolution|=course|=trend|=develop|=developed|=progression metric @3.5
        """,
    ),
)
