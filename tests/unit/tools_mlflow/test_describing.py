"""All about one version: what people wrote on it, and what goes in and comes out."""

import json

import pytest

from tests.unit.tools_prefect.conftest import Bench
from tools.errors import Refused, Unavailable
from tools.mlflow.annotating import tag_model, write_description
from tools.mlflow.describing import COLUMNS_SHOWN, TAGS_SHOWN, describe_version
from tools.mlflow.models import describe_model
from tools.mlflow.promotion import promote_model
from tools.mlflow.results import ModelVersion

#: As MLflow writes it, folded.
SIGNATURE = """\
signature:
  inputs: '[{"type": "string", "name": "contract", "required": true}, {"type": "double",
    "name": "tenure_months", "required": false}, {"type": "array", "items": {"type": "long"}, "name": "calls"}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
  params: '[{"name": "threshold", "type": "double", "default": 0.5, "shape": null}]'
"""


def version(bench: Bench, described: str | None = SIGNATURE) -> ModelVersion:
    run = bench.mlflow.add_run("churn", name="fit-9", metrics={"roc_auc": 0.9, "loss": 0.3})
    made = bench.mlflow.add_version("churn", run_id=run.id)
    if described is not None:
        bench.mlflow.add_file(made, "MLmodel", described.encode())
    return made


def signature_line(bench: Bench) -> str:
    return next(line for line in bench.use(describe_version, model="churn").text.splitlines() if "Signature" in line)


def test_what_was_written_on_a_version_is_told(bench: Bench) -> None:
    version(bench)
    bench.use(tag_model, model="churn", version=1, tag="team", value="fraud")
    bench.use(write_description, model="churn", version=1, text="Trained on spring data")
    bench.use(promote_model, model="churn", version=1)
    text = bench.use(describe_version, model="churn", version=1).text
    assert "**[churn v1](http://mlflow.invalid/#/models/churn/versions/1)** (champion), registered" in text
    assert "Trained on spring data" in text
    assert "- Tags: `team=fraud`\n" in text
    assert "- Inputs: `contract` string, `tenure_months` double (may be left out), `calls` list of long\n" in text
    assert "- Outputs: tensor int64 [-1]\n" in text
    assert "- Parameters: `threshold` double (may be left out)\n" in text
    assert "- Source: `runs:/" in text
    assert "- Run: [fit-9](" in text
    assert "- Metrics: roc_auc 0.9, loss 0.3\n" in text
    assert text.endswith(" by <@U0ALICE>")


def test_a_models_own_tags_are_told_with_the_model(bench: Bench) -> None:
    version(bench)
    bench.use(tag_model, model="churn", tag="owner", value="anna")
    assert "Tags: `owner=anna`." in bench.use(describe_model, model="churn").text


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ("flavors: {}", "none, so what it takes is not written down"),
        ("", "none, so what it takes is not written down"),
        (None, "I could not read it: MLflow has no file MLmodel of this version, or it is too large."),
        ("signature: {inputs: nonsense}", "its file MLmodel is not written as MLflow writes it."),
        ("signature: {inputs: '[1]'}", "its file MLmodel is not written as MLflow writes it."),
        ("signature: {inputs: 5}", "its file MLmodel is not written as MLflow writes it."),
        ("signature: [", "its file MLmodel is not written as MLflow writes it."),
        ("[" * 5_000, "its file MLmodel is not written as MLflow writes it."),
    ],
)
def test_a_signature_that_is_not_there_or_cannot_be_read_is_said_so(
    bench: Bench, described: str | None, said: str
) -> None:
    version(bench, described)
    assert signature_line(bench).endswith(said)


@pytest.mark.parametrize("away", [Unavailable("MLflow", "no answer"), Refused("MLflow does not hand them out.")])
def test_files_that_are_away_keep_nothing_else_back(
    bench: Bench, away: Unavailable | Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    version(bench)

    def file_of(*_: object, **__: object) -> bytes:
        raise away

    monkeypatch.setattr(bench.mlflow, "file_of", file_of)
    assert signature_line(bench) == f"- Signature: I could not read it: {away}"


def test_a_folder_of_a_machine_is_not_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    made = version(bench)
    for place in ("/srv/mlruns/1/model", "file:///srv/mlruns/1/model"):
        held = made.model_copy(update={"source": place})
        monkeypatch.setattr(bench.mlflow, "model_version", lambda *_, held=held: held)
        assert "/srv" not in bench.use(describe_version, model="churn", version=1).text


def test_more_than_is_read_is_counted(bench: Bench) -> None:
    columns = json.dumps([{"type": "double", "name": f"column_{number:03}{'x' * 500}"} for number in range(200)])
    version(bench, f"signature: {{inputs: '{columns}'}}")
    for number in range(60):
        bench.mlflow.set_version_tag("churn", "1", f"tag-{number:02}{'x' * 200}", "y" * 4_000)
    text = bench.use(describe_version, model="churn").text
    assert f"and {200 - COLUMNS_SHOWN} more" in text
    assert f"and {60 - TAGS_SHOWN} more" in text
    assert len(text) < 8_000
