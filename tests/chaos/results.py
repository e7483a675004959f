"""What was played: one JSON line a run, and the table made of them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HEADINGS = (
    "scenario",
    "what happens",
    "runs",
    "lost",
    "doubled",
    "out of order",
    "failed",
    "else",
    "slowest recovery",
    "limit",
)


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one scenario.

    Attributes:
        scenario: Its name.
        run: Which run, from 0.
        seed: The seed of the whole.
        asked: How many things people did.
        lost: What was accepted and never answered.
        doubled: What came twice.
        disordered: What came too early.
        failed: What ended in a failure message.
        again: Private messages that came twice.
        underway: What had no end yet when the fault struck.
        recovery: The longest wait after the strike, in seconds.
        took: Seconds for the run.
        wrong: What the scenario itself found wrong.
        notes: What is worth knowing.
        broken: Why it could not be played to its end; empty when it was.
        skipped: Why it cannot be played on this machine; empty when it can.
    """

    scenario: str
    run: int
    seed: int
    asked: int = 0
    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    disordered: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    again: int = 0
    underway: int = 0
    recovery: float = 0.0
    took: float = 0.0
    wrong: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    broken: str = ""
    skipped: str = ""

    def to_json(self) -> str:
        """As a line."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> "Result":
        """From a line."""
        fields: dict[str, Any] = json.loads(line)
        kept: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()}
        return cls(**kept)


@dataclass(frozen=True, slots=True)
class Row:
    """A scenario's line in the table.

    Attributes:
        name: The scenario.
        promise: What happens in it, in a few words.
        within: Its limit for recovery, in seconds.
        failures: Whether failure messages are expected in it.
        results: Its runs.
    """

    name: str
    promise: str
    within: float
    failures: bool
    results: tuple[Result, ...]

    @property
    def played(self) -> list[Result]:
        """The runs that were played to their end."""
        return [result for result in self.results if not result.broken and not result.skipped]

    @property
    def skipped(self) -> str:
        """Why it was not played; empty when it was."""
        return next((result.skipped for result in self.results if result.skipped), "")

    @property
    def recovery(self) -> float:
        """The slowest recovery."""
        return max((result.recovery for result in self.played), default=0.0)

    def faults(self, *, timed: bool = True) -> list[str]:
        """Everything that is not as promised, one sentence each; how long it took only where that was timed."""
        found = []
        for result in self.results:
            place = f"{self.name}, run {result.run}"
            found += [f"{place}: lost: {one}" for one in result.lost]
            found += [f"{place}: doubled: {one}" for one in result.doubled]
            found += [f"{place}: out of order: {one}" for one in result.disordered]
            found += [f"{place}: {one}" for one in result.wrong]
            found += [f"{place}: failed: {one}" for one in result.failed if not self.failures]
            if result.broken:
                found.append(f"{place}: could not be played: {result.broken}")
            elif timed and result.recovery > self.within:
                found.append(f"{place}: recovery took {result.recovery:.1f} s; the limit is {self.within:g} s")
        return found

    def cells(self) -> tuple[str, ...]:
        """The row."""
        if self.skipped:
            return (self.name, self.promise, f"not played: {self.skipped}", *[""] * 7)

        def count(kind: str) -> str:
            return str(sum(len(getattr(result, kind)) for result in self.played))

        runs = str(len(self.played)) + (f" of {len(self.results)}" if len(self.played) < len(self.results) else "")
        times = (f"{self.recovery:.1f} s", f"{self.within:g} s")
        return (
            self.name,
            self.promise,
            runs,
            *map(count, ("lost", "doubled", "disordered", "failed", "wrong")),
            *times,
        )


def load(file: Path) -> list[Result]:
    """The runs in a file; none when there is no file. A line that was cut off by a kill is left out."""
    if not file.exists():
        return []
    found = []
    for line in file.read_text("utf-8").splitlines():
        try:
            found.append(Result.from_json(line))
        except (ValueError, TypeError):
            continue
    return found


def text_table(rows: Sequence[Row]) -> str:
    """The table for a terminal; what happens is left out."""
    cells = [tuple(row[:1] + row[2:]) for row in (HEADINGS, *(row.cells() for row in rows))]
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def markdown_table(rows: Iterable[Row]) -> str:
    """The table for a page."""
    lines = ["| " + " | ".join(row) + " |" for row in (HEADINGS, ("---",) * len(HEADINGS), *(r.cells() for r in rows))]
    return "\n".join(lines) + "\n"
