"""`/control/views…`: what a person sees of modals, and does in them."""

import dataclasses

from fastapi import APIRouter
from pydantic import Field

from demo.workspace.control_parts import Body, outcome
from demo.workspace.model import JSON
from demo.workspace.workspace import Workspace


class Submission(Body):
    """A modal filled in and sent: values by label, action id or block id."""

    user: str
    view_id: str
    values: dict[str, str | list[str]] = Field(default_factory=dict)


class ViewPress(Body):
    """A click in a modal, or with `option` a choice or an entry."""

    user: str
    view_id: str
    action_id: str
    value: str | None = None
    block_id: str | None = None
    option: str | list[str] | None = None


class Closing(Body):
    """A view closed by its button, or with `whole` the modal by its cross."""

    user: str
    view_id: str
    whole: bool = False


def view_routes(workspace: Workspace) -> APIRouter:
    """The routes of modals."""
    router = APIRouter()

    def views(user: str) -> JSON:
        return {"ok": True, "views": [dataclasses.asdict(view) for view in workspace.views_of(user)]}

    async def submit(body: Submission) -> JSON:
        view = workspace.modals.views.get(body.view_id)
        return await outcome(workspace.submit(body.user, view, body.values))

    async def click(body: ViewPress) -> JSON:
        view = workspace.modals.views.get(body.view_id)
        if body.option is None:
            pressed = workspace.click(body.user, view, body.action_id, body.value, body.block_id)
        else:
            pressed = workspace.choose(body.user, view, body.action_id, body.option, body.block_id)
        return await outcome(pressed)

    async def close(body: Closing) -> JSON:
        view = workspace.modals.views.get(body.view_id)
        return await outcome(workspace.close_view(body.user, view, whole=body.whole))

    router.add_api_route("/views", views, methods=["GET"], response_model=None)
    router.add_api_route("/views/submit", submit, methods=["POST"], response_model=None)
    router.add_api_route("/views/click", click, methods=["POST"], response_model=None)
    router.add_api_route("/views/close", close, methods=["POST"], response_model=None)
    return router
