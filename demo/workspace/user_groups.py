"""`usergroups.*`: who is mentioned together."""

from demo.workspace.api import TIER_2, ApiError, Call, Method
from demo.workspace.model import JSON
from demo.workspace.timeline import NotFound
from demo.workspace.wire import group_json


def _list(call: Call) -> JSON:
    users, count = (bool(call.args.flag(name)) for name in ("include_users", "include_count"))
    return {"usergroups": [group_json(group, users=users, count=count) for group in call.workspace.groups]}


def _members(call: Call) -> JSON:
    wanted = call.args.required("usergroup", "invalid_arguments")
    try:
        group = call.workspace.group(wanted)
    except NotFound as missing:
        raise ApiError("no_such_subteam") from missing
    if group.id != wanted:  # Slack knows a group by its id alone
        raise ApiError("no_such_subteam")
    return {"users": list(group.members)}


METHODS = {
    "usergroups.list": Method(_list, ("usergroups:read",), TIER_2),
    "usergroups.users.list": Method(_members, ("usergroups:read",), TIER_2),
}
