"""Slack's JSON in, what a person did out. The only file that knows the shapes of payloads."""

import hashlib
import html
import json
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Thread(_Frozen):
    """A thread: the team, the channel, and the `ts` of its root message."""

    team: str
    channel: str
    root: str

    @property
    def ref(self) -> str:
        """`TEAM:CHANNEL:TS`: how the thread is named on runs, in Redis keys and in logs."""
        return f"{self.team}:{self.channel}:{self.root}"

    @classmethod
    def from_ref(cls, ref: str) -> "Thread":
        """The thread of a `ref`.

        Raises:
            ValueError: `ref` has not three parts.
        """
        team, channel, root = ref.split(":")
        return cls(team=team, channel=channel, root=root)


class Actor(_Frozen):
    """A person, with the workspace the person belongs to (another one in a Slack Connect channel)."""

    user: str
    team: str


DELETED = "tombstone"  #: Slack's mode of a file that was deleted


class FileRef(_Frozen):
    """A file as a message names it; its content is fetched by the worker."""

    id: str
    name: str = ""
    size: int = 0
    url: str = ""
    mode: str = ""  #: Slack's: `hosted`, `snippet`, `external`; `tombstone` when deleted, `file_access` for an id alone


class Turn(_Frozen):
    """A message to which an answer is owed. Its id is (team, channel, ts): one per message, however often told."""

    kind: Literal["turn"] = "turn"
    id: str
    thread: Thread
    actor: Actor
    ts: str
    text: str
    length: int = 0  #: of the text as it was sent; `text` may be cut
    files: tuple[FileRef, ...] = ()
    files_known: bool = True  #: False when the event may have left out the files (`app_mention`): read again by ts
    mention: bool = False
    direct: bool = False


class Dropped(_Frozen):
    """Pipeline files that somebody shared in a channel without turning to us, in a message that opens no turn."""

    kind: Literal["dropped"] = "dropped"
    id: str
    thread: Thread
    actor: Actor
    names: tuple[str, ...]


class Click(_Frozen):
    """A press of a button under a message of ours."""

    kind: Literal["click"] = "click"
    id: str
    thread: Thread
    actor: Actor
    action: str
    value: str
    message_ts: str
    response_url: str
    alone: bool = False  # whether nobody but who pressed it sees the message, so that it can have no thread

    @property
    def at(self) -> str:
        """When it was pressed, as Slack counts; the id ends with it."""
        return self.id.rpartition("-")[2]


class Command(_Frozen):
    """An exact command, `/mlops text`. It knows no thread."""

    kind: Literal["command"] = "command"
    id: str
    team: str
    channel: str
    actor: Actor
    text: str
    response_url: str


class RunChanged(_Frozen):
    """Something happened to a run that is followed."""

    kind: Literal["run"] = "run"
    id: str
    team: str
    run: str


class Submission(_Frozen):
    """A modal of ours that a person filled in; `action` is its `callback_id`, `value` the proposal it is about."""

    kind: Literal["submission"] = "submission"
    id: str
    thread: Thread
    actor: Actor
    action: str
    value: str
    text: str = ""


class ModalOf(_Frozen):
    """What a modal of ours is about; travels in its `private_metadata`."""

    proposal: str
    channel: str
    root: str


class ProposalDue(_Frozen):
    """A proposal is to be looked at: it may have expired, or wait to be applied."""

    kind: Literal["proposal"] = "proposal"
    id: str
    team: str
    proposal: str


class ProposalEnded(_Frozen):
    """A proposal came to its end: a turn of its own for the conversation in which it was asked for.

    Its id is the proposal's and `-ended`.
    """

    kind: Literal["ended"] = "ended"
    id: str
    thread: Thread
    actor: Actor
    proposal: str


_TELLS_OF = re.compile(r"(P-[A-Z0-9]+)-ended(?::|$)")


def proposal_told_of(work: str) -> str:
    """The proposal whose end a turn tells of, by the id of the turn or the key of a call in it; empty for others."""
    found = _TELLS_OF.match(work)
    return found[1] if found else ""


class Unreadable(_Frozen):
    """What another version of Trainmaster accepted and this one cannot read: who asked is told, if that can be seen."""

    kind: Literal["unreadable"] = "unreadable"
    id: str
    team: str
    channel: str = ""
    root: str = ""
    response_url: str = ""


AnyItem = Turn | Dropped | Click | Submission | Command | RunChanged | ProposalDue | ProposalEnded
ITEMS: TypeAdapter[AnyItem] = TypeAdapter(Annotated[AnyItem, Field(discriminator="kind")])

#: A message longer than this is cut when it is accepted; how long it was is kept, so that the person can be told.
LONGEST_KEPT_TEXT = 12_001
_PEOPLE_S_SUBTYPES = {None, "file_share", "thread_broadcast"}


def item_from(text: str, *, team: str) -> AnyItem | Unreadable:
    """An item as it was kept; what cannot be read as one tells at least where it came from, if that can be seen."""
    try:
        return ITEMS.validate_json(text)
    except ValidationError:
        return _salvaged(text, team=team)


def _salvaged(text: str, *, team: str) -> Unreadable:
    try:
        kept = json.loads(text)
    except ValueError:
        kept = None
    fields: dict[str, Any] = kept if isinstance(kept, dict) else {}
    thread: Any = fields.get("thread")
    place: dict[str, Any] = thread if isinstance(thread, dict) else {}
    return Unreadable(
        id=str(fields.get("id") or hashlib.sha256(text.encode()).hexdigest()[:16]),
        team=team,
        channel=str(place.get("channel") or fields.get("channel") or ""),
        root=str(place.get("root") or ""),
        response_url=str(fields.get("response_url") or ""),
    )


def from_a_person(event: dict[str, Any]) -> bool:
    """Whether a message event is a person's own message: not a bot's, not an edit, a deletion or a notice."""
    return event.get("subtype") in _PEOPLE_S_SUBTYPES and bool(event.get("user")) and not event.get("bot_id")


def tells_of_an_edit(event: dict[str, Any]) -> bool:
    """Whether Slack mentions us again because a message was edited, of which it also tells as a change."""
    return event["type"] == "app_mention" and bool(event.get("edited"))


def mentions(event: dict[str, Any], user: str) -> bool:
    """Whether a message names this user."""
    return f"<@{user}>" in str(event.get("text") or "") or f"<@{user}|" in str(event.get("text") or "")


def turn_from(body: dict[str, Any], *, bot_user: str) -> Turn:
    """The turn of an `app_mention` or `message` event.

    Raises:
        KeyError: The payload is not one of these.
    """
    event: dict[str, Any] = body["event"]
    team = str(body["team_id"])
    text = plain(str(event.get("text") or ""), bot_user=bot_user)
    return Turn(
        id=f"{team}-{event['channel']}-{event['ts']}",
        thread=Thread(team=team, channel=event["channel"], root=event.get("thread_ts") or event["ts"]),
        actor=Actor(user=event["user"], team=str(event.get("user_team") or event.get("team") or team)),
        ts=event["ts"],
        text=text[:LONGEST_KEPT_TEXT],
        length=len(text),
        files=tuple(file_ref(file) for file in event.get("files") or ()),
        files_known=event["type"] == "message" or bool(event.get("files")),
        mention=event["type"] == "app_mention" or mentions(event, bot_user),
        direct=event.get("channel_type") == "im",
    )


#: A person, a group or everybody, as Slack writes a mention of them.
_NAMED = re.compile(r"<(?:@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+|!(?:here|channel|everyone))(?:\|[^>]*)?>")


def names_others(turn: Turn) -> bool:
    """Whether a message mentions somebody who is not us."""
    return _NAMED.search(turn.text) is not None


class Stop(_Frozen):
    """A person's wish that what is under way in a thread ends; never in a box."""

    thread: Thread
    actor: Actor
    ts: str


#: The whole of a message that ends what is under way, where something is; more words mean something else.
_STOP = re.compile(r"(?:please[, ]+)?stop(?:[, ]+(?:it|that|now|please))?[\s.!]*", re.IGNORECASE)


def asks_to_stop(turn: Turn) -> bool:
    """Whether a message says nothing but `stop`."""
    return not turn.files and _STOP.fullmatch(turn.text) is not None


def stop_from(body: dict[str, Any]) -> Stop:
    """The wish of an `agent_session_stopped` event.

    Raises:
        KeyError: The payload is not one.
    """
    event: dict[str, Any] = body["event"]
    team = str(body["team_id"])
    return Stop(
        thread=Thread(team=team, channel=event["channel"], root=event.get("thread_ts") or event["event_ts"]),
        actor=Actor(user=event["user"], team=str(event.get("user_team") or team)),
        ts=str(event["event_ts"]),
    )


def click_from(body: dict[str, Any]) -> Click:
    """The press of a button (or the choice in a menu) of a `block_actions` payload.

    Raises:
        KeyError: The payload is not one.
    """
    action: dict[str, Any] = body["actions"][0]
    container: dict[str, Any] = body.get("container") or {}
    message: dict[str, Any] = body.get("message") or {}
    team = str(body["team"]["id"])
    user: dict[str, Any] = body["user"]
    channel = str((body.get("channel") or {}).get("id") or container["channel_id"])
    ts = str(message.get("ts") or container["message_ts"])
    root = message.get("thread_ts") or container.get("thread_ts") or ts
    chosen = (action.get("selected_option") or {}).get("value")
    return Click(
        id=f"{team}-{channel}-{ts}-{user['id']}-{action['action_ts']}",
        thread=Thread(team=team, channel=channel, root=str(root)),
        actor=Actor(user=user["id"], team=str(user.get("team_id") or team)),
        action=action["action_id"],
        value=str(chosen if chosen is not None else action.get("value") or ""),
        message_ts=ts,
        response_url=str(body.get("response_url") or ""),
        alone=container.get("is_ephemeral") is True,
    )


def submission_from(body: dict[str, Any]) -> Submission:
    """The submission of a modal of ours, with the text of its one field.

    Submitted twice it is one: its id is the opened modal's and the person's.

    Raises:
        KeyError: The payload is not one.
        ValueError: The modal is not one of ours.
    """
    view: dict[str, Any] = body["view"]
    team = str(body["team"]["id"])
    about = ModalOf.model_validate_json(view["private_metadata"])
    typed = [field.get("value") for block in view["state"]["values"].values() for field in block.values()]
    user: dict[str, Any] = body["user"]
    return Submission(
        id=f"{team}-{view['id']}-{user['id']}",
        thread=Thread(team=team, channel=about.channel, root=about.root),
        actor=Actor(user=user["id"], team=str(user.get("team_id") or team)),
        action=view["callback_id"],
        value=about.proposal,
        text=str((typed or [""])[0] or "")[:LONGEST_KEPT_TEXT],
    )


def command_from(body: dict[str, Any]) -> Command:
    """The slash command of a payload.

    Raises:
        KeyError: The payload is not one.
    """
    team = str(body["team_id"])
    return Command(
        id=f"{team}-{body['user_id']}-{body['trigger_id']}",
        team=team,
        channel=body["channel_id"],
        actor=Actor(user=body["user_id"], team=team),
        text=html.unescape(str(body.get("text") or "")).strip()[:LONGEST_KEPT_TEXT],
        response_url=body["response_url"],
    )


def is_full_member(user: dict[str, Any], *, team: str) -> bool:
    """Whether a user object is a full member of a workspace: no guest, no bot, not deleted, not from another one.

    What Slack does not say counts against the person. In an organisation of several workspaces `team_id` names any one
    of the person's own; `enterprise_user` names all of them.
    """
    enterprise: dict[str, Any] = user.get("enterprise_user") or {}
    teams = {str(user.get("team_id") or ""), *(str(one) for one in enterprise.get("teams") or ())}
    otherwise = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted")
    return team in teams and all(user.get(name) is False for name in otherwise) and not user.get("is_stranger")


def file_ref(file: dict[str, Any]) -> FileRef:
    """A file as Slack describes it; an externally hosted one keeps its address, and is refused when fetched."""
    return FileRef(
        id=str(file.get("id", "")),
        name=str(file.get("name") or file.get("title") or ""),
        size=int(file.get("size") or 0),
        url=str(file.get("url_private_download") or file.get("url_private") or ""),
        mode=str(file.get("mode") or ""),
    )


def plain(text: str, *, bot_user: str) -> str:
    """What a person wrote: without the mention of us, and with Slack's escapes undone."""
    return html.unescape(re.sub(rf"<@{re.escape(bot_user)}(\|[^>]*)?>", " ", text)).strip()
