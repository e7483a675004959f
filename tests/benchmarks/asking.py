"""People who ask in a local workspace, and the time until they are answered."""

import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from demo.workspace import seed
from demo.workspace.model import Change
from demo.workspace.workspace import Workspace

ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer.

    Attributes:
        channel: Where.
        thread: The root's `ts`.
        asked: When it was posted, in monotonic seconds.
        noticed: When the person first saw that it was taken in; `answered` where nothing came before the answer.
        answered: When the answer was there.
    """

    channel: str
    thread: str
    asked: float
    noticed: float
    answered: float

    @property
    def seconds(self) -> float:
        """From question to answer."""
        return self.answered - self.asked


class Asker:
    """Alice, in many channels: Slack takes one message a second in each, and that limit is not what is measured.

    Args:
        workspace: Where.
        channels: How many channels to make.
    """

    def __init__(self, workspace: Workspace, *, channels: int) -> None:
        self._workspace = workspace
        made = [workspace.create_channel(f"bench-{n}", (seed.HUMANS[0], seed.BOT)).id for n in range(channels)]
        self._channels = itertools.cycle(made)
        self._noticed: dict[str, float] = {}
        self._answered: dict[str, float] = {}
        self._news = threading.Condition()
        workspace.subscribe(self._told)

    def ask(self, text: str) -> Exchange:
        """Ask in a thread of its own and wait for the answer.

        Raises:
            TimeoutError: There was none.
        """
        channel = next(self._channels)
        asked = time.monotonic()
        message = self._workspace.post(seed.HUMANS[0], channel, f"@trainmaster {text}")
        with self._news:
            if not self._news.wait_for(lambda: message.ts in self._answered, ANSWER_SECONDS):
                raise TimeoutError(f"no answer within {ANSWER_SECONDS:.0f} s: {text}")
            answered = self._answered[message.ts]
            noticed = min(self._noticed.get(message.ts, answered), answered)
        return Exchange(channel, message.ts, asked, noticed, answered)

    def ask_each(self, texts: Sequence[str], *, pause: float) -> list[Exchange]:
        """Ask one thing after the other.

        Args:
            texts: What.
            pause: Seconds after each answer, so that what follows it does not fall on the next question.
        """
        exchanges = []
        for text in texts:
            exchanges.append(self.ask(text))
            time.sleep(pause)
        return exchanges

    def _told(self, change: Change) -> None:
        at = time.monotonic()
        with self._news:
            ours = change.message is not None and change.message.user == seed.BOT
            if change.kind == "posted" and ours and change.message is not None and change.message.is_reply:
                self._answered.setdefault(change.message.root, at)
                self._news.notify_all()
            elif change.kind == "status" and change.status is not None:
                self._noticed.setdefault(change.thread_ts, at)
