"""From the workspace's nouns to Slack's JSON."""

import re
import zlib
from datetime import datetime
from zoneinfo import ZoneInfo

from demo.workspace import seed
from demo.workspace.mime import file_type
from demo.workspace.model import JSON, Channel, File, Message, Person, UserGroup
from demo.workspace.site import Site
from demo.workspace.timeline import Timeline

_TOKEN = re.compile(r"<(?P<sign>[@#!]?)(?P<what>[^<>|]+)(?:\|(?P<label>[^<>]*))?>")
_ZONES = {"CET": "Central European Time", "CEST": "Central European Summer Time"}
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def person_json(person: Person, timeline: Timeline) -> JSON:
    """A user object; of a deactivated person, what Slack still tells."""
    return {
        "id": person.id,
        "team_id": person.team,
        "name": person.name,
        "deleted": person.deleted,
        **({} if person.deleted else _active(person, timeline)),
        "profile": {
            "title": person.title,
            "real_name": person.real_name,
            "real_name_normalized": person.real_name,
            "display_name": person.name,
            "display_name_normalized": person.name,
            "team": person.team,
            **({"bot_id": person.bot_id} if person.is_bot else {}),
        },
        "is_bot": person.is_bot and person.id != seed.SLACKBOT,
        "is_app_user": False,
        **({"is_stranger": _is_stranger(person, timeline)} if person.team != seed.TEAM else {}),
        "updated": 0,
    }


def group_json(group: UserGroup, *, users: bool = False, count: bool = False) -> JSON:
    """A user group object."""
    return {
        "id": group.id,
        "team_id": seed.TEAM,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": group.description,
        "handle": group.handle,
        "is_external": False,
        "date_create": group.created,
        "date_update": group.updated,
        "date_delete": 0,
        "auto_type": None,
        "auto_provision": False,
        "enterprise_subteam_id": "",
        "created_by": seed.SLACKBOT,
        "updated_by": seed.SLACKBOT,
        "deleted_by": None,
        "prefs": {"channels": [], "groups": []},
        **({"users": list(group.members)} if users else {}),
        **({"user_count": len(group.members)} if count else {}),
    }


def channel_json(channel: Channel, timeline: Timeline, *, members: bool = False) -> JSON:
    """A conversation object."""
    if channel.kind == "im":
        other = next(m for m in channel.members if m != seed.BOT)
        kind = {"is_im": True, "is_org_shared": False, "user": other, "is_user_deleted": False, "priority": 0}
        return {"id": channel.id, "created": channel.created, "is_archived": False, "is_open": True, **kind}
    shared = is_shared(channel, timeline)
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.kind == "group",
        "is_archived": False,
        "is_general": False,
        "is_shared": shared,
        "is_ext_shared": shared,
        "is_org_shared": False,
        "is_member": seed.BOT in channel.members,
        "created": channel.created,
        "creator": seed.SLACKBOT,
        "context_team_id": seed.TEAM,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
        **({"num_members": len(channel.members)} if members else {}),
    }


def is_shared(channel: Channel, timeline: Timeline) -> bool:
    """Whether somebody of another workspace is in the channel (Slack Connect)."""
    return any(timeline.person(member).team != seed.TEAM for member in channel.members)


def file_json(file: File, site: Site, timeline: Timeline) -> JSON:
    """A file object; of a deleted file, its tombstone."""
    if file.deleted:
        return {"id": file.id, "mode": "tombstone", "created": file.created, "timestamp": file.created}
    kind = {c.id: c.kind for c in timeline.channels}
    channels = [channel for channel, _ in file.shares]
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype,
        "filetype": file.filetype,
        "pretty_type": file_type(file.name)[2],
        "user": file.user,
        "user_team": timeline.person(file.user).team,
        "editable": file.filetype in {"python", "text", "json", "csv", "yaml", "markdown"},
        "size": file.size,
        "mode": "snippet" if file.filetype in {"python", "json", "yaml"} else "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": any(kind[c] == "channel" for c in channels),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "alt_txt": file.alt_text,
        "url_private": site.private_url(file),
        "url_private_download": site.private_url(file, download=True),
        "permalink": f"{site.base_url}/files/{file.user}/{file.id}/{file.name}",
        "has_rich_preview": False,
        "file_access": "visible",
        "channels": [c for c in channels if kind[c] == "channel"],
        "groups": [c for c in channels if kind[c] == "group"],
        "ims": [c for c in channels if kind[c] == "im"],
    }


def shares_json(file: File, timeline: Timeline) -> JSON:
    """Where a file stands, as `files.info` tells it: this is how a `file_shared` event leads to a message."""
    shares: JSON = {}
    for channel_id, ts in file.shares:
        channel = timeline.channel(channel_id)
        place = "public" if channel.kind == "channel" else "private"
        message = next((m for m in timeline.thread(channel_id, ts) if m.ts == ts), None)
        thread = {"thread_ts": message.root} if message and message.is_reply else {}
        entry = {"ts": ts, "channel_name": channel.name, "team_id": seed.TEAM, "share_user_id": file.user, **thread}
        shares.setdefault(place, {}).setdefault(channel_id, []).append(entry)
    return shares


def message_json(message: Message, site: Site, timeline: Timeline, *, metadata: bool = False) -> JSON:
    """A message as `conversations.history` gives it: no channel in it, thread counts on a root."""
    author = timeline.person(message.user)
    return {
        "type": "message",
        **({"subtype": message.subtype} if message.subtype not in {"", "file_share"} else {}),
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": author.team,
        **_author(message),
        **_body(message, site, timeline),
        **_thread(message, timeline),
        **({"metadata": message.metadata} if metadata and message.metadata else {}),
        **({"edited": dict(zip(("user", "ts"), message.edited, strict=True))} if message.edited else {}),
        **({"reactions": reactions_json(message)} if message.reactions else {}),
    }


def reactions_json(message: Message) -> list[JSON]:
    """The reactions of a message."""
    return [{"name": r.name, "users": list(r.users), "count": len(r.users)} for r in message.reactions]


def rich_text(text: str, ts: str) -> list[JSON]:
    """The `rich_text` block Slack makes of what a person typed."""
    elements: list[JSON] = []
    end = 0
    for found in _TOKEN.finditer(text):
        elements += _plain(text[end : found.start()])
        elements.append(_element(found))
        end = found.end()
    elements += _plain(text[end:])
    section = {"type": "rich_text_section", "elements": elements}
    return [{"type": "rich_text", "block_id": f"{zlib.crc32(ts.encode()):x}", "elements": [section]}]


def _active(person: Person, timeline: Timeline) -> JSON:
    """What a user object holds only while the person can sign in."""
    here = datetime.fromtimestamp(timeline.now(), ZoneInfo(person.tz))
    offset = here.utcoffset()
    return {
        "color": f"{zlib.crc32(person.id.encode()) & 0xFFFFFF:06x}",
        "real_name": person.real_name,
        "tz": person.tz,
        "tz_label": _ZONES.get(here.tzname() or "", person.tz),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": bool(person.guest),
        "is_ultra_restricted": person.guest == "single",
    }


def _is_stranger(person: Person, timeline: Timeline) -> bool:
    """Whether somebody of another workspace shares no channel with the app."""
    return not any({person.id, seed.BOT} <= set(channel.members) for channel in timeline.channels)


def _author(message: Message) -> JSON:
    if not message.bot_id:
        return {}
    name = {"username": message.username} if message.username else {}
    profile = {"id": message.bot_id, "app_id": "A0TRAINMSTR", "name": "Trainmaster", "team_id": seed.TEAM}
    return {"bot_id": message.bot_id, "app_id": "A0TRAINMSTR", "bot_profile": profile, **name}


def _body(message: Message, site: Site, timeline: Timeline) -> JSON:
    body: JSON = {}
    if message.blocks:
        body["blocks"] = list(message.blocks)
    elif not message.bot_id and message.text and message.subtype in {"", "file_share", "thread_broadcast"}:
        body["blocks"] = rich_text(message.text, message.ts)
    if message.attachments:
        body["attachments"] = list(message.attachments)
    if message.files:
        body |= {"files": [file_json(f, site, timeline) for f in message.files], "upload": False}
    return body


def _thread(message: Message, timeline: Timeline) -> JSON:
    if message.thread_ts is None:
        return {}
    if message.is_reply:
        first = next(iter(timeline.thread(message.channel, message.root)), None)
        parent = {"parent_user_id": first.user} if first and first.ts == message.root else {}
        return {"thread_ts": message.thread_ts, **parent}
    replies = timeline.replies(message.channel, message.ts)
    if not replies:
        return {}
    users = list(dict.fromkeys(r.user for r in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "reply_users": users[:5],
        "latest_reply": replies[-1].ts,
        "is_locked": False,
        "subscribed": True,
    }


def _plain(text: str) -> list[JSON]:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return [{"type": "text", "text": text}] if text else []


def _element(found: re.Match[str]) -> JSON:
    what = found["what"]
    match found["sign"]:
        case "@":
            return {"type": "user", "user_id": what}
        case "#":
            return {"type": "channel", "channel_id": what}
        case "!" if what.startswith("subteam^"):
            return {"type": "usergroup", "usergroup_id": what.removeprefix("subteam^")}
        case "!":
            return {"type": "broadcast", "range": what}
    return {"type": "link", "url": what, **({"text": found["label"]} if found["label"] else {})}
