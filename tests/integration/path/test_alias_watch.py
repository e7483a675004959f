"""An alias that somebody moves past us is noticed, written down and told; one that was approved is not."""

import pytest
import structlog

from bot.audit import Action
from bot.views import actions
from tests.fakes.world import World
from tests.fixtures.waiting import until
from tools.mlflow.results import THREAD_TAG
from worker.watch import AliasWatch


@pytest.fixture
def churn(world: World) -> World:
    for auc in (0.81, 0.87, 0.85):
        run = world.mlflow.add_run("churn", metrics={"roc_auc": auc})
        world.mlflow.add_version("churn", run_id=run.id)
    world.mlflow.move_by_hand("churn", "champion", "1")
    return world


@pytest.fixture
def watch(churn: World) -> AliasWatch:
    made = AliasWatch(churn.services)
    assert made.look() == 0
    return made


def noticed(world: World) -> list[tuple[str, str, str]]:
    found = world.services.auditor.log.read(newest=50, matching=str(Action.ALIAS_MOVED)).entries
    events = [entry.event for entry in found if entry.event]
    return [(event.subject, event.details.get("before", ""), event.details.get("after", "")) for event in events]


def asked(world: World) -> str:
    return world.says("@trainmaster promote churn v2 to champion")


def test_a_move_past_us_is_written_down_and_told_where_people_last_talked_of_the_model(
    churn: World, watch: AliasWatch
) -> None:
    thread = asked(churn)
    churn.mlflow.move_by_hand("churn", "champion", "3")
    assert watch.look() == 1
    churn.settle()
    assert noticed(churn) == [("churn@champion", "1", "3")]
    told = [text for text in churn.texts(thread) if "nobody approved that here" in text]
    assert len(told) == 1
    assert "/mlops promote churn 1 champion" in told[0]
    assert any("Overtaken" in text for text in churn.texts(thread))
    assert watch.look() == 0


def test_an_approved_move_is_no_news(churn: World, watch: AliasWatch) -> None:
    thread = asked(churn)
    churn.presses(churn.card(thread, actions.PROPOSAL_APPROVE), actions.PROPOSAL_APPROVE, user="bob")
    assert churn.mlflow.model("churn").aliases["champion"] == "2"
    assert watch.look() == 0
    assert noticed(churn) == []


def test_an_old_approval_does_not_cover_a_later_move_by_hand(churn: World, watch: AliasWatch) -> None:
    thread = asked(churn)
    churn.presses(churn.card(thread, actions.PROPOSAL_APPROVE), actions.PROPOSAL_APPROVE, user="bob")
    assert watch.look() == 0
    churn.later += 3600
    churn.mlflow.move_by_hand("churn", "champion", "1")
    assert watch.look() == 1
    assert "in MLflow itself" in churn.proposal.outdone
    churn.later += 3600
    churn.mlflow.move_by_hand("churn", "champion", "2")
    assert watch.look() == 1


def test_an_alias_that_is_taken_away_is_noticed(churn: World, watch: AliasWatch) -> None:
    churn.mlflow.move_by_hand("churn", "champion", "")
    assert watch.look() == 1
    assert noticed(churn) == [("churn@champion", "1", "")]


def test_a_model_that_nobody_proposed_anything_for_is_told_of_where_its_run_was_asked_for(
    churn: World, watch: AliasWatch
) -> None:
    thread = churn.says("@trainmaster hello")
    run = churn.mlflow.add_run("other", tags={THREAD_TAG: f"T0LOCAL:C0MLPIPE:{thread}"})
    churn.mlflow.add_version("other", run_id=run.id)
    churn.mlflow.move_by_hand("other", "champion", "1")
    assert watch.look() == 1
    churn.settle()
    assert "nobody approved that here" in churn.texts(thread)[-1]


def test_a_watch_goes_on_whatever_one_look_came_to(churn: World, watch: AliasWatch) -> None:
    churn.mlflow.broken = KeyError("aliases")
    quick = AliasWatch(churn.services, every=0.01)
    with structlog.testing.capture_logs() as logs:
        quick.start()
        until(lambda: [one for one in logs if one["event"] == "alias_watch_stumbled"])
    churn.mlflow.broken = None
    churn.mlflow.move_by_hand("churn", "champion", "3")
    until(lambda: noticed(churn))
    quick.stop()


def test_aliases_are_watched_beyond_what_one_answer_holds(churn: World) -> None:
    for model in ("zebra", "yak"):
        churn.mlflow.add_version(model, aliases=("champion",))
    watch = AliasWatch(churn.services, most=1)
    assert watch.look() == 0
    churn.mlflow.add_version("zebra", aliases=("champion",))
    assert watch.look() == 1
    assert noticed(churn) == [("zebra@champion", "1", "2")]
