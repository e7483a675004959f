"""Everything that goes wrong, one scenario a row of the table. The list is explicit."""

from fnmatch import fnmatchcase

from tests.chaos.play import Scenario
from tests.chaos.scenarios import approvals, backends, bots, runs, slack, stores, workers

ALL: tuple[Scenario, ...] = (
    *workers.SCENARIOS,
    *approvals.SCENARIOS,
    *bots.SCENARIOS,
    *runs.SCENARIOS,
    *stores.SCENARIOS,
    *slack.SCENARIOS,
    *backends.SCENARIOS,
)


def named(globs: str) -> list[Scenario]:
    """The scenarios that match one of the comma-separated patterns; all for an empty text."""
    wanted = [glob.strip() for glob in globs.split(",") if glob.strip()]
    return [one for one in ALL if not wanted or any(fnmatchcase(one.name, glob) for glob in wanted)]
