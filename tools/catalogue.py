"""Every tool there is, by name. A tool that is not listed here does not exist."""

from tools.mlflow.experiments import list_experiments
from tools.mlflow.metrics import run_metrics
from tools.mlflow.searching import search_runs
from tools.prefect.artifacts import run_artifacts
from tools.prefect.diagnosis import why_late
from tools.prefect.explaining import explain_failure
from tools.prefect.logs import read_logs
from tools.prefect.pipelines import describe_pipeline, list_pipelines
from tools.prefect.registration import register_pipeline
from tools.prefect.removing import remove_pipeline
from tools.prefect.resuming import resume_run
from tools.prefect.runs import cancel_run, list_runs, run_status
from tools.prefect.schedules import list_schedules, set_schedule
from tools.prefect.starting import retry_run, run_pipeline
from tools.prefect.switching import pause_schedule, remove_schedule, resume_schedule
from tools.spec import Tool
from tools.system import system_status

CATALOGUE: tuple[Tool, ...] = (
    cancel_run,
    describe_pipeline,
    explain_failure,
    list_experiments,
    list_pipelines,
    list_runs,
    list_schedules,
    pause_schedule,
    read_logs,
    register_pipeline,
    remove_pipeline,
    remove_schedule,
    resume_run,
    resume_schedule,
    retry_run,
    run_artifacts,
    run_metrics,
    run_pipeline,
    run_status,
    search_runs,
    set_schedule,
    system_status,
    why_late,
)
