from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot import policy_file
from tests.unit.tools_google.test_deployment import WHERE, add_version
from tests.unit.tools_prefect.conftest import Bench
from tools.desk.client import MachinePrice
from tools.google import costs
from tools.google.deployment import MACHINE, deploy_model
from tools.google.endpoints import describe_endpoint
from tools.spec import Backends

NOVEMBER = date(2026, 11, 1)


def cost_on_the_card(bench: Bench, **arguments: Any) -> str:
    plan = bench.plan(deploy_model, **WHERE, **arguments)
    return next(fact.value for fact in plan.evidence.facts if fact.label == "Cost")


@pytest.mark.parametrize(
    ("replicas", "said"),
    [
        (1, "about 0.22 USD an hour by your table of 2026-11-01, for 1 replica of n1-standard-4"),
        (3, "about 0.66 USD an hour by your table of 2026-11-01, for 3 replicas of n1-standard-4"),
    ],
)
def test_the_card_of_a_deployment_says_what_an_hour_costs_and_by_which_table(
    bench: Bench, replicas: int, said: str
) -> None:
    add_version(bench, "champion")
    bench.desk.prices["n1-standard-4"] = MachinePrice(0.22, "USD", NOVEMBER)
    assert cost_on_the_card(bench, machine="n1-standard-4", replicas=replicas) == said


def test_a_machine_that_nobody_gave_a_price_costs_nobody_knows_what(bench: Bench) -> None:
    add_version(bench, "champion")
    bench.desk.prices["n1-standard-4"] = MachinePrice(0.22, "USD", NOVEMBER)
    why = "unknown: the policy has no price for n1-standard-2 under [[machines]]"
    assert cost_on_the_card(bench, machine="n1-standard-2") == why


def test_an_endpoint_says_what_each_of_its_models_costs(bench: Bench) -> None:
    made = bench.vertex.add_endpoint("churn-staging")
    bench.vertex.deploy(made.id, bench.vertex.add_model("churn v1"), traffic=100)
    text = bench.use(describe_endpoint, endpoint="churn-staging").text
    assert "1 to 2 of n1-standard-2, cost unknown, deployed" in text
    assert "Cost unknown: the policy has no price for n1-standard-2 under [[machines]]." in text
    bench.desk.prices["n1-standard-2"] = MachinePrice(0.1, "EUR", NOVEMBER)
    text = bench.use(describe_endpoint, endpoint="churn-staging").text
    assert "1 to 2 of n1-standard-2, about 0.10 to 0.20 EUR an hour, deployed" in text
    assert text.endswith("Costs are by your table of 2026-11-01.")


def test_where_nobody_can_say_prices_the_endpoint_is_told_all_the_same(bench: Bench) -> None:
    made = bench.vertex.add_endpoint("churn-staging")
    bench.vertex.deploy(made.id, bench.vertex.add_model("churn v1"), traffic=100)
    bare = Backends(prefect=bench.prefect, mlflow=bench.mlflow, sources=bench.sources, vertex=bench.vertex)
    arguments = describe_endpoint.arguments.model_validate({"endpoint": "churn-staging"})
    text = describe_endpoint.function(arguments, bare, bench.call()).text
    assert "cost unknown" in text
    assert "Cost unknown: There is no desk here that could answer (machine_price)." in text


@pytest.mark.parametrize(("hourly", "said"), [(0.0, "0.00"), (0.0012, "0.0012"), (0.01, "0.01"), (1234.5, "1,234.50")])
def test_small_and_large_prices_are_readable(bench: Bench, hourly: float, said: str) -> None:
    bench.desk.prices["m"] = MachinePrice(hourly, "USD", NOVEMBER)
    assert costs.per_hour(bench.desk, "m", 1).startswith(f"about {said} USD an hour")


def test_the_demo_has_a_price_for_the_machine_that_is_taken_unless_another_is_asked_for() -> None:
    demo = policy_file.parse(Path("demo/policy.toml").read_text("utf-8"), team="T1", source="the demo's policy")
    assert MACHINE in {each.type for each in demo.machines}
