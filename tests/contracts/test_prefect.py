from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.contracts.prefect_samples import NOWHERE, registered, registration, started
from tests.contracts.prefect_worlds import PrefectWorld
from tools.errors import BadArguments, Refused, Unavailable
from tools.prefect.client import LogQuery, RunQuery, RunRequest
from tools.prefect.results import FlowRunDetail, Outcome, Registered, StateType

#: The first test waits for the servers to start, which takes minutes on a machine that is busy.
pytestmark = pytest.mark.timeout(400)


def test_a_ping_tells_the_version(prefect: PrefectWorld) -> None:
    assert prefect.backend.ping().version.startswith("3.")


def test_a_prefect_that_is_away_is_named_with_the_reason(prefect: PrefectWorld) -> None:
    with pytest.raises(Unavailable, match="could not reach Prefect: connection refused") as caught:
        prefect.away().ping()
    assert caught.value.system == "Prefect"


def test_a_missing_pool_is_made_once(prefect: PrefectWorld) -> None:
    backend = prefect.without_pool()
    assert backend.pool() is None
    made = backend.ensure_pool()
    assert (made.name, made.type, made.online_workers) == (backend.work_pool, "process", 0)
    assert backend.ensure_pool() == made == backend.pool()


def test_the_heartbeat_automations_are_made_once(prefect: PrefectWorld) -> None:
    first = prefect.backend.ensure_heartbeat_automation()
    assert len(set(first)) == 2
    assert prefect.backend.ensure_heartbeat_automation() == first
    assert prefect.backend.ensure_heartbeat_automation(silent_seconds=120, starting_seconds=300) == first


def test_registering_makes_a_pipeline_with_the_digest_as_its_version(prefect: PrefectWorld, name: str) -> None:
    done = prefect.backend.register(registration(name))
    assert (done.outcome, done.previous_digest) == (Outcome.CREATED, "")
    assert (done.pipeline.name, done.pipeline.deployment) == (name, "trainmaster")
    assert (done.pipeline.version, done.pipeline.digest) == ("a" * 64, "a" * 64)
    assert done.pipeline.entrypoint == "churn.py:churn"
    assert done.pipeline.work_pool == prefect.backend.work_pool
    assert set(done.pipeline.tags) == {"trainmaster", "heartbeats", "digest:" + "a" * 12, "registered-by:U0ALICE"}
    assert prefect.backend.registered(name) == done.pipeline == prefect.backend.pipeline(done.pipeline.id)


def test_registering_the_same_again_changes_nothing(prefect: PrefectWorld, name: str) -> None:
    first = prefect.backend.register(registration(name))
    again = prefect.backend.register(registration(name))
    assert again.outcome is Outcome.UNCHANGED
    assert again.pipeline == first.pipeline


def test_a_changed_source_updates_the_pipeline_and_keeps_its_schedules(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    prefect.add_schedule(pipeline.id, "0 9 * * 1")
    done = prefect.backend.register(registration(name, "b" * 64))
    assert (done.outcome, done.previous_digest) == (Outcome.UPDATED, "a" * 64)
    assert (done.pipeline.id, done.pipeline.digest) == (pipeline.id, "b" * 64)
    schedules = prefect.backend.pipeline_detail(pipeline.id).schedules
    assert [(each.when, each.timezone, each.active) for each in schedules] == [("cron 0 9 * * 1", "UTC", True)]


def test_a_source_that_moved_is_registered_anew(prefect: PrefectWorld, name: str) -> None:
    registered(prefect, name)
    moved = replace(registration(name), uri="https://elsewhere.invalid/churn.py")
    assert prefect.backend.register(moved).outcome is Outcome.UPDATED


def test_a_flow_that_was_never_registered_has_no_pipeline(prefect: PrefectWorld, name: str) -> None:
    assert prefect.backend.registered(name) is None


def test_every_pipeline_is_listed_by_name(prefect: PrefectWorld, name: str) -> None:
    for ending in ("-b", "-a"):
        registered(prefect, name + ending)
    listed = [each.name for each in prefect.backend.pipelines() if each.name.startswith(name)]
    assert listed == [name + "-a", name + "-b"]


def test_a_pipeline_is_described_with_parameters_and_last_runs(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    first, second = started(prefect, pipeline), started(prefect, pipeline)
    detail = prefect.backend.pipeline_detail(pipeline.id, last_runs=1)
    assert detail.pipeline.description == "Predicts who leaves."
    assert detail.parameter_schema["properties"]["max_depth"]["default"] == 5
    assert [run.id for run in detail.last_runs] == [second.id]
    assert first.id != second.id


def test_a_run_carries_its_parameters_and_tags(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    run = started(prefect, pipeline, "thread:T:C:1.2", "actor:U0ALICE", depth=7)
    assert (run.pipeline, run.deployment_id, run.version) == (name, pipeline.id, "a" * 64)
    assert (run.state_type, run.finished) == (StateType.SCHEDULED, False)
    assert run.parameters == {"max_depth": 7}
    assert (run.tagged("thread:"), run.tagged("actor:")) == ("T:C:1.2", "U0ALICE")
    assert set(pipeline.tags) <= set(run.tags)
    assert prefect.backend.run(run.id) == run


def test_the_same_key_gives_the_same_run(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    key = uuid4().hex
    assert prefect.backend.run_by_key(key) is None
    first = prefect.backend.start(RunRequest(pipeline_id=pipeline.id, key=key))
    again = prefect.backend.start(RunRequest(pipeline_id=pipeline.id, key=key))
    assert again.id == first.id
    assert prefect.backend.run_by_key(key) == first
    assert len(prefect.backend.runs(RunQuery(pipeline_id=pipeline.id)).runs) == 1


def test_a_run_for_later_waits_for_its_time_with_its_tags(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)
    run = prefect.backend.start(RunRequest(pipeline_id=pipeline.id, key=uuid4().hex, at=at, tags=("nightly",)))
    assert (run.state_type, run.expected_start) == (StateType.SCHEDULED, at)
    assert "nightly" in prefect.backend.run(run.id).tags
    assert prefect.backend.runs(RunQuery(pipeline_id=pipeline.id, due_before=datetime.now(UTC))).runs == ()
    assert prefect.backend.cancel(run.id).state_type is StateType.CANCELLED


def test_parameters_that_do_not_fit_start_nothing(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    request = RunRequest(pipeline_id=pipeline.id, key=uuid4().hex, parameters={"max_depth": "deep"})
    with pytest.raises(BadArguments, match="'deep' is not of type 'integer'"):
        prefect.backend.start(request)
    assert prefect.backend.runs(RunQuery(pipeline_id=pipeline.id)).runs == ()


def test_what_prefect_does_not_have_is_said_so(prefect: PrefectWorld) -> None:
    backend = prefect.backend
    with pytest.raises(BadArguments, match=f"no run with the id {NOWHERE}"):
        backend.run(NOWHERE)
    with pytest.raises(BadArguments, match=f"no run with the id {NOWHERE}"):
        backend.run_detail(NOWHERE)
    with pytest.raises(BadArguments, match=f"no run with the id {NOWHERE}"):
        backend.logs(NOWHERE, LogQuery())
    with pytest.raises(BadArguments, match=f"no run with the id {NOWHERE}"):
        backend.cancel(NOWHERE)
    with pytest.raises(BadArguments, match=f"no pipeline with the id {NOWHERE}"):
        backend.pipeline(NOWHERE)
    with pytest.raises(BadArguments):
        backend.start(RunRequest(pipeline_id=NOWHERE, key="k"))


def test_runs_come_newest_first_with_the_rest_counted(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    runs = [started(prefect, pipeline) for _ in range(3)]
    page = prefect.backend.runs(RunQuery(pipeline_id=pipeline.id, limit=2))
    assert [run.id for run in page.runs] == [runs[2].id, runs[1].id]
    assert page.left_out == 1
    assert prefect.backend.runs(RunQuery(pipeline_id=pipeline.id, limit=3)).left_out == 0


def test_runs_are_found_by_state_tag_and_name(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    failed, other = started(prefect, pipeline, "thread:here", "x"), started(prefect, pipeline, "thread:there", "x")
    prefect.advance(failed.id, StateType.FAILED)

    def ids(query: RunQuery) -> set[str]:
        return {run.id for run in prefect.backend.runs(replace(query, pipeline_id=pipeline.id)).runs}

    assert ids(RunQuery(states=frozenset({StateType.FAILED, StateType.CRASHED}))) == {failed.id}
    assert ids(RunQuery(tags=("thread:there", "x"))) == {other.id}
    assert ids(RunQuery(name=other.name)) == {other.id}


def test_runs_that_are_due_later_are_left_out(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    run = started(prefect, pipeline)
    assert run.expected_start is not None
    before, after = run.expected_start - timedelta(seconds=1), run.expected_start + timedelta(seconds=1)
    assert prefect.backend.runs(RunQuery(pipeline_id=pipeline.id, due_before=before)).runs == ()
    assert len(prefect.backend.runs(RunQuery(pipeline_id=pipeline.id, due_before=after)).runs) == 1


def test_runs_are_found_by_when_they_were_due(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    run = started(prefect, pipeline)
    assert run.expected_start is not None
    before, after = run.expected_start - timedelta(seconds=1), run.expected_start + timedelta(seconds=1)
    assert len(prefect.backend.runs(RunQuery(pipeline_id=pipeline.id, due_after=before, due_before=after)).runs) == 1
    assert prefect.backend.runs(RunQuery(pipeline_id=pipeline.id, due_after=after)).runs == ()


def test_live_runs_are_those_that_have_not_ended(prefect: PrefectWorld, name: str) -> None:
    pipeline, thread = registered(prefect, name), f"thread:{name}"
    ended, running, waiting = (started(prefect, pipeline, thread) for _ in range(3))
    prefect.advance(ended.id, StateType.COMPLETED)
    prefect.advance(running.id, StateType.RUNNING)
    assert [run.id for run in prefect.backend.live_runs(tags=(thread,))] == [running.id, waiting.id]


def test_a_run_that_moves_tells_its_times(prefect: PrefectWorld, name: str) -> None:
    run = started(prefect, registered(prefect, name))
    assert (run.start, run.end) == (None, None)
    prefect.advance(run.id, StateType.RUNNING)
    running = prefect.backend.run(run.id)
    assert (running.state_type, running.run_count, running.end) == (StateType.RUNNING, 1, None)
    prefect.advance(run.id, StateType.COMPLETED, message="All states completed.")
    done = prefect.backend.run(run.id)
    assert (done.finished, done.message) == (True, "All states completed.")
    assert running.start is not None
    assert done.start == running.start
    assert done.end is not None
    assert done.end >= running.start


def test_a_failed_run_names_the_task_and_the_exception(prefect: PrefectWorld, name: str) -> None:
    run = started(prefect, registered(prefect, name))
    prefect.advance(run.id, StateType.RUNNING)
    for task, state, message in (
        ("load", StateType.RUNNING, ""),
        ("load", StateType.COMPLETED, ""),
        ("train", StateType.RUNNING, ""),
        ("train", StateType.FAILED, "Task run encountered an exception ValueError: no rows\nin table"),
    ):
        prefect.set_task(run.id, task, state, message=message)
    prefect.advance(run.id, StateType.FAILED, message="Flow run encountered an exception: ValueError: no rows")
    detail = prefect.backend.run_detail(run.id)
    assert [(task.task, task.state_type) for task in detail.tasks] == [
        ("load", StateType.COMPLETED),
        ("train", StateType.FAILED),
    ]
    assert detail.failure is not None
    assert (detail.failure.task, detail.failure.exception) == ("train", "ValueError: no rows in table")


def test_a_crash_without_an_exception_in_its_state_is_read_from_the_log(prefect: PrefectWorld, name: str) -> None:
    run = started(prefect, registered(prefect, name))
    prefect.advance(run.id, StateType.RUNNING)
    prefect.add_log(
        run.id, "Boom\nTraceback (most recent call last):\n  …\nModuleNotFoundError: No module named 'x'", level=40
    )
    prefect.add_log(run.id, "Process exited with status code 1", level=40)
    prefect.advance(run.id, StateType.CRASHED, message="Flow run process exited with non-zero status code 1.")
    failure = prefect.backend.run_detail(run.id).failure
    assert failure is not None
    assert (failure.task, failure.exception) == ("", "ModuleNotFoundError: No module named 'x'")


def test_a_run_that_did_well_has_no_failure(prefect: PrefectWorld, name: str) -> None:
    run = started(prefect, registered(prefect, name))
    prefect.advance(run.id, StateType.COMPLETED)
    assert prefect.backend.run_detail(run.id).failure is None


def test_logs_are_the_newest_lines_with_the_rest_counted(prefect: PrefectWorld, name: str) -> None:
    run = started(prefect, registered(prefect, name))
    prefect.add_log(run.id, *(f"line {number}" for number in range(5)))
    page = prefect.backend.logs(run.id, LogQuery(limit=2))
    assert [line.message for line in page.lines] == ["line 3", "line 4"]
    assert (page.left_out, page.left_out_is_exact, page.from_end) == (3, True, True)
    oldest = prefect.backend.logs(run.id, LogQuery(limit=2, from_end=False))
    assert [line.message for line in oldest.lines] == ["line 0", "line 1"]


def test_more_lines_than_one_answer_of_prefect_holds_are_counted(prefect: PrefectWorld, name: str) -> None:
    run = started(prefect, registered(prefect, name))
    prefect.add_log(run.id, *(f"line {number}" for number in range(205)))
    page = prefect.backend.logs(run.id, LogQuery(limit=1))
    assert [line.message for line in page.lines] == ["line 204"]
    assert page.left_out == 204


def test_logs_are_found_by_level_and_text(prefect: PrefectWorld, name: str) -> None:
    run = started(prefect, registered(prefect, name))
    prefect.add_log(run.id, "Loss is 0.3")
    prefect.add_log(run.id, "loss is NaN", level=40)
    prefect.add_log(run.id, "disk is full", level=40)
    page = prefect.backend.logs(run.id, LogQuery(min_level=30, search="LOSS"))
    assert [(line.message, line.level) for line in page.lines] == [("loss is NaN", 40)]


def test_a_run_that_has_not_begun_is_cancelled_at_once(prefect: PrefectWorld, name: str) -> None:
    run = started(prefect, registered(prefect, name))
    assert prefect.backend.cancel(run.id).state_type is StateType.CANCELLED


def test_a_running_run_is_asked_to_end(prefect: PrefectWorld, name: str) -> None:
    run = started(prefect, registered(prefect, name))
    prefect.advance(run.id, StateType.RUNNING)
    assert prefect.backend.cancel(run.id).state_type is StateType.CANCELLING


def test_a_run_that_has_ended_is_not_cancelled(prefect: PrefectWorld, name: str) -> None:
    run = started(prefect, registered(prefect, name))
    prefect.advance(run.id, StateType.COMPLETED)
    assert prefect.backend.cancel(run.id).state_type is StateType.COMPLETED
    assert prefect.backend.run(run.id).state_type is StateType.COMPLETED


def test_a_paused_run_goes_on_when_it_is_resumed(prefect: PrefectWorld, name: str) -> None:
    run = started(prefect, registered(prefect, name))
    prefect.advance(run.id, StateType.RUNNING)
    prefect.pause(run.id)
    assert prefect.backend.resume(run.id).state_type is StateType.RUNNING
    assert prefect.backend.resume(run.id).state_type is StateType.RUNNING


def test_a_run_that_waits_for_input_is_not_resumed_without_it(prefect: PrefectWorld, name: str) -> None:
    run = started(prefect, registered(prefect, name))
    prefect.advance(run.id, StateType.RUNNING)
    prefect.pause(run.id, asks="How many rows?")
    with pytest.raises(Refused, match="did not let"):
        prefect.backend.resume(run.id)
    assert prefect.backend.run(run.id).state_type is StateType.PAUSED


def test_a_run_goes_on_with_input_that_fits_and_with_no_other(prefect: PrefectWorld, name: str) -> None:
    run = started(prefect, registered(prefect, name))
    prefect.advance(run.id, StateType.RUNNING)
    prefect.pause(run.id, asks="How many rows?")
    with pytest.raises(Refused, match="did not let"):
        prefect.backend.resume(run.id, {"rows": "many"})
    assert prefect.backend.run(run.id).state_type is StateType.PAUSED
    assert prefect.backend.resume(run.id, {"rows": 5}).state_type is StateType.RUNNING
    assert prefect.backend.resume(run.id, {"rows": 6}).state_type is StateType.RUNNING


def test_what_a_run_published_is_read_oldest_first(prefect: PrefectWorld, name: str) -> None:
    run = started(prefect, registered(prefect, name))
    assert prefect.backend.artifacts(run.id) == ()
    prefect.publish(run.id, "report", "markdown", "# Good", about="How it went")
    prefect.publish(run.id, "rows", "table", '[{"a": 1}]')
    found = prefect.backend.artifacts(run.id)
    assert [(each.key, each.type, each.about, each.data) for each in found] == [
        ("report", "markdown", "How it went", "# Good"),
        ("rows", "table", "", '[{"a": 1}]'),
    ]
    assert found[0].created is not None
    with pytest.raises(BadArguments, match=f"no run with the id {NOWHERE}"):
        prefect.backend.artifacts(NOWHERE)


def test_a_pipeline_is_removed_with_the_runs_that_wait_and_once_is_enough(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    ended, waiting = started(prefect, pipeline), started(prefect, pipeline)
    prefect.advance(ended.id, StateType.COMPLETED)
    for _ in range(2):
        prefect.backend.remove_pipeline(pipeline.id)
    assert prefect.backend.registered(name) is None
    assert prefect.backend.run(ended.id).pipeline == name
    with pytest.raises(BadArguments, match="no run with the id"):
        prefect.backend.run(waiting.id)


def test_the_run_of_a_removed_pipeline_can_still_be_read(prefect: PrefectWorld, name: str) -> None:
    pipeline = registered(prefect, name)
    run = started(prefect, pipeline)
    prefect.advance(run.id, StateType.COMPLETED)
    prefect.backend.remove_pipeline(pipeline.id)
    read = prefect.backend.run(run.id)
    assert (read.pipeline, read.deployment_id) == (name, pipeline.id)
    with pytest.raises(BadArguments, match="no pipeline with the id"):
        prefect.backend.pipeline_detail(pipeline.id)


def test_nothing_is_known_of_a_pool_that_was_never_probed(prefect: PrefectWorld) -> None:
    backend = prefect.without_pool()
    backend.ensure_pool()
    assert backend.pool_environment() is None


def test_the_same_key_starts_one_probe(prefect: PrefectWorld) -> None:
    key = uuid4().hex
    backend = prefect.without_pool()
    backend.ensure_pool()
    first = backend.start_pool_probe(key=key)
    assert backend.start_pool_probe(key=key).id == first.id
    assert first.pipeline == "trainmaster-pool-probe"
    assert "trainmaster" not in first.tags
    assert backend.pool_environment() is None


def test_results_survive_a_trip_through_json(prefect: PrefectWorld, name: str) -> None:
    done = prefect.backend.register(registration(name))
    run = started(prefect, done.pipeline)
    prefect.set_task(run.id, "load", StateType.RUNNING)
    detail = prefect.backend.run_detail(run.id)
    assert Registered.model_validate_json(done.model_dump_json()) == done
    assert FlowRunDetail.model_validate_json(detail.model_dump_json()) == detail
    assert detail.run.created is not None
    assert detail.run.created.tzinfo is UTC
    assert type(detail.run.created) is datetime
