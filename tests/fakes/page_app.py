"""An app of a few lines on the other side of the workspace: it keeps what people pressed, and says what it is told."""

import itertools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from demo.workspace import seed
from demo.workspace.model import Acknowledgement, Channel, Message, Person, View
from demo.workspace.workspace import Workspace

JSON = dict[str, Any]


class PageApp:
    """Answers clicks and commands at once, in the caller's thread.

    Attributes:
        clicks: (user id, action) of every click, in order.
        commands: (user id, command, text) of every command, in order.
        submissions: Every submitted view, in order.
        closings: (view, whether the whole stack was closed) of every closing the app asked to be told of.
        on_click: What else happens at a click.
        on_command: What else happens at a command.
        on_click_in: What else happens at a click in a modal.
        on_submit: What else happens at a submission.
        acknowledgement: How it answers everything.
        pending: The answer to submissions, to be given later by the test; None to answer at once.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.clicks: list[tuple[str, JSON]] = []
        self.commands: list[tuple[str, str, str]] = []
        self.submissions: list[View] = []
        self.closings: list[tuple[View, bool]] = []
        self.on_click: Callable[[Person, Message, JSON], object] = lambda *_: None
        self.on_click_in: Callable[[Person, View, JSON], object] = lambda *_: None
        self.on_submit: Callable[[Person, View], object] = lambda *_: None
        self.on_command: Callable[[Person, Channel, str], object] = lambda *_: None
        self.acknowledgement = Acknowledgement(ok=True)
        self.pending: Future[Acknowledgement] | None = None
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

    def clicked_in(self, person: Person, view: View, action: JSON) -> "Future[Acknowledgement]":
        """Take a click in a modal."""
        with self._lock:
            self.clicks.append((person.id, action))
        self.on_click_in(person, view, action)
        return self._answer()

    def submitted(self, person: Person, view: View) -> "Future[Acknowledgement]":
        """Take a submission."""
        with self._lock:
            self.submissions.append(view)
        self.on_submit(person, view)
        return self.pending or self._answer()

    def closed(self, person: Person, view: View, *, cleared: bool) -> "Future[Acknowledgement]":
        """Take notice of a closing."""
        with self._lock:
            self.closings.append((view, cleared))
        return self._answer()

    def opens(self, user: str, view: JSON) -> View:
        """Open a modal on somebody's screen."""
        return self.workspace.modals.views.open(self.workspace.person(user).id, view)

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
