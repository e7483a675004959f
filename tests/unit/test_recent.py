"""A listing whose system is away answers with its last answer and says how old that is; nothing else does."""

import pytest

from tests.unit.tools_prefect.conftest import Bench, bench
from tools.catalogue import CATALOGUE
from tools.errors import Unavailable
from tools.google.endpoints import describe_endpoint, list_endpoints
from tools.mlflow.models import list_models
from tools.prefect.pipelines import list_pipelines
from tools.recent import KEPT_SECONDS, MOST, Recent
from tools.spec import Effect, Tool, ToolResult
from tools.system import SystemsHealth

__all__ = ["bench"]
AWAY = Unavailable("Prefect", "connection refused")


class Listing:
    """A listing whose system comes and goes, by a clock that a test moves."""

    def __init__(self) -> None:
        self.at = 0.0
        self.away = False
        self.recent = Recent(clock=lambda: self.at)

    def asked(self, what: str = "list") -> str:
        return self.recent.answer(what, lambda: self._ask(what)).text

    def _ask(self, what: str) -> ToolResult:
        if self.away:
            raise AWAY
        return ToolResult(f"{what} at {self.at:.0f}", SystemsHealth(systems=()))


@pytest.fixture
def listing() -> Listing:
    return Listing()


def test_while_the_system_answers_it_is_asked_each_time(listing: Listing) -> None:
    listing.asked()
    listing.at += 1
    assert listing.asked() == "list at 1"


def test_while_it_is_away_the_last_answer_says_how_old_it_is(listing: Listing) -> None:
    listing.asked()
    listing.away, listing.at = True, 40.0
    told = "⚠️ I could not reach Prefect: connection refused. What follows is as of 40 s ago.\n\nlist at 0"
    assert listing.asked() == told
    listing.at = 300.0
    assert "as of 5 min ago.\n\nlist at 0" in listing.asked()
    with pytest.raises(Unavailable):
        listing.asked("another list")
    listing.at = KEPT_SECONDS + 1
    with pytest.raises(Unavailable):
        listing.asked()


def test_only_so_many_answers_are_kept_and_the_oldest_goes_first(listing: Listing) -> None:
    for number in range(MOST + 1):
        listing.asked(f"list {number}")
    listing.away = True
    assert "list 1 at 0" in listing.asked("list 1")
    with pytest.raises(Unavailable):
        listing.asked("list 0")


def test_every_listing_is_a_tool_that_only_reads() -> None:
    found = {tool.name: tool.effect for tool in CATALOGUE if tool.remembered}
    assert found == dict.fromkeys(["list_endpoints", "list_models", "list_pipelines"], Effect.READ)


@pytest.mark.parametrize("tool", [list_endpoints, list_models, list_pipelines], ids=lambda tool: tool.name)
def test_pipelines_models_and_endpoints_are_told_from_before_and_what_is_one_thing_is_not(
    bench: Bench, tool: Tool
) -> None:
    bench.prefect.add_pipeline("churn")
    bench.mlflow.add_version("churn")
    bench.vertex.add_endpoint("churn")
    bench.use(tool)
    bench.use(describe_endpoint, endpoint="churn")
    bench.prefect.broken = bench.mlflow.broken = bench.vertex.away = Unavailable("It", "connection refused")
    told = bench.use(tool).text
    assert "I could not reach It: connection refused. What follows is as of 0 s ago." in told
    assert "churn" in told
    with pytest.raises(Unavailable):
        bench.use(describe_endpoint, endpoint="churn")
