"""How a run ended: a message of its own, so that it is noticed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.views import actions
from bot.views.blocks import actions as row
from bot.views.blocks import button, context, message, section
from bot.views.limits import SECTION, VALUE, size
from bot.views.states import BAD, key, mark, word
from bot.views.tail import tail as ending
from bot.views.text import bounded, clean, clip, code, count, duration, fenced, figure, link, person, plain
from bot.views.view import Block, View

_METRICS = 20
_RUNS = 5
_VERSIONS = 10
_LOG_LINES = 15
_VERSION = re.compile("[0-9]{1,18}")
_MODEL_NAME = 50  #: on a button, so that the version is seen beside it


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """An MLflow run that the pipeline made, with the last value of each metric."""

    name: str
    url: str = ""
    metrics: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A model version that the pipeline registered."""

    model: str
    version: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong.

    Attributes:
        task: The task that failed; empty when it was the flow itself.
        exception: The exception's own line, such as `ValueError: no rows`; empty when none is known.
        log: The last lines of the log, oldest first.
        log_left_out: How many lines came before them.
        missing_module: The module that could not be found; empty when that was not it.
        loading: Whether the file could not even be loaded.
    """

    task: str = ""
    exception: str = ""
    log: tuple[str, ...] = ()
    log_left_out: int = 0
    missing_module: str = ""
    loading: bool = False


@dataclass(frozen=True, slots=True)
class Final:
    """How a run ended.

    Attributes:
        reference: The run's id; comes back as the value of its buttons.
        pipeline: The pipeline's name.
        name: The run's name.
        url: The run's page in Prefect; empty when there is none.
        state: Prefect's name of its state.
        seconds: How long it took; None when it never began.
        started_by: The id of the person to tell; empty when nobody here started it.
        tracked: The MLflow runs it made.
        versions: The model versions it registered.
        parameter: The name of a parameter to try another value of; empty when it has none.
        problem: What went wrong, when it failed or crashed.
        unread: Why MLflow could not be asked; empty when it was.
        pool: The work pool it ran on; empty when it is not known.
    """

    reference: str
    pipeline: str
    name: str
    url: str
    state: str
    seconds: float | None = None
    started_by: str = ""
    tracked: tuple[TrackedRun, ...] = ()
    versions: tuple[ModelVersion, ...] = ()
    parameter: str = ""
    problem: Problem | None = None
    unread: str = ""
    pool: str = ""


def final(ended: Final) -> View:
    """What came of the run, or what went wrong and what to do about it."""
    headline = _headline(ended)
    told = f" {person(ended.started_by)}" if ended.started_by else ""
    blocks = [section(headline + told)]
    if key(ended.state) in BAD:
        blocks += _wrong(ended.problem or Problem(), crashed=key(ended.state) == "crashed")
    blocks += _outcome(ended)
    blocks.append(section(_next(ended)))
    blocks.append(_buttons(ended))
    return message(headline + _in_short(ended), *blocks)


def _headline(ended: Final) -> str:
    state = key(ended.state)
    if ended.seconds is not None:
        took = f" {'in' if state == 'completed' else 'after'} {duration(ended.seconds)}"
    else:  # what came from a cache never began either, and that is no news
        took = " before it began" if state in {"cancelled", "crashed"} else ""
    run = link(ended.url, ended.name)
    was = "was " if state == "cancelled" else ""
    return f"{mark(ended.state)} *{plain(ended.pipeline, 100)}* {was}{word(ended.state)}{took} ({run})."


def _in_short(ended: Final) -> str:
    """What a notification should say beyond the state: the exception, or the first metrics."""
    if key(ended.state) in BAD and ended.problem and ended.problem.exception:
        return f" {plain(ended.problem.exception, 200)}"
    metrics = [pair for run in ended.tracked for pair in run.metrics][:3]
    return (" " + ", ".join(f"{plain(name, 40)} {figure(value)}" for name, value in metrics)) if metrics else ""


def _wrong(problem: Problem, *, crashed: bool) -> list[Block]:
    blocks = [section(_what(problem, crashed=crashed))]
    if problem.log:
        shown = problem.log[-_LOG_LINES:]
        before = problem.log_left_out + len(problem.log) - len(shown)
        blocks.append(section(fenced(ending(shown, SECTION - 200))))
        blocks.append(context(_how_much(len(shown), before)))
    else:
        blocks.append(context("The log holds no lines."))
    return blocks


def _what(problem: Problem, *, crashed: bool) -> str:
    if crashed and not problem.exception:
        during = f" during the task {code(problem.task)}" if problem.task else ""
        return f"The process that ran it ended{during} before it could say why."
    what = f"The task {code(problem.task)} failed" if problem.task else "The flow itself failed"
    if problem.loading:
        what = "The file could not be loaded"
    return f"{what}: {code(problem.exception, 400)}" if problem.exception else f"{what}; Prefect holds no exception."


def _how_much(shown: int, before: int) -> str:
    if not before:
        return f"The whole log, {count(shown, 'line')}."
    return f"The last {count(shown, 'line')} of the log; {count(before, 'earlier line')} left out. “Logs” shows more."


def _outcome(ended: Final) -> list[Block]:
    lines: list[str] = []
    versions = [f"{link(made.url, f'{made.model} v{made.version}')}" for made in ended.versions[:_VERSIONS]]
    if versions:
        more = len(ended.versions) - len(versions)
        lines.append(f"*Registered* {', '.join(versions)}{f' and {more} more' if more else ''}")
    for run in ended.tracked[:_RUNS]:
        lines.append(f"*MLflow run* {link(run.url, run.name)}")
        metrics = [f"• {plain(name, 60)}: *{figure(value)}*" for name, value in run.metrics]
        lines += bounded(metrics, SECTION // (_RUNS + 1), most=_METRICS, kind="metrics").split("\n") if metrics else []
    if beyond := len(ended.tracked) - _RUNS:
        lines += [f"… and {count(beyond, 'more MLflow run')}"] * (beyond > 0)
    if ended.unread:
        lines.append(f"I could not read what it left in MLflow: {plain(ended.unread, 300)}")
    elif not lines and key(ended.state) == "completed":
        lines.append("It left nothing in MLflow: no run, no model version.")
    return [section(bounded(lines, SECTION, kind="lines"))] if lines else []


def _next(ended: Final) -> str:
    name = plain(ended.pipeline, 80)
    problem = ended.problem or Problem()
    match key(ended.state):
        case "failed" | "crashed" if problem.missing_module or problem.loading:
            return _mending(problem, ended.pool)
        case "completed" | "cached":
            another = f"“run {name} again”"
            if ended.parameter:
                another = f"“run {name} with {plain(ended.parameter, 60)} …” to try another value"
            return f"*Next:* {another}, or “show the last runs of {name}”."
        case "failed" | "timedout":
            return (
                "*Next:* fix the file and drop it into this thread: I show what changed and register it anew. "
                "`Retry` runs the version that failed once more."
            )
        case "crashed":
            return (
                "*Next:* a crash is mostly the machine's doing, not the code's: look at the worker's memory and log, "
                "then `Retry`."
            )
        case "cancelled":
            return "*Next:* what it wrote before it was cancelled is still there. `Retry` starts it from the beginning."
        case _:
            return f"*Next:* “how did {name} do?” shows where it stands."


def _mending(problem: Problem, pool: str) -> str:
    """What to do about a file that cannot be loaded, or that misses a module."""
    if not problem.missing_module:
        return "*Next:* fix the file and drop it into this thread again: nothing of it was run."
    where = f"the work pool {code(pool)}" if pool else "the work pool"
    return (
        f"*Next:* have the package that brings {code(problem.missing_module)} installed on {where}, then `Retry`; "
        "or take the import out of the file and drop it into this thread again."
    )


def version_of(value: str) -> tuple[str, str]:
    """The model and the version from the value of the button that promotes one.

    Raises:
        ValueError: The value is not one that the button gave out.
    """
    model, _, version = value.rpartition(":")
    if not model or not _VERSION.fullmatch(version):
        raise ValueError("not a model version")
    return model, version


def _buttons(ended: Final) -> Block:
    logs = button("Logs", actions.RUN_LOGS, ended.reference)
    if key(ended.state) in {"completed", "cached"}:
        measured = any(run.metrics for run in ended.tracked)
        chart = [button("Chart", actions.RUN_CHART, ended.reference)] if measured else []
        return row(*_promotion(ended.versions), *chart, logs)
    return row(button("Retry", actions.RUN_RETRY, ended.reference), logs)


def _promotion(versions: Sequence[ModelVersion]) -> list[Block]:
    """The button that promotes the first version; none when the button could not name it whole."""
    if not versions:
        return []
    model, version = versions[0].model, versions[0].version
    value = f"{model}:{version}"
    if not model or not _VERSION.fullmatch(version) or size(value) > VALUE:
        return []
    name = clip(" ".join(clean(model).split()), _MODEL_NAME)
    return [button(f"Promote {name} v{version}", actions.MODEL_PROMOTE, value)]
