"""A policy file, and everything that may be wrong with one."""

import tomllib
from pathlib import Path

import pytest

from bot.access import Policy, Role, Rule
from bot.events import Actor
from bot.gates import Gate
from bot.policy_faults import BadPolicy
from bot.policy_file import BUILT_IN, DEFAULT, check, check_permissions, default, parse, read
from bot.retention import DAY, Retention
from tests.fakes.directory import FakeDirectory
from tools.catalogue import CATALOGUE

ROLE = """\
[roles.viewer]
members = ["*"]
permissions = ["*:*:read"]
"""
RULE = """\
[[rules]]
name = "champion"
permission = "mlflow:alias:*"
approvers = ["*"]
"""
FAULTS: list[dict[str, str]] = tomllib.loads((Path(__file__).parent / "faults.toml").read_text("utf-8"))["fault"]


def parsed(text: str) -> Policy:
    return parse(text, team="T1", source="policy.toml")


def faults(text: str) -> list[str]:
    with pytest.raises(BadPolicy) as refused:
        parsed(text)
    return str(refused.value).splitlines()


def test_a_file_says_everything_that_there_is() -> None:
    text = """
[roles.approver]
members = ["U0BEN", "S0TEAM"]
permissions = ["mlflow:*", "*:*:read"]
channels = ["C0ONE", "G0TWO"]

[[rules]]
name = "champion"
permission = "mlflow:alias:set"
where = { alias = "champion", model = ["churn*", "fraud"] }
approvers = ["role:approver", "U0EVA"]
quorum = 2
self_approval = true
expires = "7d"
confirmation = true

[[gates]]
model = "churn*"
metric = "auc"
direction = "higher"
minimum = 0.8
minimum_delta = 1
"""
    policy = parsed(text)
    assert policy.roles == (Role("approver", ("mlflow:*", "*:*:read"), ("U0BEN", "S0TEAM"), ("C0ONE", "G0TWO")),)
    assert policy.rules == (
        Rule(
            name="champion",
            permission="mlflow:alias:set",
            where={"alias": ("champion",), "model": ("churn*", "fraud")},
            approvers=("role:approver", "U0EVA"),
            quorum=2,
            self_approval=True,
            expires=7 * 86_400,
            confirmation=True,
        ),
    )
    assert policy.gates == (Gate("churn*", "auc", "higher", minimum=0.8, minimum_delta=1),)


def test_what_is_left_out_of_a_rule_is_the_careful_choice() -> None:
    [rule] = parsed(ROLE + RULE).rules
    assert (rule.quorum, rule.self_approval, rule.expires, rule.confirmation) == (1, False, 86_400, False)


def test_what_a_file_says_of_keeping_counts_and_the_rest_is_as_usual() -> None:
    assert parsed(ROLE).retention == Retention()
    said = parsed(ROLE + '[retention]\nproposals = "365d"\nconversations = "1d"\n').retention
    assert said == Retention(proposals=365 * DAY, conversations=DAY)


def test_offers_are_made_where_a_file_says_so_and_nowhere_else() -> None:
    named, everywhere = (parsed(f"{ROLE}[offers]\nchannels = {where}\n") for where in ('["C0ONE", "G0TWO"]', '["*"]'))
    channels = ("C0ONE", "G0TWO", "C0OTHER")
    assert [named.offers_in(channel) for channel in channels] == [True, True, False]
    assert all(everywhere.offers_in(channel) for channel in channels)
    assert not any(policy.offers_in(channel) for policy in (parsed(ROLE), default("T1")) for channel in channels)


def test_an_approval_may_wait_as_long_as_its_record_outlives_it() -> None:
    rule = RULE + 'expires = "30d"\n'
    assert parsed(ROLE + rule + '[retention]\nproposals = "31d"\n').rules[0].expires == 30 * DAY
    assert "keep `proposals` of [retention] longer" in faults(ROLE + rule + '[retention]\nproposals = "30d"\n')[0]


def test_the_digest_is_that_of_the_text() -> None:
    assert parsed(ROLE).digest == parsed(ROLE).digest
    assert parsed(ROLE).digest != parsed(ROLE + "# seen\n").digest


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["said"][:60])
def test_a_fault_is_told_with_file_line_key_and_what_is_allowed(fault: dict[str, str]) -> None:
    assert faults(ROLE + fault["added"]) == [f"policy.toml, {fault['said']}"]


def test_every_fault_is_told_at_once_in_the_order_of_the_file() -> None:
    text = RULE + "quorum = 99\nexpires = 'soon'\n" + ROLE.replace("members", "member")
    assert [line.split(": ")[0] for line in faults(text)] == [f"policy.toml, line {number}" for number in (5, 6, 7, 8)]


def test_without_a_role_there_is_no_policy() -> None:
    assert faults(RULE) == ["policy.toml, line 1: `roles`: is missing; it must be at least one table [roles.NAME]."]


def test_how_many_are_in_a_group_is_not_known_and_may_be_enough() -> None:
    text = ROLE + RULE.replace('"*"', '"S0TEAM"') + "quorum = 3\n"
    assert parsed(text).rules[0].quorum == 3
    assert parsed(text.replace('"S0TEAM"', '"role:viewer"')).rules[0].quorum == 3


def test_a_file_that_cannot_be_read_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(
        BadPolicy, match=r"^POLICY_FILE: .*policy\.toml cannot be read \(No such file or directory\)\.$"
    ):
        read(tmp_path / "policy.toml")
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9")
    with pytest.raises(BadPolicy, match="save it as UTF-8"):
        read(tmp_path / "latin.toml")
    (tmp_path / "long.toml").write_text("#" * 100_001)
    with pytest.raises(BadPolicy, match="at most 100,000 are allowed"):
        read(tmp_path / "long.toml")


def test_a_file_is_checked_before_anything_serves(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(ROLE)
    check(file)
    check(None)
    file.write_text("[roles]\n")
    with pytest.raises(BadPolicy, match=r"policy\.toml, line 1"):
        check(file)


KNOWN = ["mlflow:alias:set", "mlflow:alias:delete", "prefect:run:start"]


def test_globs_that_match_no_permission_are_named() -> None:
    text = ROLE.replace("*:*:read", "mlflow:*") + RULE.replace("mlflow:alias:*", "mlflow:allias:set")
    assert check_permissions(parsed(text), KNOWN) == (
        (
            "policy.toml, line 6: `permission` of rule `champion`: no tool has a permission like `mlflow:allias:set`. "
            "Did you mean `mlflow:alias:set`? There are: mlflow:alias:delete, mlflow:alias:set, prefect:run:start."
        ),
    )
    assert check_permissions(default("T1"), KNOWN) == ()


def test_without_a_file_everyone_may_ask_for_everything_that_there_is() -> None:
    policy = default("T1")
    assert (policy.source, policy.text) == (BUILT_IN, DEFAULT)
    for tool in CATALOGUE:
        policy.may(Actor(user="U1", team="T1"), tool.permission, channel="C1", directory=FakeDirectory("U1"))


@pytest.mark.parametrize(
    ("permission", "facts", "waits"),
    [
        ("prefect:run:start", {}, False),
        ("prefect:pipeline:register", {}, False),
        ("prefect:run:cancel", {"owner": "self"}, False),
        ("prefect:run:cancel", {"owner": "other"}, True),
        ("prefect:run:cancel", {}, True),
        ("mlflow:alias:set", {"alias": "anything"}, True),
        ("mlflow:alias:delete", {}, True),
        ("mlflow:version:delete", {}, True),
        ("vertex:endpoint:deploy", {}, True),
        ("vertex:endpoint:undeploy", {}, True),
        ("vertex:endpoint:traffic", {}, True),
    ],
)
def test_without_a_file_what_is_hard_to_undo_waits_for_one_other_person_for_a_day(
    permission: str, facts: dict[str, str], *, waits: bool
) -> None:
    rule = default("T1").rule_for(permission, facts)
    assert (rule is not None) == waits
    if rule is not None:
        assert (rule.approvers, rule.quorum, rule.self_approval, rule.expires) == (("*",), 1, False, 86_400)
