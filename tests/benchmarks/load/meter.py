"""What the product spent in a stretch of time: calls of Slack's methods, commands of Redis, processor time."""

from collections import Counter

from tests.benchmarks.load.results import Row
from tests.benchmarks.load.site import Site


class Meter:
    """Counts from the moment it is made."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._calls = Counter(site.slack.calls.counts)
        self._limited = Counter(site.slack.calls.limited)
        self._commands = site.commands()
        self._seconds = _seconds(site)

    @property
    def calls(self) -> Counter[str]:
        """Calls by method."""
        return Counter(self._site.slack.calls.counts) - self._calls

    @property
    def limited(self) -> Counter[str]:
        """Calls that were refused with 429, by method."""
        return Counter(self._site.slack.calls.limited) - self._limited

    def rows(self, many: int, *, noun: str = "turn", limited: str = "") -> list[Row]:
        """What each of `many` turns (or another noun) cost, and the share of calls that were refused, with its goal."""
        calls = self.calls.total()
        return [
            Row("calls refused with 429", 100 * self.limited.total() / max(1, calls), "%", limited),
            Row(f"calls of Slack's methods a {noun}", calls / many),
            Row(f"commands of Redis a {noun}", (self._site.commands() - self._commands) / many),
            Row(f"processor time of the product a {noun}", 1000 * (_seconds(self._site) - self._seconds) / many, "ms"),
        ]

    def refused(self) -> str:
        """Which methods were refused how often, in words."""
        limited = self.limited
        return "429s by method: " + ", ".join(
            f"{name} {limited[name]} of {n}" for name, n in sorted(self.calls.items())
        )


def _seconds(site: Site) -> float:
    return sum(cost.seconds for cost in site.costs().values())
