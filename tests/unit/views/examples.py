"""A pipeline and its runs, as the cards' tests tell of them."""

from bot.views.final import Final, ModelVersion, Problem, TrackedRun
from bot.views.plan import Plan
from bot.views.plan_details import Diff, Finding, Flow, Import, Parameter
from bot.views.run import Run, Task

NOON = 1_795_435_200.0  # 23 Nov 2026, 12:00 UTC
RUN_URL = "http://127.0.0.1:4200/runs/flow-run/r1"

CHURN = Flow(
    name="churn-prediction",
    function="churn_prediction",
    line=81,
    deployment="churn-prediction/trainmaster",
    description="Train a model that tells which customers are about to leave.",
    parameters=(
        Parameter("max_depth", "int", "4"),
        Parameter("data", "Path", "", required=True),
        Parameter("grid", "", "make_grid()", note="its default is made at run time, so I cannot show it"),
    ),
    tasks=("load", "train", "evaluate"),
)
RETRAIN = Flow(
    name="churn-retrain", function="retrain", line=120, deployment="churn-retrain/trainmaster", tasks=("train",)
)
SIMPLE = Flow(
    name="churn-prediction",
    function="churn_prediction",
    line=81,
    deployment="churn-prediction/trainmaster",
    parameters=(Parameter("max_depth", "int", "4"),),
    tasks=("load", "train"),
)
PLAN = Plan(
    reference="p1",
    filename="churn.py",
    digest="0123456789abcdef" * 4,
    size=4_210,
    shared_by="U0ALICE",
    pool="local",
    flows=(SIMPLE,),
    imports=(Import("sklearn", "present"), Import("xgboost", "missing"), Import("acme", "unknown")),
    probe_age=180.0,
    findings=(Finding(12, "this reads a file when the module is imported.", "Move it into a task."),),
    expires=NOON,
)
DIFF = Diff(added=1, removed=1, text="@@ -3 +3 @@\n-    depth = 4\n+    depth = 5", left_out=0)
RUN = Run(
    reference="r1",
    pipeline="churn-prediction",
    name="bold-otter",
    url=RUN_URL,
    state="Running",
    seconds=7.24,
    parameters=(("max_depth", "5"),),
    tasks=(Task("load", "Completed", 1.2), Task("train", "Running", 6.0), Task("evaluate", "Pending")),
    started_by="U0ALICE",
)
COMPLETED = Final(
    reference="r1",
    pipeline="churn-prediction",
    name="bold-otter",
    url=RUN_URL,
    state="Completed",
    seconds=8.6,
    started_by="U0ALICE",
    tracked=(TrackedRun("bold-otter", "http://127.0.0.1:5000/#/runs/m1", (("accuracy", 0.87312), ("rows", 2000.0))),),
    versions=(ModelVersion("churn", "3", "http://127.0.0.1:5000/#/models/churn/3"),),
    parameter="max_depth",
)
FAILED = Final(
    reference="r1",
    pipeline="churn-prediction",
    name="bold-otter",
    url=RUN_URL,
    state="Failed",
    seconds=3.1,
    started_by="U0ALICE",
    problem=Problem(
        task="train",
        exception="ValueError: Input X contains NaN.",
        log=("12:00:01 INFO  2,000 rows", "12:00:02 ERROR Task run failed"),
        log_left_out=4,
    ),
)
