"""Registering, tagging, describing and deleting versions."""

from typing import Any

import pytest

from tests.unit.tools_mlflow.registries import Death, Killed, again, trained
from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments, Unavailable
from tools.mlflow.annotating import tag_model, write_description
from tools.mlflow.deleting import delete_version
from tools.mlflow.registering import register_version
from tools.mlflow.results import LoggedModel, RunSummary
from tools.prefect.client import RunRequest
from tools.spec import Done, NotDone, ToolResult


@pytest.fixture(autouse=True)
def churn(bench: Bench) -> None:
    """Versions 1, the champion, and 2 of churn."""
    for auc in (0.91, 0.89):
        trained(bench, roc_auc=auc)
    bench.mlflow.move_by_hand("churn", "champion", "1")


def fitted(bench: Bench, *names: str) -> tuple[RunSummary, list[LoggedModel]]:
    """A run that logged models of these names."""
    run = bench.mlflow.add_run("churn", name="fit", metrics={"roc_auc": 0.95})
    return run, [bench.mlflow.add_logged_model(run, name) for name in names]


# ---- registering -------------------------------------------------------------------------------------------------


def test_the_model_of_a_run_becomes_the_next_version_and_no_alias_moves(bench: Bench) -> None:
    run, [logged] = fitted(bench, "model")
    plan = bench.plan(register_version, model="chur", run="fit")
    assert plan.arguments == {"model": "churn", "run": run.id, "logged": logged.id, "new": False}
    assert plan.summary == "Register the model model of the run fit as the next version of churn."
    assert [(each.name, each.before, each.after) for each in plan.evidence.metrics] == [("roc_auc", None, 0.95)]
    result = bench.use(register_version, key="k1", **plan.arguments)
    assert result.text == (
        "Registered the model of fit as **churn** [v3](http://mlflow.invalid/#/models/churn/versions/3). "
        "No alias points to it yet."
    )
    made = bench.mlflow.model_version("churn", "3")
    assert (made.run_id, made.model_id) == (run.id, logged.id)
    assert made.tags["trainmaster.registered.requester"] == "U0ALICE"
    assert bench.mlflow.model("churn").aliases == {"champion": "1"}


def test_a_prefect_run_stands_for_what_it_tracked(bench: Bench) -> None:
    pipeline = bench.prefect.add_pipeline("churn-prediction")
    flow_run = bench.prefect.start(RunRequest(pipeline_id=pipeline.id, key="k"))
    tracked = bench.mlflow.add_run("churn", flow_run_id=flow_run.id)
    bench.mlflow.add_logged_model(tracked)
    bench.use(register_version, model="churn", run="last churn-prediction")
    assert bench.mlflow.model_version("churn", "3").run_id == tracked.id


def test_of_several_logged_models_one_has_to_be_named(bench: Bench) -> None:
    _, [scaler, model] = fitted(bench, "scaler", "model")
    with pytest.raises(BadArguments, match=r"fit has logged several models: scaler or model|model or scaler"):
        bench.use(register_version, model="churn", run="fit")
    assert bench.plan(register_version, model="churn", run="fit", logged="scal").arguments["logged"] == scaler.id
    assert bench.plan(register_version, model="churn", run="fit", logged=model.id).arguments["logged"] == model.id


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"model": "chrun-x"}, "To make a new model of that name, add `new=true`."),
        ({"model": "a/b", "new": True}, "cannot be a model's name"),
        ({"model": "churn", "run": "nothing"}, "nothing"),
    ],
)
def test_what_cannot_be_registered_is_said_and_nothing_changes(
    bench: Bench, arguments: dict[str, Any], said: str
) -> None:
    fitted(bench, "model")
    with pytest.raises(BadArguments, match=said):
        bench.use(register_version, **({"run": "fit"} | arguments))
    assert bench.mlflow.changes == []


def test_a_run_without_a_model_has_nothing_to_register(bench: Bench) -> None:
    fitted(bench)
    with pytest.raises(BadArguments, match="fit has logged no model, so there is nothing to register"):
        bench.use(register_version, model="churn", run="fit")


def test_a_new_model_is_made_only_when_that_is_said(bench: Bench) -> None:
    fitted(bench, "model")
    plan = bench.plan(register_version, model="leavers", run="fit", new=True)
    assert plan.summary.endswith("as the first version of the new model leavers.")
    bench.use(register_version, **plan.arguments)
    assert bench.mlflow.model_version("leavers", "1").status == "READY"


def test_what_is_registered_already_is_not_registered_twice(bench: Bench) -> None:
    fitted(bench, "model")
    bench.use(register_version, key="k1", model="churn", run="fit")
    with pytest.raises(BadArguments, match=r"fit is registered already: its model is churn v3\."):
        bench.use(register_version, key="k2", model="churn", run="fit")
    bench.use(register_version, key="k1", model="churn", run="fit")
    assert bench.mlflow.model("churn").latest == "3"


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("made", [False, True])
def test_a_registration_is_made_once_whenever_its_worker_dies(bench: Bench, at: int, made: bool) -> None:  # noqa: FBT001 - a case
    fitted(bench, "model")
    Death(bench, at=at, made=made)
    with pytest.raises(Killed):
        bench.use(register_version, key="k1", model="leavers", run="fit", new=True)
    result = again(bench, register_version, key="k1", model="leavers", run="fit", new=True)
    assert isinstance(result, ToolResult)
    assert bench.mlflow.model("leavers").latest == "1"


# ---- tags and descriptions ---------------------------------------------------------------------------------------


def test_a_version_and_a_model_are_tagged_and_untagged(bench: Bench) -> None:
    plan = bench.plan(tag_model, model="churn", version="champion", tag="team", value="fraud")
    assert plan.arguments == {"model": "churn", "version": "1", "tag": "team", "value": "fraud"}
    assert plan.preconditions == {"tag team of churn v1": ""}
    assert bench.probe(tag_model, key="k1", **plan.arguments) == NotDone()
    assert "says now: fraud" in bench.use(tag_model, **plan.arguments).text
    assert bench.mlflow.model_version("churn", "1").tags == {"team": "fraud"}
    assert isinstance(bench.probe(tag_model, key="k1", **plan.arguments), Done)
    bench.use(tag_model, model="churn", tag="owner", value="anna")
    assert bench.mlflow.model("churn").tags == {"owner": "anna"}
    assert "Before, it said: anna" in bench.use(tag_model, model="churn", tag="owner", value="ben").text
    bench.use(tag_model, model="churn", tag="owner")
    bench.use(tag_model, model="churn", version="1", tag="team")
    assert (bench.mlflow.model("churn").tags, bench.mlflow.model_version("churn", "1").tags) == ({}, {})


@pytest.mark.parametrize("tag", ["trainmaster.alias.champion.key", "mlflow.note.content", "Trainmaster.x"])
def test_records_are_not_written_by_hand(bench: Bench, tag: str) -> None:
    with pytest.raises(BadArguments, match="are records of MLflow's or mine"):
        bench.use(tag_model, model="churn", version="1", tag=tag, value="forged")
    assert bench.mlflow.changes == []


def test_a_tag_that_is_not_there_cannot_be_taken_off(bench: Bench) -> None:
    with pytest.raises(BadArguments, match="churn v2 has no tag team; there is nothing to take off"):
        bench.plan(tag_model, model="churn", version="2", tag="team")


def test_a_model_and_a_version_are_described(bench: Bench) -> None:
    bench.use(write_description, model="churn", text="Who leaves next month")
    bench.use(write_description, model="churn", version=2, text="Trained on May")
    assert bench.mlflow.model("churn").description == "Who leaves next month"
    assert bench.mlflow.model_version("churn", "2").description == "Trained on May"
    plan = bench.plan(write_description, model="churn", text="Who leaves")
    assert [(each.before, each.after) for each in plan.evidence.differences] == [
        ("Who leaves next month", "Who leaves")
    ]
    assert isinstance(bench.probe(write_description, key="k", model="churn", version=2, text="Trained on May"), Done)
    bench.use(write_description, model="churn", version=2)
    assert bench.mlflow.model_version("churn", "2").description == ""
    with pytest.raises(BadArguments, match="churn v2 has no description"):
        bench.plan(write_description, model="churn", version=2)


# ---- deleting ----------------------------------------------------------------------------------------------------


def test_a_version_is_deleted_and_its_number_never_given_again(bench: Bench) -> None:
    plan = bench.plan(delete_version, model="churn", version="latest")
    assert plan.arguments == {"model": "churn", "version": "2"}
    assert plan.resources == ("mlflow:version:churn v2", "mlflow:model:churn")
    assert plan.rollback == ""
    assert plan.evidence.warnings[0].startswith("This cannot be undone")
    assert [(each.name, each.before, each.after) for each in plan.evidence.metrics] == [("roc_auc", 0.89, None)]
    text = bench.use(delete_version, **plan.arguments).text
    assert text == "Deleted **churn v2** from the registry. Its run and its files stay in MLflow."
    with pytest.raises(BadArguments, match=r"churn has no version 2\. It has v1\."):
        bench.use(delete_version, model="churn", version=2)
    assert trained(bench).version == "3"


def test_a_version_with_an_alias_is_not_deleted(bench: Bench) -> None:
    for use in (bench.plan, bench.use):
        with pytest.raises(BadArguments, match="churn v1 is champion, so I do not delete it"):
            use(delete_version, model="churn", version="v1")
    assert bench.mlflow.changes == []


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("made", [False, True])
def test_a_deletion_is_made_once_whenever_its_worker_dies(bench: Bench, at: int, made: bool) -> None:  # noqa: FBT001 - a case
    Death(bench, at=at, made=made)
    with pytest.raises(Killed):
        bench.use(delete_version, key="k1", model="churn", version="2")
    result = again(bench, delete_version, key="k1", model="churn", version="2")
    assert isinstance(result, ToolResult)
    assert [version.version for version in bench.mlflow.model_versions("churn").versions] == ["1"]


def test_a_deletion_by_somebody_else_is_not_taken_for_ours(bench: Bench) -> None:
    bench.mlflow.remove_version("churn", "2")
    assert bench.probe(delete_version, key="k1", model="churn", version="2") == NotDone()


def test_a_deletion_of_which_nobody_knows_says_so(bench: Bench) -> None:
    def cut(what: str) -> None:
        if what.startswith("delete version"):
            raise Unavailable("MLflow", "no answer", maybe_done=True)

    bench.mlflow.after_change = cut
    with pytest.raises(Unavailable) as caught:
        bench.use(delete_version, key="k1", model="churn", version="2")
    assert caught.value.maybe_done
    assert isinstance(bench.probe(delete_version, key="k1", model="churn", version="2"), Done)
