"""From "deploy it" to a model that answers: approved once, followed as long as it takes, by whichever worker lives."""

import json

import pytest
from langchain_core.messages import AIMessage

from bot import policy_file
from bot.proposals import State
from bot.views import actions
from tests.fakes.world import ScriptedThinker, World, calls
from worker.applying import LONGEST_SECONDS, PAUSE_SECONDS

MLMODEL = b"flavors:\n  sklearn:\n    sklearn_version: 1.5.2\n"


@pytest.fixture
def ready(world: World) -> World:
    """A champion that can be served."""
    add_version(world, "champion")
    world.vertex.model = lambda row: row["tenure"]
    return world


def add_version(world: World, *aliases: str) -> None:
    run = world.mlflow.add_run("churn", metrics={"roc_auc": 0.83})
    version = world.mlflow.add_version("churn", run_id=run.id, aliases=aliases)
    world.mlflow.add_file(version, "MLmodel", MLMODEL)
    example = {"dataframe_split": {"columns": ["tenure"], "data": [[12]]}}
    world.mlflow.add_file(version, "serving_input_example.json", json.dumps(example).encode())


def approved(world: World, text: str = "deploy champion of churn to staging") -> str:
    """Alice asks, Bob approves; the thread."""
    thread = world.says(f"<@U0TRAINMSTR> {text}")
    world.presses(world.card(thread, actions.PROPOSAL_APPROVE), actions.PROPOSAL_APPROVE, user="bob")
    return thread


def state(world: World) -> State:
    """Where the proposal stands now."""
    return world.proposal.state


def looks_again(world: World) -> None:
    """Let the pause before the next look pass."""
    world.waits(PAUSE_SECONDS + 1)


def test_words_ask_for_it_somebody_else_approves_and_it_answers_its_own_example(ready: World) -> None:
    thread = approved(ready)
    assert state(ready) is State.APPLIED
    told = "\n".join(ready.texts(thread))
    assert "Deploy churn v1 to staging" in told
    assert "churn v1 answers `[12]`" in told
    assert [each.name for each in ready.vertex.deployments] == ["churn v1"]


def test_the_card_says_what_an_hour_costs_by_the_policys_own_table(ready: World) -> None:
    price = '[[machines]]\ntype = "n1-standard-2"\nhourly = 0.11\ncurrency = "EUR"\nas_of = 2026-11-01\n'
    ready.decides_by(f"{policy_file.DEFAULT}\n{price}")
    thread = approved(ready)
    assert "about 0.11 EUR an hour by your table of 2026-11-01" in "\n".join(ready.texts(thread))
    facts = {fact["label"]: fact["value"] for fact in ready.proposal.evidence["facts"]}
    assert facts["Cost"] == "about 0.11 EUR an hour by your table of 2026-11-01, for 1 replica of n1-standard-2"
    assert "about 0.11 EUR an hour" in ready.commands("/mlops endpoint staging")


def test_nothing_is_deployed_before_somebody_else_has_approved(ready: World) -> None:
    thread = ready.says("<@U0TRAINMSTR> deploy champion of churn to staging")
    ready.presses(ready.card(thread, actions.PROPOSAL_APPROVE), actions.PROPOSAL_APPROVE, user="alice")
    assert state(ready) is State.PENDING
    assert (ready.vertex.uploads, ready.vertex.deployments) == ([], [])


def test_what_takes_long_is_shown_on_the_card_and_told_at_its_end(ready: World) -> None:
    ready.vertex.looks = 3
    thread = approved(ready)
    assert state(ready) is State.APPROVED
    assert "is being deployed to staging; that takes Vertex AI some minutes" in "\n".join(ready.texts(thread))
    ready.restart_worker()
    looks_again(ready)
    looks_again(ready)
    assert state(ready) is State.APPLIED
    assert len(ready.vertex.deployments) == 1
    assert "churn v1 answers `[12]`" in "\n".join(ready.texts(thread))


def test_a_freeze_in_between_stops_what_is_left_and_says_what_went_before(ready: World) -> None:
    ready.vertex.looks = 9
    thread = approved(ready)
    ready.commands("/mlops freeze incident", user="bob")
    looks_again(ready)
    assert state(ready) is State.VOID
    assert "is being deployed to staging" in ready.proposal.reason
    assert "incident" in "\n".join(ready.texts(thread))


def test_what_never_ends_goes_to_a_person(ready: World) -> None:
    ready.vertex.looks = 99
    approved(ready)
    ready.waits(LONGEST_SECONDS + 60)
    assert state(ready) is State.UNCERTAIN
    assert "has gone on for 90 minutes" in ready.proposal.reason


def test_what_fails_at_google_is_told_in_its_words(ready: World) -> None:
    ready.vertex.failure = "There are no machines left."
    thread = approved(ready)
    assert state(ready) is State.FAILED
    assert "There are no machines left" in "\n".join(ready.texts(thread))


def test_traffic_goes_back_to_the_version_before_when_that_is_approved(ready: World) -> None:
    approved(ready)
    add_version(ready, "champion")
    approved(ready)
    assert [each.traffic for each in ready.vertex.endpoints().endpoints[0].deployed] == [100, 0]
    ready.commands("/mlops endpoint rollback staging")
    assert ready.proposal.summary == "Send the traffic of staging to churn v1 100 %."
    thread = ready.proposal.thread.root
    ready.presses(ready.card(thread, actions.PROPOSAL_APPROVE), actions.PROPOSAL_APPROVE, user="bob")
    assert [each.traffic for each in ready.vertex.endpoints().endpoints[0].deployed] == [0, 100]


def presses_roll_back(world: World, thread: str) -> None:
    """Alice presses the button under what was done."""
    world.presses(world.card(thread, actions.MODEL_ROLL_BACK), actions.MODEL_ROLL_BACK)


def test_a_press_after_a_deployment_asks_to_give_its_traffic_back(ready: World) -> None:
    approved(ready)
    add_version(ready, "champion")
    thread = approved(ready)
    deployed = ready.proposal.id
    presses_roll_back(ready, thread)
    assert [each.traffic for each in ready.vertex.endpoints().endpoints[0].deployed] == [100, 0]
    assert (ready.proposal.id == deployed, state(ready)) == (False, State.PENDING)
    assert ready.proposal.summary == "Send the traffic of staging to churn v1 100 %."
    ready.commands(f"/mlops approve {ready.proposal.id}", user="bob")
    assert [each.traffic for each in ready.vertex.endpoints().endpoints[0].deployed] == [0, 100]


def test_a_press_after_a_change_of_traffic_takes_a_share_back(ready: World) -> None:
    approved(ready)
    add_version(ready, "champion")
    approved(ready)
    deployed = ready.proposal.id
    ready.commands("/mlops traffic staging churn v1: 10, churn v2: 90")
    thread = ready.proposal.thread.root
    ready.commands(f"/mlops approve {ready.proposal.id}", user="bob")
    assert ready.proposal_now(deployed).outdone == ready.proposal.id
    assert [each.traffic for each in ready.vertex.endpoints().endpoints[0].deployed] == [90, 10]
    presses_roll_back(ready, thread)
    assert ready.proposal.summary == "Send the traffic of staging to churn v2 100 %."


def test_a_press_where_there_is_no_model_before_says_what_can_be_done(ready: World) -> None:
    thread = approved(ready)
    deployed = ready.proposal.id
    presses_roll_back(ready, thread)
    assert ready.proposal.id == deployed
    assert "churn v1 is the only model on staging" in ready.private(thread)[-1]


def test_what_serves_nobody_any_more_is_taken_off_when_that_is_approved(ready: World) -> None:
    approved(ready)
    add_version(ready, "champion")
    approved(ready)
    ready.vertex.looks = 3
    approved(ready, "undeploy churn v1 from staging")
    assert state(ready) is State.APPROVED
    assert "churn v1 is being taken off staging" in ready.proposal.reason
    looks_again(ready)
    looks_again(ready)
    assert state(ready) is State.APPLIED
    assert "churn v1" in ready.proposal.summary
    assert [each.name for each in ready.vertex.endpoints().endpoints[0].deployed] == ["churn v2"]
    assert len(ready.vertex.undeployments) == 1


def test_what_serves_everybody_is_not_even_proposed_to_be_taken_off(ready: World) -> None:
    approved(ready)
    add_version(ready, "champion")
    approved(ready)
    proposed = ready.proposal.id
    thread = ready.says("<@U0TRAINMSTR> undeploy churn v2 from staging")
    assert "churn v2 gets 100 % of the traffic of staging" in "\n".join(ready.texts(thread))
    assert ready.proposal.id == proposed


def test_the_lineage_is_a_card_with_a_page_for_each_step_whatever_the_model_says(ready: World) -> None:
    approved(ready)
    ready.think_with(ScriptedThinker(calls("trace_model", model="churn"), AIMessage("It is on staging.")))
    ready.gateway.identity()  # as at every start: by this it is known where the workspace's own pages are
    root = ready.says("<@U0TRAINMSTR> where does churn serve?")
    [card, answer] = ready.replies(root)
    assert answer.text == "It is on staging."
    said = card.blocks[1]["text"]["text"]
    assert "*Version*: churn v1 (champion), registered" in said
    assert "*Deployed*: staging, 100 % of its traffic" in said
    assert "*Deployment to staging*: <http" in said
    assert "asked for by alice, approved by bob>" in said
    assert "*Asked for*: missing, the run has no thread" in said
    assert "<@" not in said
    told = ready.commands("/mlops lineage")
    assert "asked for by alice, approved by bob" in told
