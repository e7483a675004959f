"""Vertex AI in memory, and Google's own clients over REST on the local stand-in."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pytest

from demo.cloud.server import PROJECT, CloudServer
from tests.fakes.mlflow import FakeMlflow
from tests.fakes.prefect import FakePrefect
from tests.fakes.vertex import FakeVertex
from tools import deadline
from tools.errors import BadArguments, Refused, Unavailable
from tools.google.connection import Exists
from tools.google.endpoints import describe_endpoint, list_endpoints, list_served_models
from tools.google.place import Identity, Place
from tools.google.serving import Endpoint, NewDeployment, NewModel, Operation, VertexBackend
from tools.google.traffic import roll_back_endpoint, set_traffic
from tools.google.vertex import VertexServer
from tools.pipelines.store import FolderStore
from tools.spec import Backends, Call, Origin, Tool

HOME = f"projects/{PROJECT}/locations/us-central1"


def ended(operation: Any) -> Any:
    """What came of an operation, which Google's client follows to its end."""
    return operation.result(30)


class World(Protocol):
    """A Vertex AI that a test fills."""

    @property
    def backend(self) -> VertexBackend: ...

    def endpoint(self, name: str) -> str: ...

    def deploy(self, endpoint: str, model: str, *, traffic: int = 0) -> str: ...


class FakeWorld:
    """The fake."""

    def __init__(self) -> None:
        self.backend = FakeVertex()

    def endpoint(self, name: str) -> str:
        return self.backend.add_endpoint(name).id

    def deploy(self, endpoint: str, model: str, *, traffic: int = 0) -> str:
        return self.backend.deploy(endpoint, self.backend.add_model(model), traffic=traffic).id


class ServerWorld:
    """The stand-in, filled through Google's own clients, which follow their operations to the end."""

    def __init__(self, server: VertexServer) -> None:
        self.backend = server

    def endpoint(self, name: str) -> str:
        made = ended(self.backend._endpoints.create_endpoint({"parent": HOME, "endpoint": {"display_name": name}}))
        return str(made.name).rpartition("/")[2]

    def deploy(self, endpoint: str, model: str, *, traffic: int = 0) -> str:
        image = {"image_uri": "us-docker.pkg.dev/vertex-ai/prediction/sklearn-cpu.1-5:latest"}
        wanted = {
            "display_name": model,
            "artifact_uri": f"gs://m/{model}",
            "container_spec": image,
            "labels": {"a": "b"},
        }
        uploaded = ended(self.backend._models.upload_model({"parent": HOME, "model": wanted}))
        machine = {"machine_spec": {"machine_type": "n1-standard-2"}, "min_replica_count": 1, "max_replica_count": 2}
        deployed = {"model": uploaded.model, "display_name": model, "dedicated_resources": machine}
        name = f"{HOME}/endpoints/{endpoint}"
        split = {"0": traffic} if traffic else {}
        request: Any = {"endpoint": name, "deployed_model": deployed, "traffic_split": split}
        return str(ended(self.backend._endpoints.deploy_model(request)).deployed_model.id)


@pytest.fixture(params=["fake", "server"])
def world(request: pytest.FixtureRequest) -> World:
    return FakeWorld() if request.param == "fake" else ServerWorld(request.getfixturevalue("vertex_server"))


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"churn-{uuid4().hex[:8]}"


def shares(endpoint: Endpoint) -> dict[str, int]:
    return {each.name: each.traffic for each in endpoint.deployed}


def test_what_is_deployed_is_told_with_its_machines_and_its_traffic(world: World, name: str) -> None:
    home = world.endpoint(name)
    first = world.deploy(home, f"{name}-1", traffic=100)
    found = world.backend.endpoint(home)
    assert (found.name, shares(found)) == (name, {f"{name}-1": 100})
    [deployed] = found.deployed
    assert (deployed.id, deployed.machine, deployed.least, deployed.most) == (first, "n1-standard-2", 1, 2)
    assert found.created is not None
    assert deployed.created is not None
    world.deploy(home, f"{name}-2")
    assert shares(world.backend.endpoint(home)) == {f"{name}-2": 0, f"{name}-1": 100}


def test_models_and_endpoints_are_listed_newest_first_and_the_rest_is_said(world: World, name: str) -> None:
    homes = [world.endpoint(f"{name}-{number}") for number in range(3)]
    world.deploy(homes[0], f"{name}-a", traffic=100)
    world.deploy(homes[1], f"{name}-b", traffic=100)
    page = world.backend.endpoints(limit=2)
    assert ([each.name for each in page.endpoints], page.more) == ([f"{name}-2", f"{name}-1"], True)
    models = world.backend.models(limit=2).models
    assert [each.name for each in models] == [f"{name}-b", f"{name}-a"]
    assert models[0].endpoints in {(homes[1],), ()}
    assert models[0].artifacts == f"gs://m/{name}-b"


def test_endpoints_are_found_by_their_very_name_whatever_is_in_it(world: World, name: str) -> None:
    home = world.endpoint(f'{name} "ä"')
    for _ in range(2):
        world.endpoint(name)
    assert [each.id for each in world.backend.endpoints(name=f'{name} "ä"', limit=1).endpoints] == [home]
    assert len(world.backend.endpoints(name=name).endpoints) == 2
    assert world.backend.endpoints(name=f"{name}-x").endpoints == ()


def test_traffic_is_shared_out_under_the_state_that_was_looked_at(world: World, name: str) -> None:
    home = world.endpoint(name)
    one = world.deploy(home, "v1", traffic=100)
    two = world.deploy(home, "v2")
    seen = world.backend.endpoint(home)
    after = world.backend.set_traffic(seen, {one: 90, two: 10}, {"trainmaster-key": "k"})
    assert shares(after) == {"v1": 90, "v2": 10}
    assert after.labels["trainmaster-key"] == "k"
    with pytest.raises(Exists):
        world.backend.set_traffic(seen, {one: 100}, {})
    assert shares(world.backend.endpoint(home)) == {"v1": 90, "v2": 10}


def test_a_prediction_is_made_by_a_model_that_has_traffic(world: World, name: str) -> None:
    home = world.endpoint(name)
    with pytest.raises(BadArguments, match="no deployed model with traffic"):
        world.backend.predict(home, (1,))
    first = world.deploy(home, "v1", traffic=100)
    world.deploy(home, "v2")
    found = world.backend.predict(home, (1, 2.5))
    assert (found.predictions, found.deployed) == ((2, 5.0), first)


def test_what_is_not_there_is_the_callers_mistake(world: World) -> None:
    with pytest.raises(BadArguments, match="Vertex AI has no endpoint with the id 12345"):
        world.backend.endpoint("12345")
    with pytest.raises(BadArguments):
        world.backend.predict("12345", (1,))


def test_an_instance_that_does_not_fit_is_told_in_the_models_words(vertex_server: VertexServer, name: str) -> None:
    world = ServerWorld(vertex_server)
    home = world.endpoint(name)
    world.deploy(home, name, traffic=100)
    with pytest.raises(BadArguments, match=f"Vertex AI refused this: .*gs://m/{name} takes numbers"):
        vertex_server.predict(home, ("text",))


def test_a_vertex_ai_that_is_away_is_told_at_once() -> None:
    away = VertexServer(Place("p", location="us-central1", vertex_url="http://127.0.0.1:9"), Identity())
    with pytest.raises(Unavailable, match="I could not reach Vertex AI: connection refused"):
        away.endpoints()


def test_without_a_region_it_says_what_to_set() -> None:
    nowhere = VertexServer(Place("p"), Identity())
    assert not nowhere.configured
    with pytest.raises(Refused, match="GOOGLE_CLOUD_LOCATION"):
        nowhere.endpoints()


def test_what_is_served_survives_a_restart_of_the_stand_in(vertex_server: VertexServer, cloud: CloudServer) -> None:
    world = ServerWorld(vertex_server)
    world.deploy(world.endpoint("kept"), "kept", traffic=100)
    again = type(cloud.vertex)(cloud.vertex._file)
    assert "kept" in {each["displayName"] for each in again.endpoints()}
    assert again.endpoints() == cloud.vertex.endpoints()


def new_deployment(model: str, *, deployed: str = "7000000001") -> NewDeployment:
    return NewDeployment(
        id=deployed, name="churn v1", model=model, machine="n1-standard-4", replicas=2, split={deployed: 100}
    )


def uploaded(world: World, name: str) -> str:
    new = NewModel(id=f"m-{name}", name=name, artifacts=f"gs://m/{name}", image="i:1", labels={"trainmaster-run": "r"})
    assert not world.backend.has_model(new.id)
    assert world.backend.wait(world.backend.begin_upload(new)) == Operation(done=True)
    assert world.backend.has_model(new.id)
    with pytest.raises(Exists):
        world.backend.begin_upload(new)
    return new.id


def test_a_model_is_uploaded_an_endpoint_made_and_one_put_on_the_other_each_once(world: World, name: str) -> None:
    model, home = uploaded(world, name), str(uuid4().int)[:10]
    assert world.backend.wait(world.backend.begin_endpoint(home, name)) == Operation(done=True)
    begun = world.backend.begin_deployment(home, new_deployment(model))
    assert world.backend.wait(begun) == Operation(done=True)
    assert world.backend.last_operation(home) == Operation(done=True)
    [deployed] = world.backend.endpoint(home).deployed
    assert (deployed.id, deployed.name, deployed.traffic) == ("7000000001", "churn v1", 100)
    assert (deployed.machine, deployed.least) == ("n1-standard-4", 2)
    assert [each.labels for each in world.backend.models().models if each.id == model] == [{"trainmaster-run": "r"}]
    with pytest.raises(Exists):
        world.backend.begin_deployment(home, new_deployment(model))


def test_a_deployment_that_takes_long_is_followed_by_whoever_looks(
    vertex_server: VertexServer, cloud: CloudServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, home = uploaded(ServerWorld(vertex_server), name), ServerWorld(vertex_server).endpoint(name)
    monkeypatch.setattr(cloud.vertex, "takes", 3_600.0)
    with deadline.within(16):  # so much is left for what follows that it waits a second at most
        begun = vertex_server.begin_deployment(home, new_deployment(model))
        assert vertex_server.wait(begun) == Operation(done=False)
    assert vertex_server.last_operation(home) == Operation(done=False)
    assert vertex_server.endpoint(home).deployed == ()
    with pytest.raises(Exists):
        vertex_server.begin_deployment(home, new_deployment(model))
    cloud.vertex.fail(f"{HOME}/endpoints/{home}", "There are no machines left.")
    assert vertex_server.last_operation(home) == Operation(done=True, error="There are no machines left.")


def test_a_model_without_traffic_is_taken_off_and_one_with_traffic_stays_unless_it_is_the_last(
    world: World, name: str
) -> None:
    home = world.endpoint(name)
    one, two = world.deploy(home, "v1", traffic=100), world.deploy(home, "v2")
    with pytest.raises(BadArguments):
        world.backend.begin_undeployment(home, one)
    assert world.backend.wait(world.backend.begin_undeployment(home, two)) == Operation(done=True)
    assert shares(world.backend.endpoint(home)) == {"v1": 100}
    with pytest.raises(BadArguments):
        world.backend.begin_undeployment(home, two)
    assert world.backend.wait(world.backend.begin_undeployment(home, one)) == Operation(done=True)
    assert world.backend.endpoint(home).deployed == ()
    last = world.backend.last_operation(home)
    assert last is not None
    assert last.kind == "UndeployModelOperationMetadata"


def test_what_is_being_taken_off_is_there_until_its_end_and_begun_once(
    vertex_server: VertexServer, cloud: CloudServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = ServerWorld(vertex_server)
    home = world.endpoint(name)
    world.deploy(home, "v1", traffic=100)
    two = world.deploy(home, "v2")
    monkeypatch.setattr(cloud.vertex, "takes", 3_600.0)
    with deadline.within(16):  # so much is left for what follows that it waits a second at most
        assert vertex_server.wait(vertex_server.begin_undeployment(home, two)) == Operation(done=False)
    with pytest.raises(Exists):
        vertex_server.begin_undeployment(home, two)
    assert shares(vertex_server.endpoint(home)) == {"v2": 0, "v1": 100}
    cloud.vertex.fail(f"{HOME}/endpoints/{home}", "It is being backed up.")
    last = vertex_server.last_operation(home)
    assert last == Operation(done=True, error="It is being backed up.")
    assert vertex_server.endpoint(home).deployed[0].name == "v2"


def test_the_tools_tell_what_is_deployed_and_give_traffic_back(world: World, name: str) -> None:
    home = world.endpoint(name)
    one = world.deploy(home, f"{name} v1", traffic=100)
    two = world.deploy(home, f"{name} v2")
    backends = Backends(
        prefect=FakePrefect(), mlflow=FakeMlflow(), sources=FolderStore(Path("unused")), vertex=world.backend
    )

    def used(tool: Tool, key: str = "k0", **arguments: Any) -> str:
        call = Call(key=key, origin=Origin(), now=datetime.now(UTC))
        return tool.function(tool.arguments(**arguments), backends, call).text

    assert f"**{name}**: {name} v2 0 %, {name} v1 100 %" in used(list_endpoints, search=name)
    detail = used(describe_endpoint, endpoint=name)
    assert f"{name} v1 (`{one}`): 100 % of the traffic, 1 to 2 of n1-standard-2" in detail
    listed = used(list_served_models, search=name)
    assert f"**{name} v1**" in listed
    assert f"**{name} v2**" in listed
    used(set_traffic, "k1", endpoint=name, split={two: 100})
    assert f"goes to {name} v1 100 %" in used(roll_back_endpoint, "k2", endpoint=name)
    assert shares(world.backend.endpoint(home)) == {f"{name} v2": 0, f"{name} v1": 100}
