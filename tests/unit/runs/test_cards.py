"""What a run's card says of a run that waits."""

from datetime import UTC, datetime, timedelta

from tests.fakes.prefect import FakePrefect
from tests.unit.views.outline import outline
from tools.prefect.client import RunRequest
from worker import cards


def said(at: datetime | None, now: datetime) -> str:
    """The card of a run that is to begin then."""
    prefect = FakePrefect()
    pipeline = prefect.add_pipeline("churn")
    run = prefect.start(RunRequest(pipeline_id=pipeline.id, key="k", at=at))
    return outline(cards.run_card(prefect.run_detail(run.id), now=now))


def test_a_run_for_later_says_when_it_begins_and_one_for_now_does_not() -> None:
    now = FakePrefect().now()
    assert "It begins Mon 5 Jan 2026, 21:00 (UTC)." in said(datetime(2026, 1, 5, 21, 0, tzinfo=UTC), now)
    assert "It begins" not in said(None, now)
    assert "It begins" not in said(now - timedelta(hours=1), now)
