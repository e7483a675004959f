"""The parts of a running workspace that its routes reach."""

from dataclasses import dataclass

from demo.workspace.delivery import Delivery
from demo.workspace.faults import Faults
from demo.workspace.limits import RateLimits
from demo.workspace.responses import Responses
from demo.workspace.site import Site
from demo.workspace.socket_mode import SocketMode
from demo.workspace.web_api import WebApi
from demo.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Parts:
    """One of each."""

    workspace: Workspace
    site: Site
    api: WebApi
    responses: Responses
    faults: Faults
    limits: RateLimits
    sockets: SocketMode
    delivery: Delivery
