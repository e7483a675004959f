"""The agent loop: the model thinks, tools act, until there is an answer; every step is checkpointed before the next.

Why LangGraph with `durability="sync"`: the default lets a tool run before the checkpoint that asked for it is stored.
Why no `interrupt()`: an approval is a record of its own, and the conversation goes on meanwhile.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol, TypedDict

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from tools.spec import Tool
from worker.agent.gemini.answers import ASKED
from worker.agent.journal import Outcome, Status
from worker.agent.limits import UNCOUNTED, BudgetSpent, Cancelled, Draining, Hear, Heed, Limits, nothing, unheard
from worker.agent.model import INSTEAD, Thinker, tokens_of, with_lost, without_paying

MakeCall = Callable[[str, str, dict[str, Any]], Outcome]  #: call id, tool name, arguments
RECURSIONS = 250  #: LangGraph's own net, far above what the limits allow


class Account(Protocol):
    """Where what a turn spends is counted, beyond its own limits."""

    def allow(self) -> None:
        """Allow one more step, by whoever takes it.

        Raises:
            BudgetSpent: There is nothing left to spend it from.
        """

    def pay(self, messages: Sequence[AnyMessage]) -> None:
        """Allow one more step by a model that somebody pays for.

        Raises:
            BudgetSpent: There is nothing left to pay it from.
        """

    def thought(self, message: AIMessage, *, seconds: float) -> None:
        """Count a message of the model."""

    def called(self, *, seconds: float) -> None:
        """Count a call of a tool."""


class Unlimited:
    """An account on which nothing is counted."""

    def allow(self) -> None:
        """See `Account`."""

    def pay(self, messages: Sequence[AnyMessage]) -> None:
        """See `Account`."""

    def thought(self, message: AIMessage, *, seconds: float) -> None:
        """See `Account`."""

    def called(self, *, seconds: float) -> None:
        """See `Account`."""


class State(TypedDict):
    """One turn under way.

    `messages` are this turn's only; what was said before in the thread is given to each model call beside them.
    """

    messages: Annotated[list[AnyMessage], add_messages]
    calls: int
    model_seconds: float
    seconds: float
    tokens: int


@dataclass(frozen=True, slots=True)
class _Given:
    """What the steps of one turn work with and no checkpoint keeps: what was said before, and the way to the tools."""

    before: Sequence[AnyMessage]
    make_call: MakeCall
    heed: Heed
    hear: Hear
    account: Account
    limits: Limits
    put_off: Callable[[float], None]


@dataclass(slots=True)
class _Attempts:
    """The attempts at one message: those that came to nothing are paid for at once.

    Attributes:
        account: By whom.
        put_off: Told when the next one is made.
        paid: What is left of them.
        unlooked: Whether nobody has looked since then whether there may be another.
    """

    account: Account
    put_off: Callable[[float], None]
    paid: list[AIMessage] = field(default_factory=list)
    unlooked: bool = False

    def lost(self, message: AIMessage) -> None:
        """See `Attempts`."""
        self.account.thought(message, seconds=0.0)
        self.paid.append(message)
        self.unlooked = True


Graph = CompiledStateGraph[State, _Given, State, State]


@dataclass(frozen=True, slots=True)
class Answered:
    """A finished turn.

    Attributes:
        text: The answer, Markdown.
        messages: Everything of this turn, to be remembered.
        tools: Names of the tools called, in order.
        seconds: Of work, over all attempts.
        model: Which model answered; empty when it did not say.
        tokens: What the model read and wrote, as far as somebody pays for it.
        note: Why it was another model than the one that is asked first; empty when it was that one.
    """

    text: str
    messages: tuple[AnyMessage, ...]
    tools: tuple[str, ...]
    seconds: float
    model: str = ""
    tokens: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Loop:
    """Runs turns.

    Attributes:
        thinker: The model.
        tools: What it may ask for.
        limits: What a turn may spend.
        clock: Seconds, of a clock that nobody sets (`time.monotonic`); what was spent before a crash is kept.
        stopping: Whether this process is to stop.
    """

    thinker: Thinker
    tools: tuple[Tool, ...]
    limits: Limits
    clock: Callable[[], float]
    stopping: Callable[[], bool]
    _graph: Graph = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile the graph once for all turns: that takes longer than a step of it."""
        object.__setattr__(self, "_graph", self._compiled())

    def run(
        self,
        turn: str,
        *,
        system: str,
        history: Sequence[AnyMessage],
        asked: str,
        saver: BaseCheckpointSaver[str],
        make_call: MakeCall,
        heed: Heed = nothing,
        hear: Hear = unheard,
        account: Account | None = None,
        limits: Limits | None = None,
        put_off: Callable[[float], None] = UNCOUNTED.put_off,
    ) -> Answered:
        """Run a turn to its end, or go on where it was left.

        Args:
            turn: The turn's id; its checkpoints are kept under it.
            system: The rules.
            history: What was said before in this thread.
            asked: What the person said.
            saver: Where checkpoints go.
            make_call: Makes one tool call.
            heed: Raises what is to end the turn, before each step and while the model is waited for.
            hear: Told the words of each message of the model while they are written.
            account: Where what is spent is counted.
            limits: What this turn may spend, where that is not the usual.
            put_off: Told in how many seconds the model is asked again, where it has too much to do.

        Raises:
            Stop: A budget is spent, the model is away, or this process stops (then call again elsewhere).
            bot.errors.Stale: The lease has passed to somebody else.
        """
        graph = copy(self._graph)  # shallow: each turn has a checkpointer of its own, with its own lease
        graph.checkpointer = saver
        given = _Given(
            [SystemMessage(system), *history],
            make_call,
            heed,
            hear,
            account or Unlimited(),
            limits or self.limits,
            put_off,
        )
        config: RunnableConfig = {"configurable": {"thread_id": turn}, "recursion_limit": RECURSIONS}
        fresh: State = {
            "messages": [HumanMessage(asked)],
            "calls": 0,
            "model_seconds": 0.0,
            "seconds": 0.0,
            "tokens": 0,
        }
        if saver.get_tuple(config) is None:
            return self._answered(graph.invoke(fresh, config, context=given, durability="sync"))
        begun = graph.get_state(config).values
        if _finished(begun):
            return self._answered(begun)
        return self._answered(graph.invoke(None if begun else fresh, config, context=given, durability="sync"))

    def _answered(self, values: dict[str, Any]) -> Answered:
        messages: list[AnyMessage] = values["messages"]
        said = [message for message in messages if isinstance(message, AIMessage)]
        return Answered(
            text=messages[-1].text,
            messages=tuple(messages),
            tools=tuple(call["name"] for message in said for call in message.tool_calls),
            seconds=values["seconds"],
            model=_told_by(said, ASKED),
            tokens=sum(map(tokens_of, said)),
            note=_told_by(said, INSTEAD),
        )

    def _compiled(self) -> Graph:
        def think(state: State, runtime: Runtime[_Given]) -> dict[str, Any]:
            begun, given = self.clock(), runtime.context
            attempts = _Attempts(given.account, given.put_off)

            def heed() -> None:
                given.heed()
                self._check(state, given.limits, waited=self.clock() - begun, lost=sum(map(tokens_of, attempts.paid)))
                if attempts.unlooked:
                    attempts.unlooked = False
                    given.account.pay([*state["messages"], *attempts.paid])

            heed()
            message = AIMessage("")
            try:
                message = self._thinker(state, given).think(
                    [*given.before, *state["messages"]], self.tools, heed, given.hear, attempts
                )
            finally:
                spent = self.clock() - begun
                given.account.thought(message, seconds=spent)
            message = with_lost(message, attempts.paid)
            return {
                "messages": [message],
                "calls": state["calls"] + len(message.tool_calls),
                "model_seconds": state["model_seconds"] + spent,
                "seconds": state["seconds"] + spent,
                "tokens": state.get("tokens", 0) + tokens_of(message),
            }

        def act(state: State, runtime: Runtime[_Given]) -> dict[str, Any]:
            begun = self.clock() - state["seconds"]
            answers: list[ToolMessage] = []
            asked = _asked_for(state)
            for place, call in enumerate(asked):
                try:
                    runtime.context.heed()
                    answers.append(told(call, self._acted(state, call, runtime.context, begun)))
                except Cancelled as stop:
                    raise Cancelled(stop.by, tuple(one["name"] for one in asked[place:])) from None
            return {"messages": answers, "seconds": self.clock() - begun}

        graph = StateGraph(State, _Given)
        graph.add_node("think", think)
        graph.add_node("act", act)
        graph.add_edge(START, "think")
        graph.add_conditional_edges("think", lambda state: "act" if _asked_for(state) else END, ["act", END])
        graph.add_edge("act", "think")
        return graph.compile()

    def _acted(self, state: State, call: dict[str, Any], given: _Given, begun: float) -> Outcome:
        now = self.clock()
        self._check(state, given.limits, acted=now - begun - state["seconds"])
        self._thinker(state, given)
        try:
            return self._outcome(state, call, given)
        finally:
            given.account.called(seconds=self.clock() - now)

    def _thinker(self, state: State, given: _Given) -> Thinker:
        """Who takes the next step: while nothing may be paid, the offline model.

        Raises:
            BudgetSpent: Nobody may.
        """
        given.account.allow()
        try:
            given.account.pay(state["messages"])
        except BudgetSpent as spent:
            return without_paying(self.thinker, spent, state["messages"])
        return self.thinker

    def _outcome(self, state: State, call: dict[str, Any], given: _Given) -> Outcome:
        if _times(state, call) <= given.limits.alike:
            return given.make_call(str(call["id"]), call["name"], call["args"])
        return Outcome(
            Status.REFUSED,
            f"This very call was made {given.limits.alike} times for this question, and I do not make it again: "
            "what it gave stands above. Answer with what you have.",
        )

    def _check(self, state: State, limits: Limits, *, waited: float = 0.0, acted: float = 0.0, lost: int = 0) -> None:
        if self.stopping():
            raise Draining
        limits.check(
            calls=state["calls"],
            model_seconds=state["model_seconds"] + waited,
            seconds=state["seconds"] + waited + acted,
            tokens=state.get("tokens", 0) + lost,
        )


def _finished(values: dict[str, Any]) -> bool:
    """Whether a turn has its answer.

    That no step is next does not say so: one that was killed between what it wrote and its checkpoint is not told as
    next, and what follows from it was not done.
    """
    messages: list[AnyMessage] = values.get("messages") or []
    last = messages[-1] if messages else None
    return isinstance(last, AIMessage) and not last.tool_calls


def _times(state: State, call: dict[str, Any]) -> int:
    """How often this very call was asked for in this turn, this time included."""
    times = 0
    for message in state["messages"]:
        for one in message.tool_calls if isinstance(message, AIMessage) else ():
            times += (one["name"], one["args"]) == (call["name"], call["args"])
            if one["id"] == call["id"]:
                return times
    return times


def _told_by(said: Sequence[AIMessage], name: str) -> str:
    """What the first message that has such a mark says; a turn's messages agree, but for one that stood in."""
    return next((str(found) for message in said if (found := message.response_metadata.get(name))), "")


def _asked_for(state: State) -> list[Any]:
    last = state["messages"][-1]
    return list(last.tool_calls) if isinstance(last, AIMessage) else []


def told(call: Mapping[str, Any], outcome: Outcome, *, text: str = "") -> ToolMessage:
    """What a call gave, as a model is told it; `text` stands in for its own words where they are not to be repeated."""
    return ToolMessage(
        content=text or outcome.text,
        artifact=outcome.data,
        tool_call_id=call["id"],
        name=call["name"],
        status="success" if outcome.status in {Status.DONE, Status.AWAITING} else "error",
    )
