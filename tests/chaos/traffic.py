"""People at work: numbered questions, changes, commands and presses in several threads, and what they see of us."""

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace

from demo.workspace import seed
from demo.workspace.model import Acknowledgement, Change, Message
from demo.workspace.workspace import Workspace
from tests.chaos.verdict import Asked, Kind, Said

PEOPLE = ("alice", "bob")
PIPELINE = "numbered"
SOURCE = f'''import time

from prefect import flow, task


@task
def waiting(seconds: float) -> None:
    time.sleep(seconds)


@flow(name="{PIPELINE}")
def numbered(number: int = 0, seconds: float = 0.0) -> int:
    """Wait a while, and give the number back."""
    waiting(seconds)
    return number
'''


class Room:
    """A channel in which people talk to Trainmaster, from one run of a scenario to the next.

    Args:
        workspace: Where it is.
        name: Without `#`; made when missing.
    """

    def __init__(self, workspace: Workspace, name: str) -> None:
        found = [channel for channel in workspace.channels if channel.name == name]
        members = (*PEOPLE, "carol", seed.BOT)
        self.channel = found[0] if found else workspace.create_channel(name, members)


class Traffic:
    """What people do in one run of a scenario, and what they see; everything in the order in which it happens.

    Args:
        workspace: Where they do it.
        numbers: Gives each thing done a number of its own.
    """

    def __init__(self, workspace: Workspace, numbers: "itertools.count[int]") -> None:
        self._workspace = workspace
        self._numbers = numbers
        self._lock = threading.Lock()
        self._said: list[Said] = []
        self._asked: list[Asked] = []
        self._pending: dict[int, Future[Acknowledgement]] = {}
        self._leave = workspace.subscribe(self._noticed)

    def close(self) -> None:
        """Look no further."""
        self._leave()

    @property
    def said(self) -> list[Said]:
        """What was seen of us."""
        with self._lock:
            return list(self._said)

    @property
    def asked(self) -> list[Asked]:
        """What was asked for; a click or command that Slack said was refused is marked."""
        return [self._settled(one) for one in self._asked]

    def question(
        self, channel: str, *, user: str = "alice", root: str | None = None, about: str = "list pipelines"
    ) -> Message:
        """Ask something that needs one read."""
        return self._message(Kind.QUESTION, next(self._numbers), channel, f"@trainmaster {about}", user=user, root=root)

    def change(self, channel: str, *, user: str = "alice", root: str | None = None, seconds: float = 0) -> Message:
        """Ask for a run."""
        number = next(self._numbers)
        lasting = f" and seconds {seconds:g}" if seconds else ""
        text = f"@trainmaster run {PIPELINE} with number {number}{lasting}"
        return self._message(Kind.CHANGE, number, channel, text, user=user, root=root)

    def share(self, channel: str, *, user: str = "alice") -> Message:
        """Share the pipeline's source."""
        files = ((f"{PIPELINE}.py", SOURCE.encode()),)
        return self._message(
            Kind.FILE, next(self._numbers), channel, "@trainmaster onboard this", user=user, root=None, files=files
        )

    def command(self, channel: str, *, user: str = "alice", starting: bool = False) -> None:
        """Type a command that reads, or one that starts a run."""
        number = next(self._numbers)
        line = f"/mlops run {PIPELINE} number={number}" if starting else f"/mlops status nosuch-{number:05}"
        kind = Kind.STARTING_COMMAND if starting else Kind.COMMAND
        self._done(kind, number, channel, user)
        self._pending[number] = self._workspace.command(user, channel, line)

    def press(self, card: Message, action: str, *, user: str = "alice") -> None:
        """Press a button that reads. At most one press of a person in a thread can be told from another."""
        number = next(self._numbers)
        self._done(Kind.PRESS, number, f"{card.channel}:{card.root}", user)
        self._pending[number] = self._workspace.click(user, card, action)

    def decide(self, card: Message, proposal: str, action: str, *, user: str) -> Future[Acknowledgement]:
        """Press a button of a proposal's card.

        Returns:
            Whether Slack says that it was taken, within seconds.

        Raises:
            demo.workspace.workspace.NotAllowed: The card has no such button any more.
        """
        number = next(self._numbers)
        pressed = self._workspace.click(user, card, action)
        self._done(Kind.DECISION, number, f"{card.channel}:{card.root}", user, proposal=proposal)
        self._pending[number] = pressed
        return pressed

    def _message(
        self,
        kind: Kind,
        number: int,
        channel: str,
        text: str,
        *,
        user: str,
        root: str | None,
        files: tuple[tuple[str, bytes], ...] = (),
    ) -> Message:
        at = time.monotonic()
        message = self._workspace.post(user, channel, text, root, files)
        turn = f"{seed.TEAM}-{message.channel}-{message.ts}"
        self._asked.append(Asked(number, kind, f"{message.channel}:{message.root}", message.user, turn, at))
        return message

    def _done(self, kind: Kind, number: int, place: str, user: str, *, proposal: str = "") -> None:
        person = self._workspace.person(user).id
        self._asked.append(Asked(number, kind, place, person, "", time.monotonic(), proposal=proposal))

    def _settled(self, one: Asked) -> Asked:
        pending = self._pending.get(one.number)
        if pending is None or not pending.done() or pending.result().ok:
            return one
        return replace(one, accepted=False)

    def _noticed(self, change: Change) -> None:
        message = change.message
        if change.kind not in {"posted", "ephemeral"} or message is None or message.user != seed.BOT:
            return
        payload = (message.metadata or {}).get("event_payload") or {}
        said = Said(
            at=time.monotonic(),
            thread=f"{message.channel}:{message.root}",
            ts=message.ts,
            entry=str(payload.get("entry") or ""),
            text="\n".join(words(message)),
            to=message.ephemeral_to or "",
        )
        with self._lock:
            self._said.append(said)


def words(message: Message) -> Iterator[str]:
    """Everything that a message says, its blocks included."""
    yield message.text
    for block in message.blocks:
        yield from _texts(block)


def _texts(part: object) -> Iterator[str]:
    match part:
        case dict():
            for name, value in part.items():
                if name == "text" and isinstance(value, str):
                    yield value
                else:
                    yield from _texts(value)
        case list() | tuple():
            for value in part:
                yield from _texts(value)
