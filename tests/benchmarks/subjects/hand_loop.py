"""The same turn, written by hand on langchain-core in one process, with nothing kept and nothing checked.

    python -m tests.benchmarks.subjects.hand_loop API_URL TOKEN CHANNEL COUNT

Prints what each turn took, in seconds, as a JSON list.
"""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from slack_sdk import WebClient

from tests.benchmarks.subjects.zero_model import ZeroModel
from tests.fakes.mlflow import FakeMlflow
from tests.fakes.prefect import FakePrefect
from tools.catalogue import CATALOGUE
from tools.pipelines.store import FolderStore
from tools.spec import Backends, Call, Origin
from worker.agent.functions import function_of

QUESTION = "which pipelines are there?"


def main(api_url: str, token: str, channel: str, count: int) -> list[float]:
    """Answer so many times, each as a message in the channel; gives the seconds each took."""
    client = WebClient(token, base_url=api_url)
    model = ZeroModel().bind_tools([function_of(tool) for tool in CATALOGUE])
    tools = {tool.name: tool for tool in CATALOGUE}
    prefect = FakePrefect()
    prefect.add_pipeline("churn-prediction")
    backends = Backends(prefect=prefect, mlflow=FakeMlflow(), sources=FolderStore(Path("unused")))
    took = []
    for number in range(count + 5):
        begun = time.monotonic()
        messages: list[BaseMessage] = [SystemMessage("You are Trainmaster."), HumanMessage(QUESTION)]
        answer = model.invoke(messages)
        while isinstance(answer, AIMessage) and answer.tool_calls:
            messages.append(answer)
            for asked in answer.tool_calls:
                tool = tools[asked["name"]]
                call = Call(key=str(number), origin=Origin(), now=datetime.now(UTC))
                result = tool.function(tool.arguments.model_validate(asked["args"]), backends, call)
                messages.append(ToolMessage(result.text, tool_call_id=asked["id"], name=tool.name))
            answer = model.invoke(messages)
        client.chat_postMessage(channel=channel, text=answer.text)
        took.append(time.monotonic() - begun)
    return took[5:]  # the first ones do what is done once only


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))))  # noqa: T201 - its answer
