"""Putting a version of MLflow's on an endpoint, step by step, each found again by what is at Google already.

| step              | known again by                                                                       |
|-------------------|--------------------------------------------------------------------------------------|
| files in a bucket | their name, which holds the digest of all of them; written where there is nothing     |
| model             | its id, made of the same digest and of the container that serves it                  |
| endpoint          | its id, made of its name; or its name                                                |
| model on endpoint | its id there, made of the call's key                                                 |

So whoever takes it up goes on with the first step that is not done. What takes long goes on at Google; `Underway`
says so, and the same call is made again later. Nothing of it is remembered here.
"""

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from tools.errors import BadArguments, Refused, Unavailable, Underway
from tools.google.client import NewObject, StorageBackend
from tools.google.connection import Exists
from tools.google.serving import Endpoint, NewDeployment, NewModel, Operation, VertexBackend
from tools.google.traffic import BEFORE, KEY, WHOLE, label, shares, spoken
from tools.mlflow.client import MlflowBackend
from tools.mlflow.results import ModelVersion
from tools.spec import Backends, Call

SYSTEM = "Vertex AI"
#: What is written on an endpoint beside the key: how its traffic was shared out before.
SPLIT = "trainmaster-split"
LONGEST_LABEL = 63
KIND = "DeployModelOperationMetadata"
MOST_BYTES = 200_000_000
MOST_OF_A_FILE = 32_000_000
IMAGES = "us-docker.pkg.dev/vertex-ai/prediction"
_SKLEARN = re.compile(r"sklearn_version:\s*'?(\d+)\.(\d+)")


class Files(NamedTuple):
    """The files of a version: their paths, a digest of paths, sizes and MLflow's description, and that description."""

    paths: tuple[str, ...]
    digest: str
    described: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be deployed where.

    Attributes:
        version: MLflow's version.
        files: Its files.
        endpoint: The endpoint's name.
        image: The container that serves it.
        machine: The type of machine.
        replicas: How many.
        traffic: Its share of the traffic, in per cent.
    """

    version: ModelVersion
    files: Files
    endpoint: str
    image: str
    machine: str
    replicas: int
    traffic: int

    @property
    def name(self) -> str:
        """What it is called at Google."""
        return f"{self.version.name} v{self.version.version}"


def files_of(mlflow: MlflowBackend, version: ModelVersion) -> Files:
    """The files of a version.

    Raises:
        BadArguments: It has none, they are too large, or it is no model of MLflow's.
        Refused: MLflow does not hand them out.
    """
    found = mlflow.files_of(version)
    if not any(each.path == "MLmodel" for each in found):
        raise BadArguments(
            f"{version.name} v{version.version} has no file MLmodel, so it is no model that can be served."
        )
    for each in found:
        if each.size > MOST_OF_A_FILE:
            raise BadArguments(
                f"{each.path} of {version.name} v{version.version} has {each.size:,} bytes; I take files of at most "
                f"{MOST_OF_A_FILE:,}. Register a smaller model, or upload this one with Google's own tools."
            )
    if sum(each.size for each in found) > MOST_BYTES:
        raise BadArguments(f"The files of {version.name} v{version.version} are larger than {MOST_BYTES:,} bytes.")
    described = mlflow.file_of(version, "MLmodel", limit=MOST_OF_A_FILE).decode(errors="replace")
    told = "\n".join([*(f"{each.path} {each.size}" for each in found), described, version.name, version.version])
    return Files(tuple(each.path for each in found), hashlib.sha256(told.encode()).hexdigest(), described)


def image_for(files: Files, given: str) -> str:
    """The container that serves a model: the one named, else Google's for its scikit-learn.

    Raises:
        BadArguments: None is named, and Google has none for this kind.
    """
    if given:
        return given
    found = _SKLEARN.search(files.described)
    if found is None:
        raise BadArguments(
            "I know no container that serves this kind of model; name one with image=. It gets the files of the model."
        )
    return f"{IMAGES}/sklearn-cpu.{found[1]}-{found[2]}:latest"


def deployed_id(call: Call) -> str:
    """The id that the model gets on the endpoint: ten digits, the same whenever this call is made again."""
    return _digits(call.key)


def deploy(backends: Backends, call: Call, wanted: Wanted) -> Endpoint:
    """Do the first step that is not done, and those after it; gives the endpoint when all are.

    Raises:
        Underway: A step goes on at Google.
        Refused: Google says that it failed.
    """
    vertex = backends.vertex
    artifacts = _kept(backends, wanted)
    model = _uploaded(vertex, call, wanted, artifacts)
    endpoint = _endpoint(vertex, wanted.endpoint)
    mine = deployed_id(call)
    if endpoint.labels.get(KEY) == label(call.key) or mine in _on(endpoint):
        last = vertex.last_operation(endpoint.id)
        _unless_underway(None if last and last.done and last.kind != KIND else last, wanted)
        endpoint = vertex.endpoint(endpoint.id)  # it may have come to its end since it was read
    else:
        endpoint = _announced(vertex, call, endpoint)
    if mine in _on(endpoint):
        return endpoint
    new = NewDeployment(
        id=mine,
        name=wanted.name,
        model=model,
        machine=wanted.machine,
        replicas=wanted.replicas,
        split=split_with(endpoint, mine, wanted.traffic),
    )
    try:
        operation = vertex.wait(vertex.begin_deployment(endpoint.id, new))
    except Exists as error:  # it is on its way since an earlier attempt
        raise Underway(f"{wanted.name} is being deployed to {wanted.endpoint}.") from error
    _unless_underway(operation, wanted)
    return vertex.endpoint(endpoint.id)


def _on(endpoint: Endpoint) -> set[str]:
    return {each.id for each in endpoint.deployed}


def split_with(endpoint: Endpoint, mine: str, traffic: int) -> dict[str, int]:
    """The traffic with a new model's share; the others keep theirs among themselves, and none of them loses all of it.

    Raises:
        BadArguments: So little is left that some would.
    """
    before = {each: share for each, share in shares(endpoint).items() if each != mine}
    if not before:
        return {mine: WHOLE}
    left = WHOLE - traffic
    if 0 < left < len(before):
        raise BadArguments(
            f"{left} % is not enough for the {len(before)} models that have traffic on {endpoint.name} now; "
            f"say traffic={WHOLE - len(before)} or less, or {WHOLE} to give it all of it."
        )
    split = {**_apportioned(before, left), mine: traffic}
    return {each: share for each, share in split.items() if share}


def _apportioned(before: dict[str, int], left: int) -> dict[str, int]:
    """Shares that make `left` together, in proportion to those before, each at least 1; all 0 when nothing is left."""
    if not left:
        return dict.fromkeys(before, 0)
    whole = sum(before.values())
    rest = {each: max(1, share * left // whole) for each, share in before.items()}
    while missing := left - sum(rest.values()):
        off = {each: before[each] * left - rest[each] * whole for each in rest if missing > 0 or rest[each] > 1}
        furthest = max(off, key=lambda each: off[each]) if missing > 0 else min(off, key=lambda each: off[each])
        rest[furthest] += 1 if missing > 0 else -1
    return rest


def traffic_before(endpoint: Endpoint | None, call: Call) -> str:
    """How an endpoint's traffic is shared out, but for what this call makes of it: then, how it was before that."""
    if endpoint is None:
        return ""
    if deployed_id(call) in _on(endpoint):
        return endpoint.labels.get(SPLIT, "")
    return _written(shares(endpoint))


def _written(split: dict[str, int]) -> str:
    """Shares as a label of Google's can hold them."""
    told = spoken(split).replace(":", "-").replace(" ", "_")
    return told if len(told) <= LONGEST_LABEL else label(told)


def origin_labels(version: ModelVersion) -> dict[str, str]:
    """What is written on a model about where it comes from; by this it is found again."""
    labels = {
        "trainmaster-model": _label(version.name),
        "trainmaster-version": version.version,
        "trainmaster-run": _label(version.run_id),
    }
    return {name: value for name, value in labels.items() if value}


def folder_of(storage: StorageBackend, wanted: Wanted) -> str:
    """Where the files are kept.

    Raises:
        Refused: This installation has no bucket.
    """
    if not storage.default_bucket:
        raise Refused("A model's files go into the bucket of this installation; whoever runs me sets GCS_BUCKET.")
    return f"models/{wanted.version.name}/v{wanted.version.version}-{wanted.files.digest[:12]}"


def _kept(backends: Backends, wanted: Wanted) -> str:
    storage, folder = backends.storage, folder_of(backends.storage, wanted)
    there = {
        each.name
        for each in storage.objects(storage.default_bucket, prefix=f"{folder}/", flat=True, limit=1_000).objects
    }
    for path in wanted.files.paths:
        name = f"{folder}/{path}"
        if name in there:
            continue
        content = backends.mlflow.file_of(wanted.version, path, limit=MOST_OF_A_FILE)
        try:
            storage.write(NewObject(bucket=storage.default_bucket, name=name, content=content))
        except Exists:  # another worker kept the same meanwhile
            continue
    return f"gs://{storage.default_bucket}/{folder}"


def _uploaded(vertex: VertexBackend, call: Call, wanted: Wanted, artifacts: str) -> str:
    """The id of the model at Google."""
    identifier = re.sub(r"[^a-z0-9_-]", "-", f"{wanted.version.name}-v{wanted.version.version}".lower())[:40]
    served = hashlib.sha256(f"{wanted.files.digest} {wanted.image}".encode()).hexdigest()
    identifier = f"m-{identifier}-{served[:12]}"
    if vertex.has_model(identifier):
        return identifier
    labels = {
        **origin_labels(wanted.version),
        "trainmaster-digest": wanted.files.digest[:40],
        "trainmaster-proposal": _label(call.origin.proposal),
    }
    new = NewModel(
        id=identifier,
        name=wanted.name,
        artifacts=artifacts,
        image=wanted.image,
        labels={name: value for name, value in labels.items() if value},
    )
    try:
        _unless_underway(vertex.wait(vertex.begin_upload(new)), wanted)
    except Exists as error:  # it is on its way since an earlier attempt
        raise Underway(f"{wanted.name} is being uploaded to {SYSTEM}.") from error
    return identifier


def endpoint_called(vertex: VertexBackend, name: str) -> Endpoint | None:
    """The endpoint with just this name; None when there is none. Ours are known by their id, however many there are.

    Raises:
        BadArguments: There are several.
    """
    with suppress(BadArguments):
        ours = vertex.endpoint(_digits(name))
        if ours.name == name:
            return ours
    found = [each for each in vertex.endpoints(name=name).endpoints if each.name == name]
    if len(found) > 1:
        raise BadArguments(f"There are {len(found)} endpoints called {name}; rename one of them in Google's console.")
    return vertex.endpoint(found[0].id) if found else None


def _endpoint(vertex: VertexBackend, name: str) -> Endpoint:
    found = endpoint_called(vertex, name)
    if found is not None:
        return found
    try:
        operation = vertex.wait(vertex.begin_endpoint(_digits(name), name))
    except Exists as error:
        raise Underway(f"The endpoint {name} is being made.") from error
    if not operation.done:
        raise Underway(f"The endpoint {name} is being made.")
    if operation.error:
        raise Refused(f"{SYSTEM} could not make the endpoint {name}: {operation.error}")
    return vertex.endpoint(_digits(name))


def _announced(vertex: VertexBackend, call: Call, endpoint: Endpoint) -> Endpoint:
    """The endpoint with this call's key on it, and who has the traffic now."""
    now = shares(endpoint)
    most = max(now, key=lambda each: now[each], default="")
    written = {KEY: label(call.key), SPLIT: _written(now), **({BEFORE: most} if most else {})}
    try:
        return vertex.set_traffic(endpoint, now, written)
    except Exists as error:
        raise Underway(f"Somebody else is changing {endpoint.name}; I wait for that.") from error
    except Unavailable as error:
        error.maybe_done = False  # the next look finds it
        raise


def _unless_underway(operation: Operation | None, wanted: Wanted) -> None:
    if operation is None:
        return
    if not operation.done:
        raise Underway(f"{wanted.name} is being deployed to {wanted.endpoint}; that takes {SYSTEM} some minutes.")
    if operation.error:
        raise Refused(f"{SYSTEM} could not deploy {wanted.name} to {wanted.endpoint}: {operation.error}")


def _digits(text: str) -> str:
    return str(int(hashlib.sha256(text.encode()).hexdigest(), 16) % 9_000_000_000 + 1_000_000_000)


def _label(text: str) -> str:
    return re.sub(r"[^a-z0-9_-]", "-", text.lower())[:63]
