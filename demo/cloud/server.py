"""The stand-in for Google Cloud as a server on loopback, in a thread of its own or as a process."""

import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.cloud.buckets import Buckets
from demo.cloud.endpoints import Vertex
from demo.cloud.predictors import Predictors
from demo.cloud.refusals import Refusal
from demo.cloud.signatures import Signatures, kept_key
from demo.cloud.storage_api import StorageApi
from demo.cloud.vertex_api import Predictor, VertexApi

HOST = "127.0.0.1"
PROJECT = "trainmaster-demo"
START_SECONDS = STOP_SECONDS = 10.0


class CloudServer:
    """Serves what is kept in a folder.

    Args:
        folder: Where everything is kept.
        port: Where it listens; 0 for any that is free.
        predictor: Answers for models, instead of the models that were uploaded themselves.

    Attributes:
        buckets: What is kept.
        vertex: What is served.
        key_file: The key of the service account that it knows.
        app: The application.
    """

    def __init__(self, folder: Path, port: int = 0, *, predictor: Predictor | None = None) -> None:
        self.key_file = kept_key(folder, project=PROJECT)
        self.buckets = Buckets(folder / "buckets")
        self.vertex = Vertex(folder / "vertex.json")
        self._predictors = Predictors(self.buckets)
        answers = predictor or self._predictors
        self.app = application(self.buckets, Signatures(self.key_file), self.vertex, answers)
        self._listener = socket.create_server((HOST, port))
        self._server = uvicorn.Server(
            uvicorn.Config(self.app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=2)
        )
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"http://{HOST}:{self._listener.getsockname()[1]}"

    def start(self) -> None:
        """Serve in a thread of its own; returns once it answers.

        Raises:
            RuntimeError: It did not come up.
        """
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, name="cloud", daemon=True
        )
        self._thread.start()
        pause, waited = threading.Event(), 0.0
        while not self._server.started:
            if not self._thread.is_alive() or waited > START_SECONDS:
                raise RuntimeError("the local cloud did not start")
            pause.wait(0.01)
            waited += 0.01

    def serve(self) -> None:
        """Serve until the process is told to stop."""
        try:
            self._server.run(sockets=[self._listener])
        finally:
            self._predictors.close()

    def stop(self) -> None:
        """Stop serving; callable twice."""
        self._server.should_exit = True
        if self._thread:
            self._thread.join(STOP_SECONDS)
            self._thread = None
        self._predictors.close()
        self._listener.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def application(buckets: Buckets, signatures: Signatures, vertex: Vertex, predictor: Predictor) -> Starlette:
    """The application that serves these buckets and models."""
    storage = StorageApi(buckets, signatures)
    serving = VertexApi(vertex, predictor)
    routes = [Route("/healthz", _healthy), *storage.routes, *serving.routes, *storage.signed_routes]
    return Starlette(routes=routes, exception_handlers={Refusal: _refused, 404: _unknown, 405: _unknown})


async def _healthy(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - registered for it alone
    return JSONResponse(error.body, error.status)


async def _unknown(request: Request, _: Exception) -> Response:
    refusal = Refusal(
        501, f"{request.method} {request.url.path} is not part of this stand-in.", reason="notImplemented"
    )
    return JSONResponse(refusal.body, refusal.status)
