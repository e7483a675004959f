"""Concurrency limits of a real Prefect server: the half of the adapter that changes them."""

from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentUpdate, GlobalConcurrencyLimitUpdate, WorkPoolUpdate
from prefect.client.schemas.responses import GlobalConcurrencyLimitResponse
from typing_extensions import override

from tools.prefect.circumstances import Slots
from tools.prefect.limits import Limited, LimitOf, LimitsBackend
from tools.prefect.server_circumstances import OF_TAG, CircumstancesServer


class LimitsServer(CircumstancesServer, LimitsBackend):
    """`LimitsBackend` by Prefect's own client."""

    @override
    def limit_of(self, limited: Limited) -> Slots | None:
        match limited.of:
            case LimitOf.POOL:
                return self._pool_slots(limited.name)
            case LimitOf.QUEUE:
                queue = self._queue(limited.pool, limited.name)
                return queue.slots if queue else None
            case LimitOf.PIPELINE:
                return self._deployment_slots(self._deployment(limited.name))
            case LimitOf.TAG:
                found = self._tag_limit(limited.name)
                return self._tag_slots(limited.name, found) if found and found.active else None

    @override
    def set_limit(self, limited: Limited, limit: int | None) -> None:
        match limited.of:
            case LimitOf.POOL:
                update = WorkPoolUpdate(concurrency_limit=limit)
                self._connection.call(lambda client: client.update_work_pool(limited.name, update))
            case LimitOf.QUEUE:
                self._limit_queue(limited, limit)
            case LimitOf.PIPELINE:
                self._limit_pipeline(limited.name, limit)
            case LimitOf.TAG:
                self._limit_tag(limited.name, limit)

    @override
    def limited_tags(self) -> tuple[str, ...]:
        names = [limit.name for limit in self._limits() if limit.active and limit.name.startswith(OF_TAG)]
        return tuple(sorted(name.removeprefix(OF_TAG) for name in names))

    def _limit_queue(self, limited: Limited, limit: int | None) -> None:
        def write(client: SyncPrefectClient) -> None:
            found = client.read_work_queue_by_name(limited.name, work_pool_name=limited.pool)
            client.update_work_queue(found.id, concurrency_limit=limit)

        self._connection.call(write)

    def _limit_pipeline(self, pipeline_id: str, limit: int | None) -> None:
        deployment = self._deployment(pipeline_id)
        known = deployment.global_concurrency_limit
        if known and limit is not None:  # an update of the pipeline itself would plan its scheduled runs anew
            self._change(known.id, limit)
            return
        update = DeploymentUpdate(concurrency_limit=limit)
        self._connection.call(lambda client: client.update_deployment(deployment.id, update))

    def _limit_tag(self, tag: str, limit: int | None) -> None:
        known = self._tag_limit(tag)
        if known and limit is not None:
            self._change(known.id, limit)
        elif known:
            # Not by its tag, which would take the slots from tasks that go on; and not switched off, since Prefect then
            # forgets to give slots back, and it would be full once it is on again.
            self._connection.call(lambda client: client.delete_global_concurrency_limit_by_name(str(known.id)))
        elif limit is not None:
            self._connection.call(lambda client: client.create_concurrency_limit(tag, limit))

    def _tag_limit(self, tag: str) -> GlobalConcurrencyLimitResponse | None:
        return next((limit for limit in self._limits() if limit.name == OF_TAG + tag), None)

    def _change(self, identifier: UUID, limit: int) -> None:
        update = GlobalConcurrencyLimitUpdate(limit=limit, active=True)
        self._connection.call(lambda client: client.update_global_concurrency_limit(str(identifier), update))
