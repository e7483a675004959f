"""A bot as small as can be, built with slack_bolt: shows that the stand-in speaks to the real library."""

import logging
import threading
import urllib.request
from types import TracebackType
from typing import Any, Self

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from tests.fakes.minimal_slack import MinimalSlack

JSON = dict[str, Any]
BUTTON: JSON = {
    "type": "actions",
    "elements": [
        {"type": "button", "action_id": "go", "value": "1", "text": {"type": "plain_text", "text": "Go"}},
    ],
}


class ToyBot:
    """Answers mentions with a button, reads files, and keeps what it received.

    Args:
        slack: Where to connect.
        deaf_for: How many events to leave unacknowledged at first.
    """

    def __init__(self, slack: MinimalSlack, *, deaf_for: int = 0) -> None:
        self.client = WebClient(token=slack.bot_token, base_url=slack.api_url)
        self.received: list[JSON] = []
        self.retries: list[str | None] = []
        self._deaf_for = deaf_for
        app = App(client=self.client, process_before_response=True, logger=_quiet())
        app.middleware(self._note)
        app.event("app_mention")(self._mentioned)
        app.event("message")(self._heard)
        app.action("go")(self._clicked)
        app.command("/toy")(self._commanded)
        self._handler = SocketModeHandler(app, slack.app_token)
        self._greeted = threading.Event()
        self._handler.client.on_message_listeners.append(lambda _message: self._greeted.set())

    def __enter__(self) -> Self:
        self._handler.connect()  # type: ignore[no-untyped-call]  # slack_bolt leaves it untyped
        assert self._greeted.wait(10), "slack_sdk can close only a session that has begun to read"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._handler.close()  # type: ignore[no-untyped-call]  # slack_bolt leaves it untyped
        except AttributeError:  # slack_sdk closed the same socket in a thread of its own
            self._handler.close()  # type: ignore[no-untyped-call]  # the same

    def play_deaf(self, times: int) -> None:
        """Leave the next bodies unacknowledged."""
        self._deaf_for = times

    def events(self, kind: str) -> list[JSON]:
        """The bodies of all events of one type, in order of arrival."""
        return [body for body in self.received if body.get("event", {}).get("type") == kind]

    def _note(self, body: JSON, request: Any, next: Any) -> None:  # noqa: A002 - the name that Bolt injects
        self.received.append(body)
        self.retries.append(request.headers.get("x-slack-retry-num", [None])[0])
        if self._deaf_for > 0:
            self._deaf_for -= 1
            raise TimeoutError("the toy bot plays deaf")
        next()

    def _mentioned(self, event: JSON) -> None:
        self.client.chat_postMessage(
            channel=event["channel"],
            thread_ts=event.get("thread_ts") or event["ts"],
            text="Shall I?",
            blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": "Shall I?"}}, BUTTON],
            unfurl_links=False,
            unfurl_media=False,
        )

    def _heard(self, event: JSON) -> None:
        for file in event.get("files", ()):
            request = urllib.request.Request(
                file["url_private_download"], headers={"Authorization": f"Bearer {self.client.token}"}
            )
            with urllib.request.urlopen(request, timeout=5) as answer:
                size = len(answer.read())
            self.client.chat_postEphemeral(
                channel=event["channel"], user=event["user"], text=f"{file['name']}: {size} bytes"
            )

    def _clicked(self, ack: Any, body: JSON, respond: Any) -> None:
        ack()
        message = body["message"]
        self.client.chat_update(
            channel=body["channel"]["id"], ts=message["ts"], text=f"Done for {body['user']['id']}", blocks=[]
        )
        respond("Only you see this")

    def _commanded(self, ack: Any, command: JSON, respond: Any) -> None:
        ack(f"You typed {command['text']}")
        respond({"response_type": "in_channel", "text": f"{command['command']} was used"})


def _quiet() -> logging.Logger:
    logger = logging.getLogger("toy-bot")
    logger.setLevel(logging.CRITICAL)
    return logger
