"""The part of the page that tells how the product stood under load (`python -m tests.benchmarks.load --write`)."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from tests.benchmarks.load.results import shown

TITLE = "Under load"
NAMES = ("load-steady", "load-burst", "load-cards", "load-idle")

_ABOUT = """\
The whole product in the local workspace, which enforces Slack's documented limits. Taken once each, by
`python -m tests.benchmarks.load --write`: these runs are long, and what they are for is that nothing is lost, doubled
or out of order.
"""


class _Row(BaseModel):
    what: str
    value: float | None
    unit: str
    goal: str
    met: bool | None


class Load(BaseModel):
    """What one load has shown, as its command wrote it down."""

    model_config = ConfigDict(frozen=True)

    name: str
    taken: datetime
    machine: dict[str, str]
    rows: tuple[_Row, ...]
    note: str


def kept_in(folder: Path) -> tuple[Load, ...]:
    """The loads that were written to a folder, in the order in which they are shown."""
    found = []
    for name in NAMES:
        try:
            found.append(Load.model_validate_json((folder / f"{name}.json").read_text("utf-8")))
        except (FileNotFoundError, ValidationError):
            continue
    return tuple(found)


def render(loads: Sequence[Load], *, code: str) -> str:
    """The section; `code` is the digest of the product's source as it is now."""
    parts = [f"## {TITLE}\n", _ABOUT]
    known = {load.name: load for load in loads}
    for name in NAMES:
        load = known.get(name)
        parts.append(f"### {name.removeprefix('load-').capitalize()}\n")
        parts.append("*Not taken yet.*\n" if load is None else _drawn(load, code=code))
    return "\n".join(parts)


def _drawn(load: Load, *, code: str) -> str:
    rows = [
        f"| {row.what} | {_value(row)} | {row.goal} | {'' if row.met is None else 'yes' if row.met else '**no**'} |"
        for row in load.rows
    ]
    said = [f"Taken {load.taken:%Y-%m-%d %H:%M} UTC on {load.machine.get('CPU', 'a machine')}."]
    if load.machine.get("Code") != code:
        said.append("**Stale: the product's source has changed since.**")
    note = f"{load.note}\n\n" if load.note else ""
    table = "\n".join(["| what | value | goal | met |", "| --- | --- | --- | --- |", *rows])
    return f"{table}\n\n{note}{' '.join(said)}\n"


def _value(row: _Row) -> str:
    return "—" if row.value is None else f"{shown(row.value)} {row.unit}".strip()
