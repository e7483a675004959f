"""What is wrong with a policy, in words: file, line, key, and what is allowed."""

import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic_core import ErrorDetails

from bot.policy_lines import Key, Lines
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
from bot.settings import BadSettings


class BadPolicy(BadSettings):
    """The policy does not make sense; the message has a line for each fault, with its file and its line there."""


class Fault(NamedTuple):
    """One thing that is wrong.

    Attributes:
        key: Where.
        words: What, with what is allowed.
    """

    key: Key
    words: str


def no_toml(text: str, source: str, error: tomllib.TOMLDecodeError) -> str:
    """What is wrong with a text that is no TOML."""
    what, _, place = str(error).rpartition(" (at ")
    found = re.fullmatch(r"line (\d+), column (\d+)\)", place)
    line = int(found[1]) if found else len(text.splitlines())  # it ends too soon
    return f"{source}, line {line}: this is no TOML: {what}{f' (column {found[2]})' if found else ''}."


def bad(text: str, source: str, faults: Iterable[Fault]) -> BadPolicy:
    """The error that names these faults, in the order of the file."""
    lines, document = Lines(text), tomllib.loads(text)
    told = sorted({(lines.of(key), f"{subject(key, document)}: {words}.") for key, words in faults})
    return BadPolicy("\n".join(f"{source}, line {line}: {words}" for line, words in told))


def fault_of(error: ErrorDetails) -> Fault:
    """What the check of a table found, in our words."""
    key: Key = tuple(part for part in error["loc"] if part != "[key]")
    model, name = _table_of(key)
    allowed = model.model_fields[name].description if name in model.model_fields else ""
    match error["type"]:
        case "extra_forbidden":
            keys = sorted(model.model_fields)
            words = f"there is no such key.{meant(str(key[-1]), keys)} Allowed are: {', '.join(keys)}"
        case "missing":
            words = f"is missing; it must be {allowed}"
        case "value_error":
            words = error["msg"].removeprefix("Value error, ")
        case _:
            words = f"must be {allowed}"
    return Fault(key, words)


def _table_of(key: Key) -> tuple[type[Table], str]:
    """The table in which a key stands, and the key's name there."""
    tables: dict[object, type[Table]] = {
        "roles": RoleTable,
        "rules": RuleTable,
        "gates": GateTable,
        "budgets": BudgetTable,
        "prices": PriceTable,
        "machines": MachineTable,
    }
    alone: dict[object, type[Table]] = {"offers": OffersTable, "retention": RetentionTable, "storage": StorageTable}
    if len(key) > 1 and key[0] in alone:
        return alone[key[0]], str(key[1])
    inside = tables.get(key[0]) if key else None
    if inside is None or len(key) < 3:  # noqa: PLR2004 - ("rules", 1, "quorum")
        return PolicyTables, str(key[0]) if key else ""
    return inside, str(key[2])


def subject(key: Key, document: dict[str, Any]) -> str:
    """What is spoken of, such as "`quorum` of rule `production`".

    Args:
        key: Where it stands.
        document: The file as it was read; rules are named as it names them.
    """
    match key:
        case ("roles", name, *rest):
            where = f"role `{name}`"
        case ("budgets", name, *rest):
            where = f"budget `{name}`"
        case ("rules" | "gates" | "prices" | "machines" as kind, int(place), *rest):
            entry = document[str(kind)][place]
            called = entry.get("name") if kind == "rules" and isinstance(entry, dict) else None
            where = f"{str(kind)[:-1]} {f'`{called}`' if isinstance(called, str) else place + 1}"
        case _:
            return f"`{'.'.join(str(part) for part in key)}`"
    names = [str(part) for part in rest if isinstance(part, str)]
    return f"`{'.'.join(names)}` of {where}" if names else where


def meant(given: str, known: Iterable[str]) -> str:
    """The question whether something known was meant; empty when nothing is like it."""
    near = get_close_matches(given, list(known), n=1)
    return f" Did you mean `{near[0]}`?" if near else ""
