"""The Slack app manifest: what this app asks of a workspace, and why it needs each part.

The tables say which code uses what; a test compares them with the listeners and the gateway, so that no scope is asked
for without use and nothing is used that was not asked for.
"""

import json
from typing import Any

from bot.listeners.commands import COMMAND

NAME = "Trainmaster"  #: Slack allows 35 characters
DESCRIPTION = "Onboards, runs and follows machine learning pipelines, in threads."  #: 140, some workspaces 120
AGENT_DESCRIPTION = (
    "Drop a Prefect pipeline into a thread: I read it, register it, run it and follow every task, and tell you what "
    "MLflow measured. Ask me how a run did, why it failed, or to run it again with other values."
)  #: 300
COLOUR = "#1f3d4d"

_HISTORY = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
}

#: Bot event -> the scope without which Slack does not send it.
EVENTS: dict[str, str] = {"agent_session_stopped": "chat:write", "app_mention": "app_mentions:read", **_HISTORY}

#: Web API method -> the bot scopes that it needs, or of which it accepts any.
METHODS: dict[str, tuple[str, ...]] = {
    "agents.sessions.setStatus": ("chat:write",),
    "apps.connections.open": (),  # the app-level token's own scope, connections:write
    "assistant.threads.setStatus": ("assistant:write", "chat:write"),
    "auth.test": (),
    "chat.appendStream": ("chat:write",),
    "chat.getPermalink": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.startStream": ("chat:write",),
    "chat.stopStream": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": tuple(_HISTORY.values()),
    "conversations.replies": tuple(_HISTORY.values()),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),
    "reactions.add": ("reactions:write",),
    "usergroups.list": ("usergroups:read",),
    "usergroups.users.list": ("usergroups:read",),
    "users.info": ("users:read",),
    "views.open": (),  # the trigger of a press is what allows it
}

SUGGESTED_PROMPTS = (
    ("Onboard a pipeline", "Onboard a pipeline: I will drop its Python file here."),
    ("What is there?", "Which pipelines are registered, and how did their last runs go?"),
    ("Run a pipeline", "Run a pipeline again with other parameters."),
    ("What can you do?", "help"),
)  #: a title and the message that it sends; Slack shows four


def scopes() -> tuple[str, ...]:
    """The bot scopes that the app asks for, in alphabetical order."""
    return tuple(sorted({"commands", *EVENTS.values(), *(scope for used in METHODS.values() for scope in used)}))


def manifest(*, request_url: str = "") -> dict[str, Any]:
    """The manifest as Slack's "create an app from a manifest" takes it.

    Args:
        request_url: Where Slack reaches the bot by HTTP, such as `https://bot.example/slack/events`; empty for Socket
            Mode, which needs no address.
    """
    url = {"request_url": request_url} if request_url else {}
    command = {
        "command": COMMAND,
        "description": "Pipelines, runs and metrics by exact command",
        "usage_hint": "help",
        "should_escape": False,
        **({"url": request_url} if request_url else {}),
    }
    return {
        "display_information": {"name": NAME, "description": DESCRIPTION, "background_color": COLOUR},
        "features": {
            "agent_view": {
                "agent_description": AGENT_DESCRIPTION,
                "suggested_prompts": [{"title": title, "message": sent} for title, sent in SUGGESTED_PROMPTS],
            },
            # without both, Slack lets nobody write to the app directly
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": NAME.lower(), "always_online": True},
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": list(scopes())}},
        "settings": {
            "event_subscriptions": {**url, "bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True, **url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not request_url,
            "token_rotation_enabled": False,  # cannot be switched off again; the bot keeps one token
        },
    }


def as_json(*, request_url: str = "") -> str:
    """The manifest as JSON text, which Slack also takes where it asks for YAML."""
    return json.dumps(manifest(request_url=request_url), indent=2, ensure_ascii=False)
