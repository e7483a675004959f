"""The conversation so far: what was asked, which tools answered what, and which names came up."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from worker.agent.outcome import OVERHEARD, PRESSED, RECALLED

JSON = dict[str, Any]
_LISTS = frozenset({"list_runs", "search_runs"})
#: A file of which a card was shown, and its flow where that is registered as it is in the file.
_CARD = re.compile(
    r"(?:shared with this message: |; )([^;\n]+?) — plan card shown(?:, with `([^`;\n]+)`[^`;\n]*, registered already)?"
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What one tool call gave back.

    Attributes:
        tool: The tool's name.
        arguments: What it was called with.
        text: Its answer in words.
        data: The same as values; empty when the tool failed or gave none.
        failed: Whether the text is an error.
    """

    tool: str
    arguments: JSON
    text: str
    data: JSON = field(default_factory=dict)
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a person said, what the tools answered to that, and what was said in the end (empty while unanswered)."""

    said: str
    replies: tuple[Reply, ...] = ()
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A run that came up, of Prefect or of MLflow.

    Attributes:
        id: Its id.
        name: Its name.
        pipeline: The pipeline it ran; empty for a run of MLflow.
        state: Its state when it came up.
        parameters: The values it was given.
    """

    id: str
    name: str
    pipeline: str = ""
    state: str = ""
    parameters: JSON = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """All exchanges, oldest first; the last one is being answered."""

    exchanges: tuple[Exchange, ...]
    overheard: str = ""  #: what people said in the thread, not to us

    @property
    def now(self) -> Exchange:
        """The exchange that is being answered."""
        return self.exchanges[-1]

    @property
    def before(self) -> tuple[Exchange, ...]:
        """What was said earlier."""
        return self.exchanges[:-1]

    def in_words(self, said: str) -> "Dialogue":
        """The same with other words in the place of those that are being answered."""
        return replace(self, exchanges=(*self.before, replace(self.now, said=said)))

    @property
    def replies(self) -> tuple[Reply, ...]:
        """Every answer of a tool in earlier exchanges that was no error, oldest first.

        Answers of the exchange at hand are left out: `the last one` means the same from its first step to its last.
        """
        return tuple(reply for exchange in self.before for reply in exchange.replies if not reply.failed)

    def pipelines(self) -> tuple[str, ...]:
        """Names of pipelines that tools have told of, the newest list first."""
        return tuple(dict.fromkeys(name for reply in reversed(self.replies) for name in pipelines_in(reply)))

    def runs(self) -> tuple[Named, ...]:
        """Prefect's runs that came up, the one spoken of last first."""
        return _distinct(run for reply in reversed(self.replies) for run in _runs(reply.data, _prefect_run))

    def tracked(self) -> tuple[Named, ...]:
        """MLflow's runs that came up, the one spoken of last first."""
        return _distinct(run for reply in reversed(self.replies) for run in _runs(reply.data, _mlflow_run))

    def listed(self) -> tuple[Named, ...]:
        """The runs of the list that was shown last: what `the second one` counts from."""
        for reply in reversed(self.replies):
            for reader in (_prefect_run, _mlflow_run):
                found = _distinct(_runs(reply.data, reader))
                if len(found) > 1 or (found and reply.tool in _LISTS):
                    return found
        return ()

    def listed_pipelines(self) -> tuple[str, ...]:
        """The pipelines of the list that was shown last, if that was newer than any list of runs."""
        for exchange in reversed(self.before):
            for reply in reversed(exchange.replies):
                if reply.tool.startswith("list_pipelines") and not reply.failed:
                    return tuple(name for found in walk(reply.data) if (name := _pipeline_name(found)))
                if reply.tool in _LISTS:
                    return ()
        return ()

    def waiting_file(self) -> str:
        """The newest file whose card nobody has decided on; empty when a pipeline was spoken of since."""
        file, flow = self._newest_card()
        return "" if flow else file

    def registered_file(self) -> str:
        """The flow of the newest file, where its card said that it is registered already; empty as above."""
        return self._newest_card()[1]

    def _newest_card(self) -> tuple[str, str]:
        for exchange in reversed(self.before):
            found = (one for reply in exchange.replies for one in walk(reply.data))
            if exchange.said.startswith(PRESSED) or any(_pipeline_of(one) for one in found):
                break
            if cards := _CARD.findall(exchange.said):
                file, flow = cards[-1]
                return str(file), str(flow)
        return "", ""

    def focus(self) -> str:
        """The pipeline spoken of last; empty when none or several came up together."""
        for reply in reversed(self.replies):
            named = {name for found in walk(reply.data) if (name := _pipeline_of(found))}
            if len(named) == 1:
                return named.pop()
        return ""


def read(messages: Sequence[BaseMessage]) -> Dialogue:
    """The dialogue that a list of messages records; the rules and the summary of older turns hold no part of it."""
    exchanges: list[Exchange] = []
    asked: dict[str, tuple[str, JSON]] = {}
    said, answer, overheard = "", "", ""
    replies: list[Reply] = []
    begun = False
    for message in messages:
        if message.name == RECALLED:
            overheard = message.text if message.text.startswith(OVERHEARD) else overheard
            continue
        if isinstance(message, HumanMessage):
            if begun:
                exchanges.append(Exchange(said, tuple(replies), answer))
            said, replies, answer, begun = message.text, [], "", True
        elif isinstance(message, AIMessage):
            asked |= {str(call["id"]): (call["name"], dict(call["args"])) for call in message.tool_calls}
            answer = message.text or answer
        elif isinstance(message, ToolMessage):
            replies.append(_reply(message, asked))
    return Dialogue((*exchanges, Exchange(said, tuple(replies), answer)), overheard)


def pipelines_in(reply: Reply) -> tuple[str, ...]:
    """The names of the pipelines that an answer tells of."""
    return tuple(dict.fromkeys(name for found in walk(reply.data) if (name := _pipeline_name(found))))


def runs_in(reply: Reply) -> tuple[Named, ...]:
    """Prefect's runs that an answer tells of, in its order."""
    return _distinct(_runs(reply.data, _prefect_run))


def metrics_in(reply: Reply) -> tuple[str, ...]:
    """Names of the metrics of MLflow's runs that an answer tells of."""
    named = (name for found in walk(reply.data) if _mlflow_run(found) for name in found["metrics"])
    return tuple(dict.fromkeys(named))


def _reply(message: ToolMessage, asked: dict[str, tuple[str, JSON]]) -> Reply:
    tool, arguments = asked.get(message.tool_call_id, (message.name or "", {}))
    data = message.artifact if isinstance(message.artifact, dict) else {}
    return Reply(tool, arguments, message.text, data, failed=message.status == "error")


def walk(value: Any) -> Iterator[JSON]:
    """Every object in a JSON value, outermost and first ones first."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)


def _pipeline_name(found: JSON) -> str:
    return str(found["name"]) if {"name", "deployment", "entrypoint"} <= found.keys() else ""


def _pipeline_of(found: JSON) -> str:
    named = _pipeline_name(found)
    return named or (str(found["pipeline"]) if "state_type" in found and isinstance(found.get("pipeline"), str) else "")


def _prefect_run(found: JSON) -> Named | None:
    if not {"id", "name", "pipeline", "state_type"} <= found.keys():
        return None
    state = str(found.get("state_type", ""))
    parameters = found.get("parameters") or {}
    return Named(str(found["id"]), str(found["name"]), str(found["pipeline"]), state, dict(parameters))


def _mlflow_run(found: JSON) -> Named | None:
    if not {"id", "name", "experiment_id", "metrics"} <= found.keys():
        return None
    return Named(str(found["id"]), str(found["name"]), state=str(found.get("status", "")))


def _runs(data: JSON, reader: Any) -> Iterator[Named]:
    for found in walk(data):
        run = reader(found)
        if isinstance(run, Named):
            yield run


def _distinct(runs: Iterator[Named]) -> tuple[Named, ...]:
    found: dict[str, Named] = {}
    for run in runs:
        found.setdefault(run.id, run)  # where and as it came up first, which is the last time it was spoken of
    return tuple(found.values())
