"""An app of a few lines on the other side of the workspace: it keeps what people pressed, and says what it is told."""

import itertools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from demo.workspace import seed
from demo.workspace.model import Acknowledgement, Channel, Message, Person
from demo.workspace.workspace import Workspace

JSON = dict[str, Any]


class PageApp:
    """Answers clicks and commands at once, in the caller's thread.

    Attributes:
        clicks: (user id, action) of every click, in order.
        commands: (user id, command, text) of every command, in order.
        on_click: What else happens at a click.
        on_command: What else happens at a command.
        acknowledgement: How it answers both.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.clicks: list[tuple[str, JSON]] = []
        self.commands: list[tuple[str, str, str]] = []
        self.on_click: Callable[[Person, Message, JSON], object] = lambda *_: None
        self.on_command: Callable[[Person, Channel, str], object] = lambda *_: None
        self.acknowledgement = Acknowledgement(ok=True)
        self._block_ids = itertools.count(1)
        self._lock = threading.Lock()

    def clicked(self, person: Person, message: Message, action: JSON) -> "Future[Acknowledgement]":
        """Take a click."""
        with self._lock:
            self.clicks.append((person.id, action))
        self.on_click(person, message, action)
        return self._answer()

    def commanded(self, person: Person, channel: Channel, command: str, text: str) -> "Future[Acknowledgement]":
        """Take a command."""
        with self._lock:
            self.commands.append((person.id, command, text))
        self.on_command(person, channel, text)
        return self._answer()

    def says(
        self,
        channel: str,
        text: str,
        blocks: Sequence[JSON] = (),
        *,
        thread: str | None = None,
        only_to: str | None = None,
    ) -> Message:
        """Post as the bot, or show to one person alone."""
        known = tuple({"block_id": f"b{next(self._block_ids)}", **block} for block in blocks)
        workspace = self.workspace
        message = Message(
            channel, workspace.next_ts(), seed.BOT, text, known, thread_ts=thread, bot_id="B0T", ephemeral_to=only_to
        )
        return workspace.show(message) if only_to else workspace.add(message)

    def _answer(self) -> "Future[Acknowledgement]":
        answered: Future[Acknowledgement] = Future()
        answered.set_result(self.acknowledgement)
        return answered


def button(action: str, label: str, **more: object) -> JSON:
    """A button element."""
    return {"type": "button", "action_id": action, "text": {"type": "plain_text", "text": label}, **more}


def section(text: str, **more: object) -> JSON:
    """A section block of mrkdwn."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}
