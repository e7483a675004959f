"""What a measure is, and what it may ask for while it runs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tests.benchmarks.figures import Figure

QUICK = 20  #: a quick run makes so many times fewer repetitions


@dataclass(frozen=True, slots=True)
class Runner:
    """How a measure is to be run.

    Attributes:
        repeats: How often.
        quick: Whether only to see that it works.
        say: Told a line for the person who waits.
        inherited: The environment of this process; children get an allow-list of it.
    """

    repeats: int
    quick: bool
    say: Callable[[str], None]
    inherited: Mapping[str, str]

    def count(self, usual: int) -> int:
        """How many repetitions to make where `usual` are wanted."""
        return max(2, usual // QUICK) if self.quick else usual

    def rounds(self, what: str = "") -> Iterator[int]:
        """The repeats, each announced."""
        for number in range(1, self.repeats + 1):
            self.say(f"  {what}{', ' if what else ''}repeat {number} of {self.repeats}")
            yield number


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is measured.

    Attributes:
        name: How it is asked for: lower case with dashes.
        title: Its heading.
        about: What is measured and against what, in a paragraph.
        run: Measures.
    """

    name: str
    title: str
    about: str
    run: Callable[[Runner], tuple[Figure, ...]]

    @property
    def anchor(self) -> str:
        """Where its section is on the page."""
        kept = "".join(letter for letter in self.title.lower() if letter.isalnum() or letter in " -")
        return kept.replace(" ", "-")
