"""Every tool there is, by name. A tool that is not listed here does not exist."""

from tools.desk.memory import export_me, forget_conversation, forget_me
from tools.desk.tools import (
    freeze_changes,
    list_approvals,
    read_audit,
    unfreeze_changes,
    who_am_i,
    withdraw_proposal,
)
from tools.google.deployment import deploy_model
from tools.google.downloading import download_object
from tools.google.endpoints import describe_endpoint, list_endpoints, list_served_models, predict
from tools.google.objects import describe_object, list_buckets, list_objects, read_object
from tools.google.project import describe_project
from tools.google.signing import sign_object_url
from tools.google.traffic import roll_back_endpoint, set_traffic
from tools.google.undeploying import undeploy_model
from tools.google.uploading import upload_object
from tools.mlflow.annotating import tag_model, write_description
from tools.mlflow.best import best_run
from tools.mlflow.charting import chart_metric
from tools.mlflow.charting_confusion import chart_confusion
from tools.mlflow.charting_runs import chart_comparison, chart_versions
from tools.mlflow.comparisons import compare_runs
from tools.mlflow.deleting import delete_version
from tools.mlflow.describing import describe_version
from tools.mlflow.evaluating import evaluate_version
from tools.mlflow.experiments import list_experiments
from tools.mlflow.lineage import trace_model
from tools.mlflow.metrics import run_metrics
from tools.mlflow.models import describe_model, list_models
from tools.mlflow.promotion import promote_model
from tools.mlflow.registering import register_version
from tools.mlflow.removal import remove_alias
from tools.mlflow.rollback import roll_back_model
from tools.mlflow.searching import search_runs
from tools.mlflow.versions import compare_versions
from tools.prefect.artifacts import run_artifacts
from tools.prefect.diagnosis import why_late
from tools.prefect.explaining import explain_failure
from tools.prefect.limiting import set_concurrency_limit
from tools.prefect.logs import read_logs
from tools.prefect.pausing import pause_pool, resume_pool
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
    best_run,
    cancel_run,
    chart_comparison,
    chart_confusion,
    chart_metric,
    chart_versions,
    compare_runs,
    compare_versions,
    delete_version,
    deploy_model,
    describe_endpoint,
    describe_model,
    describe_object,
    describe_pipeline,
    describe_project,
    describe_version,
    download_object,
    evaluate_version,
    explain_failure,
    export_me,
    forget_conversation,
    forget_me,
    freeze_changes,
    list_approvals,
    list_buckets,
    list_endpoints,
    list_experiments,
    list_models,
    list_objects,
    list_pipelines,
    list_runs,
    list_schedules,
    list_served_models,
    pause_pool,
    pause_schedule,
    predict,
    promote_model,
    read_audit,
    read_logs,
    read_object,
    register_pipeline,
    register_version,
    remove_alias,
    remove_pipeline,
    remove_schedule,
    resume_pool,
    resume_run,
    resume_schedule,
    retry_run,
    roll_back_endpoint,
    roll_back_model,
    run_artifacts,
    run_metrics,
    run_pipeline,
    run_status,
    search_runs,
    set_concurrency_limit,
    set_schedule,
    set_traffic,
    sign_object_url,
    system_status,
    tag_model,
    trace_model,
    undeploy_model,
    unfreeze_changes,
    upload_object,
    who_am_i,
    why_late,
    withdraw_proposal,
    write_description,
)
