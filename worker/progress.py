"""What a person sees while a turn is worked on: the native status line, or one message edited in place."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from bot.events import Thread
from bot.mailbox import Fence
from bot.outbox import Address, Outbox
from bot.presence import Presence
from bot.views.progress import Progress, State, progress
from bot.views.text import duration
from bot.views.view import View

#: A step is shown from then on: the bot has shown the first sign, and every line costs one of Slack's calls.
QUICK_SECONDS = 1.0
WORTH_TELLING_SECONDS = 3.0  #: a model is waited for; less of it is a moment
FADING_SECONDS = 75.0  #: Slack takes a status line away after two minutes
SLOW_SECONDS = 5.0  #: from then on a turn is worth a message of its own, also where there is a status line


@dataclass(slots=True)
class TurnProgress:
    """Shows one turn's progress.

    Attributes:
        outbox: For the message.
        presence: For the status line.
        thread: Where.
        turn: The turn's id.
        fence: The turn's lease.
        clock: Seconds, of a clock that nobody sets.
    """

    outbox: Outbox
    presence: Presence
    thread: Thread
    turn: str
    fence: Fence
    clock: Callable[[], float]
    _begun: float = field(init=False)
    _tools: int = field(init=False, default=0)
    _shown: bool = field(init=False, default=False)
    _lined: bool = field(init=False, default=False)
    _told: float = field(init=False, default=0.0)
    _session: bool = field(init=False, default=False)
    _step: str = field(init=False, default="thinking")

    def __post_init__(self) -> None:
        """Start the clock."""
        self._begun = self.clock()

    def begin(self) -> None:
        """Show that the turn is worked on."""
        self._show("thinking")

    def step(self, tool: str) -> None:
        """Show which tool is called."""
        self._tools += 1
        self._show(tool.replace("_", " "))

    def put_off(self, seconds: float) -> None:
        """Show that a model which has too much to do is asked again in so many seconds; 0 when it is."""
        if seconds >= WORTH_TELLING_SECONDS:
            self._show(f"waiting {duration(seconds)} for the model, which has too much to do")
        elif not seconds and self._step.startswith("waiting"):
            self._show("thinking")

    def stopping(self, tool: str) -> None:
        """Say at once that the end which somebody wants waits for a call that changes something."""
        self._step = tool.replace("_", " ")
        self._put(self._view(self._step, "stopping"), urgent=True)

    def waits(self) -> None:
        """Show what has become slow meanwhile; called again and again while something is waited for."""
        passed = self.clock() - self._begun
        if passed >= QUICK_SECONDS and not self._session:
            self._session = True
            self.presence.session(self.thread, working=True)
        if passed >= SLOW_SECONDS and not self._shown:
            self._show(self._step)
        if self._lined and self.clock() - self._told >= FADING_SECONDS:
            self._line()

    def end(self, state: Literal["done", "failed", "stopped"] = "done") -> None:
        """Clear the status line; a message that was shown says how it ended."""
        if self._session:
            self.presence.session(self.thread, working=False)
        if self._lined:
            self.presence.status(self.thread, "")  # Slack clears it with the answer, unless they overtake each other
        if self._shown or self.outbox.knows(self._entry):  # shown by a worker that handed the turn over, perhaps
            self.outbox.edit(self._entry, self._view("", state), urgent=True, fence=self.fence)

    def abandon(self) -> None:
        """End what another process, which died or failed, may have left standing."""
        self._session = True  # a session of another process would show for an hour that it is at work
        self.end("failed")

    @property
    def _entry(self) -> str:
        return f"turn:{self.turn}:progress"

    def _show(self, step: str) -> None:
        self._step = step
        passed = self.clock() - self._begun
        if self.presence.has_status():
            if passed >= QUICK_SECONDS:
                self._line()
            if passed < SLOW_SECONDS:
                return
        self._put(self._view(step, "working"))

    def _put(self, view: View, *, urgent: bool = False) -> None:
        address = Address(team=self.thread.team, channel=self.thread.channel, thread=self.thread.root)
        if not self.outbox.post(self._entry, address, view, fence=self.fence):
            self.outbox.edit(self._entry, view, urgent=urgent, fence=self.fence)
        self._shown = True

    def _line(self) -> None:
        """Show the status line, or keep it from fading."""
        self._lined, self._told = True, self.clock()
        self.presence.status(self.thread, f"is working: {self._step}…")

    def _view(self, step: str, state: State) -> View:
        seconds = self.clock() - self._begun
        return progress(Progress(step=step, tools=self._tools, seconds=seconds, state=state, turn=self.turn))
