"""Twenty and more ways in which a run does not go on, each named with its numbers and nothing else blamed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.tools_prefect.conftest import Bench
from tools.errors import BadArguments
from tools.prefect.causes import CauseKind
from tools.prefect.circumstances import Pause
from tools.prefect.client import RunRequest
from tools.prefect.diagnosis import Diagnosis, why_late
from tools.prefect.results import Fix, FlowRun, Schedule, StateType

Later = Callable[[int], None]
WEEKLY = Schedule(id="s", when="cron 0 9 * * 1", timezone="UTC", active=True, cron="0 9 * * 1")


def start(bench: Bench, pipeline: str = "churn-prediction") -> FlowRun:
    known = bench.prefect.registered(pipeline) or bench.prefect.add_pipeline(pipeline)
    return bench.prefect.start(RunRequest(pipeline_id=known.id, key=f"k{bench.prefect.now()}"))


def diagnosed(bench: Bench, run: str) -> tuple[list[CauseKind], str, Diagnosis]:
    result = bench.use(why_late, run=run)
    assert isinstance(result.data, Diagnosis)
    assert Diagnosis.model_validate_json(result.data.model_dump_json()) == result.data
    return [cause.kind for cause in result.data.causes], result.text, result.data


def test_a_run_that_is_due_just_now_is_not_late(bench: Bench) -> None:
    kinds, text, _ = diagnosed(bench, start(bench).id)
    assert kinds == []
    assert "It is not late: it was due" in text


def test_a_late_run_that_nothing_holds_blames_nothing(bench: Bench, later: Later) -> None:
    run = start(bench)
    bench.prefect.set_pool(online_workers=2)
    bench.prefect.limits.pool, bench.prefect.limits.queue = 4, 4
    bench.prefect.limits.pipelines[run.deployment_id] = 1
    later(60)
    kinds, text, data = diagnosed(bench, run.id)
    assert kinds == []
    assert "the work pool local has 2 workers online" in text
    assert "no concurrency limit is reached" in text
    assert data.late_seconds > 60


def test_a_missing_pool_is_the_only_thing_blamed(bench: Bench) -> None:
    run = start(bench)
    bench.prefect.remove_pool()
    kinds, text, _ = diagnosed(bench, run.id)
    assert kinds == [CauseKind.POOL_MISSING]
    assert "Prefect has no work pool local" in text
    assert "prefect work-pool create local" in text


def test_a_pool_without_worker_says_how_to_start_one(bench: Bench) -> None:
    run = start(bench)
    bench.prefect.set_pool(online_workers=0)
    kinds, text, _ = diagnosed(bench, run.id)
    assert kinds == [CauseKind.POOL_WITHOUT_WORKER]
    assert "0 heard of lately" in text
    assert "prefect worker start --pool local" in text


def test_a_pool_that_needs_no_worker_is_not_blamed_for_having_none(bench: Bench) -> None:
    run = start(bench)
    bench.prefect.set_pool(kind="cloud-run:push", online_workers=0)
    assert diagnosed(bench, run.id)[0] == []


def test_a_paused_pool_and_a_paused_queue_are_both_named(bench: Bench) -> None:
    run = start(bench)
    bench.prefect.set_pool(paused=True)
    bench.prefect.limits.queue_paused = True
    kinds, text, _ = diagnosed(bench, run.id)
    assert kinds == [CauseKind.POOL_PAUSED, CauseKind.QUEUE_PAUSED]
    assert [(fix.tool, fix.arguments) for fix in diagnosed(bench, run.id)[2].fixes] == [
        ("resume_pool", {"pool": "local"}),
        ("resume_pool", {"pool": "local", "queue": "default"}),
    ]
    assert "The work pool local is paused" in text
    assert "The work queue default of the pool local is paused" in text


def test_a_full_pool_names_who_holds_its_slots(bench: Bench) -> None:
    first, second, waiting = start(bench), start(bench, "sentiment"), start(bench)
    for run in (first, second):
        bench.prefect.advance(run.id, StateType.RUNNING)
    bench.prefect.limits.pool = 2
    kinds, text, data = diagnosed(bench, waiting.id)
    assert kinds == [CauseKind.POOL_FULL]
    assert (
        "The concurrency limit of the work pool local is reached: 2 of 2 slots are taken by "
        f"{first.name} of churn-prediction, {second.name} of sentiment." in text
    )
    assert [(fix.label, fix.tool, fix.arguments) for fix in data.fixes] == [
        (f"Cancel {first.name}", "cancel_run", {"run": first.id}),
        ("Raise pool limit to 3", "set_concurrency_limit", {"of": "pool", "name": "local", "limit": "3"}),
    ]
    assert data.causes[0].slots is not None
    assert (data.causes[0].slots.limit, data.causes[0].slots.taken) == (2, 2)


def test_a_full_queue_is_told_from_a_full_pool(bench: Bench) -> None:
    first, waiting = start(bench), start(bench)
    bench.prefect.advance(first.id, StateType.RUNNING)
    bench.prefect.limits.pool, bench.prefect.limits.queue = 5, 1
    kinds, text, data = diagnosed(bench, waiting.id)
    assert kinds == [CauseKind.QUEUE_FULL]
    assert "1 of 1 slot is taken" in text
    assert data.fixes[1] == Fix(
        label="Raise queue limit to 2",
        tool="set_concurrency_limit",
        arguments={"of": "queue", "name": "default", "limit": "2", "pool": "local"},
    )


def test_the_first_buttons_are_one_for_each_cause_and_the_second_ones_come_after_them(bench: Bench) -> None:
    first, second, waiting = start(bench), start(bench), start(bench)
    for run in (first, second):
        bench.prefect.advance(run.id, StateType.RUNNING)
    bench.prefect.limits.pool, bench.prefect.limits.queue = 2, 1
    labels = [fix.label for fix in diagnosed(bench, waiting.id)[2].fixes]
    assert labels == [f"Cancel {first.name}", "Raise queue limit to 3", "Raise pool limit to 3"]


def test_many_holders_are_counted_and_not_all_named(bench: Bench) -> None:
    for _ in range(12):
        bench.prefect.advance(start(bench).id, StateType.RUNNING)
    waiting = start(bench)
    bench.prefect.limits.pool = 12
    assert "and 9 more" in diagnosed(bench, waiting.id)[1]


def test_a_limit_of_zero_is_said_to_let_nothing_begin(bench: Bench) -> None:
    run = start(bench)
    bench.prefect.limits.pool = 0
    kinds, text, data = diagnosed(bench, run.id)
    assert kinds == [CauseKind.POOL_FULL]
    assert "is 0, so nothing can begin" in text
    assert [fix.label for fix in data.fixes] == ["Raise pool limit to 1"]


def test_a_run_that_waits_for_its_pipelines_slot_names_the_run_before_it(bench: Bench) -> None:
    first, waiting = start(bench), start(bench)
    bench.prefect.limits.pipelines[first.deployment_id] = 1
    for run in (first, waiting):
        bench.prefect.take(run.id, at=bench.prefect.now())
    kinds, text, data = diagnosed(bench, waiting.id)
    assert kinds == [CauseKind.PIPELINE_FULL]
    assert f"the pipeline churn-prediction is reached: 1 of 1 slot is taken by {first.name}" in text
    assert data.fixes[1].arguments == {"of": "pipeline", "name": "churn-prediction/trainmaster", "limit": "2"}


def test_a_limit_that_others_wait_for_too_is_not_offered_to_be_raised(bench: Bench) -> None:
    first, waiting = start(bench), start(bench)
    bench.prefect.limits.pipelines[first.deployment_id] = 1
    bench.prefect.limits.shared[first.deployment_id] = "warehouse"
    for run in (first, waiting):
        bench.prefect.take(run.id, at=bench.prefect.now())
    assert [fix.tool for fix in diagnosed(bench, waiting.id)[2].fixes] == ["cancel_run"]


def test_a_pipelines_limit_that_is_switched_off_holds_its_runs_and_is_named(bench: Bench) -> None:
    waiting = start(bench)
    bench.prefect.limits.pipelines[waiting.deployment_id] = 2
    bench.prefect.limits.off.add(waiting.deployment_id)
    bench.prefect.take(waiting.id, at=bench.prefect.now())
    kinds, text, data = diagnosed(bench, waiting.id)
    assert kinds == [CauseKind.PIPELINE_LIMIT_OFF]
    assert "The concurrency limit of the pipeline churn-prediction (2) is switched off in Prefect" in text
    assert [(fix.label, fix.arguments["limit"]) for fix in data.fixes] == [("Set the limit to 2 again", "2")]


def test_a_slot_that_became_free_is_said_to_be_tried_again(bench: Bench) -> None:
    first, waiting = start(bench), start(bench)
    bench.prefect.limits.pipelines[first.deployment_id] = 1
    for run in (first, waiting):
        bench.prefect.take(run.id, at=bench.prefect.now())
    bench.prefect.advance(first.id, StateType.COMPLETED)
    text = diagnosed(bench, waiting.id)[1]
    assert "now 0 of 1 slot is taken, and Prefect tries it again within 30 s" in text


def test_a_run_that_was_cancelled_for_want_of_a_slot_says_so_and_offers_another(bench: Bench) -> None:
    run = start(bench)
    bench.prefect.advance(run.id, StateType.CANCELLED, message="Deployment concurrency limit reached.")
    kinds, text, data = diagnosed(bench, run.id)
    assert kinds == [CauseKind.PIPELINE_FULL]
    assert "It never began" in text
    assert data.fixes[0].tool == "retry_run"


def test_runs_that_were_due_earlier_go_first(bench: Bench, later: Later) -> None:
    start(bench)
    start(bench)
    waiting = start(bench)
    later(30)
    kinds, text, _ = diagnosed(bench, waiting.id)
    assert kinds == [CauseKind.BEHIND]
    assert "2 runs of the queue default were due earlier and go first." in text


def test_a_run_that_is_planned_for_later_is_not_late(bench: Bench) -> None:
    run = start(bench)
    bench.prefect.limits.due[run.id] = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
    bench.prefect.set_pool(paused=True)
    kinds, text, _ = diagnosed(bench, run.id)
    assert kinds == [CauseKind.PLANNED]
    assert "Tue 6 Jan 2026, 09:00 (UTC)" in text


def test_a_run_that_is_tried_again_says_when(bench: Bench) -> None:
    run = start(bench)
    bench.prefect.advance(run.id, StateType.RUNNING)
    bench.prefect.advance(run.id, StateType.SCHEDULED, name="AwaitingRetry")
    bench.prefect.limits.due[run.id] = bench.prefect.now() + timedelta(minutes=10)
    kinds, text, _ = diagnosed(bench, run.id)
    assert kinds == [CauseKind.AWAITING_RETRY]
    assert "attempt 2 is to begin in 9 min" in text


def test_a_run_that_a_worker_makes_ready_is_told_to_begin(bench: Bench) -> None:
    run = start(bench)
    bench.prefect.take(run.id, at=bench.prefect.now())
    kinds, text, _ = diagnosed(bench, run.id)
    assert kinds == [CauseKind.BEGINNING]
    assert "A worker took it" in text


def test_a_run_whose_worker_left_before_it_began_is_stuck(bench: Bench) -> None:
    run = start(bench)
    bench.prefect.take(run.id, at=bench.prefect.now())
    bench.prefect.set_pool(online_workers=0)
    kinds, _, data = diagnosed(bench, run.id)
    assert kinds == [CauseKind.STUCK]
    assert data.fixes[0].arguments == {"run": run.id}


def test_a_task_that_waits_for_its_tag_names_the_run_that_holds_it(bench: Bench) -> None:
    holding, waiting = start(bench), start(bench)
    bench.prefect.limits.tags = {"database": 1}
    for run in (holding, waiting):
        bench.prefect.advance(run.id, StateType.RUNNING)
        bench.prefect.begin_task(run.id, "load", "database")
    kinds, text, _ = diagnosed(bench, waiting.id)
    assert kinds == [CauseKind.TAG_FULL]
    assert f"the tag database, which a task of it carries, is reached: 1 of 1 slot is taken by {holding.name}" in text
    assert diagnosed(bench, holding.id)[0] == []


def test_a_task_that_is_tried_again_is_named(bench: Bench) -> None:
    run = start(bench)
    bench.prefect.advance(run.id, StateType.RUNNING)
    bench.prefect.set_task(run.id, "load", StateType.RUNNING)
    bench.prefect.set_task(run.id, "load", StateType.SCHEDULED, name="AwaitingRetry")
    kinds, text, _ = diagnosed(bench, run.id)
    assert kinds == [CauseKind.TASK_RETRY]
    assert "Its task load failed and is tried again: attempt 2 begins" in text


def test_a_full_global_limit_is_named_as_what_it_may_be(bench: Bench) -> None:
    run = start(bench)
    bench.prefect.advance(run.id, StateType.RUNNING)
    bench.prefect.limits.others = {"gpu": (2, 2), "disk": (5, 1)}
    kinds, text, _ = diagnosed(bench, run.id)
    assert kinds == []
    assert "so its own code is at work.\n\nThe global limit gpu (2 of 2 slots are taken) has no slot left." in text
    assert "I cannot see whether this run's does" in text
    assert "disk" not in text
    bench.prefect.limits.others = {f"limit-{number}": (1, 1) for number in range(50)}
    kinds, text, _ = diagnosed(bench, run.id)
    assert kinds == []
    assert text.count("1 slot is taken") == 3
    assert " and 47 more. Code that asks for one" in text


def test_a_running_run_is_compared_with_how_long_it_takes_as_a_rule(bench: Bench, later: Later) -> None:
    for _ in range(3):
        ended = start(bench)
        bench.prefect.advance(ended.id, StateType.RUNNING)
        later(9)
        bench.prefect.advance(ended.id, StateType.COMPLETED)
    run = start(bench)
    bench.prefect.advance(run.id, StateType.RUNNING)
    later(120)
    kinds, text, _ = diagnosed(bench, run.id)
    assert kinds == []
    assert "its own code is at work" in text
    assert "its last 3 completed runs took 10 s (median; longest 10 s), so that is longer than any of these" in text


def test_a_paused_run_offers_to_resume_it(bench: Bench) -> None:
    run = start(bench)
    bench.prefect.advance(run.id, StateType.RUNNING)
    bench.prefect.advance(run.id, StateType.PAUSED)
    kinds, text, data = diagnosed(bench, run.id)
    assert kinds == [CauseKind.PAUSED]
    assert "goes on when somebody resumes it" in text
    assert [(fix.tool, fix.arguments) for fix in data.fixes] == [("resume_run", {"run": run.id})]


def test_a_run_that_waits_for_input_says_what_for_and_until_when(bench: Bench) -> None:
    run = start(bench)
    bench.prefect.advance(run.id, StateType.PAUSED)
    bench.prefect.limits.pauses[run.id] = Pause(
        asks=True,
        until=bench.prefect.now() + timedelta(hours=1),
        about="How many rows?",
        input_schema={"properties": {"rows": {"type": "integer"}}},
    )
    kinds, text, data = diagnosed(bench, run.id)
    assert kinds == [CauseKind.WAITS_FOR_INPUT]
    assert "waiting for input (`rows`)" in text
    assert "“How many rows?” It fails unless that happens in 5" in text
    assert data.fixes == ()


def test_a_run_that_nobody_can_end_is_stuck(bench: Bench) -> None:
    run = start(bench)
    bench.prefect.advance(run.id, StateType.RUNNING)
    bench.prefect.cancel(run.id)
    assert diagnosed(bench, run.id)[0] == []
    bench.prefect.set_pool(online_workers=0)
    assert diagnosed(bench, run.id)[0] == [CauseKind.STUCK]


def test_a_run_that_has_ended_is_not_late(bench: Bench) -> None:
    done, failed = start(bench), start(bench)
    bench.prefect.set_pool(paused=True)
    bench.prefect.advance(done.id, StateType.COMPLETED)
    bench.prefect.advance(failed.id, StateType.FAILED)
    kinds, text, _ = diagnosed(bench, done.id)
    assert kinds == []
    assert "it has ended well" in text
    assert f"`explain {failed.name}` says why" in diagnosed(bench, failed.id)[1]


@pytest.mark.parametrize(
    ("schedules", "kind", "said"),
    [
        ((), CauseKind.NO_SCHEDULE, "has no schedule: it runs when asked"),
        (
            (WEEKLY.model_copy(update={"active": False}),),
            CauseKind.SCHEDULE_INACTIVE,
            "The schedule is paused: every Monday at 09:00 (UTC).",
        ),
    ],
)
def test_a_pipeline_that_never_ran_says_why_not_by_itself(
    bench: Bench, schedules: tuple[Schedule, ...], kind: CauseKind, said: str
) -> None:
    bench.prefect.add_pipeline("churn-prediction", schedules=schedules)
    kinds, text, data = diagnosed(bench, "churn-prediction")
    assert kinds == [kind]
    assert said in text
    assert data.run is None
    assert [fix.tool for fix in data.fixes] == (["resume_schedule"] if schedules else [])


def test_a_pipeline_that_is_scheduled_says_when_it_runs_next(bench: Bench) -> None:
    bench.prefect.add_pipeline("churn-prediction", schedules=(WEEKLY,))
    kinds, text, _ = diagnosed(bench, "churn")
    assert kinds == []
    assert "I took “last" not in diagnosed(bench, "last churn-prediction")[1]
    assert "It is to run next in 6 d 23 h, at Mon 12 Jan 2026, 09:00 (UTC)." in text


def test_a_scheduler_that_plans_nothing_is_named(bench: Bench, later: Later) -> None:
    changed = WEEKLY.model_copy(update={"updated": bench.prefect.now()})
    bench.prefect.add_pipeline("churn", schedules=(changed,))
    bench.prefect.limits.planned = 0
    assert diagnosed(bench, "churn")[0] == []
    later(400)
    kinds, text, _ = diagnosed(bench, "churn")
    assert kinds == [CauseKind.NOTHING_PLANNED]
    assert "Prefect has planned no run of it (0 planned)" in text


def test_a_run_whose_pipeline_was_paused_since_says_so(bench: Bench) -> None:
    pipeline = bench.prefect.add_pipeline("churn-prediction", schedules=(WEEKLY,))
    bench.prefect.advance(start(bench).id, StateType.COMPLETED)
    bench.prefect.pause_pipeline(pipeline.id)
    kinds, text, data = diagnosed(bench, "churn-prediction")
    assert kinds == [CauseKind.PIPELINE_PAUSED]
    assert "is paused in Prefect, so its schedule starts no runs" in text
    assert data.fixes[0].arguments == {"pipeline": "churn-prediction/trainmaster"}


def test_a_pipeline_that_is_asked_about_is_told_of_also_when_its_last_run_has_ended(bench: Bench) -> None:
    pipeline = bench.prefect.add_pipeline("churn-prediction", schedules=(WEEKLY,))
    done = start(bench)
    bench.prefect.advance(done.id, StateType.COMPLETED)
    kinds, text, _ = diagnosed(bench, "churn-prediction")
    assert kinds == []
    assert "it has ended well.\n\nIt is to run next in 6 d 23 h" in text
    bench.prefect.set_pool(paused=True, online_workers=0)
    kinds, text, data = diagnosed(bench, "churn-prediction")
    assert kinds == [CauseKind.POOL_PAUSED, CauseKind.POOL_WITHOUT_WORKER]
    assert [fix.tool for fix in data.fixes] == ["resume_pool"]
    bench.prefect.set_pool()
    bench.prefect.remove_schedules(
        pipeline.id, tuple(s.id for s in bench.prefect.pipeline_detail(pipeline.id).schedules)
    )
    kinds, text, _ = diagnosed(bench, "the last run of churn-prediction")
    assert kinds == [CauseKind.NO_SCHEDULE]
    assert "churn-prediction has no schedule: it runs when asked." in text
    assert diagnosed(bench, done.id)[0] == []


def test_moments_are_told_by_the_clock_of_who_asks(bench: Bench) -> None:
    bench.timezone = "America/New_York"
    pipeline = bench.prefect.add_pipeline("churn-prediction", schedules=(WEEKLY,))
    assert "Mon 12 Jan 2026, 04:00 (America/New_York)" in diagnosed(bench, "churn-prediction")[1]
    planned = datetime(2026, 1, 6, 12, tzinfo=UTC)
    run = bench.prefect.start(RunRequest(pipeline_id=pipeline.id, key="k", at=planned))
    assert "at Tue 6 Jan 2026, 07:00 (America/New_York)" in diagnosed(bench, run.id)[1]


def test_a_name_that_is_neither_run_nor_pipeline_is_refused(bench: Bench) -> None:
    start(bench)
    with pytest.raises(BadArguments, match="There is no run “xyzzy”"):
        bench.use(why_late, run="xyzzy")
