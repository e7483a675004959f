"""`/control/people/…` and `/control/groups/…`: who belongs to the workspace and to its user groups."""

import dataclasses

from fastapi import APIRouter
from pydantic import Field

from demo.workspace import seed
from demo.workspace.control_parts import Body
from demo.workspace.model import JSON
from demo.workspace.workspace import Workspace


class NewPerson(Body):
    """Somebody new: a member, a guest, or with another `team` somebody of another workspace."""

    name: str
    real_name: str
    title: str = ""
    team: str = seed.TEAM
    channels: list[str] = Field(default_factory=list)
    guest: bool = False


class Someone(Body):
    """A person."""

    user: str


class NewGroup(Body):
    """A user group to be made."""

    handle: str
    members: list[str] = Field(default_factory=list)
    name: str = ""


class Membership(Body):
    """A person's place in a user group."""

    group: str
    user: str
    member: bool = True


class Renaming(Body):
    """What a user group is to be called."""

    group: str
    handle: str
    name: str = ""


def people_routes(workspace: Workspace) -> APIRouter:
    """The routes that an administrator would use."""
    router = APIRouter()

    def add(body: NewPerson) -> JSON:
        who = (body.name, body.real_name)
        if body.guest:
            person = workspace.add_guest(*who, body.channels)
        else:
            person = workspace.add_person(*who, title=body.title, team=body.team, channels=body.channels)
        return {"ok": True, "person": dataclasses.asdict(person)}

    def deactivate(body: Someone) -> JSON:
        return {"ok": True, "person": dataclasses.asdict(workspace.deactivate(body.user))}

    def create(body: NewGroup) -> JSON:
        group = workspace.create_group(body.handle, body.members, name=body.name)
        return {"ok": True, "group": dataclasses.asdict(group)}

    def member(body: Membership) -> JSON:
        change = workspace.add_to_group if body.member else workspace.remove_from_group
        return {"ok": True, "group": dataclasses.asdict(change(body.group, body.user))}

    def rename(body: Renaming) -> JSON:
        group = workspace.rename_group(body.group, body.handle, body.name)
        return {"ok": True, "group": dataclasses.asdict(group)}

    for path, handler in (
        ("/people/add", add),
        ("/people/deactivate", deactivate),
        ("/groups/create", create),
        ("/groups/member", member),
        ("/groups/rename", rename),
    ):
        router.add_api_route(path, handler, methods=["POST"], response_model=None)
    return router
