"""`docs/policy.md` explains every key, and its examples are good."""

import re

import pytest

from bot.policy_file import parse
from bot.policy_schema import (
    BudgetTable,
    GateTable,
    MachineTable,
    OffersTable,
    PolicyTables,
    PriceTable,
    RetentionTable,
    RoleTable,
    RuleTable,
    StorageTable,
    Table,
)
from tests.unit.house.tree import ROOT

PAGE = (ROOT / "docs" / "policy.md").read_text("utf-8")
EXAMPLES = re.findall(r"^## ([^\n]+)\n(?:(?!^## ).)*?```toml\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)


def test_there_are_three_complete_examples() -> None:
    assert [name for name, _ in EXAMPLES] == ["One person", "A team", "Regulated"]
    assert len(re.findall(r"^```toml", PAGE, re.MULTILINE)) == 3


@pytest.mark.parametrize(("name", "text"), EXAMPLES)
def test_an_example_is_a_policy(name: str, text: str) -> None:
    policy = parse(text, team="T1", source=name)
    assert policy.roles
    assert policy.rules


def test_in_the_regulated_one_two_of_three_others_agree_to_what_touches_production() -> None:
    policy = parse(dict(EXAMPLES)["Regulated"], team="T1", source="policy.toml")
    for permission, facts in (
        ("mlflow:alias:set", {"alias": "champion", "model": "churn"}),
        ("vertex:endpoint:deploy", {"endpoint": "prod-churn"}),
    ):
        rule = policy.rule_for(permission, facts)
        assert rule is not None
        assert (rule.quorum, len(policy.deciders(rule)), rule.self_approval, rule.confirmation) == (2, 3, False, True)


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("[roles.NAME]", RoleTable),
        ("[[rules]]", RuleTable),
        ("[[gates]]", GateTable),
        ("[budgets.NAME]", BudgetTable),
        ("[[prices]]", PriceTable),
        ("[storage]", StorageTable),
        ("[[machines]]", MachineTable),
        ("[retention]", RetentionTable),
        ("[offers]", OffersTable),
    ],
)
def test_every_key_of_a_table_is_explained_with_whether_it_is_needed(heading: str, table: type[Table]) -> None:
    section = PAGE.split(f"### `{heading}`\n")[1].split("\n#")[0]
    told = re.findall(r"^\| `(\w+)` \| (yes|no) \| .+ \|$", section, re.MULTILINE)
    assert told == [(name, "yes" if field.is_required() else "no") for name, field in table.model_fields.items()]


def test_every_table_has_its_section() -> None:
    headings = re.findall(r"^### `\[+(\w+)", PAGE, re.MULTILINE)
    assert headings == list(PolicyTables.model_fields)
