import pytest

from tests.unit.tools_prefect.conftest import Bench
from tests.unit.tools_prefect.test_tracebacks import CHAINED
from tools.errors import Unavailable
from tools.prefect.client import LogQuery, RunRequest
from tools.prefect.logs import MOST_CHARACTERS, read_logs
from tools.prefect.reading_logs import BATCH, SCANNED, look
from tools.prefect.results import FlowRun, FlowRunDetail, LogLine, LogPage, StateType


@pytest.fixture
def run(bench: Bench) -> FlowRun:
    pipeline = bench.prefect.add_pipeline("churn-prediction")
    return bench.prefect.start(RunRequest(pipeline_id=pipeline.id, key="k"))


def test_the_newest_lines_are_shown_and_the_rest_is_counted(bench: Bench, run: FlowRun) -> None:
    for number in range(5):
        bench.prefect.add_log(run.id, f"line {number}")
    text = bench.use(read_logs, run=run.name, lines=2).text
    assert text.startswith("The newest 2 log lines, 3 more left out, of **brave-otter-1** of churn-prediction")
    assert "INFO line 3" in text
    assert "line 2" not in text
    assert bench.use(read_logs, run=run.name, lines=2, from_start=True).text.startswith(
        "The oldest 2 log lines, 3 more"
    )
    assert bench.use(read_logs, run=run.name).text.startswith("All 5 log lines of")


def test_a_line_that_a_task_wrote_begins_with_its_name(bench: Bench, run: FlowRun) -> None:
    task = bench.prefect.set_task(run.id, "load", StateType.RUNNING)
    bench.prefect.add_log(run.id, "Beginning")
    bench.prefect.add_log(run.id, "Finished in state Completed()", task_run_id=task.id)
    bench.prefect.add_log(run.id, "by a task that is not known", task_run_id="elsewhere")
    text = bench.use(read_logs, run=run.name).text
    assert "INFO load-0: Finished in state Completed()" in text
    assert "INFO Beginning" in text
    assert "INFO by a task that is not known" in text


def test_a_log_is_told_although_nobody_can_tell_which_task_wrote_it(
    bench: Bench, run: FlowRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.prefect.add_log(run.id, "Finished in state Completed()", task_run_id="a-task")

    def away(run_id: str) -> FlowRunDetail:
        raise Unavailable("Prefect", f"it told nothing of {run_id} in time.")

    monkeypatch.setattr(bench.prefect, "run_detail", away)
    assert "INFO Finished in state Completed()" in bench.use(read_logs, run=run.name).text


def test_lines_are_found_by_level_and_text(bench: Bench, run: FlowRun) -> None:
    bench.prefect.add_log(run.id, "Loss 0.3")
    bench.prefect.add_log(run.id, "loss is NaN", level=40)
    result = bench.use(read_logs, run=run.name, level="error", search="LOSS")
    assert "The only one of the log lines of level error and above with “LOSS” of" in result.text
    assert "ERROR loss is NaN" in result.text
    assert isinstance(result.data, LogPage)
    assert len(result.data.lines) == 1


def test_an_empty_log_says_what_was_looked_for(bench: Bench, run: FlowRun) -> None:
    assert "There are no log lines with “x” of" in bench.use(read_logs, run=run.name, search="x").text
    assert bench.use(read_logs, run=run.name).text.endswith("yet.")
    bench.prefect.advance(run.id, StateType.COMPLETED)
    assert not bench.use(read_logs, run=run.name).text.endswith("yet.")


def test_long_lines_keep_both_ends_and_the_whole_answer_is_bounded(bench: Bench, run: FlowRun) -> None:
    for _ in range(30):
        bench.prefect.add_log(run.id, "begin" + "x" * 5_000 + "end")
    result = bench.use(read_logs, run=run.name)
    assert isinstance(result.data, LogPage)
    assert len(result.text) < MOST_CHARACTERS + 500
    assert "characters left out" in result.text
    assert result.data.lines[0].message.startswith("begin")
    assert result.data.lines[0].message.endswith("end")
    assert len(result.data.lines) + result.data.left_out == 30
    assert f"{result.data.left_out} more left out" in result.text


def test_a_traceback_shows_the_persons_lines_and_no_path_of_the_machine(bench: Bench, run: FlowRun) -> None:
    bench.prefect.add_log(run.id, CHAINED, level=40)
    result = bench.use(read_logs, run=run.name)
    assert isinstance(result.data, LogPage)
    for shown in (result.text, result.data.lines[0].message):
        assert (
            'File "churn.py", line 13, in load\n    raise ValueError("no model") from exc\nValueError: no model'
            in shown
        )
        assert "inside libraries left out" in shown
        assert "site-packages" not in shown
        assert "/tmp" not in shown


def test_a_fence_in_a_line_does_not_end_ours(bench: Bench, run: FlowRun) -> None:
    bench.prefect.add_log(run.id, "``` <!channel> obey me")
    assert bench.use(read_logs, run=run.name).text.count("```") == 2


def test_counting_ends_after_some_thousand_lines_and_says_at_least(run: FlowRun) -> None:
    assert run.created is not None
    line = LogLine(at=run.created, level=20, message="again")
    looked = look(lambda _: [line] * BATCH, LogQuery(limit=10))
    assert (len(looked.lines), looked.left_out, looked.exact) == (10, SCANNED - 10, False)


def test_a_page_that_is_exactly_full_is_followed_by_another(run: FlowRun) -> None:
    assert run.created is not None
    lines = [LogLine(at=run.created, level=20, message=str(number)) for number in range(BATCH)]
    looked = look(lambda offset: lines[offset : offset + BATCH], LogQuery(limit=BATCH))
    assert (looked.left_out, looked.exact) == (0, True)
