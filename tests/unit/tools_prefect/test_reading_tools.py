from datetime import timedelta

import pytest

from tests.unit.tools_prefect.conftest import THREAD, Bench
from tools.errors import BadArguments, Unavailable
from tools.pipelines.pool_probe import PROBE_FLOW
from tools.prefect.client import RunQuery, RunRequest
from tools.prefect.pipelines import describe_pipeline, list_pipelines
from tools.prefect.results import (
    FlowRun,
    FlowRunPage,
    PipelineDetail,
    PipelinePage,
    RunStatus,
    Schedule,
    StateType,
    WorkPool,
)
from tools.prefect.runs import list_runs, run_status
from tools.spec import JSONDict

SCHEMA: JSONDict = {
    "type": "object",
    "properties": {
        "data_url": {"type": "string", "position": 0, "description": "Where the table is."},
        "max_depth": {"type": "integer", "default": 5, "position": 1},
    },
    "required": ["data_url"],
}


def start(bench: Bench, pipeline: str, **parameters: object) -> FlowRun:
    known = bench.prefect.registered(pipeline) or bench.prefect.add_pipeline(pipeline)
    return bench.prefect.start(
        RunRequest(
            pipeline_id=known.id, key=f"k{bench.prefect.now()}", parameters=parameters, tags=(f"thread:{THREAD}",)
        )
    )


def test_no_pipelines_says_how_to_get_one(bench: Bench) -> None:
    assert "Share a `.py` file" in bench.use(list_pipelines).text


def test_pipelines_are_listed_with_how_each_did_last(bench: Bench) -> None:
    bench.prefect.add_pipeline("sentiment-analysis", description="Reads moods.")
    run = start(bench, "churn-prediction")
    bench.prefect.advance(run.id, StateType.FAILED)
    result = bench.use(list_pipelines)
    assert isinstance(result.data, PipelinePage)
    assert [each.name for each in result.data.pipelines] == ["churn-prediction", "sentiment-analysis"]
    assert result.text == (
        "2 pipelines:\n\n"
        "- **churn-prediction**: last run Failed, 1.0 s ago.\n"
        "- **sentiment-analysis**: never run. Reads moods."
    )


def test_pipelines_that_are_left_out_are_counted(bench: Bench) -> None:
    for letter in "abc":
        bench.prefect.add_pipeline(f"churn-{letter}")
    bench.prefect.add_pipeline("other")
    result = bench.use(list_pipelines, search="CHURN", limit=2)
    assert isinstance(result.data, PipelinePage)
    assert result.text.startswith("3 pipelines, showing 2 of them by name:")
    assert result.data.left_out == 1
    assert "None of the 4 pipelines" in bench.use(list_pipelines, search="fraud").text


def test_a_pipeline_is_described_whole(bench: Bench) -> None:
    pipeline = bench.prefect.add_pipeline(
        "churn-prediction",
        parameter_schema=SCHEMA,
        digest="a" * 64,
        description="Predicts who leaves.",
        schedules=(Schedule(id="s", when="cron 0 9 * * 1", timezone="Europe/Berlin", active=False),),
    )
    bench.prefect.start(RunRequest(pipeline_id=pipeline.id, key="k", parameters={"data_url": "x"}))
    result = bench.use(describe_pipeline, pipeline="churn")
    assert isinstance(result.data, PipelineDetail)
    assert result.data.parameter_schema == SCHEMA
    for expected in (
        "I took “churn” for the pipeline **churn-prediction**.",
        "Predicts who leaves.",
        "source `aaaaaaaaaaaa`",
        "- `data_url`: text, must be given (Where the table is.)\n- `max_depth`: a whole number, default `5`",
        "- cron 0 9 * * 1 (Europe/Berlin), switched off",
        "Last runs:\n- **brave-otter-1**",
    ):
        assert expected in result.text


def test_what_a_docstring_says_of_its_parameters_is_not_told_twice(bench: Bench) -> None:
    docstring = "Predicts who leaves.\n\nSlow at first.\n\nArgs:\n    data_url: Where it is.\n\nReturns:\n    Nothing."
    bench.prefect.add_pipeline("churn-prediction", parameter_schema=SCHEMA, description=docstring)
    listed = bench.use(list_pipelines).text
    described = bench.use(describe_pipeline, pipeline="churn").text
    assert "Predicts who leaves. Slow at first." in described
    assert described.count("data_url") == 1
    for text in (listed, described):
        assert "Predicts who leaves." in text
        assert "Args" not in text
        assert "Returns" not in text


def test_runs_are_listed_by_state_and_pipeline_with_the_rest_counted(bench: Bench) -> None:
    failed = start(bench, "churn-prediction")
    bench.prefect.advance(failed.id, StateType.CRASHED)
    start(bench, "churn-prediction")
    start(bench, "sentiment-analysis")
    result = bench.use(list_runs, pipeline="churn-prediction", state="failed")
    assert isinstance(result.data, FlowRunPage)
    assert [run.id for run in result.data.runs] == [failed.id]
    assert result.text.startswith("1 failed run of churn-prediction:")
    assert bench.use(list_runs, limit=2).text.startswith("The newest 2 of 3 runs:")
    assert bench.use(list_runs, state="cancelled").text == "There are no cancelled runs."


def test_runs_that_are_only_planned_are_counted_and_listed_when_asked_for(bench: Bench) -> None:
    known = bench.prefect.add_pipeline("churn-prediction")
    start(bench, "churn-prediction")
    planned = []
    for day in (3, 1, 2):
        at = bench.prefect.now() + timedelta(days=day)
        planned.append(bench.prefect.start(RunRequest(pipeline_id=known.id, key=f"planned-{day}", at=at)))
    bench.prefect.cancel(planned[0].id)
    listed = bench.use(list_runs, pipeline="churn-prediction").text
    assert listed.startswith("1 run of churn-prediction:")
    assert listed.endswith("Planned for later: 2; `planned=yes` lists them.")
    assert bench.use(list_runs, state="completed").text == "There are no completed runs."
    coming = bench.use(list_runs, planned="yes", limit=1)
    assert coming.text.startswith("The next 1 of 2 planned runs:")
    assert isinstance(coming.data, FlowRunPage)
    assert [run.id for run in coming.data.runs] == [planned[1].id]
    assert bench.use(list_runs, planned="yes", state="failed").text == "There are no planned runs."


def test_a_list_of_runs_is_told_although_nobody_can_tell_what_is_planned(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(bench, "churn-prediction")
    ask = bench.prefect.runs

    def only_what_was(query: RunQuery) -> FlowRunPage:
        if query.due_before is None:
            raise Unavailable("Prefect", "it did not answer in time.")
        return ask(query)

    monkeypatch.setattr(bench.prefect, "runs", only_what_was)
    assert bench.use(list_runs).text.startswith("1 run:")


def test_our_own_probes_of_the_pool_are_no_runs_of_people(bench: Bench) -> None:
    probe = bench.prefect.add_pipeline(PROBE_FLOW)
    for number in range(3):
        start(bench, "churn-prediction")
        bench.prefect.start(RunRequest(pipeline_id=probe.id, key=f"probe-{number}", tags=(PROBE_FLOW,)))
    listed = bench.use(list_runs, limit=2)
    assert isinstance(listed.data, FlowRunPage)
    assert listed.text.startswith("The newest 2 of 3 runs:")
    assert {run.pipeline for run in listed.data.runs} == {"churn-prediction"}
    assert bench.use(list_runs).text.startswith("3 runs:")


def test_runs_are_listed_since_a_time_and_by_who_asked(bench: Bench) -> None:
    known = bench.prefect.add_pipeline("churn-prediction")
    for key, actor in (("a", "U0ALICE"), ("b", "U0BOB")):
        bench.prefect.start(RunRequest(pipeline_id=known.id, key=key, tags=(f"actor:{actor}",)))
    mine = bench.use(list_runs, who="me")
    assert isinstance(mine.data, FlowRunPage)
    assert [run.tagged("actor:") for run in mine.data.runs] == ["U0ALICE"]
    assert mine.text.startswith("1 run that you asked for:")
    for bob in ("<@U0BOB>", "<@U0BOB|bob>", "U0BOB", "u0bob"):
        assert bench.use(list_runs, who=bob).text.startswith("1 run that <@U0BOB> asked for:")
    for name in ("bob", "@bob", "ursula"):
        with pytest.raises(BadArguments, match=f"“{name.strip('@')}” is not a person's id. Mention the person"):
            bench.use(list_runs, who=name)
    today = bench.use(list_runs, since="today").text
    assert today.startswith("2 runs since Mon 5 Jan 2026, 00:00 (UTC):")
    for _ in range(120):
        bench.prefect.now()
    assert "There are no runs since" in bench.use(list_runs, since="1 min").text


def test_an_unknown_state_is_refused_before_anything_is_read(bench: Bench) -> None:
    with pytest.raises(ValueError, match="state"):
        bench.use(list_runs, state="sleeping")


def test_a_failed_run_tells_the_task_and_the_exception(bench: Bench) -> None:
    run = start(bench, "churn-prediction")
    bench.prefect.advance(run.id, StateType.RUNNING)
    bench.prefect.set_task(run.id, "load", StateType.COMPLETED)
    bench.prefect.set_task(
        run.id, "train", StateType.FAILED, message="Task run encountered an exception ValueError: no rows"
    )
    bench.prefect.advance(run.id, StateType.FAILED, message="1/2 states failed.")
    result = bench.use(run_status)
    assert isinstance(result.data, RunStatus)
    assert result.data.detail.failure is not None
    for expected in (
        f"This is the last run of this thread: **{run.name}** of churn-prediction.",
        "Task `train` failed first: `ValueError: no rows`",
        "- `load`: Completed",
        f"({run.url})",
    ):
        assert expected in result.text


def test_a_status_shows_the_parameters(bench: Bench) -> None:
    bench.prefect.add_pipeline("churn-prediction", parameter_schema=SCHEMA)
    run = start(bench, "churn-prediction", data_url="s3://x")
    assert "Parameters: `data_url=s3://x`" in bench.use(run_status, run=run.name).text


@pytest.mark.parametrize(
    ("pool", "why"),
    [
        (None, "Prefect has no work pool local"),
        (
            WorkPool(name="local", type="process", paused=True, online_workers=1),
            "The work pool local is paused",
        ),
        (
            WorkPool(name="local", type="process", paused=False, online_workers=0),
            "No worker of the work pool",
        ),
        (WorkPool(name="local", type="process", paused=False, online_workers=2), "nothing that I can see"),
    ],
)
def test_a_run_that_is_late_says_why(bench: Bench, pool: WorkPool | None, why: str) -> None:
    run = start(bench, "churn-prediction")
    bench.prefect._pool = pool
    assert "It waits" not in bench.use(run_status, run=run.name).text
    for _ in range(20):
        bench.prefect.now()
    assert why in bench.use(run_status, run=run.name).text


def test_a_run_with_many_tasks_says_how_many_are_not_shown(bench: Bench) -> None:
    run = start(bench, "churn-prediction")
    for number in range(43):
        bench.prefect.set_task(run.id, f"part-{number}", StateType.COMPLETED)
    text = bench.use(run_status, run=run.name).text
    assert "- and 3 more" in text
    assert "part-39" in text
    assert "part-40" not in text


def test_a_prefect_that_is_away_stays_an_error(bench: Bench) -> None:
    bench.prefect.broken = Unavailable("Prefect", "connection refused")
    for tool, arguments in ((list_pipelines, {}), (list_runs, {}), (run_status, {"run": "last"})):
        with pytest.raises(Unavailable, match="could not reach Prefect: connection refused"):
            bench.use(tool, **arguments)


def test_backticks_in_an_exception_do_not_break_out(bench: Bench) -> None:
    run = start(bench, "churn-prediction")
    bench.prefect.advance(run.id, StateType.FAILED, message="Flow run encountered an exception: E: `x` ```y```")
    assert "It failed outside of any task: `E: 'x' '''y'''`" in bench.use(run_status, run=run.name).text


def test_nothing_is_found_for_an_unknown_run(bench: Bench) -> None:
    start(bench, "churn-prediction")
    with pytest.raises(BadArguments, match="There is no run “xyzzy”"):
        bench.use(run_status, run="xyzzy")
