"""The stand-in as tests hold it: start it, act as people, look at what everybody sees."""

import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from tests.fakes.minimal_slack import payloads
from tests.fakes.minimal_slack.delivery import Delivery, Patience
from tests.fakes.minimal_slack.elements import JSON
from tests.fakes.minimal_slack.feed import Feed
from tests.fakes.minimal_slack.http_front import HttpFront, Routes
from tests.fakes.minimal_slack.posting import Posting
from tests.fakes.minimal_slack.rates import Rates
from tests.fakes.minimal_slack.reading import Reading
from tests.fakes.minimal_slack.refusal import Refusal
from tests.fakes.minimal_slack.response_urls import Place, ResponseUrls
from tests.fakes.minimal_slack.socket_mode import SocketMode
from tests.fakes.minimal_slack.web_api import Call, WebApi
from tests.fakes.minimal_slack.workspace import File, Identity, Message, Workspace


class MinimalSlack:
    """A workspace with one app, on two free ports of the loopback.

    Args:
        identity: Ids and tokens of the app.
        patience: How long acknowledgements may take, and when events are sent again.
        seconds_between_posts: The rest that a channel needs between two messages of the app.
        without_methods: Web API methods that this workspace does not have.
        without_blocks: Block types that this workspace does not have.
        now: The clock of rates and response addresses, in seconds.
    """

    def __init__(
        self,
        *,
        identity: Identity | None = None,
        patience: Patience | None = None,
        seconds_between_posts: float = 1.0,
        without_methods: Iterable[str] = (),
        without_blocks: Iterable[str] = (),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.identity = identity or Identity()
        refused = frozenset(without_blocks)
        self._workspace = workspace = Workspace(self.identity)
        self._socket = SocketMode(workspace, patience=patience or Patience(), on_response=self._command_answered)
        self._feed = Feed(workspace, self._socket.deliver)
        self._response_urls = ResponseUrls(workspace=workspace, feed=self._feed, now=now, refused_blocks=refused)
        rates = Rates(now=now, seconds_between_posts=seconds_between_posts)
        self._web_api = WebApi(
            workspace=workspace,
            posting=Posting(workspace=workspace, feed=self._feed, rates=rates, refused_blocks=refused),
            reading=Reading(workspace=workspace),
            invite=self._socket.invite,
            without=frozenset(without_methods),
        )
        self._front: HttpFront | None = None

    def start(self) -> Self:
        """Open both ports."""
        self._socket.start()
        routes = Routes(workspace=self._workspace, web_api=self._web_api, response_urls=self._response_urls)
        self._front = HttpFront(routes)
        self._workspace.site = self._front.start()
        return self

    def stop(self) -> None:
        """Close both ports and every connection."""
        if self._front is not None:
            self._front.stop()
            self._front = None
        self._socket.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def api_url(self) -> str:
        """What to give to `WebClient(base_url=…)`.

        Raises:
            RuntimeError: It was not started.
        """
        if not self._workspace.site:
            raise RuntimeError("start() first")
        return f"{self._workspace.site}/api/"

    @property
    def bot_token(self) -> str:
        """The token of the Web API and of downloads."""
        return self.identity.bot_token

    @property
    def app_token(self) -> str:
        """The token of Socket Mode."""
        return self.identity.app_token

    @property
    def mention(self) -> str:
        """The words that name the bot."""
        return f"<@{self.identity.bot_user_id}>"

    def direct_message(self, user: str) -> str:
        """The channel id of the direct message between a person and the bot."""
        return self._workspace.open_channel(f"D{user[1:]}")

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point a process of the app at this workspace."""
        return {"SLACK_API_URL": self.api_url, "SLACK_BOT_TOKEN": self.bot_token, "SLACK_APP_TOKEN": self.app_token}

    @property
    def calls(self) -> list[Call]:
        """Every call of the Web API so far."""
        with self._workspace.changed:
            return list(self._web_api.calls)

    @property
    def deliveries(self) -> list[Delivery]:
        """Everything that was sent to the app, or is about to be."""
        with self._workspace.changed:
            return list(self._socket.deliveries)

    @property
    def unacknowledged(self) -> list[Delivery]:
        """What the app has not acknowledged, or not in time."""
        return [delivery for delivery in self.deliveries if not delivery.acknowledged]

    @property
    def connections(self) -> int:
        """How many websockets of the app are open."""
        return self._socket.connections

    @property
    def ephemerals(self) -> list[Message]:
        """What one person sees alone; `ephemeral_to` names that person."""
        with self._workspace.changed:
            return list(self._workspace.ephemerals)

    def messages(self, channel: str | None = None, thread_ts: str | None = None) -> list[Message]:
        """Oldest first: all messages, those of a channel, or those of a thread with its root."""
        return self._workspace.messages(channel, thread_ts)

    def person_says(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        thread_ts: str | None = None,
        files: Iterable[tuple[str, bytes]] = (),
    ) -> Message:
        """A person writes, perhaps with files.

        The app gets a `message` event with the files, and, where the text mentions the bot outside of a
        direct message, an `app_mention` without them before it.

        Raises:
            LookupError: There is no such thread.
            ValueError: The channel is no channel id.
        """
        workspace = self._workspace
        workspace.open_channel(channel)
        root = None if thread_ts is None else workspace.find(channel, thread_ts)
        if thread_ts is not None and (root is None or not root.is_root):
            raise LookupError(f"no thread {thread_ts} in {channel} to reply to")
        uploads = tuple(workspace.upload(user=user, name=name, content=content) for name, content in files)
        message = Message(
            channel=channel, ts=workspace.new_ts(), user=user, text=text, thread_ts=thread_ts, files=uploads
        )
        message = workspace.add(message)
        self._feed.posted(message)
        return message

    def person_clicks(self, user: str, message: Message, action_id: str, *, value: str | None = None) -> Delivery:
        """A person presses a button, or picks `value` in a menu, of the message as it stands now.

        Raises:
            LookupError: The message is gone, has no such button, or this person cannot see it.
        """
        now = self._as_seen(user, message)
        ts = self._workspace.new_ts()
        place = Place(
            channel=now.channel,
            user=user,
            source=now.ts,
            source_is_ephemeral=now.ephemeral_to is not None,
        )
        body = payloads.click_body(
            user=user,
            message=now,
            action=_pressed(now, action_id, value),
            identity=self.identity,
            site=self._workspace.site,
            response_url=self._response_urls.issue(place),
            ts=ts,
        )
        return self._socket.deliver("interactive", body)

    def person_commands(self, user: str, channel: str, command: str, text: str = "") -> Delivery:
        """A person types a slash command into a channel.

        Raises:
            ValueError: The channel is no channel id, or the command has no slash.
        """
        if not command.startswith("/"):
            raise ValueError(f"{command!r} is no command: it starts with a slash")
        place = Place(channel=self._workspace.open_channel(channel), user=user)
        body = payloads.command_body(
            user=user,
            channel=channel,
            command=command,
            text=text,
            identity=self.identity,
            response_url=self._response_urls.issue(place),
            ts=self._workspace.new_ts(),
        )
        return self._socket.deliver("slash_commands", body)

    def delete_file(self, file: File) -> None:
        """A person deletes a file: its address now leads to the login page, with HTTP 200."""
        self._workspace.delete_file(file.id)

    def refresh_connections(self) -> None:
        """Slack asks the app to connect anew."""
        self._socket.refresh()

    def wait_for(self, predicate: Callable[[Message], bool], timeout: float = 10.0) -> Message:
        """The first message, ephemerals last, for which the predicate holds, within `timeout` seconds.

        Raises:
            AssertionError: There is none in time; the text shows the messages that there are.
        """
        found: list[Message] = []

        def look() -> bool:
            found[:] = [one for one in (*self.messages(), *self.ephemerals) if predicate(one)][:1]
            return bool(found)

        if not self.wait_until(look, timeout):
            raise AssertionError(f"no such message within {timeout} s; there are:\n{self.transcript()}")
        return found[0]

    def wait_until(self, condition: Callable[[], bool], timeout: float = 10.0) -> bool:
        """Whether the condition came true within `timeout` seconds; it is looked at after each change here."""
        return self._workspace.wait_until(condition, timeout)

    def transcript(self) -> str:
        """What everybody sees, a line for each message, for the text of a failed test."""
        seen = [*self.messages(), *self.ephemerals]
        return "\n".join(f"{one.channel} {one.ts} {one.user}: {one.visible_text[:200]}" for one in seen)

    def _as_seen(self, user: str, message: Message) -> Message:
        if message.ephemeral_to is None:
            found = self._workspace.find(message.channel, message.ts)
        elif message.ephemeral_to == user:
            found = self._workspace.find_ephemeral(message.ts)
        else:
            found = None
        if found is None:
            raise LookupError(f"{user} sees no message {message.ts} in {message.channel}")
        return found

    def _command_answered(self, delivery: Delivery, response: JSON) -> None:
        if delivery.kind != "slash_commands":
            return
        place = Place(channel=delivery.body["channel_id"], user=delivery.body["user_id"])
        try:
            self._response_urls.answer(place, response)
        except Refusal as refusal:
            delivery.response = {"error": refusal.error, "details": list(refusal.details)}


def _pressed(message: Message, action_id: str, value: str | None) -> JSON:
    for element in message.buttons:
        if element["action_id"] != action_id:
            continue
        options = [option for option in element.get("options", []) if option["value"] == value]
        if options:
            return {"type": element["type"], "action_id": action_id, "selected_option": options[0]} | {
                "block_id": element["block_id"]
            }
        if value in (None, element.get("value")):
            kept = ("type", "action_id", "block_id", "text", "value", "style")
            return {name: element[name] for name in kept if name in element}
    there = ", ".join(f"{one['action_id']}={one.get('value')}" for one in message.buttons) or "nothing"
    raise LookupError(f"no {action_id} with value {value} to press; there is {there}")
