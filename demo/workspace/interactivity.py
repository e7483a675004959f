"""What the workspace needs of the app's side: somebody who takes what people press, and says how it ended."""

from concurrent.futures import Future
from typing import Protocol

from demo.workspace.model import JSON, Acknowledgement, Channel, Message, Person, View


class NotAllowed(Exception):
    """The person cannot do this; the text says why, for that person to read."""


class Interactivity(Protocol):
    """Where clicks, commands and modals go: the delivery to the app. Each future is done within a few seconds."""

    def clicked(self, person: Person, message: Message, action: JSON) -> "Future[Acknowledgement]":
        """Send a `block_actions` payload of a message."""

    def commanded(self, person: Person, channel: Channel, command: str, text: str) -> "Future[Acknowledgement]":
        """Send a slash command."""

    def clicked_in(self, person: Person, view: View, action: JSON) -> "Future[Acknowledgement]":
        """Send a `block_actions` payload of a modal."""

    def submitted(self, person: Person, view: View) -> "Future[Acknowledgement]":
        """Send a `view_submission` payload; the answer's body says what is to happen to the modal."""

    def closed(self, person: Person, view: View, *, cleared: bool) -> "Future[Acknowledgement]":
        """Send a `view_closed` payload; `cleared` says that the whole stack was closed."""


def done(acknowledgement: Acknowledgement) -> "Future[Acknowledgement]":
    """An outcome that is known already."""
    known: Future[Acknowledgement] = Future()
    known.set_result(acknowledgement)
    return known


def undelivered() -> "Future[Acknowledgement]":
    """The outcome of what no app is there to take."""
    return done(Acknowledgement(ok=False, error="dispatch_failed"))
