import textwrap
from pathlib import Path

import pytest

from tests.unit.tools_pipelines.pipeline_sources import WITH_FLOW, flow_of, reading_of
from tools.pipelines.store import FolderStore
from tools.pipelines.unreadable import Unreadable


@pytest.mark.parametrize(
    "text",
    [
        "from prefect import flow\n@flow\ndef churn(): ...\n",
        "from prefect import flow\n@flow()\ndef churn(): ...\n",
        "from prefect import flow as f\n@f\ndef churn(): ...\n",
        "from prefect import flow as f\n@f(log_prints=True)\ndef churn(): ...\n",
        "import prefect\n@prefect.flow\ndef churn(): ...\n",
        "import prefect as p\n@p.flow(retries=2)\ndef churn(): ...\n",
        "from prefect.flows import flow\n@flow\ndef churn(): ...\n",
        "from prefect import *\n@flow\ndef churn(): ...\n",
        "import prefect.flows\n@prefect.flows.flow\ndef churn(): ...\n",
        "try:\n    from prefect import flow\nexcept ImportError:\n    raise\n@flow\ndef churn(): ...\n",
        "from prefect import flow\nif True:\n    @flow\n    def churn(): ...\n",
        "from prefect import flow\ndef run(): ...\nchurn = flow(run, name='churn')\n",
        "from prefect import flow\ndef run(): ...\nchurn = flow(name='churn')(run)\n",
        "import functools\nfrom prefect import flow\n@flow\n@functools.cache\ndef churn(): ...\n",
    ],
)
def test_a_flow_is_found_however_the_decorator_is_written(text: str) -> None:
    found = flow_of(text)
    assert (found.name, found.function) == ("churn", "churn")


def test_a_decorator_called_flow_from_elsewhere_is_not_a_flow() -> None:
    found = reading_of("from metaflow import flow\nimport prefect\n@flow\ndef a(): ...\n@prefect.flow\ndef b(): ...\n")
    assert [flow.name for flow in found.flows] == ["b"]


def test_several_flows_are_told_in_the_order_of_the_file() -> None:
    found = reading_of(
        "from prefect import flow\n@flow\ndef train_model(): ...\n@flow(name='Score all')\nasync def score(): ...\n"
    )
    assert [(one.name, one.function, one.line, one.is_async) for one in found.flows] == [
        ("train-model", "train_model", 3, False),
        ("Score all", "score", 5, True),
    ]


def test_a_name_and_description_may_be_constants_of_the_module() -> None:
    found = flow_of(
        "from prefect import flow\nNAME = 'churn-eu'\n@flow(name=NAME, description='For EU.')\ndef f(): ...\n"
    )
    assert (found.name, found.description) == ("churn-eu", "For EU.")


@pytest.mark.parametrize("second", ['@flow(name="churn")\ndef other(): ...', "@flow\ndef churn(): ..."])
def test_two_flows_of_one_name_are_refused_at_the_second(second: str) -> None:
    with pytest.raises(Unreadable) as refused:
        reading_of(f'from prefect import flow\n@flow(name="churn")\ndef first(): ...\n{second}\n')
    assert refused.value.reason == "The flow churn has the name of the one in line 3."
    assert refused.value.remedy == 'Give it another name: @flow(name="…").'
    assert refused.value.line == 5


def test_a_later_function_of_the_same_name_takes_the_place_of_a_flow() -> None:
    text = "from prefect import flow\n@flow\ndef a(): ...\ndef a(): ...\n@flow\ndef b(): ...\n"
    assert [flow.function for flow in reading_of(text).flows] == ["b"]


def test_tasks_are_told_in_the_order_in_which_the_flow_calls_them() -> None:
    text = """
    from prefect import flow, task
    import prefect

    @task
    def report(x): ...

    @task(name="Load rows")
    def load(x): ...

    @prefect.task(retries=2)
    def split(x): ...

    @task
    def fit(x): ...

    @task
    def score(x): ...

    @task
    def never_called(x): ...

    notify = task(print, name="notify")

    def evaluate(model):
        return score.with_options(retries=3).submit(model)

    @flow
    def churn(rows: int = 3):
        models = [fit.submit(part) for part in split.map(load.submit(rows))]
        evaluate(models)
        if models:
            report.delay(models)
        load(rows)
    """
    found = reading_of(textwrap.dedent(text))
    assert found.flows[0].tasks == ("Load rows", "split", "fit", "score", "report")
    assert found.tasks == ("report", "Load rows", "split", "fit", "score", "never_called")


def test_functions_that_call_each_other_do_not_make_the_reading_endless() -> None:
    text = "from prefect import flow\ndef a(): b()\ndef b(): a()\n@flow\ndef f(): a()\n"
    assert flow_of(text).tasks == ()


def test_a_reading_survives_a_trip_through_json() -> None:
    found = reading_of(WITH_FLOW)
    assert type(found).model_validate_json(found.model_dump_json()) == found
    assert found.size == len(WITH_FLOW)
    assert len(found.digest) == 64


@pytest.mark.parametrize(
    ("shared", "kept"),
    [
        ("churn.py", "churn.py"),
        ("Churn prediction (2).py", "Churn_prediction_2.py"),
        ("../../etc/cron.d/x.py", "x.py"),
        ("{{ prefect.blocks.secret.key }}.py", "prefect_blocks_secret_key.py"),
        ("2024-run.py", "pipeline_2024_run.py"),
        ("mlflow.py", "mlflow_pipeline.py"),
        ("random.py", "random_pipeline.py"),
        ("pandas.py", "pandas_pipeline.py"),
        ("Kündigung.py", "K_ndigung.py"),
        ("é.py", "pipeline.py"),
        (".py", "pipeline.py"),
        ("x" * 300 + ".py", "x" * 80 + ".py"),
    ],
)
def test_a_file_is_named_so_that_an_entrypoint_can_hold_it_and_no_module_is_hidden(shared: str, kept: str) -> None:
    assert reading_of(f"import pandas\n{WITH_FLOW}", shared).filename == kept


def test_nothing_of_the_file_is_run_neither_by_reading_nor_by_keeping(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    touch = f"__import__('pathlib').Path({str(marker)!r}).touch()"
    text = f"""
from prefect import flow
from typing import Annotated, Literal
from pydantic import BaseModel, Field
import enum
{touch}
class Color(enum.Enum):
    RED = {touch}
class Config(BaseModel):
    {touch}
    depth: int = {touch}
    width: {touch} = 3
    items: list = Field(default_factory=lambda: {touch})
@flow(name="churn", description={touch})
def churn(a: {touch} = 1, b: int = {touch}, c: "{touch}" = 2, d: Literal[{touch}] = 3,
          e: Annotated[int, {touch}] = 4, g: Color = Color.RED, h: Config = Config(),
          i: int = Field({touch})) -> {touch}:
    {touch}
"""
    found = read_and_kept(text, tmp_path)
    assert len(found) == 64
    assert not marker.exists()
    exec(compile(text.split("class", 1)[0], "control", "exec"), {})  # the marker is one that does get written
    assert marker.exists()


def read_and_kept(text: str, folder: Path) -> str:
    found = reading_of(text)
    return FolderStore(folder / "store").put(text.encode(), found.filename)
