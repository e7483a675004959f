"""How people approve: by button, by form and by command, alone and together, and what the conversation hears of it."""

import re

import pytest
from langchain_core.messages import AIMessage

from bot.errors import SlackUnavailable
from bot.proposals import State
from bot.views import actions
from tests.fakes.churn import ALICE, BOB, POLICY, asks, champion, click, form, moves, policy, register, said, talk
from tests.fakes.world import CHANNEL, ScriptedThinker, World, buttons, calls, words
from tests.integration.path.test_onboarding import FLOW, plan, share
from worker.agent.outcome import NOTHING

NEW_CODE = """
[[rules]]
name = "new-code"
permission = "prefect:run:start"
where = { code = "new" }
approvers = ["U0BOB"]
"""


@pytest.fixture
def churn(world: World) -> World:
    register(world)
    world.decides_by(POLICY)
    return world


def test_a_rejection_asks_for_a_reason_which_everybody_is_told(churn: World) -> None:
    here = talk(churn)
    proposal = asks(churn, here)
    churn.settle()
    churn.presses(churn.card(here.root, actions.PROPOSAL_REJECT), actions.PROPOSAL_REJECT, user="bob")
    churn.submits("bob", {"Reason": "Not on a Friday."})
    assert churn.proposal_now(proposal).state is State.REJECTED
    assert len([text for text in churn.texts(here.root) if "Not on a Friday." in text]) == 2
    assert "Please say why" in churn.commands(f"/mlops reject {asks(churn, here, number=2)}", user="bob")
    assert moves(churn) == 0


def test_what_must_be_typed_is_typed_into_a_form_or_with_the_command(churn: World) -> None:
    churn.decides_by(policy(more="confirmation = true"))
    here = talk(churn)
    asks(churn, here)
    churn.settle()
    churn.presses(churn.card(here.root, actions.PROPOSAL_CONFIRM), actions.PROPOSAL_CONFIRM, user="bob")
    assert churn.submits("bob", {"Type it": "yes"}).body["response_action"] == "errors"
    assert moves(churn) == 0
    churn.submits("bob", {"Type it": "churn"})
    assert champion(churn) == "2"
    churn.mlflow.move_by_hand("churn", "champion", "1")
    second = asks(churn, here, number=2)
    assert "type exactly `churn`" in churn.commands(f"/mlops approve {second} yes", user="bob")
    assert "approved by you" in churn.commands(f"/mlops approve {second} churn", user="bob")
    assert (champion(churn), moves(churn)) == ("2", 2)


def test_two_of_three_must_approve_and_one_of_them_may_not_count_twice(churn: World) -> None:
    churn.decides_by(policy(approvers='["U0BOB", "U0CAROL", "U0ALICE"]', more="quorum = 2"))
    proposal = asks(churn, talk(churn))
    assert "approved by you" in churn.commands(f"/mlops approve {proposal}", user="bob")
    assert "count once" in churn.commands(f"/mlops approve {proposal}", user="bob")
    assert "You asked for this yourself" in churn.commands(f"/mlops approve {proposal}")
    assert champion(churn) == "1"
    assert "approved by you" in churn.commands(f"/mlops approve {proposal}", user="carol")
    assert champion(churn) == "2"


def test_who_asked_decides_only_where_the_rule_lets_them(churn: World) -> None:
    churn.decides_by(policy(approvers='["U0ALICE"]', more="self_approval = true"))
    proposal = asks(churn, talk(churn))
    churn.commands(f"/mlops approve {proposal}")
    assert (champion(churn), churn.proposal_now(proposal).approvers) == ("2", (ALICE,))


def test_only_who_asked_withdraws_by_button_or_command(churn: World) -> None:
    here = talk(churn)
    first = asks(churn, here)
    churn.settle()
    card = churn.card(here.root, actions.PROPOSAL_WITHDRAW)
    churn.presses(card, actions.PROPOSAL_WITHDRAW, user="bob")
    assert "can withdraw it" in churn.private(here.root, user="bob")[-1]
    churn.presses(card, actions.PROPOSAL_WITHDRAW)
    second = asks(churn, here, number=2)
    assert "can withdraw it" in churn.commands(f"/mlops withdraw {second}", user="bob")
    assert "is withdrawn" in churn.commands(f"/mlops withdraw {second}")
    assert [churn.proposal_now(one).state for one in (first, second)] == [State.WITHDRAWN] * 2
    assert len([text for text in churn.texts(here.root) if "Withdrawn" in text]) == 4
    assert [one.actor for one in churn.audited(action="proposal.withdrawn")] == [ALICE, ALICE]


def test_a_reason_given_with_a_command_is_on_the_card_and_in_the_audit_log(churn: World) -> None:
    here = talk(churn)
    said_so = {}
    for verb, user, number in (("approve", "bob", 1), ("withdraw", "alice", 2)):
        churn.mlflow.move_by_hand("churn", "champion", "1")
        proposal = asks(churn, here, number=number)
        churn.commands(f"/mlops {verb} {proposal} it is a=b", user=user)
        [noted] = [one for one in churn.audited(subject=proposal) if one.actor == f"U0{user.upper()}"][-1:]
        said_so[noted.action] = noted.details["reason"]
        assert "it is a=b" in said(churn, f"proposal:{proposal}:card")
    assert said_so == {"proposal.approved": "it is a=b", "proposal.withdrawn": "it is a=b"}
    assert churn.commands("/mlops approve") == "PROPOSAL is missing: `/mlops approve PROPOSAL [REASON…]`."


def test_a_first_promotion_is_rolled_back_by_taking_the_alias_away_again(churn: World) -> None:
    here = talk(churn)
    churn.commands("/mlops promote churn 2 staging")
    first = churn.proposal
    assert first.rollback == "Take the alias staging away again."
    churn.receives(click(actions.PROPOSAL_APPROVE, first.id, by=BOB, at=first.thread))
    assert churn.mlflow.model("churn").aliases == {"champion": "1", "staging": "2"}
    churn.receives(click(actions.MODEL_ROLL_BACK, first.id, by=ALICE, at=first.thread))
    back = churn.proposal
    assert (back.tool, back.state, back.arguments["version"]) == ("remove_alias", State.PENDING, "2")
    churn.receives(click(actions.PROPOSAL_APPROVE, back.id, by=BOB, at=first.thread))
    assert churn.mlflow.model("churn").aliases == {"champion": "1"}
    assert churn.proposal_now(first.id).outdone == back.id
    assert churn.private(here.root) == []


@pytest.mark.parametrize("name", ["my  model", "a`b", "x" * 180, "data/model:2026"])
def test_what_an_approver_has_to_type_can_be_typed_as_it_is_shown(churn: World, name: str) -> None:
    churn.decides_by(policy(more="confirmation = true"))
    register(churn, name)
    here = talk(churn)
    churn.services.mailbox.accept(click(actions.MODEL_PROMOTE, f"{name}:2", by=ALICE, at=here))
    churn.settle()
    proposal = churn.proposal
    shown = re.search(r"To approve, type\* `([^`]*)`", words(churn.card(here.root, actions.PROPOSAL_CONFIRM)))
    assert shown is not None
    assert name.replace("`", "'").startswith(shown[1].split(" ")[0])
    churn.receives(form(actions.PROPOSAL_CONFIRM, proposal.id, shown[1], by=BOB, at=here))
    assert churn.proposal_now(proposal.id).state is State.APPLIED


def test_a_run_is_typed_by_its_name(churn: World) -> None:
    churn.presses(plan(churn, share(churn, FLOW)), actions.PLAN_REGISTER_AND_RUN)
    [run] = churn.prefect.live_runs()
    churn.decides_by(
        POLICY.replace('where = { owner = "other" }', "").replace(
            'approvers = ["*"]', 'approvers = ["*"]\nconfirmation = true'
        )
    )
    churn.commands(f"/mlops cancel {run.name}")
    assert churn.proposal.terms.confirmation == run.name


def test_what_waits_is_told_while_slack_gives_no_links_and_it_is_asked_once(
    churn: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def away(*, channel: str, ts: str) -> str:
        asked.append(f"{channel} {ts}")
        raise SlackUnavailable("chat.getPermalink")

    monkeypatch.setattr(churn.services.gateway, "permalink", away)
    here = talk(churn)
    register(churn, "fraud")
    waiting = {asks(churn, here), asks(churn, here, model="fraud", number=2)}
    assert len(waiting) == 2
    told = churn.commands("/mlops approvals", user="bob")
    assert all(proposal in told for proposal in waiting)
    assert "its card" not in told
    assert len(asked) == 1


def test_the_commands_list_show_freeze_and_ask(churn: World) -> None:
    only_here = f'[roles.keeper]\nmembers = ["U0ALICE"]\npermissions = ["mlflow:*:*"]\nchannels = ["{CHANNEL}"]\n'
    churn.decides_by(policy(members='["U0ALICE", "U0BOB"]') + only_here)
    here = talk(churn)
    proposal = asks(churn, here)
    churn.services.gateway.identity()  # as every process does when it starts: from then on it knows Slack's own links
    waiting = churn.commands("/mlops approvals", user="bob")
    assert "Waiting for your decision" in waiting
    card = churn.card(here.root, actions.PROPOSAL_APPROVE)
    assert re.search(rf"<http[^|>]+/archives/{CHANNEL}/p{card.ts.replace('.', '')}[^|>]*\|its card>", waiting), waiting
    assert proposal in churn.commands("/mlops approvals")
    assert "Nothing waits" in churn.commands("/mlops approvals", user="carol")
    assert "`scientist`, `everyone`, `keeper`" in churn.commands("/mlops whoami")
    audited = churn.commands(f"/mlops audit {proposal}")
    assert "proposal.made" in audited
    assert re.search(r"· \d\d \w{3} 20\d\d \d\d:\d\d:\d\d UTC ·", audited), audited
    assert "frozen" in churn.commands("/mlops freeze an incident", user="bob")
    churn.commands("/mlops promote churn 2")
    assert [one.outcome for one in churn.audited(action="call.refused")] == ["denied"]
    assert "lifted" in churn.commands("/mlops unfreeze", user="bob")
    for line in ("/mlops promote churn 2 staging", "/mlops unalias churn champion"):
        churn.commands(line)
        asked = churn.proposal
        assert asked.state is State.PENDING
        churn.commands(f"/mlops approve {asked.id}", user="bob")
        assert churn.proposal_now(asked.id).state is State.APPLIED
    assert churn.mlflow.model("churn").aliases == {"staging": "2"}


def test_a_roll_back_is_a_proposal_of_its_own(churn: World) -> None:
    here = talk(churn)
    asks(churn, here)
    churn.settle()
    churn.presses(churn.card(here.root, actions.PROPOSAL_APPROVE), actions.PROPOSAL_APPROVE, user="bob")
    churn.presses(churn.card(here.root, actions.MODEL_ROLL_BACK), actions.MODEL_ROLL_BACK)
    assert champion(churn) == "2"
    assert "Roll champion of churn back from v2 to v1" in churn.proposal.summary
    churn.commands(f"/mlops approve {churn.proposal.id}", user="bob")
    assert (champion(churn), moves(churn)) == ("1", 2)


def test_new_code_is_run_only_after_another_person_agrees_and_the_plan_card_says_so(world: World) -> None:
    world.decides_by(f"{POLICY}{NEW_CODE}")
    thread = share(world, FLOW)
    world.presses(plan(world, thread), "plan.register_and_run")
    assert world.prefect.live_runs() == ()
    told = [text for text in world.texts(thread) if "Its first run awaits approval" in text]
    assert len(told) == 1
    assert world.proposal.id in told[0]
    world.presses(world.card(thread, actions.PROPOSAL_APPROVE), actions.PROPOSAL_APPROVE, user="bob")
    [run] = world.prefect.live_runs()
    assert run.tagged("proposal:") == world.proposal.id
    world.card(thread, "run.cancel")


def test_ones_own_run_is_cancelled_at_once_and_another_persons_after_approval(world: World) -> None:
    thread = share(world, FLOW)
    world.presses(plan(world, thread), "plan.register_and_run")
    card = world.card(thread, "run.cancel")
    world.presses(card, "run.cancel", user="bob")
    assert len(world.prefect.live_runs()) == 1
    assert world.proposal.requester == BOB
    world.presses(card, "run.cancel")
    assert world.prefect.live_runs() == ()


@pytest.mark.parametrize("approved_first", [True, False])
def test_of_two_asked_for_in_one_turn_each_gets_its_own_decision(churn: World, *, approved_first: bool) -> None:
    register(churn, "risk")
    two = AIMessage("", tool_calls=[_call("churn", "a"), _call("risk", "b")])
    chat = [AIMessage("Hello."), AIMessage("Well."), AIMessage(NOTHING), AIMessage(NOTHING)]
    churn.think_with(ScriptedThinker(two, AIMessage("Both wait."), *chat))
    root = churn.says("@trainmaster promote churn v2 and risk v2")
    second, first = churn.services.proposals.recent(2)
    churn.says("@trainmaster hello", thread=root)
    decisions = [f"/mlops reject {first.id} not this one", f"/mlops approve {second.id}"]
    for line in reversed(decisions) if approved_first else decisions:
        churn.commands(line, user="bob")
    assert (champion(churn, "churn"), champion(churn, "risk")) == ("1", "2")
    states = [churn.proposal_now(one.id).state for one in (first, second)]
    assert states == [State.REJECTED, State.APPLIED]


def _call(model: str, name: str) -> dict[str, object]:
    return {"name": "promote_model", "args": {"model": model, "version": "2"}, "id": name, "type": "tool_call"}


def test_the_model_hears_the_outcome_and_goes_on_and_says_nothing_when_nothing_is_left(churn: World) -> None:
    ask = calls("promote_model", model="churn", version="2")
    more = calls("model_versions", model="churn")
    thinker = ScriptedThinker(ask, AIMessage("It waits."), more, AIMessage("Promoted; there is nothing else to do."))
    churn.think_with(thinker)
    root = churn.says("@trainmaster promote churn v2, then tell me")
    churn.commands(f"/mlops approve {churn.proposal.id}", user="bob")
    heard = str(thinker.asked[2][-1].content)
    assert heard.startswith(f"[approval outcome] {churn.proposal.id}")
    assert "is applied" in heard
    assert "nothing else to do" in churn.texts(root)[-1]
    churn.think_with(ScriptedThinker(AIMessage(NOTHING)))
    before = len(churn.replies(root))
    proposal = asks(churn, churn.proposal.thread, number=9)
    churn.commands(f"/mlops reject {proposal} no", user="bob")
    assert [words(one) for one in churn.replies(root)[before:] if NOTHING in words(one)] == []


def test_a_change_that_another_one_came_after_offers_no_roll_back_and_an_old_press_says_what_is_so(
    churn: World,
) -> None:
    churn.mlflow.add_version("churn", run_id=churn.mlflow.add_run("churn").id)
    here = talk(churn)
    first = asks(churn, here)
    churn.commands(f"/mlops approve {first}", user="bob")
    old = churn.card(here.root, actions.MODEL_ROLL_BACK)
    churn.commands("/mlops promote churn 3")
    second = churn.proposal
    churn.commands(f"/mlops approve {second.id}", user="bob")
    assert churn.proposal_now(first).outdone == second.id
    [card] = [message for message in churn.replies(here.root) if message.ts == old.ts]
    assert (buttons(card), f"Changed again since, by {second.id}" in words(card)) == ([], True)
    assert buttons(churn.card(second.thread.root, actions.MODEL_ROLL_BACK)) == [actions.MODEL_ROLL_BACK]
    churn.receives(click(actions.MODEL_ROLL_BACK, first, by=ALICE, at=here))
    told = churn.private(here.root)[-1]
    assert (f"by {second.id}" in told, "`champion` of `churn` is v3 now" in told) == (True, True)
    assert churn.proposal.id == second.id


def test_a_rolled_back_change_loses_its_button_and_an_alias_moved_by_hand_is_rolled_back_from_no_old_card(
    churn: World,
) -> None:
    churn.mlflow.add_version("churn", run_id=churn.mlflow.add_run("churn").id)
    here = talk(churn)
    first = asks(churn, here)
    churn.commands(f"/mlops approve {first}", user="bob")
    churn.mlflow.move_by_hand("churn", "champion", "3")
    churn.receives(click(actions.MODEL_ROLL_BACK, first, by=ALICE, at=here))
    assert churn.proposal.id == first
    assert "v3" in churn.private(here.root)[-1]
    churn.mlflow.move_by_hand("churn", "champion", "2")
    churn.receives(click(actions.MODEL_ROLL_BACK, first, by=ALICE, at=here, number="2"))
    churn.commands(f"/mlops approve {churn.proposal.id}", user="bob")
    assert (champion(churn), churn.proposal_now(first).outdone) == ("1", churn.proposal.id)
    assert actions.MODEL_ROLL_BACK not in {one for message in churn.replies(here.root) for one in buttons(message)}


def test_another_alias_of_the_same_model_leaves_the_button(churn: World) -> None:
    here = talk(churn)
    first = asks(churn, here)
    churn.commands(f"/mlops approve {first}", user="bob")
    churn.commands("/mlops promote churn 1 staging")
    churn.commands(f"/mlops approve {churn.proposal.id}", user="bob")
    churn.card(here.root, actions.MODEL_ROLL_BACK)
    assert churn.proposal_now(first).outdone == ""


def test_a_change_that_needs_no_approval_outdoes_an_earlier_one_too(churn: World) -> None:
    here = talk(churn)
    first = asks(churn, here)
    churn.commands(f"/mlops approve {first}", user="bob")
    churn.decides_by(POLICY.replace("mlflow:alias:*", "mlflow:version:delete"))
    churn.commands("/mlops promote churn 1")
    assert champion(churn) == "1"
    assert "needed no approval" in churn.proposal_now(first).outdone
