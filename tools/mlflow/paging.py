"""Answers of MLflow that come a page at a time."""

from collections.abc import Callable
from typing import TypeVar

from mlflow.store.entities import PagedList
from mlflow.tracking import MlflowClient

from tools.mlflow.connection import Connection

Found = TypeVar("Found")
#: Asks for the page that a token names; None is the first one.
Page = Callable[[MlflowClient, str | None], PagedList[Found]]


def everything(connection: Connection, page: Page[Found], *, most: int) -> list[Found]:
    """Everything, a page at a time, up to about `most`."""
    found: list[Found] = []
    token: str | None = None
    while len(found) < most:
        batch = _page(connection, page, token)
        found += batch
        token = batch.token
        if not token:
            break
    return found


def _page(connection: Connection, page: Page[Found], token: str | None) -> PagedList[Found]:
    return connection.read(lambda client: page(client, token))
