"""The page as a part of a web application."""

import asyncio
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request
from nicegui import Client, ui

from demo.page import files
from demo.page.page import Page
from demo.page.visit import Visit
from demo.workspace.model import Change, Channel, Person
from demo.workspace.timeline import NotFound
from demo.workspace.workspace import Workspace

_RECONNECT: float = 60.0  #: seconds a tab may be out of reach (a closed lid) and come back to what it showed


def mount(app: FastAPI, workspace: Workspace) -> None:
    """Serve the page at `/` of `app`.

    Call it once per process, after every other route was added: the page answers what no route before it does.

    Args:
        app: The application that serves the workspace's Web API.
        workspace: What the page shows and people write into.
    """
    files.serve(app, workspace)

    @ui.page("/")
    async def tab(client: Client, request: Request) -> None:
        _open_tab(client, request, workspace)

    ui.run_with(
        app,
        title="Trainmaster",
        favicon="🚂",
        dark=None,
        tailwind=False,
        reconnect_timeout=_RECONNECT,
        show_welcome_message=False,
    )


def _open_tab(client: Client, request: Request, workspace: Workspace) -> None:
    page = Page(_visit(request, workspace), client)
    loop = asyncio.get_running_loop()

    def tell(change: Change) -> None:
        # Called while the workspace is locked, in whatever thread made the change.
        if not loop.is_closed():
            loop.call_soon_threadsafe(page.told, change)

    client.on_delete(workspace.subscribe(tell))


def _visit(request: Request, workspace: Workspace) -> Visit:
    """The place an address names: `?as=bob&channel=ml-pipelines&thread=…`; the first of each where it names none."""
    asked = request.query_params
    me = _named_person(asked.get("as") or _came_as(request), workspace)
    rooms = [room for room in workspace.channels if me.id in room.members]
    visit = Visit(workspace, me.id, _named_room(asked.get("channel", ""), rooms).id)
    thread = asked.get("thread", "")
    visit.thread = thread if thread and workspace.thread(visit.channel, thread) else ""
    return visit


def _came_as(request: Request) -> str:
    """Who followed a link of the page to here: a permalink names a place and no person."""
    came_from = urlsplit(request.headers.get("referer", ""))
    if came_from.netloc != request.url.netloc:
        return ""
    return parse_qs(came_from.query).get("as", [""])[0]


def _named_person(name: str, workspace: Workspace) -> Person:
    try:
        found = workspace.person(name)
    except NotFound:
        return workspace.humans[0]
    return workspace.humans[0] if found.is_bot else found


def _named_room(name: str, rooms: Iterable[Channel]) -> Channel:
    known = list(rooms)
    return next((room for room in known if name and name in {room.id, room.name}), known[0])
