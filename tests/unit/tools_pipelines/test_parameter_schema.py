"""The schema that is read must be the one that Prefect would have made, because Prefect checks runs against it."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from prefect.utilities.callables import parameter_schema

from tests.unit.tools_pipelines.pipeline_sources import flow_of, reading_of
from tests.unit.tools_pipelines.sample_flows import HEADER, SAMPLES
from tools.pipelines.reading import Unreadable


def imported(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    file = folder / "sample_pipeline.py"
    file.write_text(text)
    spec = importlib.util.spec_from_file_location("sample_pipeline", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "sample_pipeline", module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.filterwarnings("ignore")
def test_the_schema_is_the_one_that_prefect_makes_of_the_real_flow(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = SAMPLES[name] if "__future__" in SAMPLES[name] else HEADER + SAMPLES[name]
    real = imported(text, tmp_path, monkeypatch).f
    expected = parameter_schema(real.fn).model_dump(mode="json", exclude_unset=True)

    found = flow_of(text)

    assert found.parameter_schema == expected
    assert found.name == real.name


def test_a_pydantic_model_of_the_file_is_named_in_the_schema() -> None:
    found = flow_of(HEADER + SAMPLES["a model"])
    assert found.parameters[0].type == "Config"
    assert not found.parameters[0].opaque
    assert set(found.parameter_schema["definitions"]) == {"Config", "Split"}


def test_a_model_with_a_type_that_cannot_be_read_is_opaque_but_named() -> None:
    found = flow_of(
        HEADER
        + "import pandas as pd\nfrom pydantic import BaseModel\nclass Data(BaseModel):\n    frame: pd.DataFrame\n"
        + "@flow\ndef f(data: Data): ...\n"
    )
    (parameter,) = found.parameters
    assert parameter.opaque
    assert "Data" in parameter.note
    assert "type" not in found.parameter_schema["properties"]["data"]


def test_a_default_that_is_computed_is_not_claimed_to_be_known() -> None:
    found = flow_of(HEADER + "import os\n@flow\ndef f(workers: int = os.cpu_count()): ...\n")
    (parameter,) = found.parameters
    assert (parameter.required, parameter.default, parameter.opaque) == (False, "os.cpu_count()", True)
    assert found.parameter_schema["properties"]["workers"] == {"position": 0, "title": "workers", "type": "integer"}
    assert "required" not in found.parameter_schema


def test_a_default_that_is_a_credential_is_kept_nowhere() -> None:
    secret = "AKIA" + "QWERTYUIOPASDFGH"
    text = HEADER + f"@flow\ndef f(key: str = '{secret}'):\n    '''Uses {secret}.'''\n"
    found = reading_of(text)
    assert secret not in found.model_dump_json()
    assert found.flows[0].parameters[0].opaque


def test_parameters_are_told_as_written_with_need_and_default() -> None:
    found = flow_of(HEADER + "@flow\ndef f(a: 'int', b: list[ int ] = [1, 2], *, c=None): ...\n")
    told = [(one.name, one.type, one.required, one.default) for one in found.parameters]
    assert told == [("a", "'int'", True, ""), ("b", "list[ int ]", False, "[1, 2]"), ("c", "", False, "None")]


def test_a_type_of_the_same_name_as_a_known_one_is_not_mistaken_for_it() -> None:
    found = flow_of(HEADER + "from mine import Path, date as int\n@flow\ndef f(a: Path, b: int): ...\n")
    assert [one.opaque for one in found.parameters] == [True, True]


def test_what_prefect_itself_could_not_take_does_not_stop_the_reading() -> None:
    found = flow_of(
        HEADER
        + "from typing import Annotated, Literal\nfrom pydantic import Field\n"
        + "@flow\ndef f(a: Annotated[int, Field(ge='x')], b: Literal[()], c: str = '\\ud800', d: float = 1e999): ...\n"
    )
    assert [one.opaque for one in found.parameters] == [True, True, True, True]
    json.dumps(found.parameter_schema, allow_nan=False).encode()


def test_a_class_that_holds_or_derives_itself_is_opaque() -> None:
    found = flow_of(
        HEADER + "from pydantic import BaseModel\nclass A(BaseModel):\n    a: 'A'\nclass B(B): ...\nC = C\n"
        "@flow\ndef f(a: A, b: B, c: C): ...\n"
    )
    assert [one.opaque for one in found.parameters] == [True, True, True]


def test_a_default_of_hundreds_of_kilobytes_is_refused_with_its_line() -> None:
    with pytest.raises(Unreadable) as refused:
        reading_of(HEADER + "@flow\ndef f(a='" + "x" * 300_000 + "'): ...\n")
    assert refused.value.line == 3


def test_two_parameters_of_one_name_are_refused_with_their_line() -> None:
    with pytest.raises(Unreadable, match="same name") as refused:
        reading_of(HEADER + "@flow\ndef f(a, a): ...\n")
    assert refused.value.line == 3
