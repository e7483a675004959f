"""The pipeline files that people share in the stories."""

from pathlib import Path

PIPELINES = Path(__file__).resolve().parents[1] / "pipelines"

CHURN = "churn_prediction_pipeline.py"
SENTIMENT = "sentiment_analysis_pipeline.py"

Shared = tuple[str, bytes]


def shipped(name: str) -> Shared:
    """A demo pipeline as it is."""
    return name, (PIPELINES / name).read_bytes()


def changed(name: str, before: str, after: str) -> Shared:
    """A demo pipeline in which a person replaced `before` by `after`.

    Raises:
        ValueError: The pipeline does not hold `before`.
    """
    text = (PIPELINES / name).read_text(encoding="utf-8")
    if before not in text:
        raise ValueError(f"{name} does not hold {before!r}")
    return name, text.replace(before, after).encode()


BROKEN_SYNTAX: Shared = (
    "half_written_pipeline.py",
    b"from prefect import flow\n\n\n@flow\ndef half_written(rows: int = 10:\n    return rows\n",
)

NO_FLOW: Shared = (
    "just_functions.py",
    b'"""Useful, but nothing that Prefect can run."""\n\n\ndef clean(rows: list[int]) -> list[int]:\n    return rows\n',
)

FAILING_TASK: Shared = (
    "nightly_export_pipeline.py",
    b'''"""Exports yesterday's scores; the source has a hole in it."""

from prefect import flow, task


@task
def read_scores(day: str) -> list[float]:
    return [0.2, 0.7, 0.9] if day == "monday" else []


@task
def summarise(scores: list[float]) -> float:
    if not scores:
        raise ValueError("no scores to summarise: the export of that day is empty")
    return sum(scores) / len(scores)


@flow(name="nightly-export")
def nightly_export(day: str = "sunday") -> float:
    """Average score of a day."""
    return summarise(read_scores(day))
''',
)

MISSING_PACKAGE: Shared = (
    "forecast_pipeline.py",
    b'''"""Forecasts demand with a package that the work pool does not have."""

import prophecies
from prefect import flow, task


@task
def fit(weeks: int) -> object:
    return prophecies.Model(weeks=weeks)


@flow(name="demand-forecast")
def demand_forecast(weeks: int = 12) -> None:
    """Forecast the next weeks."""
    fit(weeks)
''',
)
