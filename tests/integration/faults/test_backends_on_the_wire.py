"""Prefect and MLflow that misbehave on the wire: every call ends in time, with a reason a person can use."""

import contextlib
import json
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.utils import request_utils

from tests.fakes.hostile import Hostile, Manner
from tests.fixtures.waiting import until
from tools import deadline
from tools.breaker import FAILURES, Breaker
from tools.errors import Busy, Failing, Resting, ToolError, Unavailable
from tools.mlflow import connection as mlflow
from tools.mlflow import punctual
from tools.mlflow.client import RunSearch
from tools.mlflow.environment import exported
from tools.mlflow.server import MlflowServer
from tools.prefect import connection as prefect
from tools.prefect.client import LogQuery, RunQuery
from tools.prefect.server import PrefectServer

RUN = "1c7d2f0e-0000-4000-8000-000000000001"
PATIENCE = 0.4  #: seconds that a request may take here


def _patience(request: pytest.FixtureRequest) -> float:
    """How long a request may take; longer where it is to be answered, or left before, also by a busy machine."""
    name = request.node.name
    left_before = "ends_with_the_tool" in name or "holds_up_nobody" in name
    return PATIENCE if ("silent" in name or "drips" in name) and not left_before else 8 * PATIENCE


@dataclass
class Backend:
    """One of the two systems, behind the adapter's own connection."""

    server: Hostile
    ask: Callable[[], Any]
    look: Callable[[], Any]
    breaker: Breaker


@pytest.fixture(params=["prefect", "mlflow"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    """A system that answers well until a test lets it misbehave."""
    patience = _patience(request)
    if request.param == "prefect":
        with Hostile("3.8.8") as server:
            one = prefect.Connection(f"{server.url}/api", timeout=patience, sleep=lambda _: None)
            yield Backend(
                server,
                lambda: one.call(lambda client: client.api_version()),
                lambda: one.look(lambda client: client.api_version()),
                one.breaker,
            )
            one.close()
        return
    for name, value in exported().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tools.mlflow.punctual.TIMEOUT", patience)
    with Hostile({"experiments": []}) as server:
        other = mlflow.Connection(server.url)
        yield Backend(
            server,
            lambda: other.read(lambda client: client.search_experiments()),
            lambda: other.look(lambda client: client.search_experiments()),
            other.breaker,
        )


@pytest.fixture
def tracking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Hostile, MlflowServer]]:
    """An MLflow that a test lets misbehave, and the adapter."""
    for name, value in exported().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tools.mlflow.punctual.TIMEOUT", _patience(request))
    with Hostile({}) as server:
        yield server, MlflowServer(server.url)


REASONS: dict[Manner, str] = {
    "silent": "no answer within",
    "drips head": "no answer within",
    "drips body": "no answer within",
    "cuts": "the connection broke off in the middle of an answer",
    "html": "it answered with something that is not JSON, so (PREFECT_API_URL|MLFLOW_TRACKING_URI) may not be",
    "error": "an error of its own",
    "busy": "too much to do just now",
    "loops": "it sends us from one address to the next",
    "huge": "its answer was too large to be one",
    "refuses": "(no connection|the connection broke off|connection failed)",
}


@pytest.mark.parametrize(("manner", "reason"), REASONS.items())
def test_a_call_ends_in_time_and_says_why(
    backend: Backend, manner: Manner, reason: str, request: pytest.FixtureRequest
) -> None:
    backend.server.manner = manner
    begun = time.monotonic()
    with pytest.raises(Unavailable, match=reason) as caught:
        backend.ask()
    assert time.monotonic() - begun < 2 * _patience(request) + 4
    assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize("manner", ["silent", "drips head", "drips body"])
def test_what_a_tool_waits_for_ends_with_the_tool_and_leaves_no_connection_behind(
    backend: Backend, manner: Manner
) -> None:
    backend.server.manner = manner
    begun = time.monotonic()
    with deadline.within(0.2), pytest.raises(Unavailable, match="the time for this call was over"):
        backend.ask()
    assert time.monotonic() - begun < 8 * PATIENCE
    until(lambda: backend.server.open == 0)


def test_a_session_that_mlflow_made_before_us_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in exported().items():
        monkeypatch.setenv(name, value)
    theirs = punctual.PunctualAdapter.__bases__[0]
    monkeypatch.setattr(request_utils, "TCPKeepAliveHTTPAdapter", theirs)
    request_utils._cached_get_request_session.cache_clear()
    with Hostile({"experiments": []}) as server:
        MlflowClient(server.url).search_experiments()
        server.manner = "drips body"
        with deadline.within(PATIENCE), pytest.raises(Unavailable):
            mlflow.Connection(server.url).look(lambda client: client.search_experiments())


@pytest.mark.parametrize("manner", ["silent", "drips body", "cuts", "html", "error"])
def test_a_change_whose_answer_never_came_is_sent_once_and_may_have_been_made(
    tracking: tuple[Hostile, MlflowServer], manner: Manner
) -> None:
    server, backend = tracking
    server.manner = manner
    with pytest.raises(Unavailable) as caught:
        backend.set_alias("churn", "champion", "4")
    assert (server.asked, caught.value.maybe_done) == (1, True)


def test_a_change_that_mlflow_was_too_busy_for_is_sent_again_and_was_not_made(
    tracking: tuple[Hostile, MlflowServer],
) -> None:
    server, backend = tracking
    server.manner = "busy"
    with deadline.within(8 * PATIENCE), pytest.raises(Busy) as caught:
        backend.set_alias("churn", "champion", "4")
    assert server.asked > 1
    assert not caught.value.maybe_done


def test_a_change_for_which_there_is_no_time_is_not_sent(tracking: tuple[Hostile, MlflowServer]) -> None:
    server, backend = tracking
    with deadline.within(0), pytest.raises(Unavailable, match="the time for this call was over") as caught:
        backend.set_alias("churn", "champion", "4")
    assert (server.asked, caught.value.maybe_done) == (0, False)


def test_a_huge_answer_does_not_fill_the_memory(backend: Backend) -> None:
    backend.server.manner = "huge"
    tracemalloc.start()
    try:
        with pytest.raises(Unavailable):
            backend.look()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 120_000_000


def test_a_system_that_does_not_answer_is_left_alone_until_it_does(backend: Backend) -> None:
    backend.server.manner = "cuts"
    for _ in range(FAILURES // 2):
        with pytest.raises(Unavailable):
            backend.ask()
    asked = backend.server.asked
    with pytest.raises(Resting, match=r"has not answered since \d\d:\d\d UTC \(the connection broke off.*I try again"):
        backend.ask()
    assert backend.server.asked == asked
    backend.server.manner = "well"
    backend.look()
    assert backend.breaker.resting is None
    backend.ask()


@pytest.mark.parametrize(("manner", "kind"), [("busy", Busy), ("error", Failing)])
def test_a_system_that_answers_that_it_cannot_now_is_not_left_alone(
    backend: Backend, manner: Manner, kind: type[Unavailable]
) -> None:
    backend.server.manner = manner
    for _ in range(FAILURES):
        with pytest.raises(kind):
            backend.look()
    assert backend.breaker.resting is None


def test_one_slow_answer_holds_up_nobody_else(backend: Backend) -> None:
    backend.ask()
    backend.server.manner = "silent"
    slow = threading.Thread(target=fails, args=(backend.look,))
    before = backend.server.asked
    slow.start()
    until(lambda: backend.server.asked > before)
    backend.server.manner = "well"
    backend.ask()
    assert slow.is_alive()
    slow.join()


SHAPES = ("null", "17", "{}", "[null]", '{"experiments": [{"experiment_id": []}]}')


@pytest.mark.parametrize("body", SHAPES)
def test_an_answer_of_another_shape_is_no_crash(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in exported().items():
        monkeypatch.setenv(name, value)
    with Hostile(json.loads(body)) as server:
        tracking = MlflowServer(server.url)
        flows = PrefectServer(f"{server.url}/api", work_pool="p")
        asked: tuple[Callable[[], Any], ...] = (
            tracking.experiments,
            lambda: tracking.runs(RunSearch(experiment_ids=("1",))),
            lambda: tracking.versions_of_run("abc"),
            lambda: tracking.metric_history("abc", "loss"),
            lambda: tracking.run("abc"),
            tracking.models,
            lambda: tracking.model("m"),
            lambda: tracking.model_versions("m"),
            lambda: tracking.model_version("m", "1"),
            flows.pipelines,
            lambda: flows.runs(RunQuery(limit=1)),
            lambda: flows.run_detail(RUN),
            lambda: flows.logs(RUN, LogQuery()),
            flows.pool,
            flows.pool_environment,
        )
        for ask in asked:
            tracking._connection.breaker, flows._connection.breaker = Breaker("MLflow"), Breaker("Prefect")
            with contextlib.suppress(ToolError):
                ask()
        flows.close()


def fails(ask: Callable[[], Any]) -> None:
    with pytest.raises(Unavailable):
        ask()
