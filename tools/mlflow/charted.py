"""What every tool that draws a chart gives back: the picture as a file, and what it shows in words."""

import re

from tools.charts.sheet import Picture
from tools.mlflow.results import RunSummary
from tools.prefect import wording
from tools.spec import File, Result, ToolResult


class Chart(Result):
    """A chart that goes into the thread.

    Attributes:
        title: What it shows, and where that is from.
        takeaway: What to read from it.
        alt: The same as the picture in words.
        note: What was understood, and what was left out.
    """

    title: str
    takeaway: str
    alt: str
    note: str = ""


def charted(picture: Picture, name: str, *, note: str = "", runs: tuple[RunSummary, ...] = ()) -> ToolResult:
    """A chart as what a call gives.

    Args:
        picture: The chart.
        name: What its file is called, without ending.
        note: What was understood, and what was left out.
        runs: The runs that it shows.
    """
    links = ", ".join(f"[{run.name}]({run.url})" if run.url else run.name for run in runs)
    text = wording.joined(
        note,
        f"The chart “{picture.title}” is in the thread.",
        picture.takeaway,
        picture.alt.partition(":\n")[2],
        f"In MLflow: {links}" if links else "",
    )
    file = File(f"{_slug(name)}.png", picture.png, picture.title, said=picture.takeaway, alt=picture.alt)
    chart = Chart(title=picture.title, takeaway=picture.takeaway, alt=picture.alt, note=note)
    return ToolResult(text, chart, files=(file,))


def source_of(runs: tuple[RunSummary, ...]) -> str:
    """Where figures of some runs are from."""
    homes = {run.experiment for run in runs}
    of = f" of {wording.shortened(next(iter(homes)), 30)}" if len(homes) == 1 else f" of {len(homes)} experiments"
    which = f"run {wording.shortened(runs[0].name, 30)}" if len(runs) == 1 else f"{len(runs)} runs"
    return f"from MLflow, {which}{of}"


def names_of(runs: tuple[RunSummary, ...]) -> tuple[str, ...]:
    """What runs are called on a chart: by their names, with a part of their ids where two have the same."""
    names = [run.name for run in runs]
    if len(set(names)) == len(names):
        return tuple(names)
    return tuple(f"{wording.shortened(run.name, 13)} {run.id[:6]}" for run in runs)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "chart"
