"""What is beyond a model it may fail at, but changes nothing by mistake. All else is played by `make eval`."""

import pytest

from tests.evals import loader, models
from tests.evals.case import Case
from tests.evals.command import JOBS, stage
from tests.evals.judge import UNWANTED
from tests.evals.models import Model

MODELS = (models.named("offline"), models.named("obedient"))
BEYOND = [(model, case) for model in MODELS for case in loader.load() if model.meant(case) and model.beyond(case)]


def test_most_is_within_the_reach_of_each_model() -> None:
    assert 0 < len(BEYOND) < len(loader.load()) / 10


@pytest.mark.parametrize(("model", "case"), [pytest.param(*one, id=f"{one[0].name}-{one[1].name}") for one in BEYOND])
def test_what_is_beyond_a_model_it_may_fail_at_but_changes_nothing_by_mistake(model: Model, case: Case) -> None:
    with stage(JOBS) as players:
        verdict, _ = players.begin(case, model).result()
    assert verdict.broken == ""
    assert verdict.forbidden == ()
    assert [reason for reason in verdict.reasons if reason.startswith(UNWANTED)] == []
