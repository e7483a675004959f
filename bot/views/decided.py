"""What became of a plan card."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Registered:
    """The pipeline was registered.

    Attributes:
        by: The person's id.
        at: Seconds since 1970.
        deployment: The Prefect deployment.
        run_name: The first run's name; empty when it was only registered.
        run_url: The first run's page.
        awaits: The proposal that asks for the first run; empty when none is needed.
    """

    by: str
    at: float
    deployment: str
    run_name: str = ""
    run_url: str = ""
    awaits: str = ""


@dataclass(frozen=True, slots=True)
class Discarded:
    """Somebody (`by`) discarded it, `at` seconds since 1970."""

    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Failed:
    """It was decided, but could not be done.

    Attributes:
        reason: Why, as a sentence.
        remedy: What to do, as a sentence.
        again: Whether the same decision may be made again; then the buttons stay.
    """

    reason: str
    remedy: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Expired:
    """Nobody decided in time; it ended `at` seconds since 1970."""

    at: float


Decided = Registered | Discarded | Failed | Expired
