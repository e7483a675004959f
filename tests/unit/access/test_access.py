"""Who may do what, and who has to agree."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.access import Grants, Policy, Role, Rule
from bot.errors import Denied, MembershipUnknown
from bot.events import Actor
from tests.fakes.directory import FakeDirectory

TEAM, HERE, ELSEWHERE = "T1", "C1HERE", "C2ELSE"
ANN, BEN, EVA, GUEST = "U0ANN", "U0BEN", "U0EVA", "U0GUEST"
GROUP = "S0TEAM"
NOT_SELF = ", but not for the person who asked."

POLICY = Policy(
    team=TEAM,
    roles=(
        Role("viewer", ("*:*:read",), ("*",)),
        Role("runner", ("prefect:run:*",), (ANN, GUEST), (HERE,)),
        Role("owner", ("*",), (GROUP,)),
    ),
)
RULE = Rule("champion", "mlflow:alias:*", approvers=("role:owner", BEN), quorum=1)


def who(user: str, team: str = TEAM) -> Actor:
    return Actor(user=user, team=team)


@pytest.fixture
def directory() -> FakeDirectory:
    return FakeDirectory(ANN, BEN, EVA, **{GROUP: {EVA}})


def refused(policy: Policy, user: str, permission: str, directory: FakeDirectory, channel: str = HERE) -> str:
    try:
        policy.may(who(user), permission, channel=channel, directory=directory)
    except Denied as exc:
        return str(exc)
    return ""


@pytest.mark.parametrize(
    ("user", "permission", "channel", "said"),
    [
        (ANN, "mlflow:run:read", HERE, ""),
        (ANN, "mlflow:run:read", "", ""),
        (GUEST, "mlflow:run:read", HERE, "You may not do this: `mlflow:run:read` is for the role `viewer` or `owner`."),
        (ANN, "prefect:run:start", HERE, ""),
        (GUEST, "prefect:run:start", HERE, ""),
        (
            ANN,
            "prefect:run:start",
            ELSEWHERE,
            "You may not do this here: the role `runner` has `prefect:run:start` in other channels only.",
        ),
        (
            BEN,
            "prefect:run:start",
            HERE,
            "You may not do this: `prefect:run:start` is for the role `runner` or `owner`.",
        ),
        (EVA, "prefect:run:start", ELSEWHERE, ""),
        (EVA, "vertex:endpoint:deploy", "", ""),
        (EVA, "", HERE, "This tool has no permission to its name, so nobody may use it."),
    ],
)
def test_a_person_may_do_what_a_role_grants_to_who_holds_it_where_it_counts(
    user: str, permission: str, channel: str, said: str, directory: FakeDirectory
) -> None:
    assert refused(POLICY, user, permission, directory, channel) == said


def test_what_no_role_grants_nobody_may_do(directory: FakeDirectory) -> None:
    policy = replace(POLICY, roles=POLICY.roles[:2])
    said = "Nobody may do this: no role of the access policy grants `mlflow:alias:set`."
    assert refused(policy, EVA, "mlflow:alias:set", directory) == said


def test_nobody_of_another_workspace_may_do_anything(directory: FakeDirectory) -> None:
    stranger = who(EVA, team="T2")
    for ask in (
        lambda: POLICY.may(stranger, "mlflow:run:read", channel=HERE, directory=directory),
        lambda: POLICY.may_decide(RULE, stranger, requester=ANN, directory=directory, fresh=False),
        lambda: POLICY.grants(stranger, HERE, directory, gateable=()),
    ):
        with pytest.raises(Denied, match="Only members of this workspace"):
            ask()
    assert directory.asked == []


def test_a_person_who_is_named_is_let_in_without_asking_slack(directory: FakeDirectory) -> None:
    directory.away = True
    assert refused(POLICY, ANN, "prefect:run:start", directory) == ""
    with pytest.raises(MembershipUnknown):
        refused(POLICY, BEN, "prefect:run:start", directory)


def test_when_a_decided_call_is_made_slack_is_asked_anew(directory: FakeDirectory) -> None:
    POLICY.may(who(EVA), "mlflow:alias:set", channel=HERE, directory=directory, fresh=True)
    POLICY.may_decide(RULE, who(EVA), requester=ANN, directory=directory, fresh=True)
    assert {fresh for _, fresh in directory.asked} == {True}


def decided(rule: Rule, user: str, directory: FakeDirectory, *, requester: str = ANN) -> str:
    try:
        POLICY.may_decide(rule, who(user), requester=requester, directory=directory, fresh=False)
    except Denied as exc:
        return str(exc)
    return ""


@pytest.mark.parametrize(
    ("changes", "user", "said"),
    [
        ({}, BEN, ""),
        ({}, EVA, ""),
        ({}, ANN, "You asked for this yourself: the rule `champion` wants somebody else to decide."),
        ({"self_approval": True, "approvers": (ANN,)}, ANN, ""),
        (
            {"self_approval": True},
            ANN,
            "You may not decide this. By the rule `champion`, it is for the role `owner` or <@U0BEN> to decide.",
        ),
        ({"approvers": ("*",)}, BEN, ""),
        (
            {"approvers": ("*",)},
            GUEST,
            "Only full members of this workspace may decide: guests and bots may not.",
        ),
        ({"approvers": (GUEST,)}, GUEST, "Only full members of this workspace may decide: guests and bots may not."),
        (
            {"approvers": (GROUP,), "quorum": 2},
            BEN,
            "You may not decide this. By the rule `champion`, it is for <!subteam^S0TEAM> to decide, 2 of them together"
            + NOT_SELF,
        ),
        ({"approvers": ("role:viewer",)}, BEN, ""),
    ],
)
def test_who_decides_is_an_approver_a_full_member_and_somebody_else(
    changes: dict[str, object], user: str, said: str, directory: FakeDirectory
) -> None:
    assert decided(replace(RULE, **changes), user, directory) == said  # type: ignore[arg-type]  # a table of changes


def test_nothing_is_decided_while_nobody_can_tell_who_somebody_is(directory: FakeDirectory) -> None:
    directory.away = True
    for user in (BEN, EVA):
        with pytest.raises(MembershipUnknown, match="so I did nothing"):
            decided(RULE, user, directory)


def test_a_view_gets_the_people_behind_a_role() -> None:
    rule = replace(RULE, approvers=("role:runner", "role:owner", ANN, "*"))
    assert POLICY.deciders(rule) == (ANN, GUEST, GROUP, "*")


def test_whoami_tells_roles_permissions_rules_and_what_one_decides(directory: FakeDirectory) -> None:
    policy = replace(POLICY, rules=(RULE, Rule("cancel", "prefect:run:cancel", approvers=("*",))))

    def granted(user: str, channel: str = HERE) -> Grants:
        return policy.grants(who(user), channel, directory, gateable=["mlflow:alias:set", "prefect:run:cancel"])

    anns, evas = granted(ANN), granted(EVA)
    assert (anns.roles, anns.permissions) == (("viewer", "runner"), ("*:*:read", "prefect:run:*"))
    assert ([rule.name for rule in anns.rules], [rule.name for rule in anns.decides]) == (["cancel"], ["cancel"])
    assert [rule.name for rule in evas.rules] == [rule.name for rule in evas.decides] == ["champion", "cancel"]
    assert (granted(ANN, ELSEWHERE).roles, granted(ANN, ELSEWHERE).rules) == (("viewer",), ())
    assert granted(GUEST).decides == ()


def rules(*made: Rule) -> Policy:
    return Policy(team=TEAM, roles=(), rules=made)


def test_the_first_rule_that_fits_counts() -> None:
    special = Rule("special", "mlflow:alias:*", {"alias": ("champion", "prod-*")})
    policy = rules(special, Rule("general", "mlflow:*"))
    found = {
        alias: policy.rule_for("mlflow:alias:set", {"alias": alias, "model": "churn"}) for alias in ("champion", "x")
    }
    assert {alias: rule and rule.name for alias, rule in found.items()} == {"champion": "special", "x": "general"}
    assert policy.rule_for("prefect:run:start", {"alias": "champion"}) is None


def test_a_rule_with_two_conditions_wants_both() -> None:
    policy = rules(Rule("both", "*", {"alias": ("champion",), "model": ("churn*",)}))
    assert policy.rule_for("a:b:c", {"alias": "champion", "model": "churn"}) is not None
    assert policy.rule_for("a:b:c", {"alias": "champion", "model": "fraud"}) is None


def test_a_condition_that_the_call_does_not_speak_of_frees_nothing_and_yields_to_a_rule_that_fits() -> None:
    typo = Rule("typo", "mlflow:alias:*", {"allias": ("champion",)})
    assert rules(typo).rule_for("mlflow:alias:set", {"alias": "staging"}) is typo
    strict = Rule("strict", "mlflow:alias:*")
    assert rules(typo, strict).rule_for("mlflow:alias:set", {"alias": "staging"}) is strict


FACTS = some.dictionaries(some.sampled_from("xyz"), some.sampled_from(["a", "b"]), max_size=3)
RULES = some.lists(
    some.builds(
        Rule,
        name=some.uuids().map(str),
        permission=some.sampled_from(["p:a:b", "p:*", "*", "q:*"]),
        where=some.dictionaries(some.sampled_from("xyz"), some.tuples(some.sampled_from(["a", "b", "*"])), max_size=2),
    ),
    max_size=5,
)


@given(RULES, FACTS)
def test_no_rule_before_the_one_that_counts_fits_for_certain(made: list[Rule], facts: dict[str, str]) -> None:
    policy, found = rules(*made), rules(*made).rule_for("p:a:b", facts)
    fitting = [rule for rule in made if rule.concerns("p:a:b") and rule.fits(facts, unsaid=False)]
    if fitting:
        assert found is fitting[0]
    assert found is None or policy.may_be_gated("p:a:b")


@given(RULES, FACTS, some.sampled_from("xyz"))
def test_a_call_that_says_less_is_never_freer(made: list[Rule], facts: dict[str, str], left_out: str) -> None:
    less = {name: value for name, value in facts.items() if name != left_out}
    if rules(*made).rule_for("p:a:b", facts) is not None:
        assert rules(*made).rule_for("p:a:b", less) is not None


@given(RULES, FACTS)
def test_a_rule_added_at_the_end_takes_no_call_from_one_that_fits(made: list[Rule], facts: dict[str, str]) -> None:
    before = rules(*made).rule_for("p:a:b", facts)
    after = rules(*made, Rule("last", "*")).rule_for("p:a:b", facts)
    assert after is not None
    if before is not None and before.fits(facts, unsaid=False):
        assert after is before


@pytest.mark.parametrize(
    ("glob", "fits", "fails"),
    [
        ("prod[1]", "prod[1]", "prod1"),
        ("[a-z]*", "[a-z] model", "model"),
        ("prod-?", "prod-1", "prod-12"),
        ("*:[!x]", "a:[!x]", "a:b"),
    ],
)
def test_a_glob_has_a_star_and_a_question_mark_and_nothing_else(glob: str, fits: str, fails: str) -> None:
    rule = Rule("one", "mlflow:alias:set", {"alias": (glob,)})
    policy = Policy(team="T1", roles=(), rules=(rule,))
    assert policy.rule_for("mlflow:alias:set", {"alias": fits}) is rule
    assert policy.rule_for("mlflow:alias:set", {"alias": fails}) is None
