"""The tool that draws a confusion matrix from what a run logged."""

from pydantic import ConfigDict, Field

from tools.charts.confusion import confusion
from tools.charts.sheet import Picture
from tools.errors import BadArguments
from tools.mlflow import confusions
from tools.mlflow.charted import Chart, charted, source_of
from tools.mlflow.client import MlflowBackend
from tools.mlflow.metrics import find_tracked
from tools.mlflow.results import ArtifactFile, RunSummary
from tools.prefect import wording
from tools.spec import Arguments, Backends, Call, Command, Effect, File, ToolResult, tool

READ = (".json", ".csv")
PICTURES = (".png", ".jpg", ".jpeg")
MOST_BYTES, MOST_PICTURE_BYTES = 1_000_000, 4_000_000
OFFERED = 8


class ChartConfusion(Arguments):
    """Whose confusion matrix."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    run: str = Field(
        default="last",
        max_length=200,
        description="An MLflow run's id or name, or a Prefect run whose MLflow run is meant: its name, its id, "
        "`last`, or `last PIPELINE`.",
    )
    artifact: str = Field(
        default="", max_length=500, description="The path of the matrix among the run's artifacts, when it has several."
    )


@tool(
    permission="mlflow:run:read",
    effect=Effect.READ,
    timeout=60,
    arguments=ChartConfusion,
    result=Chart,
    command=Command("chart confusion", "[RUN…]", "Draw the confusion matrix that a run logged as JSON, CSV or table."),
)
def chart_confusion(args: ChartConfusion, backends: Backends, call: Call) -> ToolResult:
    """Draw the confusion matrix that a run logged in MLflow, and put the picture into the thread.

    It is read from a JSON or CSV artifact whose name says that it is one; where there is only a picture of it, that
    picture is shown as it was logged. Tell what it shows in words, too: the answer has the figures.
    """
    found = find_tracked(args.run, backends, call)
    file = _chosen(args, backends.mlflow, found.run)
    if file.path.lower().endswith(PICTURES):
        return _as_logged(backends.mlflow, found.run, file, note=found.note)
    content = backends.mlflow.file_of(found.run, file.path, limit=MOST_BYTES)
    picture = confusion(confusions.read(file.path, content), source=source_of((found.run,)))
    read = f"Read from {file.path}."
    return charted(picture, "confusion matrix", note=wording.joined(found.note, read), runs=(found.run,))


def _chosen(args: ChartConfusion, mlflow: MlflowBackend, run: RunSummary) -> ArtifactFile:
    """The file that holds the matrix: the one that is named, or whose name says so, figures before pictures."""
    files = mlflow.files_of(run)
    if args.artifact:
        wanted = args.artifact.strip("/ `")
        named = next((file for file in files if file.path == wanted), None)
        if named is None or not wanted.lower().endswith((*READ, *PICTURES)):
            raise BadArguments(f"{run.name} has no JSON, CSV or picture called {wanted}. {_there(files)}")
        return named
    for endings in (READ, PICTURES):
        fitting = [file for file in files if "confusion" in file.path.lower() and file.path.lower().endswith(endings)]
        if len(fitting) > 1:
            several = wording.listed([file.path for file in fitting])
            raise BadArguments(f"{run.name} logged several: {several}. Which artifact do you mean?")
        if fitting:
            return fitting[0]
    raise BadArguments(f"{run.name} logged no confusion matrix. {_there(files)} {confusions.WANTED}")


def _there(files: tuple[ArtifactFile, ...]) -> str:
    if not files:
        return "It has no files."
    return f"Its files are {wording.listed([file.path for file in files], OFFERED)}."


def _as_logged(mlflow: MlflowBackend, run: RunSummary, file: ArtifactFile, *, note: str) -> ToolResult:
    """A picture of the matrix as the run drew it; what it shows only the picture says."""
    content = mlflow.file_of(run, file.path, limit=MOST_PICTURE_BYTES)
    title = f"{file.path}, {source_of((run,))}"
    unread = "It is a picture that the run logged; its figures I cannot read."
    made = charted(Picture(content, title, unread, f"{title}. {unread}"), "confusion", note=note, runs=(run,))
    name = file.path.rpartition("/")[2]
    return ToolResult(
        wording.joined(made.text, confusions.WANTED),
        made.data,
        files=(File(name, content, title, said=unread, alt=f"{title}. {unread}"),),
    )
