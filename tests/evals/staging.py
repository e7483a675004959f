"""Puts a scene into the systems of a world."""

import dataclasses
import json

from tests.evals.case import Happening
from tests.evals.scene import Model, Person, Pipeline, Run, Scene, Tracked, Value, Version
from tests.fakes.world import World, publish_catalogue
from tools.errors import Unavailable
from tools.google.client import NewObject
from tools.mlflow.results import PIPELINE_TAG
from tools.prefect.client import TAG, RunQuery, RunRequest
from tools.prefect.results import FlowRun, StateType

BUCKETS = ("ml-data", "secrets")
AWAY = "connection refused"
ERROR, INFO = 40, 20
_TYPES: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}
_MLMODEL = b"flavors:\n  sklearn:\n    sklearn_version: 1.5.2\n"
_EXAMPLE = json.dumps({"dataframe_split": {"columns": ["tenure"], "data": [[12]]}}).encode()


def put(scene: Scene, world: World, policy: str) -> None:
    """Have everything of a scene be there."""
    publish_catalogue(world)
    world.vertex.model = lambda row: row["tenure"] if isinstance(row, dict) else row
    for person in scene.people:
        _person(world, person)
    if scene.topic:
        channel = world.workspace.channel("#ml-pipelines")
        world.workspace.put_channel(dataclasses.replace(channel, topic=scene.topic))
    world.prefect.set_pool(online_workers=scene.workers)
    for pipeline in scene.pipelines:
        _pipeline(world, pipeline)
    for model in scene.models:
        _model(world, model)
    for number, run in enumerate(scene.runs):
        _run(world, run, f"staged-{number}")
    for tracked in scene.tracked:
        _tracked(world, tracked)
    _google(world, scene)
    if policy:
        world.decides_by(policy)


def happen(world: World, what: Happening) -> None:
    """Have something happen that nobody in the conversation does."""
    if what.breaks or what.mends:
        _break(world, str(what.breaks or what.mends), answers=bool(what.mends))
    elif what.moves:
        model, alias, version = what.moves.split()
        world.mlflow.move_by_hand(model, alias, version)
    elif what.restarts:
        world.restart_worker()
    else:
        run = run_called(world, what.run)
        _write(world, run.id, what.logs)
        _move(world, run.id, what.becomes, what.message)
        if what.metrics or what.registers:
            _track(world, run, Run(pipeline=run.pipeline, metrics=what.metrics, registers=what.registers))


def run_called(world: World, name: str) -> FlowRun:
    """The run of this name; `new` is the one that was started last.

    Raises:
        LookupError: There is none.
    """
    found = world.prefect.runs(RunQuery(limit=200)).runs
    if name == "new":
        return max(found, key=lambda run: int(run.name.rsplit("-", 1)[1]))
    return next(run for run in found if run.name == name)


def _person(world: World, person: Person) -> None:
    if person.guest:
        world.workspace.add_guest(person.name, person.real_name, ["#ml-pipelines"])
    else:
        world.workspace.add_person(person.name, person.real_name, channels=["#ml-pipelines"])


def _pipeline(world: World, pipeline: Pipeline) -> None:
    schema = {
        "type": "object",
        "properties": {
            **{name: {"type": _TYPES[type(value)], "default": value} for name, value in pipeline.parameters.items()},
            **{name: {"type": "string"} for name in pipeline.needs},
        },
        "required": list(pipeline.needs),
    }
    made = world.prefect.add_pipeline(pipeline.name, parameter_schema=schema, description=pipeline.description)
    if pipeline.cron:
        world.prefect.add_schedule(made.id, pipeline.cron)


def _run(world: World, run: Run, key: str) -> None:
    pipeline = next(one for one in world.prefect.pipelines() if one.name == run.pipeline)
    by = (f"actor:{world.workspace.person(run.by).id}",) if run.by else ()
    parameters: dict[str, Value] = dict(run.parameters)
    request = RunRequest(pipeline_id=pipeline.id, key=key, parameters=parameters, tags=(TAG, *by, *run.tags))
    made = world.prefect.start(request)
    _write(world, made.id, run.logs)
    for task in run.tasks:
        world.prefect.set_task(made.id, task.name, StateType(task.state.upper()), message=task.message)
    _move(world, made.id, run.state, run.message)
    if run.metrics or run.registers or run.tracked:
        _track(world, made, run)


def _move(world: World, run_id: str, state: str, message: str) -> None:
    if state in {"completed", "failed", "crashed"}:
        world.prefect.advance(run_id, StateType.RUNNING)
    if state != "scheduled":
        world.prefect.advance(run_id, StateType(state.upper()), message=message)


def _write(world: World, run_id: str, lines: tuple[str, ...]) -> None:
    for line in lines:
        world.prefect.add_log(run_id, line, level=ERROR if line.startswith("ERROR") else INFO)


def _track(world: World, run: FlowRun, told: Run) -> None:
    params = {key: str(value) for key, value in run.parameters.items()}
    tags = {PIPELINE_TAG: run.pipeline}
    made = world.mlflow.add_run(
        run.pipeline, name=told.tracked, flow_run_id=run.id, metrics=told.metrics, params=params, tags=tags
    )
    if told.registers:
        world.mlflow.add_version(told.registers, run_id=made.id, aliases=told.aliases)


def _model(world: World, model: Model) -> None:
    if not model.versions:
        world.mlflow.create_model(model.name)
    for version in model.versions:
        _version(world, model, version)
    for tag, value in model.tags.items():
        world.mlflow.set_model_tag(model.name, tag, value)


def _version(world: World, model: Model, version: Version) -> None:
    run = world.mlflow.add_run(
        model.name, name=version.run, metrics=version.metrics, params=version.params, tags=version.run_tags
    )
    made = world.mlflow.add_version(model.name, run_id=run.id, aliases=version.aliases, description=model.description)
    if version.description:
        world.mlflow.describe(model.name, made.version, version.description)
    for tag, value in version.tags.items():
        world.mlflow.set_version_tag(model.name, made.version, tag, value)
    if version.servable:
        found = world.mlflow.model_version(model.name, made.version)
        world.mlflow.add_file(found, "MLmodel", _MLMODEL)
        world.mlflow.add_file(found, "serving_input_example.json", _EXAMPLE)


def _tracked(world: World, tracked: Tracked) -> None:
    made = world.mlflow.add_run(tracked.experiment, **tracked.model_dump(exclude={"experiment", "logged"}))
    if tracked.logged:
        world.mlflow.add_logged_model(made)


def _google(world: World, scene: Scene) -> None:
    for endpoint in scene.endpoints:
        place = world.vertex.add_endpoint(endpoint.name)
        for name, share in endpoint.serves.items():
            world.vertex.deploy(place.id, world.vertex.add_model(name), traffic=share)
    for each in scene.objects:
        bucket, _, name = each.uri.removeprefix("gs://").partition("/")
        content = each.text.encode()
        world.storage.write(NewObject(bucket=bucket, name=name, content=content, content_type="text/plain"))


def _break(world: World, system: str, *, answers: bool) -> None:
    names = {"prefect": "Prefect", "mlflow": "MLflow", "storage": "Cloud Storage", "vertex": "Vertex AI"}
    error = None if answers else Unavailable(names[system], AWAY)
    match system:
        case "prefect":
            world.prefect.broken = error
        case "mlflow":
            world.mlflow.broken = error
        case "storage":
            world.storage.away = error
        case _:
            world.vertex.away = error
