"""A thread in which the offline model answers, with the real tools on systems in memory."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage

from tests.fakes.mlflow import FakeMlflow
from tests.fakes.prefect import EPOCH, FakePrefect
from tools.catalogue import CATALOGUE
from tools.errors import ToolError
from tools.pipelines.store import FolderStore
from tools.spec import Backends, Call, Origin, Tool
from worker.agent.functions import function_of
from worker.agent.offline import OfflineModel

SCHEMA = {
    "type": "object",
    "properties": {
        "max_depth": {"type": "integer", "default": 8},
        "n_estimators": {"type": "integer", "default": 100},
        "learning_rate": {"type": "number", "default": 0.1},
        "seed": {"type": "integer", "default": 7},
    },
}
_MOST_CALLS = 12


@dataclass
class Thread:
    """A conversation.

    Attributes:
        prefect: Prefect in memory; a test puts pipelines and runs in.
        mlflow: The same for MLflow.
        tools: What is bound.
        messages: All so far.
        called: Names and arguments of the calls that the last message led to.
    """

    prefect: FakePrefect = field(default_factory=FakePrefect)
    mlflow: FakeMlflow = field(default_factory=FakeMlflow)
    tools: tuple[Tool, ...] = CATALOGUE
    messages: list[AnyMessage] = field(default_factory=lambda: [SystemMessage("You are Trainmaster.")])
    called: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    _serial: int = 0

    def says(self, text: str) -> str:
        """What the model answers to a person, after all its tool calls."""
        self.messages.append(HumanMessage(text))
        self.called = []
        model = OfflineModel().bind_tools([function_of(tool) for tool in self.tools])
        for _ in range(_MOST_CALLS):
            answer = model.invoke(self.messages)
            self.messages.append(answer)
            if not answer.tool_calls:
                return answer.text
            for call in answer.tool_calls:
                self.called.append((call["name"], call["args"]))
                self.messages.append(self._made(answer, call["name"], call["args"], str(call["id"])))
        raise AssertionError(f"no answer after {_MOST_CALLS} calls: {self.called}")

    @property
    def names(self) -> list[str]:
        """Names of the calls that the last message led to."""
        return [name for name, _ in self.called]

    def _made(self, _: AIMessage, name: str, arguments: dict[str, object], identity: str) -> ToolMessage:
        tool = next(tool for tool in self.tools if tool.name == name)
        self._serial += 1
        call = Call(key=f"k{self._serial}", origin=Origin(thread="T:C:1", actor="U1"), now=EPOCH + timedelta(days=1))
        backends = Backends(prefect=self.prefect, mlflow=self.mlflow, sources=FolderStore(Path("unused")))
        try:
            result = tool.function(tool.arguments.model_validate(arguments), backends, call)
        except ToolError as error:
            return ToolMessage(str(error), tool_call_id=identity, name=name, status="error")
        return ToolMessage(result.text, tool_call_id=identity, name=name, artifact=result.data.model_dump(mode="json"))
