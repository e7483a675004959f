"""The one way to Slack: every Web API call, within Slack's limits, with its errors in our words.

No retry handler of the SDK is on: its default sends a post again when the connection breaks after delivery, which
doubles the message. Who calls decides what to do; `SlackUncertain` says that a request may have arrived.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient

from bot import budgets
from bot.budgets import Budgets, Limit
from bot.enclosures import Enclosure
from bot.errors import SlackRefused
from bot.events import DELETED, FileRef, file_ref
from bot.patience import patiently
from bot.people import READ_SECONDS, People
from bot.said import Said, said_from
from bot.slack_faults import slack_errors
from bot.transfers import NO_LONGER_THERE, TIMEOUT_SECONDS, FileGone, Transfers
from bot.trust import authorities
from bot.views.hiding import Hide, unseen, without
from bot.views.view import Block, View
from bot.web_calls import PAGE_SECONDS, WebCalls

THREAD_SECONDS = 3.0  #: for what was said in a thread before: an answer without it is better than a late one
#: Slack's clock, which `ts` is read from, and Redis' may be so far apart, also after one of them was set.
CLOCKS_APART_SECONDS = 900
METADATA = "trainmaster_message"
LONGEST_ALT, LONGEST_FILE_TITLE = 1_000, 200
_NO_FILE = {"file_not_found", "file_deleted"}


class SlackGateway:
    """Slack's Web API for one app in one workspace.

    Once it keeps to `Budgets`, every method of `budgets.METHODS` is called within its limit, over all processes; one
    over it is not made and raises `SlackUnavailable` with the time to wait. Posts and edits are the courier's to time.
    """

    def __init__(self, *, token: str, api_url: str, hide: Hide = str) -> None:
        """Speak for one app.

        Args:
            token: The bot's token.
            api_url: Where Slack is.
            hide: Takes secrets out of every text that leaves; not needed where nothing is said.
        """
        self._hide = hide
        self._client = WebClient(
            token=token, base_url=api_url, timeout=TIMEOUT_SECONDS, ssl=authorities(), retry_handlers=[]
        )
        self._transfers = Transfers(token=token, api_url=api_url)
        self._web = WebCalls(self._client)
        self.people = People(self._web)
        self.host = ""  #: of the workspace's own pages, such as `acme.slack.com`; empty before `identity` was asked

    def keep_to(self, limits: Budgets) -> None:
        """Call within these limits from now on."""
        self._web.keep_to(limits)

    def hidden(self, text: str) -> str:
        """A text as it may leave by another way than through here: in the acknowledgement of what Slack sent."""
        return self._hide(text)

    def identity(self) -> tuple[str, str]:
        """The team's id and the bot's user id, as `auth.test` says.

        Raises:
            SlackUnavailable: Slack did not answer.
            SlackRefused: The token is not good.
        """
        answer = self._web.call("auth.test", {})
        self.host = urlsplit(str(answer.get("url", ""))).netloc
        return str(answer["team_id"]), str(answer["user_id"])

    def scopes(self) -> frozenset[str]:
        """The scopes that the token was granted, as Slack's `x-oauth-scopes` header says; empty when it does not."""
        with slack_errors("auth.test"):
            response = self._client.api_call("auth.test")
        header = next((v for k, v in response.headers.items() if k.lower() == "x-oauth-scopes"), "")
        return frozenset(scope.strip() for scope in str(header).split(",") if scope.strip())

    def open_socket(self, app_token: str) -> None:
        """Ask for a Socket Mode address, as a check of the app-level token.

        Raises:
            SlackRefused: The token is not good, or Socket Mode is off.
            SlackUnavailable: Slack did not answer.
        """
        with slack_errors("apps.connections.open"):
            self._client.apps_connections_open(app_token=app_token)

    def post(self, *, channel: str, thread: str | None, view: View, entry: str) -> str:
        """Post a message; unfurling is off, and the metadata carry `entry`, by which `find` finds it again.

        Returns:
            The message's `ts`.

        Raises:
            SlackUncertain: It may have been posted: look with `find` before posting again.
            SlackUnavailable: It was not posted.
            SlackRefused: Slack will not have it.
        """
        view = unseen(view, self._hide)
        return str(
            self._web.call(
                "chat.postMessage",
                {
                    "channel": channel,
                    "thread_ts": thread,
                    "text": view.text,
                    "blocks": view.blocks,
                    "parse": "none",  # no address in plain words becomes a link
                    "unfurl_links": False,
                    "unfurl_media": False,
                    "metadata": {"event_type": METADATA, "event_payload": {"entry": entry}},
                },
            )["ts"]
        )

    def update(self, *, channel: str, ts: str, view: View) -> None:
        """Put a new face on a message of ours. Blocks are always sent: Slack's rules for leaving them out changed.

        Raises:
            SlackUnavailable: Slack did not answer.
            SlackRefused: Slack will not have it.
        """
        view = unseen(view, self._hide)
        arguments = {"channel": channel, "ts": ts, "text": view.text[:4000], "blocks": view.blocks, "parse": "none"}
        self._web.call("chat.update", arguments)

    def find(self, *, channel: str, thread: str | None, entry: str, since: float) -> str | None:
        """The `ts` of the message that carries `entry`, if it was posted.

        Args:
            channel: Where it was posted.
            thread: In which thread, if in one.
            entry: What it carries.
            since: When it was first sent, in seconds since the epoch; how much was said since then does not matter.

        Raises:
            SlackUnavailable: Nobody can tell now.
            SlackRefused: Slack will not let us look.
        """
        for message in self._said_since(channel, thread, since):
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == METADATA and metadata.get("event_payload", {}).get("entry") == entry:
                return str(message["ts"])
        return None

    def start_stream(self, *, channel: str, thread: str, blocks: list[Block], reader: str, team: str) -> str:
        """Begin a message that grows: its `ts`. The reader is named, as channels ask for; previews are off in streams.

        Raises:
            SlackUncertain: It may have begun: look with `find_stream`.
            SlackUnavailable: It did not begin.
            SlackRefused: Slack will not have it, or has no streams.
        """
        arguments = {"channel": channel, "thread_ts": thread, "chunks": self._chunks(blocks)}
        readers = {"recipient_user_id": reader, "recipient_team_id": team}
        return str(self._web.call("chat.startStream", {**arguments, **readers})["ts"])

    def append_stream(self, *, channel: str, ts: str, blocks: list[Block]) -> None:
        """Let a message that grows have these blocks, too; raises as `start_stream`."""
        self._web.call("chat.appendStream", {"channel": channel, "ts": ts, "chunks": self._chunks(blocks)})

    def stop_stream(self, *, channel: str, ts: str, entry: str) -> None:
        """Let a message grow no more; from then on it can be edited, and found by `entry`. May be repeated."""
        metadata = {"event_type": METADATA, "event_payload": {"entry": entry}}
        self._web.call("chat.stopStream", {"channel": channel, "ts": ts, "metadata": metadata})

    def find_stream(self, *, channel: str, thread: str, marker: str, since: float) -> str | None:
        """The `ts` of the message of which a block has this id, if there is one; raises as `find`."""
        for message in self._said_since(channel, thread, since):
            if any(block.get("block_id") == marker for block in message.get("blocks") or ()):
                return str(message["ts"])
        return None

    def files_of(self, *, channel: str, thread: str, ts: str) -> tuple[FileRef, ...]:
        """The files of one message, read again by its `ts`: an `app_mention` may leave them out.

        Raises:
            SlackUnavailable: Slack did not answer, or was not to be asked, for `READ_SECONDS`.
            SlackRefused: Slack will not tell.
        """
        bounds = {"oldest": ts, "latest": ts, "inclusive": True, "limit": 100}
        found = self._patiently_said({"channel": channel, "ts": thread, **bounds})
        return tuple(file_ref(file) for said in found if said["ts"] == ts for file in said.get("files", ()))

    def shared_in(self, *, channel: str, thread: str) -> tuple[FileRef, ...]:
        """The files that were shared in a thread: ours and other apps', then people's, as their messages came.

        Raises:
            SlackUnavailable: Slack did not answer, or was not to be asked, for `READ_SECONDS`.
            SlackRefused: Slack will not tell.
        """
        found = self._patiently_said({"channel": channel, "ts": thread, "limit": 200})
        told = sorted(found, key=lambda said: not said.get("bot_id"))
        return tuple(file_ref(file) for said in told for file in said.get("files", ()))

    def said_before(self, *, channel: str, thread: str, ts: str, most: int) -> tuple[tuple[Said, ...], bool]:
        """The newest messages of a thread before one of them, without ours, the oldest first; and whether more were.

        Raises:
            SlackUnavailable: Slack did not answer, or was not to be asked, for `THREAD_SECONDS`.
            SlackRefused: Slack will not tell.
        """
        bounds = {"latest": ts, "inclusive": False, "limit": 200, "include_all_metadata": True}
        found = self._patiently_said({"channel": channel, "ts": thread, **bounds}, seconds=THREAD_SECONDS)
        people = [
            said for said in found if said["ts"] < ts and (said.get("metadata") or {}).get("event_type") != METADATA
        ]
        return tuple(map(said_from, people[-most:])), len(people) > most

    def upload(self, enclosure: Enclosure, content: bytes) -> str:
        """Bring a file's bytes to Slack; nobody sees it before `share`, and without that Slack throws it away.

        Returns:
            The file's id.

        Raises:
            SlackUnavailable: It is not there.
            SlackRefused: Slack will not have it.
        """
        enclosure = enclosure.told(self._hide)
        announced = {"filename": enclosure.name, "length": len(content), "alt_txt": enclosure.alt[:LONGEST_ALT] or None}
        place = self._web.call("files.getUploadURLExternal", announced)
        self._transfers.send("file upload", str(place["upload_url"]), content, kind="application/octet-stream")
        return str(place["file_id"])

    def share(self, file: str, *, title: str, text: str, channel: str, thread: str | None) -> None:
        """Show an uploaded file in a thread; Slack takes this once for each file.

        Raises:
            SlackUncertain: It may be there: look with `shown` before sharing it again.
            SlackUnavailable: It is not there.
            SlackRefused: Slack will not have it, or has it already.
        """
        files = json.dumps([{"id": file, "title": self._hide(title)[:LONGEST_FILE_TITLE]}])
        said = self._hide(text) or None
        place = {"files": files, "channel_id": channel, "thread_ts": thread, "initial_comment": said}
        self._web.call("files.completeUploadExternal", place)

    def shown(self, file: str, *, channel: str) -> str | None:
        """The `ts` of the message that shows a file in a channel; empty while Slack has it and does not show it there.

        Returns:
            None when Slack has no such file, so that it was never shared.

        Raises:
            SlackUnavailable: Nobody can tell now.
            SlackRefused: Slack will not tell.
        """
        try:
            found = self._web.call("files.info", {"file": file}, patience=PAGE_SECONDS)["file"]
        except SlackRefused as exc:
            if exc.reason in _NO_FILE:
                return None
            raise
        shares = (found.get("shares") or {}).values()
        return next((str(place["ts"]) for rooms in shares for place in rooms.get(channel) or ()), "")

    def described(self, file: FileRef) -> FileRef:
        """A file with its name and address: where it came from another workspace, a message tells its id alone.

        Raises:
            bot.transfers.FileGone: Slack has it no more.
            SlackUnavailable: Slack did not answer, or was not to be asked, for `READ_SECONDS`.
            SlackRefused: Slack will not tell of the file.
        """
        if file.mode != DELETED and not (file.name and file.url):
            try:
                told = patiently(lambda: self._web.call("files.info", {"file": file.id}), seconds=READ_SECONDS)
            except SlackRefused as exc:
                if exc.reason in _NO_FILE:
                    raise FileGone(NO_LONGER_THERE) from exc
                raise
            file = file_ref(told["file"])
        if file.mode == DELETED:
            raise FileGone(NO_LONGER_THERE)
        return file

    def download(self, file: FileRef, *, limit: int) -> bytes:
        """The content of a file that was `described`, at most `limit` + 1 bytes of it.

        Raises:
            bot.transfers.FileGone: Slack has it no more, or answers with its login page.
            SlackUnavailable: Slack did not answer for `READ_SECONDS`.
        """
        return patiently(lambda: self._transfers.fetch(file, limit=limit), seconds=READ_SECONDS)

    def ephemeral(
        self, *, channel: str, thread: str | None, user: str, view: View, limits: tuple[Limit, ...] = ()
    ) -> None:
        """Tell one person something that nobody else sees; `limits` are kept beside those of the method."""
        method, view = "chat.postEphemeral", unseen(view, self._hide)
        said = {"text": view.text, "blocks": view.blocks, "parse": "none"}
        arguments = {"channel": channel, "thread_ts": thread, "user": user, **said}
        self._web.call(method, arguments, limits=(*budgets.METHODS[method], *limits))

    def respond(self, url: str, view: View, *, instead: bool = False) -> None:
        """Answer a command or a click through its `response_url` (5 times within 30 minutes), for one person.

        Args:
            url: The `response_url`.
            view: What to say.
            instead: Say it in the place of the message that was pressed; a view without words takes that away.

        Raises:
            SlackRefused: The url is used up, too old, or not Slack's.
            SlackUnavailable: Slack did not answer.
        """
        view = unseen(view, self._hide)
        said = {"text": view.text, "blocks": view.blocks}
        body = {"response_type": "ephemeral", "replace_original": instead, **said}
        if instead and not (view.text or view.blocks):
            body = {"delete_original": True}
        self._transfers.send("response_url", url, json.dumps(body).encode(), kind="application/json")

    def set_status(self, *, channel: str, thread: str, status: str, first: bool = True) -> None:
        """Show or (with an empty text) clear the native status line of a thread.

        The `first` sign of life may use all of Slack's limit; progress leaves some of it to these.
        """
        arguments = {"channel_id": channel, "thread_ts": thread, "status": self._hide(status)}
        limits = (budgets.STATUS,) if first else (budgets.STATUS, budgets.STATUS_PROGRESS)
        self._web.call("assistant.threads.setStatus", arguments, limits=limits)

    def set_session(self, *, channel: str, thread: str, working: bool) -> None:
        """Say whether the agent is at work in a thread; while it is, Slack shows a stop button.

        Its end may use all of Slack's limit: what stays `processing` shows so for an hour.
        """
        arguments = {"channel_id": channel, "thread_ts": thread, "status": "processing" if working else "active"}
        limits = (budgets.SESSION, budgets.SESSION_BEGINS) if working else (budgets.SESSION,)
        self._web.call("agents.sessions.setStatus", arguments, limits=limits)

    def react(self, *, channel: str, ts: str, name: str) -> None:
        """Add a reaction to a message."""
        self._web.call("reactions.add", {"channel": channel, "timestamp": ts, "name": name})

    def open_view(self, *, trigger: str, view: dict[str, Any]) -> None:
        """Open a modal for the person who has just pressed a button, within three seconds; raises as `update`."""
        self._web.call("views.open", {"trigger_id": trigger, "view": without(view, self._hide)})

    def permalink(self, *, channel: str, ts: str) -> str:
        """The address of a message."""
        return str(self._web.call("chat.getPermalink", {"channel": channel, "message_ts": ts})["permalink"])

    def _patiently_said(self, arguments: dict[str, Any], *, seconds: float = READ_SECONDS) -> list[dict[str, Any]]:
        """The messages of a thread that somebody waits for."""
        return patiently(lambda: [*self._web.pages("conversations.replies", arguments, "messages")], seconds=seconds)

    def _said_since(self, channel: str, thread: str | None, since: float) -> Iterator[dict[str, Any]]:
        """What was said in a thread, or in a channel, since about then."""
        method = "conversations.replies" if thread else "conversations.history"
        oldest = f"{max(0.0, since - CLOCKS_APART_SECONDS):.6f}"
        arguments: dict[str, Any] = {"channel": channel, "limit": 200, "include_all_metadata": True, "oldest": oldest}
        return self._web.pages(method, {**arguments, **({"ts": thread} if thread else {})}, "messages")

    def _chunks(self, blocks: list[Block]) -> list[dict[str, Any]]:
        """Blocks as streams take them: not their Markdown, in which Slack would make links and mentions of its own."""
        return [{"type": "blocks", "blocks": [without(block, self._hide) for block in blocks]}]
