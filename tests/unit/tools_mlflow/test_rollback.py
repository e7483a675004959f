"""Rolling back and taking away: what is planned, what is done, and what is found out after a crash."""

import pytest

from tests.unit.tools_mlflow.registries import Death, Killed, again, promoted, tags_of, trained
from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments, Refused
from tools.mlflow.moving import AliasMoved, Outcome
from tools.mlflow.promotion import promote_model
from tools.mlflow.removal import AliasRemoved, remove_alias
from tools.mlflow.rollback import roll_back_model
from tools.spec import Done, NotDone, ToolResult, Unknown

CHANGES = 6  #: the mark of the earlier promotion is taken off first; four tags of that one say what they are to say
REMOVAL = 8


@pytest.fixture(autouse=True)
def churn(bench: Bench) -> None:
    """Three versions of churn, promoted one after the other."""
    for number, auc in enumerate((0.85, 0.91, 0.89), start=1):
        trained(bench, roc_auc=auc)
        promoted(bench, number)


def rolled_back(bench: Bench, *, key: str = "") -> AliasMoved:
    result = bench.use(roll_back_model, key=key, model="churn").data
    assert isinstance(result, AliasMoved)
    return result


def test_the_alias_goes_to_the_version_before_and_then_one_further_back(bench: Bench) -> None:
    assert (rolled_back(bench).version, rolled_back(bench).version) == ("2", "1")
    with pytest.raises(BadArguments, match=r"not written down .* before v1.*`/mlops promote churn VERSION champion`"):
        rolled_back(bench)


def test_a_plan_names_the_version_and_what_is_better_or_worse_there(bench: Bench) -> None:
    plan = bench.plan(roll_back_model, model="chur", alias="champ")
    assert plan.arguments == {"model": "churn", "alias": "champion", "version": "2"}
    assert plan.summary == "Roll champion of churn back from v3 to v2."
    assert plan.preconditions == {"alias champion of churn": "3", "status of churn v2": "READY"}
    assert plan.facts == {"alias": "champion", "model": "churn", "version": "2", "replaces": "3"}
    assert plan.rollback == "Roll champion back to v3."
    assert bench.plan(roll_back_model, **plan.arguments).arguments == plan.arguments
    assert [(each.before, each.after) for each in plan.evidence.metrics] == [(0.89, 0.91)]


def test_a_planned_roll_back_is_refused_when_the_alias_has_moved_since(bench: Bench) -> None:
    plan = bench.plan(roll_back_model, model="churn")
    trained(bench)
    promoted(bench, 4)
    with pytest.raises(Refused, match="champion of churn is v4 now, and before that it was v3, not v2"):
        bench.use(roll_back_model, **plan.arguments)
    assert bench.mlflow.model("churn").aliases == {"champion": "4"}


def test_an_alias_that_was_set_by_hand_is_not_rolled_back(bench: Bench) -> None:
    trained(bench)
    bench.mlflow.move_by_hand("churn", "champion", "4")
    with pytest.raises(BadArguments, match="not written down"):
        rolled_back(bench)


def test_a_version_that_is_gone_is_said_to_be_gone(bench: Bench) -> None:
    bench.mlflow.remove_version("churn", "2")
    with pytest.raises(BadArguments, match="churn has no version 2"):
        rolled_back(bench)


def test_a_model_without_that_alias_names_those_it_has(bench: Bench) -> None:
    with pytest.raises(BadArguments, match=r"There is no alias of churn “staging”\. There are: champion\."):
        bench.use(roll_back_model, model="churn", alias="staging")


def test_two_versions_that_name_each_other_are_not_gone_round_for_ever(bench: Bench) -> None:
    promoted(bench, 2)
    assert rolled_back(bench).version == "3"
    with pytest.raises(BadArguments, match="not written down"):
        rolled_back(bench)


def test_a_roll_back_makes_this_many_changes(bench: Bench) -> None:
    before = len(bench.mlflow.changes)
    rolled_back(bench)
    assert len(bench.mlflow.changes) - before == CHANGES


@pytest.mark.parametrize("made", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(CHANGES))
@pytest.mark.parametrize("planned", [{"version": "2"}, {}], ids=["planned", "at once"])
def test_killed_at_any_change_it_is_rolled_back_once(
    bench: Bench,
    at: int,
    made: bool,  # noqa: FBT001 - a row of the table
    planned: dict[str, str],
) -> None:
    Death(bench, at, made=made)
    moves = bench.mlflow.changes.count("set alias champion")
    with pytest.raises(Killed):
        bench.use(roll_back_model, key="k1", model="churn", **planned)
    result = again(bench, roll_back_model, key="k1", model="churn", **planned)
    assert isinstance(result, ToolResult)
    assert isinstance(result.data, AliasMoved)
    assert (result.data.before, result.data.now, result.data.outcome) == ("3", "2", Outcome.MOVED)
    assert bench.mlflow.changes.count("set alias champion") == moves + 1


def test_killed_before_the_alias_and_moved_by_somebody_else_a_person_must_look(bench: Bench) -> None:
    Death(bench, CHANGES - 2, made=False)
    with pytest.raises(Killed):
        rolled_back(bench, key="k1")
    bench.mlflow.move_by_hand("churn", "champion", "1")
    for arguments in ({"version": "2"}, {}):
        assert isinstance(bench.probe(roll_back_model, key="k1", model="churn", **arguments), Unknown)


def test_a_roll_back_that_was_not_begun_is_not_done(bench: Bench) -> None:
    assert bench.probe(roll_back_model, key="k1", model="churn") == NotDone()


# ---- taking an alias away --------------------------------------------------------------------------------------------


def test_an_alias_is_taken_away_and_the_version_remembers(bench: Bench) -> None:
    result = bench.use(remove_alias, key="k1", model="churn", alias="champion")
    assert result.text.startswith("Took the alias **champion** away from churn [v3](")
    assert bench.mlflow.model("churn").aliases == {}
    tags = tags_of(bench, "3", "champion.removed")
    assert (tags["key"], tags["done"], tags["left"], tags["requester"]) == ("k1", "k1", "3", "U0ALICE")
    with pytest.raises(BadArguments, match="churn has no aliases"):
        bench.use(remove_alias, model="churn", alias="champion")


def test_a_plan_for_taking_away_warns_whoever_loads_by_it(bench: Bench) -> None:
    plan = bench.plan(remove_alias, model="churn", alias="Champion")
    assert plan.arguments == {"model": "churn", "alias": "champion", "version": "3"}
    assert plan.preconditions == {"alias champion of churn": "3"}
    assert plan.facts == {"alias": "champion", "model": "churn", "version": "3"}
    assert plan.rollback == "Promote churn v3 to champion again."
    assert plan.evidence.warnings == ("Whatever loads churn by its alias champion fails until the alias is set again.",)


def test_an_alias_that_has_moved_since_is_left(bench: Bench) -> None:
    promoted(bench, 1)
    with pytest.raises(Refused, match="champion of churn points to v1 now, so it was left where it is"):
        bench.use(remove_alias, model="churn", alias="champion", version=3)


@pytest.mark.parametrize("made", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(REMOVAL))
def test_killed_at_any_change_it_is_taken_away_once(bench: Bench, at: int, made: bool) -> None:  # noqa: FBT001 - a row of the table
    Death(bench, at, made=made)
    with pytest.raises(Killed):
        bench.use(remove_alias, key="k1", model="churn", alias="champion", version="3")
    result = again(bench, remove_alias, key="k1", model="churn", alias="champion", version="3")
    assert isinstance(result, ToolResult)
    assert isinstance(result.data, AliasRemoved)
    assert (result.data.version, result.data.now) == ("3", "")
    assert bench.mlflow.changes.count("delete alias champion") == 1


def test_taken_away_and_set_again_by_somebody_else_it_stays_done(bench: Bench) -> None:
    bench.use(remove_alias, key="k1", model="churn", alias="champion")
    promoted(bench, 3)
    found = bench.probe(remove_alias, key="k1", model="churn", alias="champion")
    assert isinstance(found, Done)
    assert found.result.text.endswith("Somebody has let it point to v3 since.")


def test_killed_before_the_removal_and_moved_by_somebody_else_a_person_must_look(bench: Bench) -> None:
    Death(bench, REMOVAL - 2, made=False)
    with pytest.raises(Killed):
        bench.use(remove_alias, key="k1", model="churn", alias="champion")
    bench.mlflow.before_change = lambda _: None
    bench.use(promote_model, model="churn", version=1)
    found = bench.probe(remove_alias, key="k1", model="churn", alias="champion")
    assert isinstance(found, Unknown)
    assert "taken away from v3" in found.look_at
