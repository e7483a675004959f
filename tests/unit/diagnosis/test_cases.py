"""Why does it not do what it should? Cases as people meet them, each with all that is told and what is not blamed.

A case is a world, a question in words, the tool that it leads to with its arguments, what the answer says, and what it
must not say: whatever is fine is not blamed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.offline.heard import hear
from tests.unit.tools_prefect.conftest import Bench
from tools.errors import ToolError
from tools.mlflow.best import best_run
from tools.mlflow.metrics import run_metrics
from tools.mlflow.searching import search_runs
from tools.mlflow.versions import compare_versions
from tools.prefect.circumstances import Pause
from tools.prefect.client import RunRequest
from tools.prefect.delays import PATIENCE
from tools.prefect.diagnosis import why_late
from tools.prefect.explaining import explain_failure
from tools.prefect.results import FlowRun, Pipeline, StateType
from tools.prefect.runs import run_status
from tools.prefect.starting import run_pipeline
from tools.spec import JSONDict, Tool

SCHEMA: JSONDict = {"properties": {"max_depth": {"type": "integer", "minimum": 1, "maximum": 32, "default": 8}}}
TRACEBACK = "Traceback (most recent call last):\n  File \"churn.py\", line 9, in load\nKeyError: 'age'"
NAN, INFINITE = float("nan"), float("inf")
#: What no answer may blame unless its case is about that.
SCAPEGOATS = ("worker of the work pool", "is paused", "concurrency limit of", "has no schedule", "is off")


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    Attributes:
        name: What is so.
        given: Makes the world.
        asked: The question in words.
        tool: The tool that answers it.
        arguments: Its arguments.
        told: What the answer says.
        blamed: Which of the scapegoats are at fault; the others must not be named.
        fixes: What is offered as a button, by its tools.
        heard: The tool that the offline model takes for these words, where that is another one.
    """

    name: str
    given: Callable[[Bench], object]
    asked: str
    tool: Tool
    told: tuple[str, ...]
    arguments: dict[str, Any] = field(default_factory=dict)
    blamed: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()
    heard: Tool | None = None

    @property
    def given_arguments(self) -> dict[str, Any]:
        """The arguments; a run that is not named is the last one."""
        last = {"run": "last"} if "run" in self.tool.arguments.model_fields else {}
        return last | self.arguments


def pipeline(bench: Bench) -> Pipeline:
    """The one pipeline that there is."""
    known = bench.prefect.registered("churn-prediction")
    return known or bench.prefect.add_pipeline("churn-prediction", parameter_schema=SCHEMA)


def run(bench: Bench, *states: StateType, **parameters: object) -> FlowRun:
    """A run of it that went through some states."""
    request = RunRequest(pipeline_id=pipeline(bench).id, key=f"k{bench.prefect.now()}", parameters=parameters)
    made = bench.prefect.start(request)
    for state in states:
        made = bench.prefect.advance(made.id, state)
    return made


def late(bench: Bench, seconds: float = 60) -> FlowRun:
    """A run that was due some seconds ago, seen by a call that comes next."""
    made = run(bench)
    for _ in range(int(seconds)):
        bench.prefect.now()
    return made


def without_worker(bench: Bench) -> None:
    late(bench)
    bench.prefect.set_pool(online_workers=0)


def paused_pool(bench: Bench) -> None:
    late(bench)
    bench.prefect.set_pool(paused=True)


def removed_pool(bench: Bench) -> None:
    late(bench)
    bench.prefect.remove_pool()


def paused_queue(bench: Bench) -> None:
    late(bench)
    bench.prefect.limits.queue_paused = True


def full_pipeline(bench: Bench) -> None:
    run(bench, StateType.RUNNING)
    waiting = run(bench)
    bench.prefect.limits.pipelines[waiting.deployment_id] = 1
    bench.prefect.take(waiting.id, at=bench.prefect.now())


def almost_full_pipeline(bench: Bench) -> None:
    run(bench, StateType.RUNNING)
    waiting = late(bench)
    bench.prefect.limits.pipelines[waiting.deployment_id] = 2


def just_within_patience(bench: Bench) -> None:
    late(bench, PATIENCE.total_seconds() - 3)


def waits_for_input(bench: Bench) -> None:
    made = run(bench, StateType.RUNNING, StateType.PAUSED)
    bench.prefect.limits.pauses[made.id] = Pause(
        asks=True,
        until=bench.prefect.now() + timedelta(hours=1),
        about="How many rows?",
        input_schema={"properties": {"rows": {"type": "integer"}}},
    )


def waits_for_leave(bench: Bench) -> None:
    run(bench, StateType.RUNNING, StateType.PAUSED)


def schedule_off(bench: Bench) -> None:
    bench.prefect.add_schedule(pipeline(bench).id, "0 9 * * 1")
    bench.prefect.pause_pipeline(pipeline(bench).id)


def never_scheduled(bench: Bench) -> None:
    pipeline(bench)


def left_by_its_worker(bench: Bench) -> None:
    made = run(bench)
    bench.prefect.take(made.id, at=bench.prefect.now())
    bench.prefect.set_pool(online_workers=0)


def tag_without_slot(bench: Bench) -> None:
    holder, waiting = run(bench, StateType.RUNNING), run(bench, StateType.RUNNING)
    bench.prefect.limits.tags["gpu"] = 1
    bench.prefect.begin_task(holder.id, "train", "gpu")
    bench.prefect.begin_task(waiting.id, "train", "gpu")


def at_work(bench: Bench) -> None:
    run(bench, StateType.RUNNING)


def ended_well(bench: Bench) -> None:
    run(bench, StateType.RUNNING, StateType.COMPLETED)


def failed_after_a_change(bench: Bench) -> None:
    run(bench, StateType.RUNNING, StateType.COMPLETED, max_depth=8)
    made = run(bench, StateType.RUNNING, max_depth=32)
    bench.prefect.set_task(
        made.id, "load", StateType.FAILED, message="Task run encountered an exception KeyError: 'age'"
    )
    bench.prefect.add_log(made.id, TRACEBACK, level=40)
    bench.prefect.advance(made.id, StateType.FAILED)


def failed_without_a_log(bench: Bench) -> None:
    made = run(bench, StateType.RUNNING)
    bench.prefect.advance(made.id, StateType.FAILED, message="Flow run encountered an exception: OSError: disk full")


def crashed(bench: Bench) -> None:
    made = run(bench, StateType.RUNNING)
    bench.prefect.advance(made.id, StateType.CRASHED, message="Flow run infrastructure exited with non-zero status -9")


def nothing_failed(bench: Bench) -> None:
    run(bench, StateType.RUNNING, StateType.COMPLETED)


def unmeasured(bench: Bench) -> None:
    for name, auc in (("good", 0.9), ("odd", NAN), ("endless", INFINITE)):
        bench.mlflow.add_run("churn", name=name, metrics={"auc": auc})
    bench.mlflow.add_run("churn", name="bare")


def only_nan(bench: Bench) -> None:
    bench.mlflow.add_run("churn", name="odd", metrics={"auc": NAN})


def nan_version(bench: Bench) -> None:
    for auc in (0.9, NAN):
        made = bench.mlflow.add_run("churn", metrics={"auc": auc})
        bench.mlflow.add_version("churn", run_id=made.id)
    bench.mlflow.move_by_hand("churn", "champion", "1")


def two_of_a_name(bench: Bench) -> None:
    for name in ("churn-daily", "churn-weekly"):
        bench.prefect.add_pipeline(name)


CASES = (
    Case(
        "late without a worker",
        without_worker,
        "why is the last run late?",
        why_late,
        ("No worker of the work pool local is online (0 heard of lately).", "prefect worker start --pool local"),
        blamed=("worker of the work pool",),
    ),
    Case(
        "late on a paused pool",
        paused_pool,
        "why is the last run stuck?",
        why_late,
        ("The work pool local is paused: it hands out no runs.", "prefect work-pool resume local"),
        blamed=("is paused",),
        fixes=("resume_pool",),
    ),
    Case(
        "late on a pool that was removed",
        removed_pool,
        "why is the last run late?",
        why_late,
        ("Prefect has no work pool local, which the run is to go to.", "prefect work-pool create local"),
    ),
    Case(
        "late in a paused queue",
        paused_queue,
        "why is it not starting?",
        why_late,
        ("The work queue default of the pool local is paused",),
        blamed=("is paused",),
        fixes=("resume_pool",),
    ),
    Case(
        "late for a full pipeline",
        full_pipeline,
        "why is the last run waiting?",
        why_late,
        ("The concurrency limit of the pipeline churn-prediction is reached: 1 of 1 slot is taken by brave-otter-1",),
        blamed=("concurrency limit of",),
        fixes=("cancel_run", "set_concurrency_limit"),
    ),
    Case(
        "boundary: one slot of the pipeline is free",
        almost_full_pipeline,
        "why is the last run late?",
        why_late,
        ("Nothing that I can see holds it", "no concurrency limit is reached"),
    ),
    Case(
        "boundary: due as long ago as a healthy pool needs",
        just_within_patience,
        "why is the last run late?",
        why_late,
        ("It is not late: it was due",),
    ),
    Case(
        "paused for input",
        waits_for_input,
        "why is the last run stuck?",
        why_late,
        ("waiting for input (`rows`)", "“How many rows?”", "It fails unless that happens in", "Press *Answer*"),
    ),
    Case(
        "paused for leave",
        waits_for_leave,
        "why is the last run hanging?",
        why_late,
        ("goes on when somebody resumes it",),
        fixes=("resume_run",),
    ),
    Case(
        "a pipeline that is paused as a whole",
        schedule_off,
        "why is churn-prediction late?",
        why_late,
        ("churn-prediction is paused in Prefect, so its schedule starts no runs.",),
        arguments={"run": "churn-prediction"},
        blamed=("is paused",),
        fixes=("resume_schedule",),
    ),
    Case(
        "a pipeline without a schedule",
        never_scheduled,
        "why does churn-prediction not start?",
        why_late,
        ("churn-prediction has no schedule: it runs when asked.", "every Monday at 9"),
        arguments={"run": "churn-prediction"},
        blamed=("has no schedule",),
    ),
    Case(
        "stuck since its worker left",
        left_by_its_worker,
        "why is the last run stuck?",
        why_late,
        ("A worker took it", "no worker of the work pool local is online any more"),
        blamed=("worker of the work pool",),
        fixes=("cancel_run",),
    ),
    Case(
        "stuck for a tag's slot",
        tag_without_slot,
        "what is holding up the last run?",
        why_late,
        ("The concurrency limit of the tag gpu, which a task of it carries, is reached: 1 of 1 slot is taken",),
        blamed=("concurrency limit of",),
        fixes=("cancel_run", "set_concurrency_limit"),
    ),
    Case(
        "slow and held by nothing",
        at_work,
        "why does the last run take so long?",
        why_late,
        ("its own code is at work", "No run of it has completed before"),
    ),
    Case(
        "neither late nor stuck but done",
        ended_well,
        "why is the last run stuck?",
        why_late,
        ("It is neither late nor stuck: it has ended well.",),
    ),
    Case(
        "failed after a parameter was changed",
        failed_after_a_change,
        "why did the last run fail?",
        explain_failure,
        ("`load`", "KeyError: 'age'", "max_depth", "8", "32"),
    ),
    Case(
        "failed and wrote nothing",
        failed_without_a_log,
        "why did the last run fail?",
        explain_failure,
        ("OSError: disk full",),
    ),
    Case(
        "crashed by the system",
        crashed,
        "why did the last run crash?",
        explain_failure,
        ("Crashed", "status -9"),
    ),
    Case(
        "best of runs of which some measured nothing",
        unmeasured,
        "which is the best run by auc?",
        best_run,
        (
            "**[good](",
            "Left out, of the newest 200 at most: 1 run without auc (bare).",
            "2 runs whose auc is not a number (endless, odd).",
        ),
        arguments={"metric": "auc"},
        heard=search_runs,
    ),
    Case(
        "best of runs of which none measured a number",
        only_nan,
        "best run by auc",
        best_run,
        ("No run has a auc that is a number.", "1 run whose auc is not a number (odd)."),
        arguments={"metric": "auc"},
        heard=search_runs,
    ),
    Case(
        "a metric that is no number is told as it is",
        only_nan,
        "metrics of the last run",
        run_metrics,
        ("auc: **nan**",),
        arguments={"run": "odd"},
    ),
    Case(
        "a challenger whose metric is no number is not better",
        nan_version,
        "is v2 better than production?",
        compare_versions,
        ("auc: 0.9 → none",),
        arguments={"model": "churn"},
    ),
)

#: What is refused, with what is meant instead: nothing is guessed and nothing started.
REFUSED = (
    Case(
        "a pipeline that is misspelled beyond doubt",
        two_of_a_name,
        "run fraud",
        run_pipeline,
        ("There is no pipeline “fraud”.", "churn-daily"),
        arguments={"pipeline": "fraud"},
    ),
    Case(
        "a name that two pipelines begin with",
        two_of_a_name,
        "run churn",
        run_pipeline,
        ("“churn” could be churn-daily or churn-weekly; which pipeline do you mean?",),
        arguments={"pipeline": "churn"},
    ),
    Case(
        "a run that there is not",
        at_work,
        "how is proud-lion?",
        run_status,
        ("proud-lion",),
        arguments={"run": "proud-lion"},
    ),
    Case(
        "a parameter that is misspelled",
        never_scheduled,
        "run churn-prediction with max_dept=5",
        run_pipeline,
        ("has no parameter “max_dept”. Did you mean max_depth?",),
        arguments={"pipeline": "churn-prediction", "parameters": {"max_dept": 5}},
    ),
    Case(
        "boundary: one below the least",
        never_scheduled,
        "run churn-prediction with max_depth=0",
        run_pipeline,
        ("0 is less than the minimum of 1",),
        arguments={"pipeline": "churn-prediction", "parameters": {"max_depth": 0}},
    ),
    Case(
        "boundary: one above the most",
        never_scheduled,
        "run churn-prediction with max_depth=33",
        run_pipeline,
        ("33 is greater than the maximum of 32",),
        arguments={"pipeline": "churn-prediction", "parameters": {"max_depth": 33}},
    ),
    Case(
        "nothing failed",
        nothing_failed,
        "why did the last failed run fail?",
        explain_failure,
        ("Completed", "It did not fail."),
    ),
)


def named(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_cause_is_named_with_its_numbers_and_nothing_else_is_blamed(bench: Bench, case: Case) -> None:
    case.given(bench)
    result = bench.use(case.tool, **case.given_arguments)
    assert [said for said in case.told if said not in result.text] == [], result.text
    innocent = [each for each in SCAPEGOATS if each not in case.blamed]
    assert [each for each in innocent if each in result.text] == [], result.text
    fixes = getattr(result.data, "fixes", ())
    assert tuple(fix.tool for fix in fixes) == case.fixes


@pytest.mark.parametrize("case", REFUSED, ids=named)
def test_what_cannot_be_is_refused_with_what_could_be_and_starts_nothing(bench: Bench, case: Case) -> None:
    case.given(bench)
    before = len(bench.prefect.live_runs())
    try:
        text = bench.use(case.tool, **case.given_arguments).text
    except ToolError as error:
        text = str(error)
    assert [said for said in case.told if said not in text] == [], text
    assert len(bench.prefect.live_runs()) == before


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_question_in_words_leads_to_the_tool_that_answers_it(case: Case) -> None:
    [wish, *_] = hear(case.asked).wishes
    assert (case.heard or case.tool).name in wish.intent.tools, wish.intent.name


def test_there_are_twenty_cases_and_more() -> None:
    assert len({case.name for case in (*CASES, *REFUSED)}) >= 20
