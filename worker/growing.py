"""An answer that is shown while the model writes it, where that takes some seconds.

It is one message of the outbox, `turn:…:answer:0`, that gets new faces while it grows and the answer as its last one;
whoever takes the turn over after a crash goes on with the same message. Only whole lines leave, looked through from the
beginning of the text, so that no secret is cut in two; and none of a table or a block of code that is not complete.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.hiding import Hiding
from bot.mailbox import Fence
from bot.outbox import Address, Outbox
from bot.views.blocks import context
from bot.views.reply import growing
from bot.views.text import FENCE
from bot.views.view import View

WORTH_SECONDS = 2.0  #: a message of the model that is written for longer is shown meanwhile
PACE_SECONDS = 1.0
SHORTEST = 60  #: characters that are worth a beginning
BROKEN_OFF = "This answer was broken off here."


@dataclass(slots=True)
class Growing:
    """The words of one turn's answer while they are written.

    Attributes:
        outbox: Where the message lies.
        entry: Its name.
        address: Where it goes.
        reader: Who asked.
        fence: The turn's lease.
        hide: Takes secrets out.
        show: What is read of a text by people: names in the place of ids.
        hosts: Where links may lead.
        clock: Seconds, of a clock that nobody sets.
    """

    outbox: Outbox
    entry: str
    address: Address
    reader: str
    fence: Fence
    hide: Hiding
    show: Callable[[str], str]
    hosts: tuple[str, ...]
    clock: Callable[[], float]
    _written: tuple[str, float] = field(init=False, default=("", 0.0))  # the words so far, and since when
    _done: str = field(init=False, default="")
    _parts: list[str] = field(init=False, default_factory=list)
    _next: float = field(init=False, default=0.0)
    _view: View | None = field(init=False, default=None)

    def hear(self, words: str) -> None:
        """Take in all words so far, of whatever thread; without words the message begins anew, or is no answer."""
        before, since = self._written
        self._written = (words, since if before else self.clock())

    def look(self) -> None:
        """Show what can be shown by now; called again and again by the turn's own thread."""
        (words, since), now = self._written, self.clock()
        if not words:
            self._done, self._parts = "", []
        elif now - since >= WORTH_SECONDS and now >= self._next:
            self._next = now + PACE_SECONDS
            self._grow(self.hide.settled(words))

    def rest(self) -> None:
        """Hold no stream while something else is done: what was written was no answer yet."""
        self._written, self._done, self._parts = ("", 0.0), "", []
        if self._view is not None:
            self.outbox.edit(self.entry, self._view, fence=self.fence)
            self._view = None

    def _grow(self, settled: str) -> None:
        part = whole(settled[len(self._done) :]) if settled.startswith(self._done) else ""
        if len(part.strip()) < (1 if self._parts else SHORTEST):
            return
        self._done += part
        self._parts.append(self.show(part))
        try:
            self._view = growing(self._parts, self.hosts)
        except ValueError:  # the rest comes with the whole answer
            return
        if not self.outbox.post(self.entry, self.address, self._view, fence=self.fence, grows=self.reader):
            self.outbox.edit(self.entry, self._view, fence=self.fence, grows=self.reader)


def break_off(outbox: Outbox, entry: str, *, fence: Fence) -> None:
    """End a message that grew and will not be completed; what it says stays, and that it is not all."""
    view = outbox.unfinished(entry)
    if view is not None:
        ended = View(text=f"{view.text}\n\n{BROKEN_OFF}", blocks=[*view.blocks, context(BROKEN_OFF)])
        outbox.edit(entry, ended, urgent=True, fence=fence)


def whole(lines: str) -> str:
    """The lines up to where no block of code and no table is cut in two."""
    end = place = 0
    inside = False
    for line in lines.splitlines(keepends=True):
        place += len(line)
        inside ^= line.lstrip().startswith((FENCE, "~~~"))
        if not inside and "|" not in line:
            end = place
    return lines[:end]
