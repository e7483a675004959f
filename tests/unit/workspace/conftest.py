"""A workspace without a server, and its Web API called in-process."""

from typing import Any

import pytest

from demo.workspace.faults import Faults
from demo.workspace.limits import RateLimits
from demo.workspace.model import JSON
from demo.workspace.site import Site
from demo.workspace.web_api import WebApi
from demo.workspace.workspace import Workspace

from .samples import APP_TOKEN, BOT_TOKEN, CallApi, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workspace(clock: Clock) -> Workspace:
    return Workspace(clock=clock)


@pytest.fixture
def site(clock: Clock) -> Site:
    return Site(BOT_TOKEN, APP_TOKEN, "secret", clock, "http://127.0.0.1:1")


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def web_api(workspace: Workspace, site: Site, faults: Faults, clock: Clock) -> WebApi:
    return WebApi(workspace, site, faults, RateLimits(clock))


@pytest.fixture
def api(web_api: WebApi) -> CallApi:
    def call(method: str, /, **args: Any) -> JSON:
        return web_api.answer(method, args, BOT_TOKEN).body

    return call
