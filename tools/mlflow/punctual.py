"""HTTP to MLflow in which a request and its answer share one limit of time, and no answer is larger than an honest one.

MLflow's client takes a limit for each read only, and no transport of ours; but it makes its HTTP adapter by name, so
that another one can stand there: one over sockets that ask `tools.deadline` how much time is left.
"""

from typing import Any

import requests
from mlflow.utils import request_utils
from typing_extensions import override

from tools import deadline
from tools.deadline import CONNECT_SECONDS
from tools.mlflow.environment import TIMEOUT
from tools.punctual import TooLarge, bounded
from tools.punctual_sockets import make_punctual

PIECE = 65_536


class AnswerTooLarge(requests.exceptions.ContentDecodingError):
    """The answer is longer than any honest one; the rest of it was not read."""


def install() -> None:
    """Let MLflow's client use this adapter from now on, and no session that it made before."""
    if request_utils.TCPKeepAliveHTTPAdapter is not PunctualAdapter:
        request_utils.TCPKeepAliveHTTPAdapter = PunctualAdapter  # type: ignore[misc]  # a name of theirs, read each time
        request_utils._cached_get_request_session.cache_clear()  # noqa: SLF001 - there is no other way to them


class PunctualAdapter(request_utils.TCPKeepAliveHTTPAdapter):
    """MLflow's own adapter, which ends in time."""

    @override
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)  # type: ignore[no-untyped-call]  # MLflow's code is untyped here
        make_punctual(self.poolmanager)

    @override
    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)  # type: ignore[no-untyped-call]  # the same
        make_punctual(manager)
        return manager

    @override
    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        options["timeout"] = (min(CONNECT_SECONDS, TIMEOUT), TIMEOUT)
        with deadline.within(TIMEOUT):
            response = super().send(request, *args, **options)
            try:
                content = bounded(response.iter_content(PIECE))
            except TooLarge as error:
                response.close()
                raise AnswerTooLarge(str(error), request=request) from error
        response._content = content  # noqa: SLF001 - where `content` looks, once it was read
        return response
