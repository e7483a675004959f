"""What came of playing the cases, kept as one JSON file a model; and what pass^k is of it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from math import comb
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from tests.evals.case import Case
from tests.evals.judge import Verdict


class Play(BaseModel):
    """One play of one case.

    Attributes:
        reasons: What was not as it must be.
        forbidden: What must never happen and did.
        broken: Why it could not be judged.
        seconds: How long it took.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reasons: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    broken: str = ""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether all was as it must be."""
        return not (self.reasons or self.forbidden or self.broken)


class Outcome(BaseModel):
    """A case with all its plays; none when it is not in the model's reach.

    Attributes:
        name: The case's.
        category: The case's.
        beyond: Why it is not in reach; empty when it is.
        known: Why it is known to fail; empty when it must not.
        plays: Each play.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    category: str
    beyond: str = ""
    known: str = ""
    plays: tuple[Play, ...] = ()

    @property
    def passes(self) -> int:
        """How many of its plays passed."""
        return sum(play.passed for play in self.plays)

    @property
    def passed(self) -> bool:
        """Whether every play passed."""
        return bool(self.plays) and self.passes == len(self.plays)

    @property
    def as_meant(self) -> bool:
        """Whether every play passed, or not every one where that is known; and nothing forbidden happened."""
        return self.passed != bool(self.known) and not any(play.forbidden for play in self.plays)

    def power(self, k: int) -> float:
        """The chance that k plays in a row pass, estimated from all that there are; see `pass_power`."""
        return comb(self.passes, k) / comb(len(self.plays), k)


class Outcomes(BaseModel):
    """Everything that one command played.

    Attributes:
        model: Which model answered.
        taken: When, in UTC.
        repeats: How often each case was played.
        outcomes: Every case that was chosen, in the order of the files.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    taken: datetime
    repeats: int
    outcomes: tuple[Outcome, ...]

    @property
    def played(self) -> tuple[Outcome, ...]:
        """Those that were in the model's reach."""
        return tuple(one for one in self.outcomes if one.plays)


def outcome(case: Case, verdicts: Iterable[tuple[Verdict, float]], *, beyond: str = "") -> Outcome:
    """What came of a case."""
    plays = tuple(
        Play(reasons=verdict.reasons, forbidden=verdict.forbidden, broken=verdict.broken, seconds=round(seconds, 2))
        for verdict, seconds in verdicts
    )
    return Outcome(name=case.name, category=case.category, beyond=beyond, known=case.known, plays=plays)


def now() -> datetime:
    """When results are taken."""
    return datetime.now(UTC).replace(microsecond=0)


def pass_power(outcomes: Iterable[Outcome], k: int) -> float | None:
    """pass^k: the chance that a case passes k times in a row, over all cases; None when none was played so often.

    With n plays of which c passed, a case's chance is estimated without bias by C(c, k) / C(n, k).
    """
    chances = [one.power(k) for one in outcomes if len(one.plays) >= k]
    return sum(chances) / len(chances) if chances else None


def keep(results: Outcomes, folder: Path) -> Path:
    """Keep results in place of the last ones of the same model."""
    folder.mkdir(parents=True, exist_ok=True)
    file = _file(folder, results.model)
    draft = file.with_suffix(".tmp")
    draft.write_text(results.model_dump_json(indent=1) + "\n", encoding="utf-8")
    draft.replace(file)
    return file


def last(folder: Path, model: str) -> Outcomes | None:
    """The last results of a model; None when there are none, or such as an older version of this wrote."""
    try:
        return Outcomes.model_validate_json(_file(folder, model).read_text("utf-8"))
    except (FileNotFoundError, ValidationError):
        return None


def every(folder: Path) -> tuple[Outcomes, ...]:
    """The last results of every model, by name."""
    found = (last(folder, file.stem) for file in sorted(folder.glob("*.json")))
    return tuple(one for one in found if one is not None)


def _file(folder: Path, model: str) -> Path:
    return folder / f"{model.replace('/', '-')}.json"
