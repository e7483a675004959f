"""A policy from its TOML text, or what is wrong with it: file, line, key, and what is allowed."""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.access import ROLE, USER, Policy, Role, Rule
from bot.allowances import TURN_CALLS, TURN_SECONDS, Allowance, Allowances, Price, merged
from bot.gates import Gate
from bot.globs import matches
from bot.machines import Machine
from bot.policy_faults import BadPolicy, Fault, bad, fault_of, meant, no_toml, subject
from bot.policy_lines import Key, Lines
from bot.policy_schema import PolicyTables, RoleTable, RuleTable
from bot.retention import DAY, Retention

MOST_CHARACTERS = 100_000
SHORTEST_FILES = 2 * DAY
BUILT_IN = "the built-in policy"  #: the source of the policy without a file

#: In force without a file. A permission that is not listed here is nobody's until a file grants it.
DEFAULT = """\
[roles.everyone]
members = ["*"]
permissions = [
    "*:*:read",
    "prefect:limit:*",
    "prefect:pipeline:register",
    "prefect:pool:*",
    "prefect:run:*",
    "prefect:schedule:*",
    "trainmaster:*:*",
    "mlflow:alias:*",
    "mlflow:model:*",
    "mlflow:version:*",
    "storage:object:*",
    "vertex:*:deploy",
    "vertex:*:undeploy",
    "vertex:*:traffic",
    "*:*:delete",
]

[[rules]]
name = "aliases"
permission = "mlflow:alias:*"
approvers = ["*"]

[[rules]]
name = "deploying"
permission = "vertex:*:deploy"
approvers = ["*"]

[[rules]]
name = "undeploying"
permission = "vertex:*:undeploy"
approvers = ["*"]

[[rules]]
name = "traffic"
permission = "vertex:*:traffic"
approvers = ["*"]

[[rules]]
name = "deleting-versions"
permission = "mlflow:version:delete"
approvers = ["*"]
confirmation = true

[[rules]]
name = "deleting"
permission = "*:*:delete"
approvers = ["*"]

[[rules]]
name = "replacing"
permission = "storage:object:create"
where = { replaces = "yes" }
approvers = ["*"]

[[rules]]
name = "pausing-pools"
permission = "prefect:pool:pause"
approvers = ["*"]

[[rules]]
name = "limits"
permission = "prefect:limit:*"
approvers = ["*"]

[[rules]]
name = "runs-of-others"
permission = "prefect:run:cancel"
where = { owner = "other" }
approvers = ["*"]
"""


def read(path: Path | None) -> tuple[str, str]:
    """The text of the policy and its source; the built-in one without a path.

    Raises:
        BadPolicy: The file cannot be read.
    """
    if path is None:
        return DEFAULT, BUILT_IN
    try:
        text = path.expanduser().read_text("utf-8")
    except UnicodeDecodeError:
        raise BadPolicy(f"POLICY_FILE: {path} is no UTF-8 text: save it as UTF-8.") from None
    except OSError as exc:
        raise BadPolicy(f"POLICY_FILE: {path} cannot be read ({exc.strerror}).") from None
    if len(text) > MOST_CHARACTERS:
        raise BadPolicy(f"POLICY_FILE: {path} has {len(text):,} characters; at most {MOST_CHARACTERS:,} are allowed.")
    return text, path.name


def parse(text: str, *, team: str, source: str) -> Policy:
    """The policy of a text.

    Args:
        text: TOML.
        team: The workspace that it is for.
        source: What the text is called in messages.

    Raises:
        BadPolicy: It makes no sense; every fault is named.
    """
    try:
        document = tomllib.loads(text)
        tables = PolicyTables.model_validate(document)
    except tomllib.TOMLDecodeError as exc:
        raise BadPolicy(no_toml(text, source, exc)) from None
    except ValidationError as exc:
        errors = exc.errors(include_url=False)
        raise bad(text, source, map(fault_of, errors)) from None
    if faults := [
        *_unknown_roles(tables),
        *_doubles(tables),
        *_impossible(tables),
        *_unpaid(tables),
        *_outlived(tables),
    ]:
        raise bad(text, source, faults)
    return Policy(
        team=team,
        roles=tuple(_role(name, table) for name, table in tables.roles.items()),
        rules=tuple(_rule(table) for table in tables.rules),
        gates=tuple(Gate(**table.model_dump()) for table in tables.gates),
        allowances=_allowances(tables),
        buckets=tuple(tables.storage.buckets) if tables.storage else (),
        machines=tuple(Machine(**table.model_dump()) for table in tables.machines),
        retention=_retention(tables),
        offers=tuple(tables.offers.channels) if tables.offers else (),
        text=text,
        source=source,
    )


def check(path: Path | None) -> None:
    """See whether a policy makes sense, before anything serves.

    Raises:
        BadPolicy: It does not.
    """
    text, source = read(path)
    parse(text, team="", source=source)


def default(team: str) -> Policy:
    """The policy without a file."""
    return parse(DEFAULT, team=team, source=BUILT_IN)


def check_permissions(policy: Policy, known: Iterable[str]) -> tuple[str, ...]:
    """Which globs of a policy match no permission that there is, a sentence each.

    The built-in policy also speaks of what later tools will do, and is not looked at.
    """
    if policy.source == BUILT_IN:
        return ()
    permissions = sorted(set(known))
    globs: list[tuple[Key, str]]
    globs = [(("roles", role.name, "permissions"), glob) for role in policy.roles for glob in role.permissions]
    globs += [(("rules", place, "permission"), rule.permission) for place, rule in enumerate(policy.rules)]
    names: dict[str, Any] = {"rules": [{"name": rule.name} for rule in policy.rules]}
    lines = Lines(policy.text)
    return tuple(
        f"{policy.source}, line {lines.of(key)}: {subject(key, names)}: no tool has a permission like `{glob}`."
        f"{meant(glob, permissions)} There are: {', '.join(permissions)}."
        for key, glob in globs
        if not any(matches(permission, glob) for permission in permissions)
    )


def _role(name: str, table: RoleTable) -> Role:
    return Role(name, tuple(table.permissions), tuple(table.members), tuple(table.channels or ()))


def _rule(table: RuleTable) -> Rule:
    return Rule(
        name=table.name,
        permission=table.permission,
        where={name: tuple(globs) for name, globs in table.where.items()},
        approvers=tuple(table.approvers),
        quorum=table.quorum,
        self_approval=table.self_approval,
        expires=table.expires,
        confirmation=table.confirmation,
    )


def _allowances(tables: PolicyTables) -> Allowances:
    usual = Allowances()
    said = {name: Allowance(**table.model_dump()) for name, table in tables.budgets.items()}
    return Allowances(
        turn=merged(usual.turn, said.get("turn", Allowance())),
        thread=merged(usual.thread, said.get("thread", Allowance())),
        person=merged(usual.person, said.get("person", Allowance())),
        prices=tuple(Price(**table.model_dump()) for table in tables.prices),
    )


def _retention(tables: PolicyTables) -> Retention:
    return Retention(**tables.retention.model_dump(exclude_none=True)) if tables.retention else Retention()


def _outlived(tables: PolicyTables) -> Iterator[Fault]:
    """What would be gone before it has come to its end."""
    kept = _retention(tables)
    for place, rule in enumerate(tables.rules):
        if rule.expires >= kept.proposals:
            words = (
                f"it waits for {_days(rule.expires)}, but the record of a proposal is kept for "
                f"{_days(kept.proposals)}; let it expire sooner, or keep `proposals` of [retention] longer"
            )
            yield Fault(("rules", place, "expires"), words)
    if kept.files < SHORTEST_FILES:
        words = "the card of a shared file waits for a day, so the file has to be kept for at least 2 days"
        yield Fault(("retention", "files"), words)


def _days(seconds: float) -> str:
    return "1 day" if seconds == DAY else f"{seconds / DAY:g} days"


def _unpaid(tables: PolicyTables) -> Iterator[Fault]:
    """Budgets that cannot be kept."""
    for name, table in tables.budgets.items():
        if table.cost is not None and not tables.prices:
            yield Fault(("budgets", name, "cost"), "no model has a price: add a table [[prices]]")
    for place, price in enumerate(tables.prices):
        if price.currency != tables.prices[0].currency:
            yield Fault(("prices", place, "currency"), "costs are added up, so every price needs the same currency")
    turn = tables.budgets.get("turn")
    if turn and turn.time is not None and turn.time > TURN_SECONDS:
        yield Fault(("budgets", "turn", "time"), "no question may take longer than ten minutes")
    if turn and turn.calls is not None and turn.calls > TURN_CALLS:
        yield Fault(("budgets", "turn", "calls"), f"no question may make more than {TURN_CALLS} calls")


def _unknown_roles(tables: PolicyTables) -> Iterator[Fault]:
    for place, rule in enumerate(tables.rules):
        for approver in rule.approvers:
            name = approver.removeprefix(ROLE)
            if approver.startswith(ROLE) and name not in tables.roles:
                words = f"there is no role `{name}`.{meant(name, tables.roles)} There are: {', '.join(tables.roles)}"
                yield Fault(("rules", place, "approvers"), words)


def _doubles(tables: PolicyTables) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, rule in enumerate(tables.rules):
        if rule.name in seen:
            yield Fault(("rules", place, "name"), "there is a rule of this name above; give every rule its own")
        seen.add(rule.name)
    types: set[str] = set()
    for place, machine in enumerate(tables.machines):
        if machine.type in types:
            yield Fault(("machines", place, "type"), "there is a price of this type above; give every type one")
        types.add(machine.type)


def _impossible(tables: PolicyTables) -> Iterator[Fault]:
    """Quorums that the people who are named cannot reach; how many are in a user group is not known here."""
    for place, rule in enumerate(tables.rules):
        people = _named(rule, tables)
        if people is not None and len(people) < rule.quorum:
            words = f"{rule.quorum} people have to approve, but `approvers` names {len(people)}"
            yield Fault(("rules", place, "quorum"), words)


def _named(rule: RuleTable, tables: PolicyTables) -> set[str] | None:
    """The people who may decide; None when there may be more than are named."""
    found: set[str] = set()
    for approver in rule.approvers:
        role = tables.roles.get(approver.removeprefix(ROLE))
        found.update(role.members if role and approver.startswith(ROLE) else (approver,))
    return found if all(one.startswith(USER) for one in found) else None
