"""Whether a model says what goes in and what comes out: told by a file beside the model, and nowhere else."""

import re
from http import HTTPStatus
from urllib.parse import quote

from mlflow.tracking import MlflowClient
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request

from tools.mlflow.environment import TIMEOUT
from tools.mlflow.results import ModelVersion

#: Files that the server itself hands out; for others we have neither the clients nor the keys.
THROUGH_THE_SERVER = "mlflow-artifacts:"
DOWNLOADS = "/api/2.0/mlflow-artifacts/artifacts/"
FILE = "MLmodel"
SIGNATURE = re.compile(r"^signature:\s*$", re.MULTILINE)


def found(client: MlflowClient, version: ModelVersion) -> bool | None:
    """Whether the version's files have a signature; None when MLflow does not hand them out."""
    place = place_of_version(client, version)
    if not place.startswith(THROUGH_THE_SERVER):
        return None
    path = place.removeprefix(THROUGH_THE_SERVER).lstrip("/")
    answer = http_request(  # type: ignore[no-untyped-call]  # MLflow has no types here
        get_default_host_creds(client.tracking_uri),  # type: ignore[no-untyped-call]  # the same
        f"{DOWNLOADS}{quote(path.rstrip('/'))}/{FILE}",
        "GET",
        timeout=TIMEOUT,
        raise_on_status=False,
    )
    return bool(SIGNATURE.search(answer.text)) if answer.status_code == HTTPStatus.OK else None


def place_of_version(client: MlflowClient, version: ModelVersion) -> str:
    """Where a version's files are, as MLflow names it."""
    if version.model_id:
        return str(client.get_logged_model(version.model_id).artifact_location)
    if version.source.startswith("runs:/"):
        run_id, _, path = version.source.removeprefix("runs:/").partition("/")
        return f"{client.get_run(run_id).info.artifact_uri}/{path}"
    return version.source
