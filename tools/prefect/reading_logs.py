"""A bounded look into a run's log that knows how much it left out."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.prefect.client import LogQuery
from tools.prefect.results import LogLine

#: Lines that Prefect gives at once.
BATCH = 200
#: Lines that are looked at before counting ends; 20 requests of about 10 ms.
SCANNED = 4_000

#: Lines from an offset on, oldest or newest first as the query wants it; fewer than `BATCH` at the end.
ReadBatch = Callable[[int], list[LogLine]]


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found: lines oldest first, how many more match, and whether that number is exact."""

    lines: tuple[LogLine, ...]
    left_out: int
    exact: bool


def look(read: ReadBatch, query: LogQuery) -> Looked:
    """The lines that the query wants, with what it leaves out counted over at most `SCANNED` lines."""
    wanted = query.search.lower()
    kept: list[LogLine] = []
    matching, exact = 0, False
    for offset in range(0, SCANNED, BATCH):
        batch = read(offset)
        found = [line for line in batch if wanted in line.message.lower()]
        matching += len(found)
        kept += found[: query.limit - len(kept)]
        if len(batch) < BATCH:
            exact = True
            break
    return Looked(tuple(reversed(kept)) if query.from_end else tuple(kept), matching - len(kept), exact)
