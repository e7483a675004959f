"""What a load has shown: rows with their goals, as a table and as a file that the page of numbers is made from."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "≤": lambda value, bound: value <= bound,
    "≥": lambda value, bound: value >= bound,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One number.

    Attributes:
        what: What was counted or measured.
        value: The number; not a number when there was nothing to measure.
        unit: Its unit; empty for a count.
        goal: `= 0`, `< 5`, `≤ 1.1`, `0.9 to 1.1`, or empty when none was set.
    """

    what: str
    value: float
    unit: str = ""
    goal: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal. What could not be measured meets none."""
        if not self.goal:
            return None
        if math.isnan(self.value):
            return False
        if " to " in self.goal:
            low, high = (float(bound) for bound in self.goal.split(" to "))
            return low <= self.value <= high
        sign, bound = self.goal.split(" ")
        return _SIGNS[sign](self.value, float(bound))


@dataclass(frozen=True, slots=True)
class Result:
    """What one load has shown.

    Attributes:
        name: The load's name; the file is called so.
        taken: When, in UTC, ISO 8601.
        machine: The machine's facts.
        rows: The numbers.
        note: What a reader must know to read them.
    """

    name: str
    taken: str
    machine: dict[str, str]
    rows: tuple[Row, ...] = field(default=())
    note: str = ""

    @property
    def held(self) -> bool:
        """Whether every goal was met."""
        return all(row.met is not False for row in self.rows)

    def table(self) -> str:
        """The rows for a terminal."""
        width = max((len(row.what) for row in self.rows), default=0)
        lines = [f"{self.name}: {'held' if self.held else 'NOT HELD'}"]
        for row in self.rows:
            sign = {True: "✓", False: "✗", None: " "}[row.met]
            goal = f"  (goal {row.goal})" if row.goal else ""
            lines.append(f"  {sign} {row.what:<{width}}  {shown(row.value)} {row.unit}{goal}".rstrip())
        return "\n".join([*lines, *(f"  {line}" for line in self.note.splitlines())])

    def write(self, folder: Path) -> Path:
        """Write it to `folder` as `NAME.json`.

        Returns:
            The file.
        """
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.name}.json"
        file.write_text(json.dumps(self.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return file

    def as_json(self) -> dict[str, object]:
        """What is written: `value` is null where there was nothing to measure, `met` where there is no goal."""
        rows = [
            {**asdict(row), "value": None if math.isnan(row.value) else row.value, "met": row.met} for row in self.rows
        ]
        return {"name": self.name, "taken": self.taken, "machine": self.machine, "rows": rows, "note": self.note}


def shown(value: float) -> str:
    """A number as people read it: three figures, and no more than it has."""
    if math.isnan(value):
        return "—"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def never(counts: Mapping[str, int]) -> list[Row]:
    """Rows of what must never happen."""
    return [Row(what, count, goal="= 0") for what, count in counts.items()]
