"""The app as the workspace has it installed: its scopes, the events it subscribed to, its commands."""

from dataclasses import dataclass, field

SCOPES = frozenset({
    "app_mentions:read", "assistant:write", "channels:history", "channels:read", "chat:write", "commands",
    "files:read", "files:write", "groups:history", "groups:read", "im:history", "im:read", "im:write",
    "mpim:history", "reactions:read", "reactions:write", "team:read", "usergroups:read", "users:read",
})  # fmt: skip

EVENTS = frozenset({
    "app_mention", "file_deleted", "file_shared", "member_joined_channel", "message.channels", "message.groups",
    "message.im", "reaction_added", "reaction_removed",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class AppConfig:
    """An installed app.

    Attributes:
        scopes: Bot scopes that were granted; a method that needs another answers `missing_scope`.
        events: Bot events it subscribed to; others are not sent.
        commands: Slash commands it registered, with the slash.
        request_url: Where signed HTTP requests go; empty means Socket Mode.
    """

    app_id: str = "A0TRAINMSTR"
    name: str = "Trainmaster"
    scopes: frozenset[str] = SCOPES
    events: frozenset[str] = EVENTS
    commands: frozenset[str] = field(default_factory=lambda: frozenset({"/mlops"}))
    request_url: str = ""
