"""Journalled tool calls: made once, also across a crash."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tools.errors import BadArguments, ToolError, Unavailable
from tools.spec import Backends, Call, Done, Effect, NotDone, Tool, ToolResult
from worker.agent.guard import SYSTEM, Guard, Request, bounded
from worker.agent.journal import Journal, Outcome, Status

Afterwards = Callable[[Request, Outcome], None]

#: Who died in a change may have died together with the system that was changed, which takes a while to be back.
PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 1.0  #: between two looks whether it is

#: How a call ends by an error that says nothing was changed; true only of what came before the change.
ERRORS = frozenset({Status.FAILED, Status.BAD_ARGUMENTS, Status.REFUSED})


@dataclass(frozen=True, slots=True)
class Calls:
    """Makes the tool calls of one piece of work.

    Attributes:
        guard: What stands round every call.
        journal: What was called before.
        afterwards: What follows from a call that is done (a run gets its card); may be repeated after a crash.
        pause: Lets so many seconds pass; raises what ends the work meanwhile.
        clock: Seconds, of a clock that nobody sets.
    """

    guard: Guard
    journal: Journal
    afterwards: Afterwards
    pause: Callable[[float], None]
    clock: Callable[[], float]

    def make(self, call_id: str, request: Request) -> Outcome:
        """Make a call, or give what it gave before.

        A call that was begun before a crash and whose end nobody wrote down is asked for first (`probe`), for half a
        minute where the system is away; when nobody can tell, it is not made again and the outcome says what a person
        should look at.

        Raises:
            Stale: The lease has passed to somebody else; nothing was done.
            Draining: This process stops while it waits for a system; another one goes on.
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
        try:
            outcome = self._asked(request)
        except Unavailable:
            raise
        except ToolError:
            outcome = _unknown(request.tool.name, SYSTEM)
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
        """What a call gives; a change that ended in no answer, or in an error of its own, is looked for at once."""
        entered: list[bool] = []
        outcome = self.guard.call(replace(request, tool=_noting(request.tool, entered)))
        if request.tool.effect is Effect.READ or not entered or outcome.status not in {Status.UNKNOWN, *ERRORS}:
            return outcome
        return self._looked_for(request, outcome)

    def _looked_for(self, request: Request, outcome: Outcome) -> Outcome:
        """How a change ended whose function raised an error: that may have come after the change was made."""
        try:
            found = self._asked(request)
        except Unavailable:
            found = _unknown(request.tool.name, SYSTEM)
        except ToolError as exc:
            if request.approved is None and _same_kind(exc, outcome):
                return outcome  # what kept it from being done keeps it from being looked for
            found = _unknown(request.tool.name, SYSTEM)
        if found is None or (found.status is not Status.DONE and outcome.status is Status.UNKNOWN):
            return outcome
        self.guard.record(request, outcome=str(found.status))
        return found if found.status is Status.DONE else replace(found, text=f"{outcome.text} {found.text}")

    def _probed(self, request: Request) -> Outcome | None:
        deadline = self.clock() + PATIENCE_SECONDS
        while True:
            try:
                return self._asked(request)
            except Unavailable:
                if self.clock() > deadline:
                    return _unknown(request.tool.name, SYSTEM)
                self.pause(PAUSE_SECONDS)
            except ToolError:
                return _unknown(request.tool.name, SYSTEM)

    def _asked(self, request: Request) -> Outcome | None:
        """What came of a call; None when nothing did.

        Raises:
            tools.errors.ToolError: It cannot be told.
        """
        match found := self.guard.probe(request):
            case Done(result):
                return Outcome(Status.DONE, bounded(result.text), result.data.model_dump(mode="json"))
            case NotDone():
                return None
            case _:
                return _unknown(request.tool.name, found.look_at)


def _noting(tool: Tool, entered: list[bool]) -> Tool:
    """The tool, which notes that its function was entered: what comes before that changes nothing."""

    def function(args: Any, backends: Backends, call: Call, /) -> ToolResult:
        entered.append(True)
        return tool.function(args, backends, call)

    return replace(tool, function=function)


def _same_kind(error: ToolError, outcome: Outcome) -> bool:
    kind = Status.BAD_ARGUMENTS if isinstance(error, BadArguments) else Status.REFUSED
    return outcome.status is kind


def _unknown(name: str, look_at: str) -> Outcome:
    text = f"I was interrupted during `{name}` and cannot tell whether it happened. Please look at {look_at}."
    return Outcome(Status.UNKNOWN, text)
