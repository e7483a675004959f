import os
import signal

import pytest
import redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from demo.services import valkey
from demo.services.ports import free_port
from tests.fixtures.waiting import until
from tests.integration.demo_services.conftest import Household


@pytest.fixture
def port(household: Household) -> int:
    port = free_port()
    household.supervisor.start([valkey.server(household.state, port=port, inherited=os.environ)])
    return port


def test_what_was_written_is_there_after_valkey_was_killed_and_started_again(household: Household, port: int) -> None:
    with redis.Redis.from_url(valkey.url(port), socket_timeout=5) as client:
        client.set("turn", "accepted")
        first = household.supervisor.child(valkey.SERVER).pid
        household.supervisor.watch()
        os.kill(first, signal.SIGKILL)
        until(lambda: household.supervisor.child(valkey.SERVER).pid != first)
        until(household.supervisor.child(valkey.SERVER).service.ready)
        assert client.get("turn") == b"accepted"


def test_workers_of_an_earlier_demo_do_not_count_as_ready(port: int) -> None:
    with redis.Redis.from_url(valkey.url(port), socket_timeout=5) as client:
        queue = Queue("turns", connection=client, serializer=JSONSerializer)
        SimpleWorker([queue], connection=client, serializer=JSONSerializer).register_birth()  # type: ignore[no-untyped-call]  # rq leaves it untyped
        ready = valkey.has_workers(port)
        assert not ready()
        SimpleWorker([queue], connection=client, serializer=JSONSerializer).register_birth()  # type: ignore[no-untyped-call]  # rq leaves it untyped
        assert ready()
