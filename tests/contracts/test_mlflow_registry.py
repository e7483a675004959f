"""The registry of models, in memory and real."""

import pytest

from tests.contracts.mlflow_worlds import MlflowWorld
from tools.errors import BadArguments, Unavailable
from tools.mlflow.results import ModelVersion, RegisteredModel

#: The first test waits for the servers to start, which takes minutes on a machine that is busy.
pytestmark = pytest.mark.timeout(400)


def two_versions(mlflow: MlflowWorld, name: str) -> None:
    """A model whose first version is the champion."""
    for aliases in (("champion",), ()):
        mlflow.add_version(name, run_id=mlflow.add_run(name).id, aliases=aliases)


def test_models_are_listed_by_name_with_aliases_and_newest_version(mlflow: MlflowWorld, name: str) -> None:
    two_versions(mlflow, name + "-b")
    two_versions(mlflow, name + "-a")
    found = [model for model in mlflow.backend.models().models if model.name.startswith(name)]
    assert [(model.name, model.aliases, model.latest) for model in found] == [
        (name + "-a", {"champion": "1"}, "2"),
        (name + "-b", {"champion": "1"}, "2"),
    ]
    assert found[0].created is not None
    assert found[0].url.endswith(f"/#/models/{name}-a")


def test_a_short_list_of_models_says_that_there_are_more(mlflow: MlflowWorld, name: str) -> None:
    two_versions(mlflow, name + "-a")
    two_versions(mlflow, name + "-b")
    page = mlflow.backend.models(limit=1)
    assert (len(page.models), page.more) == (1, True)
    found = list(page.models)
    while page.more:
        page = mlflow.backend.models(limit=1, after=page.next)
        found += page.models
    assert [model.name for model in found if model.name.startswith(name)] == [name + "-a", name + "-b"]
    assert page.next == ""


def test_versions_come_newest_first_with_aliases_and_a_bound(mlflow: MlflowWorld, name: str) -> None:
    two_versions(mlflow, name)
    whole = mlflow.backend.model_versions(name)
    assert [(version.version, version.aliases) for version in whole.versions] == [("2", ()), ("1", ("champion",))]
    assert not whole.more
    part = mlflow.backend.model_versions(name, limit=1)
    assert ([version.version for version in part.versions], part.more) == (["2"], True)


def test_one_version_is_told_whole(mlflow: MlflowWorld, name: str) -> None:
    run = mlflow.add_run(name)
    mlflow.add_version(name, run_id=run.id, aliases=("stable", "champion"))
    found = mlflow.backend.model_version(name, "1")
    assert (found.run_id, found.status, found.aliases) == (run.id, "READY", ("champion", "stable"))
    assert found.source == f"runs:/{run.id}/model"
    assert found.created is not None
    assert found.url.endswith(f"/#/models/{name}/versions/1")
    assert ModelVersion.model_validate_json(found.model_dump_json()) == found


def test_an_alias_is_set_moved_and_taken_away(mlflow: MlflowWorld, name: str) -> None:
    two_versions(mlflow, name)
    backend = mlflow.backend
    assert backend.version_by_alias(name, "challenger") is None
    backend.set_alias(name, "challenger", "2")
    backend.set_alias(name, "champion", "2")
    assert backend.model(name).aliases == {"challenger": "2", "champion": "2"}
    found = backend.version_by_alias(name, "champion")
    assert found is not None
    assert found.version == "2"
    backend.delete_alias(name, "champion")
    backend.delete_alias(name, "champion")
    assert backend.model(name).aliases == {"challenger": "2"}


def test_aliases_know_upper_and_lower_case_apart(mlflow: MlflowWorld, name: str) -> None:
    two_versions(mlflow, name)
    mlflow.backend.set_alias(name, "Champion", "2")
    assert mlflow.backend.model(name).aliases == {"Champion": "2", "champion": "1"}


def test_a_version_keeps_its_tags_empty_ones_too(mlflow: MlflowWorld, name: str) -> None:
    two_versions(mlflow, name)
    backend = mlflow.backend
    backend.set_version_tag(name, "2", "trainmaster.alias.champion.previous", "")
    backend.set_version_tag(name, "2", "trainmaster.alias.champion.key", "k1")
    backend.set_version_tag(name, "2", "trainmaster.alias.champion.key", "k2")
    held = {"trainmaster.alias.champion.key": "k2", "trainmaster.alias.champion.previous": ""}
    assert backend.model_version(name, "2").tags == held
    assert backend.model_versions(name).versions[0].tags == held
    backend.delete_version_tag(name, "2", "trainmaster.alias.champion.key")
    backend.delete_version_tag(name, "2", "trainmaster.alias.champion.key")
    assert backend.model_version(name, "2").tags == {"trainmaster.alias.champion.previous": ""}


def test_what_the_registry_does_not_have_is_said_so(mlflow: MlflowWorld, name: str) -> None:
    two_versions(mlflow, name)
    backend = mlflow.backend
    with pytest.raises(BadArguments, match=f"no registered model called {name}-x"):
        backend.model(name + "-x")
    with pytest.raises(BadArguments, match=f"no registered model called {name}-x"):
        backend.model_versions(name + "-x")
    with pytest.raises(BadArguments, match="no version 9 of a model"):
        backend.model_version(name, "9")
    with pytest.raises(BadArguments, match="versions are numbers"):
        backend.model_version(name, "champion")
    with pytest.raises(BadArguments):
        backend.set_alias(name, "champion", "9")
    with pytest.raises(BadArguments, match="latest"):
        backend.set_alias(name, "latest", "2")
    assert backend.model(name).aliases == {"champion": "1"}


def test_a_change_that_never_reached_mlflow_says_that_it_was_not_made(mlflow: MlflowWorld, name: str) -> None:
    with pytest.raises(Unavailable, match="connection refused") as caught:
        mlflow.away().set_alias(name, "champion", "1")
    assert not caught.value.maybe_done


def test_a_version_without_files_says_nothing_about_its_signature(mlflow: MlflowWorld, name: str) -> None:
    mlflow.add_version(name, run_id=mlflow.add_run(name).id)
    assert mlflow.backend.has_signature(mlflow.backend.model_version(name, "1")) is None


def test_a_model_survives_a_trip_through_json(mlflow: MlflowWorld, name: str) -> None:
    two_versions(mlflow, name)
    model = mlflow.backend.model(name)
    assert RegisteredModel.model_validate_json(model.model_dump_json()) == model


def test_what_a_run_logged_becomes_a_version_that_can_be_told_apart_and_deleted(mlflow: MlflowWorld, name: str) -> None:
    run = mlflow.add_run(name, metrics={"auc": 0.9})
    backend = mlflow.backend
    assert backend.logged_models(run) == ()
    older, newer = mlflow.add_logged_model(run, "scaler"), mlflow.add_logged_model(run, "model")
    assert [(each.id, each.name, each.run_id) for each in backend.logged_models(run)] == [
        (newer, "model", run.id),
        (older, "scaler", run.id),
    ]
    backend.create_model(name)
    backend.create_model(name)
    made = backend.create_version(name, backend.logged_models(run)[0], {"trainmaster.registered.key": "k1"})
    assert (made.version, made.run_id, made.model_id) == ("1", run.id, newer)
    [found] = backend.versions_of_run(run.id)
    assert (found.model_id, found.tags) == (newer, {"trainmaster.registered.key": "k1"})
    backend.delete_version(name, "1")
    with pytest.raises(BadArguments, match="no version 1 of a model"):
        backend.model_version(name, "1")
    with pytest.raises(BadArguments):
        backend.delete_version(name, "1")
    assert backend.create_version(name, backend.logged_models(run)[0], {}).version == "2"


def test_an_alias_goes_with_its_version(mlflow: MlflowWorld, name: str) -> None:
    two_versions(mlflow, name)
    mlflow.backend.delete_version(name, "1")
    assert mlflow.backend.model(name).aliases == {}


def test_models_and_versions_are_tagged_and_described(mlflow: MlflowWorld, name: str) -> None:
    two_versions(mlflow, name)
    backend = mlflow.backend
    backend.set_model_tag(name, "team", "fraud")
    backend.describe(name, "", "Who leaves next month")
    backend.describe(name, "2", "Trained on May")
    model = backend.model(name)
    assert (model.tags, model.description) == ({"team": "fraud"}, "Who leaves next month")
    assert [version.description for version in backend.model_versions(name).versions] == ["Trained on May", ""]
    backend.describe(name, "", "")
    backend.delete_model_tag(name, "team")
    backend.delete_model_tag(name, "team")
    assert (backend.model(name).tags, backend.model(name).description) == ({}, "")
    with pytest.raises(BadArguments):
        backend.describe(name, "9", "nothing")
