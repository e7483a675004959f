"""Promoting, rolling back and taking away, in memory and on a real MLflow."""

import math
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from bot.gates import Gate
from tests.contracts.mlflow_worlds import MlflowWorld
from tests.fakes.desk import FakeDesk
from tests.fakes.prefect import FakePrefect
from tools.errors import BadArguments
from tools.mlflow.annotating import tag_model, write_description
from tools.mlflow.best import Ranking, best_run
from tools.mlflow.comparisons import RunComparison, compare_runs
from tools.mlflow.deleting import delete_version
from tools.mlflow.describing import VersionDescribed, describe_version
from tools.mlflow.evaluating import Evaluation, evaluate_version
from tools.mlflow.lineage import Lineage, trace_model
from tools.mlflow.models import ModelDetail, describe_model, list_models
from tools.mlflow.moving import AliasMoved
from tools.mlflow.promotion import promote_model
from tools.mlflow.records import moved_to, note_approval
from tools.mlflow.registering import VersionRegistered, register_version
from tools.mlflow.removal import remove_alias
from tools.mlflow.results import RunSearchPage
from tools.mlflow.rollback import roll_back_model
from tools.mlflow.searching import search_runs
from tools.mlflow.versions import VersionComparison, compare_versions
from tools.pipelines.store import FolderStore
from tools.spec import Backends, Call, Done, NotDone, Origin, Plan, Probed, Tool, ToolResult

#: The first test waits for the servers to start, which takes minutes on a machine that is busy.
pytestmark = pytest.mark.timeout(400)


SIGNED = b"""flavors: {}
signature:
  inputs: '[{"type": "string", "name": "contract", "required": true}, {"type": "double",
    "name": "tenure_months", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
  params: null
"""


class Desk:
    """The tools, called with an approval, on a model with two versions whose first is the champion."""

    def __init__(self, mlflow: MlflowWorld, model: str, folder: Path) -> None:
        self.mlflow = mlflow.backend
        self.model = model
        asks = FakeDesk()
        asks.asked = [Gate("*", "roc_auc", "higher", minimum=0.8, minimum_delta=0.01)]
        sources = FolderStore(folder)
        self._backends = Backends(prefect=FakePrefect(), mlflow=mlflow.backend, sources=sources, desk=asks)
        for auc, aliases in ((0.91, ("champion",)), (0.89, ())):
            run = mlflow.add_run(model, metrics={"roc_auc": auc}, params={"depth": str(auc)})
            mlflow.add_version(model, run_id=run.id, aliases=aliases)

    @property
    def aliases(self) -> dict[str, str]:
        return self.mlflow.model(self.model).aliases

    def plan(self, tool: Tool, **arguments: str) -> Plan:
        assert tool.plan is not None
        return tool.plan(tool.arguments(model=self.model, **arguments), self._backends, _call("k0"))  # type: ignore[call-arg]  # the tool's own

    def use(self, tool: Tool, key: str, **arguments: str) -> ToolResult:
        return tool.function(tool.arguments(model=self.model, **arguments), self._backends, _call(key))  # type: ignore[call-arg]  # the same

    def tell(self, tool: Tool, **arguments: str) -> ToolResult:
        """What a tool says that is not about this model alone."""
        return tool.function(tool.arguments.model_validate(arguments), self._backends, _call("k0"))

    def probe(self, tool: Tool, key: str, **arguments: str) -> Probed:
        assert tool.probe is not None
        return tool.probe(tool.arguments(model=self.model, **arguments), self._backends, _call(key))  # type: ignore[call-arg]  # the same


def _call(key: str) -> Call:
    return Call(key=key, origin=Origin(thread="T:C:1", actor="U0ALICE", proposal=f"P-{key}"), now=datetime.now(UTC))


@pytest.fixture
def desk(mlflow: MlflowWorld, name: str, tmp_path: Path) -> Desk:
    return Desk(mlflow, name, tmp_path)


def test_a_plan_compares_both_versions_and_binds_what_must_stay_true(desk: Desk) -> None:
    plan = desk.plan(promote_model, version="latest")
    assert plan.arguments == {"model": desk.model, "version": "2", "alias": "champion"}
    assert plan.preconditions == {f"alias champion of {desk.model}": "1", f"status of {desk.model} v2": "READY"}
    assert [(each.name, each.before, each.after) for each in plan.evidence.metrics] == [("roc_auc", 0.91, 0.89)]
    assert [(each.before, each.after) for each in plan.evidence.differences] == [("0.91", "0.89")]
    assert plan.evidence.warnings == ("roc_auc falls from 0.91 to 0.89.",)


def test_promoted_noted_and_rolled_back(desk: Desk) -> None:
    key = uuid4().hex
    assert desk.probe(promote_model, key, version="2") == NotDone()
    moved = desk.use(promote_model, key, version="2").data
    assert isinstance(moved, AliasMoved)
    assert (moved.before, moved.now) == ("1", "2")
    assert desk.aliases == {"champion": "2"}
    assert isinstance(desk.probe(promote_model, key, version="2"), Done)

    noted = {"model": desk.model, "version": "2", "alias": "champion", "proposal": f"P-{key}"}
    assert note_approval(desk.mlflow, **noted, approvers=("U0BOB",), permalink="https://slack.invalid/p1")
    record = moved_to(desk.mlflow.model_version(desk.model, "2"), "champion")
    assert (record.requester, record.approvers, record.previous, record.complete) == ("U0ALICE", "U0BOB", "1", True)

    plan = desk.plan(roll_back_model)
    assert plan.arguments == {"model": desk.model, "alias": "champion", "version": "1"}
    desk.use(roll_back_model, "k2", alias="champion", version=plan.arguments["version"])
    assert desk.aliases == {"champion": "1"}
    assert isinstance(desk.probe(roll_back_model, "k2", version="1"), Done)


def test_an_alias_is_taken_away_once(desk: Desk) -> None:
    assert desk.probe(remove_alias, "k1", alias="champion") == NotDone()
    desk.use(remove_alias, "k1", alias="champion")
    assert desk.aliases == {}
    assert isinstance(desk.probe(remove_alias, "k1", alias="champion"), Done)


def test_versions_and_runs_are_told_of_and_compared(desk: Desk) -> None:
    desk.use(promote_model, "k1", version="2")
    described = desk.use(describe_model, "k2").data
    assert isinstance(described, ModelDetail)
    assert [each.version.aliases for each in described.versions] == [("champion",), ()]
    assert [promotion.requester for each in described.versions for promotion in each.promotions] == ["U0ALICE"]
    compared = desk.use(compare_versions, "k3", a="1", b="2").data
    assert isinstance(compared, VersionComparison)
    assert (compared.decided_by, compared.better) == ("roc_auc", "1")
    traced = desk.use(trace_model, "k4").data
    assert isinstance(traced, Lineage)
    missing = [hop.what for hop in traced.hops if hop.missing]
    assert missing == ["Deployed", "Prefect run", "Pipeline", "Slack file", "Data", "Asked for"]
    ranked = desk.tell(best_run, experiment=desk.model).data
    assert isinstance(ranked, Ranking)
    assert [run.metrics["roc_auc"] for run in ranked.runs] == [0.91, 0.89]
    beside = desk.tell(compare_runs, experiment=desk.model).data
    assert isinstance(beside, RunComparison)
    assert [row.name for row in beside.parameters] == ["depth"]
    assert desk.model in desk.tell(list_models, search=desk.model).text


def test_a_run_is_registered_tagged_described_and_deleted_through_the_tools(desk: Desk, mlflow: MlflowWorld) -> None:
    run = mlflow.add_run(desk.model, metrics={"roc_auc": 0.95}, params={"depth": "9"})
    mlflow.add_logged_model(run, "model")
    key = uuid4().hex
    plan = desk.plan(register_version, run=run.id)
    assert desk.probe(register_version, key, run=run.id) == NotDone()
    made = desk.use(register_version, key, run=run.id).data
    assert isinstance(made, VersionRegistered)
    assert (made.version.version, plan.arguments["run"]) == ("3", run.id)
    assert isinstance(desk.probe(register_version, key, run=run.id), Done)
    desk.use(tag_model, "k1", version="3", tag="team", value="fraud")
    desk.use(write_description, "k2", version="3", text="Trained on May")
    held = desk.mlflow.model_version(desk.model, "3")
    assert (held.tags["team"], held.description) == ("fraud", "Trained on May")
    with pytest.raises(BadArguments, match="v1 is champion"):
        desk.plan(delete_version, version="1")
    desk.use(delete_version, key, version="3")
    assert isinstance(desk.probe(delete_version, key, version="3"), Done)
    assert desk.mlflow.model(desk.model).latest == "2"


def test_a_version_is_described_with_what_goes_in_and_comes_out(desk: Desk, mlflow: MlflowWorld) -> None:
    run = mlflow.add_run(desk.model, metrics={"roc_auc": 0.95})
    mlflow.add_file(run, "model/MLmodel", SIGNED)
    mlflow.add_version(desk.model, run_id=run.id)
    desk.use(tag_model, "k1", version="3", tag="team", value="fraud")
    desk.use(write_description, "k2", version="3", text="Trained on May")
    told = desk.use(describe_version, "k3")
    assert isinstance(told.data, VersionDescribed)
    assert told.data.signature is not None
    assert [each.name for each in told.data.signature.inputs] == ["contract", "tenure_months"]
    assert [each.type for each in told.data.signature.outputs] == ["tensor int64 [-1]"]
    for part in ("Trained on May", "`team=fraud`", f"`runs:/{run.id}/model`", "roc_auc 0.95"):
        assert part in told.text
    assert "I could not read it: MLflow has no file MLmodel" in desk.use(describe_version, "k4", version="1").text


def test_a_version_is_held_against_the_thresholds_beside_the_champion(desk: Desk) -> None:
    told = desk.use(evaluate_version, "k1", version="2")
    assert isinstance(told.data, Evaluation)
    assert (told.data.version.version, told.data.champion, told.data.unread) == ("2", "1", ())
    [failed] = told.data.held.failing
    assert failed == "`roc_auc` is 0.89, before it was 0.91: it has to be higher by at least 0.01."


def test_runs_that_ran_away_are_never_the_best(desk: Desk, mlflow: MlflowWorld, name: str) -> None:
    home = f"{name}-away"
    good, endless, odd = (mlflow.add_run(home, metrics={"auc": each}) for each in (0.9, math.inf, math.nan))
    down = mlflow.add_run(home, metrics={"auc": -math.inf})
    ranking = desk.tell(best_run, metric="auc", experiment=home).data
    assert isinstance(ranking, Ranking)
    assert [run.id for run in ranking.runs] == [good.id]
    assert set(ranking.not_a_number) == {endless.name, odd.name, down.name}
    assert [endless.metrics["auc"], down.metrics["auc"]] == [math.inf, -math.inf]
    assert [point.value for point in mlflow.backend.metric_history(endless.id, "auc").points] == [math.inf]


def test_runs_are_searched_by_what_they_hold(desk: Desk, mlflow: MlflowWorld) -> None:
    odd = mlflow.add_run(desk.model, metrics={"roc_auc": float("nan")}, params={"depth": "may"})
    for given, values in (
        ({"metric": "roc_auc > 0.9"}, ["0.91"]),
        ({"metric": "roc_auc > 0.5", "parameter": "depth != 0.91"}, ["0.89"]),
        ({"parameter": "depth = 0.89"}, ["0.89"]),
        ({"text": "MAY"}, ["may"]),
        ({"since": "2026-01-01"}, ["may", "0.89", "0.91"]),
        ({"tag": "team = nobody"}, []),
    ):
        page = desk.tell(search_runs, experiment=desk.model, **given).data
        assert isinstance(page, RunSearchPage)
        assert [run.params["depth"] for run in page.runs] == values, given
    assert odd.params == {"depth": "may"}
