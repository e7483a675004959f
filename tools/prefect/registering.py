"""What a registration looks like in Prefect: a deployment whose version is the digest of its source."""

from dataclasses import dataclass

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound

from tools.prefect import heartbeat
from tools.prefect.client import DEPLOYMENT, TAG, Registration
from tools.prefect.results import Outcome
from tools.spec import JSONDict

#: The one module of ours on the pool's PYTHONPATH, and its function.
PULL = "trainmaster_pull.pull"


@dataclass(frozen=True, slots=True)
class Written:
    """What registering did: the deployment's id, what changed, and the version it had before."""

    deployment_id: str
    outcome: Outcome
    previous_version: str


def settings(registration: Registration, *, work_pool: str) -> JSONDict:
    """The deployment's fields; those that are not named here (schedules, concurrency) are left to people."""
    return {
        "version": registration.digest,
        "description": registration.description,
        "entrypoint": f"{registration.filename}:{registration.function}",
        "tags": list(dict.fromkeys((TAG, heartbeat.MARK, f"digest:{registration.digest[:12]}", *registration.tags))),
        "work_pool_name": work_pool,
        "parameter_openapi_schema": registration.parameter_schema,
        "enforce_parameter_schema": True,
        "pull_steps": [
            {
                PULL: {
                    "uri": registration.uri,
                    "sha256": registration.digest,
                    "filename": registration.filename,
                }
            }
        ],
        "job_variables": {
            "env": {
                "TRAINMASTER_PIPELINE": registration.flow,
                "TRAINMASTER_DIGEST": registration.digest,
                **heartbeat.ENVIRONMENT,
            }
        },
    }


def differs(deployment: DeploymentResponse, wanted: JSONDict) -> bool:
    """Whether the deployment has to be changed; the order of tags does not matter."""
    return any(
        set(deployment.tags) != set(value) if name == "tags" else getattr(deployment, name) != value
        for name, value in wanted.items()
    )


def write(client: SyncPrefectClient, flow: str, wanted: JSONDict, *, deployment: str = DEPLOYMENT) -> Written:
    """Create the deployment or bring it up to date; the same again changes nothing."""
    known = find(client, flow, deployment=deployment)
    if known is None:
        flow_id = client.create_flow_from_name(flow)
        made = client.create_deployment(flow_id=flow_id, name=deployment, **wanted)
        return Written(str(made), Outcome.CREATED, "")
    if not differs(known, wanted):
        return Written(str(known.id), Outcome.UNCHANGED, known.version or "")
    # An update and not a second creation: creating again would throw away the schedules that people have set.
    client.update_deployment(known.id, DeploymentUpdate(**wanted))
    return Written(str(known.id), Outcome.UPDATED, known.version or "")


def find(client: SyncPrefectClient, flow: str, *, deployment: str = DEPLOYMENT) -> DeploymentResponse | None:
    """The deployment that Trainmaster made for the flow."""
    try:
        return client.read_deployment_by_name(f"{flow}/{deployment}")
    except (ObjectNotFound, ValueError):  # ValueError: no flow has such a name
        return None
