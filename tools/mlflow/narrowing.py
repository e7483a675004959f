"""Conditions on MLflow's runs as people write them, as MLflow's own filter; pure."""

import re
from collections.abc import Iterable
from datetime import datetime

from tools.errors import BadArguments
from tools.mlflow.results import RunSummary
from tools.names import shown

#: `accuracy > 0.8`, `max_depth = 5`, `team != fraud`; `==` and a doubled name in backticks are taken, too.
_CONDITION = re.compile(r"`?(?P<name>[\w.\-/: ]*[\w.\-/:])`?\s*(?P<sign>!=|>=|<=|==|=|>|<)\s*(?P<value>.+)")
_SEPARATOR = re.compile(r"\s*(?:,|;|\band\b)\s*", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE)
AS_TEXT = frozenset({"=", "!="})


def of_metrics(text: str) -> list[str]:
    """Conditions on the last values of metrics.

    Raises:
        BadArguments: One cannot be read, or compares with what is no number.
    """
    found = []
    for name, sign, value in _conditions(text, kind="metric", example="accuracy > 0.8"):
        if not _NUMBER.fullmatch(value):
            raise BadArguments(f"A metric is compared with a number, and “{shown(value)}” is none.")
        found.append(f"metrics.`{name}` {sign} {value}")
    return found


def of_texts(text: str, *, kind: str) -> list[str]:
    """Conditions on parameters or on tags, which MLflow keeps as text.

    Args:
        text: The conditions.
        kind: `param` or `tag`.

    Raises:
        BadArguments: One cannot be read, or asks for more or less of a text.
    """
    noun = "parameter" if kind == "param" else kind
    found = []
    example = "max_depth = 5" if kind == "param" else "team = fraud"
    for name, sign, value in _conditions(text, kind=noun, example=example):
        if sign not in AS_TEXT:
            raise BadArguments(f"MLflow keeps a {noun} as text: it can be `=` or `!=` a value, and not `{sign}`.")
        found.append(f"{kind}s.`{name}` {sign} {_quoted(value)}")
    return found


def begun(since: datetime | None) -> list[str]:
    """The condition that a run began at or after a moment."""
    return [f"attributes.start_time >= {int(since.timestamp() * 1000)}"] if since else []


def holding(runs: Iterable[RunSummary], text: str) -> tuple[RunSummary, ...]:
    """The runs that hold a text in their name, parameters, tags, or the names of their metrics and data."""
    wanted = text.strip().lower()
    return tuple(run for run in runs if any(wanted in said.lower() for said in _said(run)))


def _said(run: RunSummary) -> Iterable[str]:
    yield from (run.name, run.experiment, *run.metrics)
    yield from (data.name for data in run.datasets)
    for name, value in (*run.params.items(), *run.tags.items()):
        yield from (name, value)


def _conditions(text: str, *, kind: str, example: str) -> list[tuple[str, str, str]]:
    found = []
    for part in _SEPARATOR.split(text.strip()) if text.strip() else ():
        match = _CONDITION.fullmatch(part)
        if match is None:
            raise BadArguments(f"I cannot read “{shown(part)}” as a condition on a {kind}. Say it as `{example}`.")
        sign = "=" if match["sign"] == "==" else match["sign"]
        found.append((match["name"].strip(), sign, match["value"].strip().strip("\"'")))
    return found


def _quoted(value: str) -> str:
    """A text in MLflow's filter, which knows no escapes.

    Raises:
        BadArguments: It holds both kinds of quotes.
    """
    if '"' not in value:
        return f'"{value}"'
    if "'" not in value:
        return f"'{value}'"
    raise BadArguments("MLflow cannot search for a text that holds both kinds of quotation marks.")
