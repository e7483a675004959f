"""Journalled tool calls: made once, also across a crash."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from tools import deadline
from tools.errors import ToolError, Unavailable
from tools.spec import Done, Effect, NotDone
from worker.agent.guard import Guard, Request, bounded
from worker.agent.journal import Journal, Outcome, Status

Afterwards = Callable[[Request, Outcome], None]


@dataclass(frozen=True, slots=True)
class Calls:
    """Makes the tool calls of one piece of work.

    Attributes:
        guard: What stands round every call.
        journal: What was called before.
        afterwards: What follows from a call that is done (a run gets its card); may be repeated after a crash.
    """

    guard: Guard
    journal: Journal
    afterwards: Afterwards

    def make(self, call_id: str, request: Request) -> Outcome:
        """Make a call, or give what it gave before.

        A call that was begun before a crash and whose end nobody wrote down is asked for first (`probe`); when nobody
        can tell, it is not made again and the outcome says what a person should look at.

        Raises:
            Stale: The lease has passed to somebody else; nothing was done.
        """
        before = self.journal.begin(call_id)
        if before.outcome is not None:
            return before.outcome
        outcome = self._probed(request) if before.started else None
        return self._noted(call_id, request, outcome) if outcome else self._kept(call_id, request, self._made(request))

    def found(self, call_id: str, request: Request) -> Outcome | None:
        """What became of a call that may have been made before; None when nothing came of it.

        Raises:
            Stale: The lease has passed to somebody else.
            tools.errors.Unavailable: Nobody can tell now; it can be asked again.
        """
        before = self.journal.begin(call_id)
        known = before.outcome
        if not before.started or (known is not None and known.status is not Status.UNKNOWN):
            return known
        outcome = self._asked(request)
        return self._noted(call_id, request, outcome) if outcome else known

    def _noted(self, call_id: str, request: Request, outcome: Outcome) -> Outcome:
        """Write down what was found out; the crash may have come before the record of the call, too."""
        self.guard.record(request, outcome=str(outcome.status))
        return self._kept(call_id, request, outcome)

    def _kept(self, call_id: str, request: Request, outcome: Outcome) -> Outcome:
        changed = outcome.status is Status.DONE and request.tool.effect is not Effect.READ
        outcome = replace(outcome, change=changed)
        if outcome.status is Status.DONE:
            self.afterwards(request, outcome)
        self.journal.finish(call_id, outcome)
        return outcome

    def _made(self, request: Request) -> Outcome:
        """What a call gives; a change whose answer never came is looked for at once."""
        outcome = self.guard.call(request)
        if outcome.status is not Status.UNKNOWN:
            return outcome
        found = self._probed(request)
        return found if found and found.status is Status.DONE else outcome

    def _probed(self, request: Request) -> Outcome | None:
        try:
            return self._asked(request)
        except Unavailable:
            return _unknown(request.tool.name, "the system it works on")

    def _asked(self, request: Request) -> Outcome | None:
        tool = request.tool
        if tool.effect is Effect.READ or tool.probe is None:
            return None
        try:
            arguments = tool.arguments.model_validate(request.arguments)
            with deadline.within(tool.timeout):
                found = tool.probe(arguments, self.guard.backends, request.call)
        except Unavailable:
            raise
        except (ToolError, ValueError):
            return _unknown(tool.name, "the system it works on")
        match found:
            case Done(result):
                return Outcome(Status.DONE, bounded(result.text), result.data.model_dump(mode="json"))
            case NotDone():
                return None
            case _:
                return _unknown(tool.name, found.look_at)


def _unknown(name: str, look_at: str) -> Outcome:
    text = f"I was interrupted during `{name}` and cannot tell whether it happened. Please look at {look_at}."
    return Outcome(Status.UNKNOWN, text)
