"""`auth.*`, `api.*`, `apps.*`, `users.*`, `bots.*`, `team.*`: who is who."""

from demo.workspace import seed
from demo.workspace.api import SPECIAL, TIER_2, TIER_3, TIER_4, ApiError, Call, Method
from demo.workspace.model import JSON
from demo.workspace.timeline import NotFound
from demo.workspace.wire import person_json


def _auth_test(call: Call) -> JSON:
    if call.caller == "app":
        return {"app_name": call.workspace.app.name, "app_id": call.workspace.app.app_id}
    bot = call.workspace.bot
    return {
        "url": f"{call.site.base_url}/",
        "team": seed.TEAM_NAME,
        "user": bot.name,
        "team_id": seed.TEAM,
        "user_id": bot.id,
        "bot_id": bot.bot_id,
        "is_enterprise_install": False,
    }


def _api_test(call: Call) -> JSON:
    if error := call.args.text("error"):
        raise ApiError(error, args=call.args.recorded())
    return {"args": call.args.recorded()}


def _connections_open(call: Call) -> JSON:
    if call.workspace.app.request_url:
        raise ApiError("socket_mode_not_enabled")
    return {"url": call.site.socket_url(call.workspace.app.app_id)}


def _user(call: Call) -> JSON:
    try:
        person = call.workspace.person(call.args.required("user", "user_not_found"))
    except NotFound as missing:
        raise ApiError("user_not_found") from missing
    return {"user": person_json(person, call.workspace)}


def _users(call: Call) -> JSON:
    people = [person_json(p, call.workspace) for p in call.workspace.people]
    return {"members": people, "cache_ts": int(call.workspace.now()), "response_metadata": {"next_cursor": ""}}


def _bot(call: Call) -> JSON:
    wanted = call.args.text("bot", call.workspace.bot.bot_id)
    for person in call.workspace.people:
        if person.bot_id and person.bot_id == wanted:
            app_id = call.workspace.app.app_id if person.id == seed.BOT else "A0SLACKBOT"
            shown = {"id": person.bot_id, "deleted": False, "name": person.real_name, "updated": 0}
            return {"bot": {**shown, "app_id": app_id, "user_id": person.id, "icons": {}}}
    raise ApiError("bot_not_found")


def _team(call: Call) -> JSON:
    del call
    return {"team": {"id": seed.TEAM, "name": seed.TEAM_NAME, "domain": "local", "email_domain": "", "icon": {}}}


METHODS = {
    "api.test": Method(_api_test, (), TIER_4, "anyone"),
    "apps.connections.open": Method(_connections_open, (), TIER_3, "app"),
    "auth.test": Method(_auth_test, (), SPECIAL, "either"),
    "bots.info": Method(_bot, ("users:read",), TIER_3),
    "team.info": Method(_team, ("team:read",), TIER_3),
    "users.info": Method(_user, ("users:read",), TIER_4),
    "users.list": Method(_users, ("users:read",), TIER_2),
}
