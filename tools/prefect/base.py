"""What every half of the adapter stands on: one connection, and Prefect's objects as our nouns."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas import filters as prefect_filters
from prefect.client.schemas import objects
from prefect.client.schemas.responses import DeploymentResponse

from tools.breaker import Breaker
from tools.deadline import LONG_SECONDS
from tools.errors import BadArguments
from tools.prefect import filters, nouns
from tools.prefect.connection import Connection
from tools.prefect.results import FlowRun, Pipeline

Found = TypeVar("Found")

PAGE = 200  # Prefect gives no more at once
MOST_PIPELINES = 1_000


class ServerBase:
    """A connection to Prefect. Nothing is opened before the first call."""

    @property
    def breaker(self) -> Breaker:
        """What leaves it alone while it does not answer."""
        return self._connection.breaker

    def __init__(
        self,
        api_url: str,
        *,
        work_pool: str,
        api_key: str = "",
        auth_string: str = "",
        timeout: float = LONG_SECONDS,
    ) -> None:
        """Remember how to connect.

        Args:
            api_url: The API's address, ending in `/api`.
            work_pool: The pool that pipelines are registered on.
            api_key: For Prefect Cloud.
            auth_string: `user:password` of a server of one's own.
            timeout: Seconds that a request and its answer may take together.
        """
        self._connection = Connection(api_url, api_key=api_key, auth_string=auth_string, timeout=timeout)
        self._work_pool = work_pool
        self._pages = nouns.pages_at(self._connection.api_url)
        self._flow_names: dict[UUID, str] = {}  # a flow never changes its name

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def _deployment(self, pipeline_id: str) -> DeploymentResponse:
        identifier = filters.identifier(pipeline_id, "pipeline")
        try:
            return self._connection.call(lambda client: client.read_deployment(identifier))
        except BadArguments as error:
            raise BadArguments(f"Prefect has no pipeline with the id {pipeline_id}.") from error

    def _found(self, run_id: str) -> objects.FlowRun:
        identifier = filters.identifier(run_id, "run")
        try:
            return self._connection.call(lambda client: client.read_flow_run(identifier))
        except BadArguments as error:
            raise BadArguments(f"Prefect has no run with the id {run_id}.") from error

    def _pipeline(self, deployment: DeploymentResponse) -> Pipeline:
        self._learn_flow_names([deployment.flow_id])
        return nouns.pipeline(deployment, flow=self._flow_name(deployment.flow_id), pages=self._pages)

    def _flow_runs(self, found: Iterable[objects.FlowRun]) -> tuple[FlowRun, ...]:
        runs = list(found)
        self._learn_flow_names(run.flow_id for run in runs)
        return tuple(nouns.flow_run(run, flow=self._flow_name(run.flow_id), pages=self._pages) for run in runs)

    def _flow_name(self, flow_id: UUID) -> str:
        return self._flow_names.get(flow_id, "(removed)")

    def _learn_flow_names(self, wanted: Iterable[UUID]) -> None:
        missing = list({flow_id for flow_id in wanted if flow_id not in self._flow_names})
        for begin in range(0, len(missing), PAGE):
            some = prefect_filters.FlowFilter(id=prefect_filters.FlowFilterId(any_=missing[begin : begin + PAGE]))
            found = self._connection.call(partial(SyncPrefectClient.read_flows, flow_filter=some, limit=PAGE))
            self._flow_names.update({flow.id: flow.name for flow in found})

    def _paged(self, read: Callable[[SyncPrefectClient, int], list[Found]], *, most: int) -> list[Found]:
        """Everything, a page at a time, up to about `most`."""

        def page(offset: int) -> list[Found]:
            return self._connection.call(lambda client: read(client, offset))

        found: list[Found] = []
        for offset in range(0, most, PAGE):
            batch = page(offset)
            found += batch
            if len(batch) < PAGE:
                break
        return found
