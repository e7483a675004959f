"""What Slack sends: messages and files as JSON, and the bodies of events, clicks and commands."""

import time
from urllib.parse import quote

from tests.fakes.minimal_slack.elements import JSON
from tests.fakes.minimal_slack.workspace import CHANNEL_TYPES, File, Identity, Message

VERIFICATION_TOKEN = "minimal-verification"


def message_json(
    message: Message,
    identity: Identity,
    *,
    site: str,
    replies: int = 0,
    with_metadata: bool = False,
) -> JSON:
    """A message as the Web API shows it.

    Args:
        message: The message.
        identity: The app, for the marks of its own messages.
        site: Scheme, host and port under which files are served.
        replies: How many replies its thread has, for a root.
        with_metadata: Whether the caller asked for metadata.
    """
    shown: JSON = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts}
    shown["team"] = identity.team_id
    if message.by_bot:
        shown |= {"bot_id": identity.bot_id, "app_id": identity.app_id}
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.attachments:
        shown["attachments"] = message.attachments
    if message.files:
        shown["files"] = [file_json(file, identity, site=site) for file in message.files]
    if message.thread_ts is not None and not message.is_root:
        shown |= {"thread_ts": message.thread_ts, "parent_user_id": message.parent_user}
    elif replies:
        shown |= {"thread_ts": message.ts, "reply_count": replies}
    if message.edits and not message.blocks:
        shown["edited"] = {"user": message.user, "ts": message.ts}
    if with_metadata and message.metadata is not None:
        shown["metadata"] = message.metadata
    return shown


def file_json(file: File, identity: Identity, *, site: str) -> JSON:
    """A file as messages and `files.info` show it."""
    if file.deleted:
        return {"id": file.id, "mode": "tombstone"}
    path = f"{site}/files-pri/{identity.team_id}-{file.id}"
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.name,
        "mimetype": file.mimetype,
        "filetype": file.filetype,
        "user": file.user,
        "user_team": identity.team_id,
        "mode": "snippet" if file.mimetype.startswith("text/") else "hosted",
        "size": len(file.content),
        "is_external": False,
        "is_public": True,
        "url_private": f"{path}/{quote(file.name)}",
        "url_private_download": f"{path}/download/{quote(file.name)}",
    }


def event_body(event: JSON, identity: Identity, *, event_id: str) -> JSON:
    """The body of an Events API delivery round one event."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": identity.team_id,
        "api_app_id": identity.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": identity.team_id,
                "user_id": identity.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def message_event(message: Message, identity: Identity, *, site: str) -> JSON:
    """The `message` event of a new message: files travel here."""
    event = message_json(message, identity, site=site)
    event |= _where(message)
    if message.files:
        event |= {"subtype": "file_share", "upload": False}
    elif message.reply_broadcast:
        event["subtype"] = "thread_broadcast"
    return event


def mention_event(message: Message, identity: Identity) -> JSON:
    """The `app_mention` event of the same message: without files, as some workspaces send it."""
    event: JSON = {"type": "app_mention", "user": message.user, "text": message.text, "ts": message.ts}
    event |= {"team": identity.team_id, "channel": message.channel, "event_ts": message.ts}
    if message.thread_ts is not None:
        event["thread_ts"] = message.thread_ts
    return event


def changed_event(new: Message, old: Message, identity: Identity, *, site: str, ts: str) -> JSON:
    """The `message_changed` event that every edit makes."""
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        **_where(new),
        "message": message_json(new, identity, site=site),
        "previous_message": message_json(old, identity, site=site),
        "ts": ts,
        "event_ts": ts,
    }


def _where(message: Message) -> JSON:
    kind = CHANNEL_TYPES[message.channel[0]]
    return {"channel": message.channel, "channel_type": kind, "event_ts": message.ts}


def click_body(
    *, user: str, message: Message, action: JSON, identity: Identity, site: str, response_url: str, ts: str
) -> JSON:
    """The body of a `block_actions` interaction: one element of a message, pressed by one person."""
    container: JSON = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    body: JSON = {
        "type": "block_actions",
        "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": identity.team_id},
        "api_app_id": identity.app_id,
        "token": VERIFICATION_TOKEN,
        "container": container,
        "trigger_id": f"{ts}.minimal",
        "team": {"id": identity.team_id, "domain": identity.team_domain},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": message.channel, "name": message.channel.lower()},
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [{**action, "action_ts": ts}],
    }
    if message.ephemeral_to is None:  # Slack leaves out the message that only one person sees
        body["message"] = message_json(message, identity, site=site)
    return body


def command_body(
    *, user: str, channel: str, command: str, text: str, identity: Identity, response_url: str, ts: str
) -> JSON:
    """The body of a slash command; there is no thread in it, as commands cannot be typed in threads."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": identity.team_id,
        "team_domain": identity.team_domain,
        "channel_id": channel,
        "channel_name": channel.lower(),
        "user_id": user,
        "user_name": user.lower(),
        "command": command,
        "text": text,
        "api_app_id": identity.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": f"{ts}.minimal",
    }
