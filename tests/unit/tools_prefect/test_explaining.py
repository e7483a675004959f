import pytest

from tests.unit.tools_prefect.conftest import Bench
from tools.prefect.client import RunRequest
from tools.prefect.explaining import Explanation, explain_failure
from tools.prefect.results import FlowRun, Pipeline, StateType
from tools.spec import Difference, JSONDict

TRACEBACK = """Encountered an exception
Traceback (most recent call last):
  File "churn.py", line 9, in load
    rows = int(text)
ValueError: invalid literal for int()

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/prefect/engine.py", line 1, in run
    call()
  File "churn.py", line 12, in train
    raise RuntimeError("no rows") from error
RuntimeError: no rows"""


def pipeline(bench: Bench, digest: str = "") -> Pipeline:
    return bench.prefect.registered("churn") or bench.prefect.add_pipeline("churn", digest=digest)


def start(bench: Bench, *, digest: str = "", **parameters: object) -> FlowRun:
    known = pipeline(bench, digest)
    tags = (f"digest:{digest[:12]}",) if digest else ()
    run = bench.prefect.start(
        RunRequest(pipeline_id=known.id, key=f"k{bench.prefect.now()}", parameters=parameters, tags=tags)
    )
    bench.prefect.advance(run.id, StateType.RUNNING)
    return run


def completed(bench: Bench, **parameters: object) -> FlowRun:
    run = start(bench, digest="", **parameters)
    return bench.prefect.advance(run.id, StateType.COMPLETED)


def failed(bench: Bench, *, digest: str = "", **parameters: object) -> FlowRun:
    run = start(bench, digest=digest, **parameters)
    for number in range(6):
        bench.prefect.add_log(run.id, f"step {number}")
    bench.prefect.set_task(run.id, "load", StateType.COMPLETED)
    bench.prefect.set_task(
        run.id, "train", StateType.FAILED, message="Task run encountered an exception RuntimeError: no rows"
    )
    bench.prefect.add_log(run.id, TRACEBACK, level=40)
    bench.prefect.add_log(run.id, TRACEBACK.replace("Encountered", "Finished by"), level=40)
    return bench.prefect.advance(run.id, StateType.FAILED, message="1/2 states failed.")


def explained(bench: Bench, run: str = "last") -> tuple[str, Explanation]:
    result = bench.use(explain_failure, run=run)
    assert isinstance(result.data, Explanation)
    assert Explanation.model_validate_json(result.data.model_dump_json()) == result.data
    return result.text, result.data


def test_a_failure_names_the_task_and_the_chain_of_exceptions(bench: Bench) -> None:
    text, data = explained(bench, failed(bench).id)
    assert data.detail.failure is not None
    assert data.detail.failure.task == "train"
    assert data.chain == ("ValueError: invalid literal for int()", "RuntimeError: no rows")
    assert (
        "Task `train` failed first, by a chain of 2 exceptions:\n"
        "- `ValueError: invalid literal for int()`\n- then `RuntimeError: no rows`" in text
    )


def test_the_log_lines_that_matter_are_the_errors_and_what_came_before(bench: Bench) -> None:
    text, data = explained(bench, failed(bench).id)
    messages = [line.message.split("\n")[0] for line in data.lines]
    assert messages[:5] == ["step 2", "step 3", "step 4", "step 5", "Encountered an exception"]
    assert "traceback of the same exception left out" in messages[5]
    assert "site-packages" not in text
    assert 'File "churn.py", line 12, in train' in text


def test_without_a_success_there_is_nothing_to_compare_with(bench: Bench) -> None:
    text, data = explained(bench, failed(bench).id)
    assert "No earlier run of churn completed" in text
    assert data.last_success is None


def test_parameters_that_changed_since_the_last_success_are_named(bench: Bench) -> None:
    success = completed(bench, rows=100, mode="fast")
    text, data = explained(bench, failed(bench, rows=-1, seed=7).id)
    assert data.last_success is not None
    assert data.last_success.id == success.id
    assert data.parameters == (
        Difference(name="mode", before="fast", after="(not given)"),
        Difference(name="rows", before="100", after="-1"),
        Difference(name="seed", before="(not given)", after="7"),
    )
    assert "- parameter `rows`: `100` → `-1`" in text


def test_a_source_that_changed_is_shown_as_a_difference(bench: Bench) -> None:
    before = bench.sources.put(b"import os\nDEPTH = 5\n", "churn.py")
    after = bench.sources.put(b"import os\nDEPTH = 6\n", "churn.py")
    known = pipeline(bench, before)
    bench.prefect.advance(start(bench, digest=before).id, StateType.COMPLETED)
    bench.prefect.change_source(known.id, after)
    text, data = explained(bench, failed(bench, digest=after).id)
    assert data.source is not None
    assert (data.source.before, data.source.after, data.source.left_out) == (before, after, 0)
    assert "-DEPTH = 5\n+DEPTH = 6" in data.source.diff
    assert f"- source: `{before[:12]}` → `{after[:12]}`" in text
    assert "+DEPTH = 6" in text


def test_a_source_that_is_gone_is_said_to_be_unread(bench: Bench) -> None:
    known = pipeline(bench, "a" * 64)
    bench.prefect.advance(start(bench, digest="a" * 64).id, StateType.COMPLETED)
    bench.prefect.change_source(known.id, "b" * 64)
    text, data = explained(bench, failed(bench, digest="b" * 64).id)
    assert "I could not compare the sources: No pipeline source with the digest aaaaaaaaaaaa is kept." in text
    assert data.source is not None
    assert data.source.diff == ""


def test_when_nothing_changed_the_data_or_the_environment_did(bench: Bench) -> None:
    completed(bench, rows=1)
    failed(bench, rows=1)
    text, data = explained(bench, failed(bench, rows=1).id)
    assert (data.parameters, data.source, data.failures_since) == ((), None, 2)
    assert "neither its source nor its parameters changed; 2 runs in a row have failed since" in text


def test_a_success_after_the_failure_is_not_what_it_is_compared_with(bench: Bench) -> None:
    run = failed(bench, rows=1)
    completed(bench, rows=2)
    assert explained(bench, run.id)[1].last_success is None


@pytest.mark.parametrize(
    ("state", "said"),
    [(StateType.RUNNING, "It has not failed: it has not ended."), (StateType.COMPLETED, "It did not fail. The last")],
)
def test_a_run_that_did_not_fail_is_not_explained(bench: Bench, state: StateType, said: str) -> None:
    other = failed(bench)
    run = start(bench)
    bench.prefect.advance(run.id, state)
    text, data = explained(bench, run.id)
    assert said in text
    assert data.chain == ()
    if state is StateType.COMPLETED:
        assert other.name in text


def test_a_log_that_is_long_stays_within_its_bound(bench: Bench) -> None:
    run = start(bench)
    for _ in range(20):
        bench.prefect.add_log(run.id, "x" * 5_000, level=40)
    bench.prefect.advance(run.id, StateType.FAILED, message="1/1 states failed.")
    text, data = explained(bench, run.id)
    assert sum(len(line.message) for line in data.lines) <= 3_200
    assert len(text) < 5_000


def test_a_long_difference_is_cut_and_says_so(bench: Bench) -> None:
    parameters: JSONDict = {}
    before = bench.sources.put("\n".join(f"a{n} = {n}" for n in range(300)).encode(), "churn.py")
    after = bench.sources.put("\n".join(f"a{n} = {n + 1}" for n in range(300)).encode(), "churn.py")
    known = pipeline(bench, before)
    bench.prefect.advance(start(bench, digest=before, **parameters).id, StateType.COMPLETED)
    bench.prefect.change_source(known.id, after)
    text, _ = explained(bench, failed(bench, digest=after).id)
    assert "… 560 more lines of the difference are left out." in text
    assert len(text) < 8_000
