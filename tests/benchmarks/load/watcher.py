"""What arrives in the workspace, and when: seen from where people sit."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from bot.slack import METADATA
from demo.workspace.model import Change, Message
from demo.workspace.workspace import Workspace
from tests.benchmarks.load.verdict import Heard


@dataclass(frozen=True, slots=True)
class Face:
    """How a message of ours looked from a moment on.

    Attributes:
        entry: Its name.
        at: Seconds on the watcher's clock.
        text: Its text.
    """

    entry: str
    at: float
    text: str


class Watcher:
    """Notes every message, edit and sign of life of the app's, in the order in which they came.

    Attributes:
        heard: The messages, as they were posted.
        faces: What each of them said from when on, edits included.
        signs: By thread, when a status line, a reaction or a message appeared.
    """

    def __init__(self, workspace: Workspace, clock: Callable[[], float] = time.monotonic) -> None:
        self._bot = workspace.bot.id
        self._clock = clock
        self._changed = threading.Condition()
        self.heard: list[Heard] = []
        self.faces: list[Face] = []
        self.signs: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.alone = 0
        self.stop = workspace.subscribe(self._note)

    def now(self) -> float:
        """Seconds on the clock by which everything is noted."""
        return self._clock()

    def wait_for(self, reached: Callable[[], bool], *, seconds: float) -> bool:
        """Wait until `reached`, which is asked again after every change; False when it was not in time."""
        with self._changed:
            return self._changed.wait_for(reached, seconds)

    def _note(self, change: Change) -> None:
        message = change.message
        with self._changed:
            match change.kind:
                case "posted" if message and message.user == self._bot:
                    self._posted(message)
                case "edited" if message and message.user == self._bot:
                    self.faces.append(Face(_entry(message), self._clock(), message.text))
                case "ephemeral":
                    self.alone += 1
                    return
                case "reaction" if message and change.reaction and change.reaction[1] == self._bot:
                    self.signs[change.channel, message.root].append(self._clock())
                case "status" if change.status and change.status.text:
                    self.signs[change.channel, change.thread_ts].append(self._clock())
                case _:
                    return
            self._changed.notify_all()

    def _posted(self, message: Message) -> None:
        at = self._clock()
        self.heard.append(Heard(_entry(message), (message.channel, message.root), at, message.text))
        self.faces.append(Face(_entry(message), at, message.text))
        self.signs[message.channel, message.root].append(at)


def _entry(message: Message) -> str:
    metadata = message.metadata or {}
    named = metadata.get("event_type") == METADATA
    return str(metadata["event_payload"]["entry"]) if named else f"unnamed:{message.channel}:{message.ts}"
