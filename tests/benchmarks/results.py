"""What was measured, kept as one JSON file for each measure, so that measuring one leaves the others as they were."""

from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from tests.benchmarks import machine
from tests.benchmarks.figures import Figure


class Result(BaseModel):
    """One measure's figures, and what they were taken on.

    Attributes:
        measure: The measure's name.
        taken: When, in UTC.
        code: The digest of the product's source.
        facts: The machine's facts.
        busy: How much of the machine others were using before: 1.0 is all of it.
        quick: Whether it was taken with a fraction of the usual repetitions, just to see that it works.
        figures: What was measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: str
    taken: datetime
    code: str
    facts: dict[str, str]
    busy: float
    quick: bool
    figures: tuple[Figure, ...]

    @property
    def repeats(self) -> int:
        """How often it was measured."""
        return max((len(figure.values) for figure in self.figures), default=0)


def taken_now(measure: str, figures: tuple[Figure, ...], *, busy: float, quick: bool) -> Result:
    """A result of this moment, this machine and this source."""
    now = datetime.now(UTC).replace(microsecond=0)
    return Result(
        measure=measure,
        taken=now,
        code=machine.digest_of_code(),
        facts=machine.facts(),
        busy=busy,
        quick=quick,
        figures=figures,
    )


class Results:
    """The results in a folder.

    Attributes:
        folder: Where they are kept; made when the first one is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, result: Result) -> None:
        """Keep a result in place of the one before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{result.measure}.json"
        draft = file.with_suffix(".tmp")
        draft.write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
        draft.replace(file)

    def of(self, measure: str) -> Result | None:
        """The kept result of a measure; None when there is none, or one that an older version of this wrote."""
        try:
            return Result.model_validate_json((self.folder / f"{measure}.json").read_text("utf-8"))
        except (FileNotFoundError, ValidationError):
            return None
