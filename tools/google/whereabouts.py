"""Where a version of MLflow's is deployed: found by the labels that it was uploaded with, not by names."""

from tools.errors import Refused
from tools.google.deploying import SYSTEM, origin_labels
from tools.google.serving import Endpoint, VertexBackend
from tools.mlflow.results import ModelVersion
from tools.spec import Result

LOOKED_AT = 200


class Whereabout(Result):
    """An endpoint on which a version is deployed.

    Attributes:
        endpoint: The endpoint's name.
        traffic: The version's share of its traffic, in per cent.
        url: Its page in Google's console; empty where there is none.
    """

    endpoint: str
    traffic: int
    url: str = ""


def whereabouts(vertex: VertexBackend, version: ModelVersion) -> tuple[Whereabout, ...]:
    """The endpoints on which a version is, those that serve most with it first.

    Raises:
        Refused: There are too many models or endpoints to say that it is nowhere.
        ToolError: Vertex AI does not tell.
    """
    wanted = origin_labels(version)
    uploaded = vertex.models(limit=LOOKED_AT)
    models = {each.id for each in uploaded.models if wanted.items() <= each.labels.items()}
    known = vertex.endpoints(limit=LOOKED_AT) if models else None
    found = [each for each in (_on(endpoint, models) for endpoint in known.endpoints) if each] if known else []
    if not found and (uploaded.more or (known and known.more)):
        raise Refused(f"{SYSTEM} has more than {LOOKED_AT} models or endpoints, and it is not among the newest")
    return tuple(sorted(found, key=lambda each: (-each.traffic, each.endpoint)))


def _on(endpoint: Endpoint, models: set[str]) -> Whereabout | None:
    shares = [each.traffic for each in endpoint.deployed if each.model in models]
    return Whereabout(endpoint=endpoint.name, traffic=sum(shares), url=endpoint.url) if shares else None
