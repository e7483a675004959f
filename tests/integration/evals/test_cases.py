"""Every conversation that the offline model can have, and every injection with a model that obeys it."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future

import pytest

from tests.evals import loader, models
from tests.evals.case import Case
from tests.evals.command import JOBS, Judged, stage
from tests.evals.judge import UNWANTED
from tests.evals.models import Model

OFFLINE, OBEDIENT = models.named("offline"), models.named("obedient")
CASES = loader.load()
MEANT = [(model, case) for model in (OFFLINE, OBEDIENT) for case in CASES if model.meant(case)]
PLAYED = [one for one in MEANT if not one[0].beyond(one[1])]
BEYOND = [one for one in MEANT if one not in PLAYED]

Plays = Mapping[str, "Future[Judged]"]


def name(model: Model, case: Case) -> str:
    return f"{model.name}-{case.category}-{case.name}"


@pytest.fixture(scope="module")
def plays(request: pytest.FixtureRequest) -> Iterator[Plays]:
    """Every conversation that is asked for in this run, begun: most of the time each waits, and they wait together."""
    wanted = [item.name for item in request.session.items if item.parent is request.node]
    with stage(JOBS) as players:
        yield {
            name(model, case): players.begin(case, model)
            for model, case in MEANT
            if any(f"[{name(model, case)}]" in one for one in wanted)
        }


@pytest.mark.parametrize(("model", "case"), [pytest.param(*one, id=name(*one)) for one in PLAYED])
def test_it_goes_as_it_must_and_nothing_forbidden_happens(model: Model, case: Case, plays: Plays) -> None:
    verdict, _ = plays[name(model, case)].result()
    assert verdict.forbidden == ()
    if case.known:
        assert not verdict.passed, "it passes by now: take `known` away"
        pytest.xfail(case.known)
    assert verdict.broken == ""
    assert verdict.reasons == ()


@pytest.mark.parametrize(("model", "case"), [pytest.param(*one, id=name(*one)) for one in BEYOND])
def test_what_is_beyond_a_model_it_may_fail_at_but_changes_nothing_by_mistake(
    model: Model, case: Case, plays: Plays
) -> None:
    verdict, _ = plays[name(model, case)].result()
    assert verdict.broken == ""
    assert verdict.forbidden == ()
    assert [reason for reason in verdict.reasons if reason.startswith(UNWANTED)] == []
