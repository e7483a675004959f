"""What a model has to measure, and what is said when it does not."""

import math
from dataclasses import replace

import pytest

from bot.access import Policy
from bot.gates import Gate
from tools.spec import Evidence, Measured, MetricChange, Plan
from worker.gates import with_gates

AUC = Gate("churn*", "auc", "higher", minimum=0.8, minimum_delta=0.01)
LOSS = Gate("*", "loss", "lower", maximum=0.5, minimum_delta=0.1)


NAN = math.nan
BETTER = "it has to be better by 0.01."
ASKED = "and at least 0.8 and higher by at least 0.01 is asked for."


@pytest.mark.parametrize(
    ("gate", "before", "after", "said"),
    [
        (AUC, {"auc": 0.81}, {"auc": 0.82}, []),
        (AUC, {"auc": 0.81}, {"auc": 0.9, "loss": 3.0}, []),
        (AUC, None, {"auc": 0.8}, []),
        (AUC, None, {"auc": 0.79}, ["is 0.79: at least 0.8 is asked for."]),
        (AUC, {"auc": 0.81}, {"auc": 0.815}, ["is 0.815, before it was 0.81: it has to be higher by at least 0.01."]),
        (
            AUC,
            {"auc": 0.9},
            {"auc": 0.7},
            [
                "is 0.7: at least 0.8 is asked for.",
                "is 0.7, before it was 0.9: it has to be higher by at least 0.01.",
            ],
        ),
        (AUC, {}, {"auc": 0.9}, [f"is 0.9, but of the version in force it is not known: {BETTER}"]),
        (AUC, {"f1": 0.9}, {"auc": 0.9}, [f"is 0.9, but of the version in force it was not measured: {BETTER}"]),
        (AUC, {"auc": NAN}, {"auc": 0.9}, [f"is 0.9, but of the version in force it is no number (nan): {BETTER}"]),
        (AUC, {"auc": 0.9}, {}, [f"is not known, {ASKED}"]),
        (AUC, {"auc": 0.9}, {"f1": 0.9}, [f"was not measured, {ASKED}"]),
        (AUC, None, {"auc": NAN}, [f"is no number (nan), {ASKED}"]),
        (AUC, None, {"auc": math.inf}, [f"is no number (inf), {ASKED}"]),
        (
            replace(AUC, minimum_delta=0.0),
            {"auc": 0.82},
            {"auc": 0.81},
            ["is 0.81, before it was 0.82: it may not get worse."],
        ),
        (LOSS, {"loss": 0.4}, {"loss": 0.3}, []),
        (LOSS, {"loss": 0.4}, {"loss": 0.35}, ["is 0.35, before it was 0.4: it has to be lower by at least 0.1."]),
        (LOSS, None, {"loss": 0.6}, ["is 0.6: at most 0.5 is asked for."]),
        (Gate("*", "auc", "higher", minimum_delta=0.0), {"auc": 0.9}, {"auc": 0.9}, []),
    ],
)
def test_what_fails_is_said_with_its_numbers(
    gate: Gate, before: dict[str, float] | None, after: dict[str, float], said: list[str]
) -> None:
    assert gate.failing(before=before, after=after) == tuple(f"`{gate.metric}` {sentence}" for sentence in said)


def test_a_gate_is_for_the_models_it_names() -> None:
    policy = Policy(team="T1", roles=(), gates=(AUC, LOSS))
    assert len(policy.failing("churn-prediction", before=None, after={})) == 2
    assert policy.failing("fraud", before=None, after={"loss": 0.1}) == ()


@pytest.mark.parametrize(
    ("before", "said", "held"),
    [
        (None, [], ["auc at least 0.8"]),
        ({"auc": 0.85}, [], ["auc at least 0.8 and higher by at least 0.01"]),
        ({}, [f"`auc` is 0.9, but of the version in force it is not known: {BETTER}"], []),
        ({"auc": 0.9}, ["`auc` is 0.9, before it was 0.9: it has to be higher by at least 0.01."], []),
    ],
)
def test_a_plan_names_the_gates_that_fail_and_those_that_hold(
    before: dict[str, float] | None, said: list[str], held: list[str]
) -> None:
    plan = Plan({}, "", (), facts={"model": "churn"}, measured=Measured(after={"auc": 0.9}, before=before))
    shown = with_gates(plan, Policy(team="T1", roles=(), gates=(AUC,)))
    assert (list(shown.warnings), [fact.value for fact in shown.facts]) == (said, held)


def test_nothing_is_held_against_a_plan_that_puts_no_version_in_force() -> None:
    plan = Plan({}, "", (), evidence=Evidence(metrics=(MetricChange(name="f1", after=1.0),)), facts={"model": "churn"})
    assert with_gates(plan, Policy(team="T1", roles=(), gates=(AUC,))) == plan.evidence


def test_what_is_only_compared_holds_by_nothing_where_nothing_is_in_force() -> None:
    gate = Gate("*", "auc", "higher", minimum_delta=0.0)
    assert (gate.asked(compared=False), gate.asked(compared=True)) == ("", "auc no worse than before")
