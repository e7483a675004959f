"""Every card in every state, compared whole with `expected/NAME.txt`."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.views.changed import changed
from bot.views.decided import Discarded, Expired, Failed, Registered
from bot.views.failure import Failure, failure
from bot.views.final import Problem, final
from bot.views.help import Entry, Help, command_list
from bot.views.limits import violations
from bot.views.lineage import Hop, Lineage, lineage
from bot.views.logs import Logs, logs
from bot.views.offer import Offer, gone, offer, taken_up
from bot.views.plan import plan
from bot.views.progress import Progress, progress
from bot.views.queued import Queued, queued
from bot.views.refusal import Refusal, refusal
from bot.views.run import Task, run
from bot.views.stopped import Stopped, stopped
from bot.views.view import View
from tests.unit.views import approvals
from tests.unit.views.examples import (
    CHURN,
    COMPLETED,
    DIFF,
    FAILED,
    NOON,
    PLAN,
    RETRAIN,
    RUN,
    RUN_URL,
)
from tests.unit.views.outline import outline

EXPECTED = Path(__file__).parent / "expected"
SEVERAL = replace(PLAN, flows=(CHURN, RETRAIN), imports=(), findings=())
CHANGED = replace(PLAN, status="changed", diff=DIFF, registered_digest="fedcba9876543210", findings=(), imports=())
MANY_TASKS = (*(Task(f"load-{number}", "Completed", 1.0) for number in range(40)), Task("train", "Failed", 2.0))

COMMANDS = (
    Entry("runs PIPELINE", "the last runs of a pipeline", "prefect:run:read"),
    Entry("approve PROPOSAL", "approve what waits for you"),
    Entry("list models [SEARCH]", "every registered model", "mlflow:model:read"),
    Entry("promote MODEL VERSION", "let an alias point to a version", "mlflow:alias:set"),
    Entry("endpoint ENDPOINT", "an endpoint and the models on it", "vertex:endpoint:read"),
    Entry("buckets", "every bucket", "storage:bucket:read"),
)

CARDS = {
    "plan_new": plan(PLAN),
    "plan_several_flows": plan(SEVERAL),
    "plan_flow_chosen": plan(replace(SEVERAL, chosen="churn-prediction")),
    "plan_changed": plan(CHANGED),
    "plan_already_registered": plan(replace(PLAN, status="registered", imports=(), findings=(), expires=None)),
    "plan_pool_not_asked": plan(replace(PLAN, probe_age=None, findings=())),
    "plan_registered_and_running": plan(
        replace(PLAN, decided=Registered("U0ALICE", NOON, "churn-prediction/trainmaster", "bold-otter", RUN_URL))
    ),
    "plan_registered_only": plan(replace(PLAN, decided=Registered("U0ALICE", NOON, "churn-prediction/trainmaster"))),
    "plan_discarded": plan(replace(PLAN, decided=Discarded("U0ALICE", NOON))),
    "plan_failed": plan(
        replace(PLAN, decided=Failed("I could not reach Prefect: connection refused.", "Try again.", again=True))
    ),
    "plan_expired": plan(replace(PLAN, decided=Expired(NOON))),
    "run_running": run(RUN),
    "run_late": run(replace(RUN, state="Late", seconds=None, tasks=(), note="No worker polls the pool `local`.")),
    "run_waits_for_input": run(replace(RUN, state="Paused", note="It waits for input. How many rows?", waits="input")),
    "run_waits_for_leave": run(replace(RUN, state="Suspended", note="It is paused.", waits="leave")),
    "run_cancelling": run(replace(RUN, state="Cancelling")),
    "run_failed_with_many_tasks": run(replace(RUN, state="Failed", tasks=MANY_TASKS, parameters=())),
    "final_completed": final(COMPLETED),
    "final_without_mlflow": final(
        replace(COMPLETED, tracked=(), versions=(), parameter="", unread="connection refused.")
    ),
    "final_left_nothing": final(replace(COMPLETED, tracked=(), versions=())),
    "final_failed": final(FAILED),
    "final_crashed": final(replace(FAILED, state="Crashed", problem=None, started_by="")),
    "final_missing_module": final(
        replace(
            FAILED,
            state="Crashed",
            pool="local",
            problem=Problem(
                exception="ModuleNotFoundError: No module named 'xgboost'", missing_module="xgboost", loading=True
            ),
        )
    ),
    "final_not_loaded": final(
        replace(
            FAILED,
            state="Crashed",
            problem=Problem(
                exception="NameError: name 'LIMIT' is not defined",
                loading=True,
                log=('Traceback …\n  File "churn.py", line 4, in <module>\n    DEPTH = LIMIT + 1',),
            ),
        )
    ),
    "final_cancelled": final(replace(FAILED, state="Cancelled", problem=None)),
    "lineage": lineage(
        Lineage(
            "churn v4",
            (
                Hop("Version", "churn v4 (champion), registered 2 h ago", RUN_URL),
                Hop("Deployment to churn-production", "P-1, approved by bob", "https://evil.invalid/p1"),
                Hop("Prefect run", missing="the MLflow run does not say that a Prefect run made it"),
                Hop("Asked for", "in a thread of <#C0MLPIPE> by alice"),
            ),
            hosts=("127.0.0.1:4200",),
        )
    ),
    "logs": logs(Logs("bold-otter", RUN_URL, ("12:00:01 INFO  a < b", "12:00:02 ERROR no"), left_out=3)),
    "logs_empty": logs(Logs("bold-otter", RUN_URL, ())),
    "failure": failure(
        Failure(
            what="I could not start churn-prediction.",
            fault="Prefect did not answer (connection refused): not your doing.",
            remedy="Ask whoever runs Prefect, then try again.",
            saved="The file is kept and registered.",
            reference="e-12",
            retry="t1",
        )
    ),
    "failure_without_retry": failure(Failure("I could not read this.", "The message is 40,000 characters long.")),
    "progress_working": progress(Progress("reading the runs of churn-prediction", 2, 4.2)),
    "progress_to_be_stopped": progress(Progress("reading the runs of churn-prediction", 2, 4.2, turn="t1")),
    "stopped": stopped(
        Stopped("U0BOB", ("Started churn-prediction.",), ("promote model", "list runs"), ("P-1 awaits approval.",))
    ),
    "stopped_before_anything": stopped(Stopped("U0BOB")),
    "progress_begun": progress(Progress("", 0, 0.1)),
    "progress_done": progress(Progress("", 3, 12.0, "done")),
    "progress_failed": progress(Progress("", 1, 12.0, "failed")),
    "progress_stopping": progress(Progress("promote model", 1, 2.0, "stopping", turn="t1")),
    "progress_stopped": progress(Progress("", 0, 2.0, "stopped")),
    "refusal": refusal(Refusal("churn.py", "The bracket is never closed.", "Close it.", line=3, source="x = (1,")),
    "refusal_of_the_file": refusal(Refusal("churn.py", "The file is not UTF-8 text.", "Save it as UTF-8.")),
    "changed_edited": changed(gone=False),
    "changed_deleted": changed(gone=True),
    "offer": offer(Offer("1.0", "U0ALICE", ("churn.py",))),
    "offer_of_several": offer(Offer("1.0", "U0ALICE", ("a.py", "b.py", "c.py", "d.py", "e.py"))),
    "offer_taken_up": taken_up(("churn.py",)),
    "offer_gone": gone(),
    "queued": queued(Queued(1, "retrain churn")),
    "help_offline": command_list(Help(COMMANDS[:1], "offline")),
    "help": command_list(Help(COMMANDS, "gemini-flash")),
    "help_about": command_list(Help(COMMANDS, about="Model")),
    "help_about_nothing": command_list(Help(COMMANDS, about="`cat`")),
    **approvals.CARDS,
}


@pytest.mark.parametrize("name", CARDS)
def test_a_card_reads_as_agreed(name: str) -> None:
    card: View = CARDS[name]
    assert outline(card) + "\n" == (EXPECTED / f"{name}.txt").read_text(encoding="utf-8")
    assert violations(card) == []


def test_nothing_is_agreed_that_is_not_drawn() -> None:
    assert {path.stem for path in EXPECTED.iterdir()} == set(CARDS)
