"""What the cards decide by themselves."""

from dataclasses import replace

import pytest

from bot.views import actions
from bot.views.decided import Registered
from bot.views.enclosed import enclosed
from bot.views.final import TrackedRun, final
from bot.views.limits import SECTION, violations
from bot.views.logs import Logs, logs
from bot.views.moved import Moved, moved
from bot.views.plan import choice_of, plan
from bot.views.plan_details import Flow, Parameter
from bot.views.refusal import Refusal, refusal
from bot.views.run import run
from bot.views.view import Block, View
from tests.unit.views.examples import CHURN, COMPLETED, FAILED, NOON, PLAN, RUN


def test_a_flow_that_needs_a_value_cannot_be_run_from_its_card() -> None:
    pressable = ids(plan(replace(PLAN, flows=(CHURN,))))
    assert pressable == [actions.PLAN_REGISTER, actions.PLAN_DISCARD]
    done = Registered("U0ALICE", NOON, "churn-prediction/trainmaster")
    assert "say “run churn-prediction with data=…”" in plan(replace(PLAN, flows=(CHURN,), decided=done)).text


def test_the_menu_gives_back_the_plan_and_the_place_of_the_flow() -> None:
    flows = tuple(Flow(f"flow-{number}", "f", number, f"flow-{number}/trainmaster") for number in range(120))
    view = plan(replace(PLAN, flows=flows, reference="p:1"))
    menu = next(element for element in elements(view) if element["type"] == "static_select")
    assert choice_of(menu["options"][99]["value"]) == ("p:1", 99)
    assert "the first 100" in str(view.blocks)
    assert violations(view) == []


@pytest.mark.parametrize("value", ["", "p1", ":1", "p1:", "p1:x", "p1:-1"])
def test_a_choice_that_the_menu_did_not_give_out_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not a choice"):
        choice_of(value)


@pytest.mark.parametrize("state", ["Completed", "FAILED", "Crashed", "CANCELLED", "TimedOut"])
def test_a_run_that_ended_can_be_retried_and_not_cancelled(state: str) -> None:
    assert ids(run(replace(RUN, state=state))) == [actions.RUN_LOGS, actions.RUN_RETRY]


@pytest.mark.parametrize("state", ["Running", "PENDING", "AWAITING_RETRY", "Paused", "SomethingNew"])
def test_a_live_run_can_be_cancelled(state: str) -> None:
    assert ids(run(replace(RUN, state=state))) == [actions.RUN_CANCEL, actions.RUN_LOGS]


def test_a_state_that_we_do_not_know_is_named_as_prefect_names_it() -> None:
    assert "SomethingNew" in run(replace(RUN, state="SomethingNew")).text


@pytest.mark.parametrize("state", ["Submitting", "InfrastructurePending", "Pending"])
def test_a_run_that_a_worker_is_about_to_start_is_starting(state: str) -> None:
    text = run(replace(RUN, state=state)).text
    assert "starting" in text
    assert "❔" not in text


def test_a_long_log_keeps_its_end_and_counts_its_beginning() -> None:
    lines = tuple(f"line {number} {'x' * 90}" for number in range(200))
    view = logs(Logs("bold-otter", "", lines, left_out=50))
    shown = [word for word in str(view.blocks).split("line ") if word[0].isdigit()]
    assert shown[-1].startswith("199 ")
    assert f"{250 - len(shown)} earlier lines left out" in str(view.blocks)
    assert violations(view) == []


def test_the_tail_of_a_failed_runs_log_shows_the_beginning_of_every_line() -> None:
    assert FAILED.problem
    problem = replace(FAILED.problem, log=tuple(f"line {number} " + "x" * 2_000 for number in range(15)))
    [tail] = [
        block["text"]["text"]
        for block in final(replace(FAILED, problem=problem)).blocks
        if block["type"] == "section" and block["text"]["text"].startswith("```")
    ]
    assert len(tail) <= SECTION
    assert all(f"line {number} " in tail for number in range(15))


def test_a_traceback_beside_short_lines_is_shown_whole() -> None:
    assert FAILED.problem
    traceback = "\n".join(f'  File "churn.py", line {number}, in train <&>' for number in range(30))
    problem = replace(FAILED.problem, log=(*(f"step {number}" for number in range(10)), traceback))
    assert "line 29, in train &lt;&amp;&gt;" in str(final(replace(FAILED, problem=problem)).blocks)
    assert "left out …" not in str(final(replace(FAILED, problem=problem)).blocks)


def test_a_cut_in_the_tail_of_a_log_is_marked_and_its_end_stays() -> None:
    assert FAILED.problem
    problem = replace(FAILED.problem, log=("begin " + "<" * 9_000 + " ValueError: no rows",))
    shown = str(final(replace(FAILED, problem=problem)).blocks)
    assert "begin" in shown
    assert "characters left out" in shown
    assert "ValueError: no rows" in shown


def test_a_cut_in_a_log_is_marked_and_its_end_stays() -> None:
    shown = str(logs(Logs("bold-otter", "", ("begin " + "x" * 9_000 + " ValueError: no rows",))).blocks)
    assert "characters left out" in shown
    assert "ValueError: no rows" in shown


def test_a_file_is_asked_for_once() -> None:
    shown = str(refusal(Refusal("churn.py", "It is empty.", "Write the pipeline into it.")).blocks)
    assert shown.count("again") == 1
    assert ".." not in shown


def test_a_card_with_very_much_in_it_is_cut_to_what_slack_takes() -> None:
    parameters = tuple(Parameter(f"parameter_{number}", "str", "x" * 80, note="y" * 120) for number in range(25))
    flows = tuple(replace(CHURN, name=f"flow-{n}", parameters=parameters, description="z " * 400) for n in range(3))
    view = plan(replace(PLAN, flows=flows, findings=PLAN.findings * 15))
    assert violations(view) == []
    assert "…" in str(view.blocks)


def test_a_limit_that_is_broken_is_named() -> None:
    section: Block = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}}
    button = {"type": "button", "action_id": "a", "value": "", "text": {"type": "plain_text", "text": "b"}}
    view = View(text="", blocks=[section, {"type": "actions", "elements": [button, button]}, {"type": "video"}])
    assert violations(view) == [
        "text is empty",
        "block 0: text has 3001 characters, 3000 allowed",
        "block 1: an action_id occurs twice",
        "block 1: value is empty",
        "block 1: value is empty",
        "block 2: unknown type video",
    ]


def elements(view: View) -> list[Block]:
    return [element for block in view.blocks if block["type"] == "actions" for element in block["elements"]]


def ids(view: View) -> list[str]:
    return [element["action_id"] for element in elements(view)]


def test_an_alias_that_moved_is_told_with_the_way_back() -> None:
    seen = moved(Moved(model="churn", alias="champion", before="1", after="3")).text
    assert "`champion` of *churn* from v1 to v3 in MLflow itself; nobody approved that here" in seen
    taken = moved(Moved(model="churn", alias="champion", before="1", after=""))
    assert "`/mlops promote churn 1 champion`" in taken.blocks[0]["text"]["text"]


def test_words_beside_a_file_hold_no_address_that_slack_would_open() -> None:
    view = enclosed("run https://evil.example/?q=1", "said http://evil.example")
    assert "://" not in view.text
    assert "evil.example" in view.text


def test_a_run_that_measured_nothing_offers_no_chart() -> None:
    ended = replace(FAILED, state="Completed", tracked=(TrackedRun("bold-otter"),))
    assert actions.RUN_CHART not in ids(final(ended))
    assert actions.RUN_CHART in ids(final(replace(ended, tracked=(TrackedRun("bold-otter", "", (("loss", 0.1),)),))))


def test_versions_are_told_however_many_metrics_there_are() -> None:
    metrics = tuple((f"a_metric_with_a_rather_long_name_{number}", float(number)) for number in range(30))
    runs = (TrackedRun("bold-otter", "https://mlflow.example.com/" + "x" * 200, metrics),) * 9
    assert "churn v3" in str(final(replace(COMPLETED, tracked=runs)).blocks[1])


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("Cached", "completed (from cache) ("),
        ("Failed", "failed ("),
        ("Cancelled", "was cancelled before it began ("),
        ("Crashed", "crashed before it began ("),
    ],
)
def test_only_what_was_ended_from_outside_is_said_to_have_ended_before_it_began(state: str, said: str) -> None:
    assert f"*churn-prediction* {said}" in final(replace(COMPLETED, state=state, seconds=None)).text
