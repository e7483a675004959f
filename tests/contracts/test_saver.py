"""The checkpoint saver keeps LangGraph's contract, and refuses whoever has lost the lease."""

import asyncio
import math
from collections.abc import AsyncGenerator
from typing import Annotated, Any, NamedTuple, TypedDict

import pytest
import redis
from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, SystemMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, empty_checkpoint
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send

from bot.errors import Stale
from bot.mailbox import Fence
from worker.agent.saver import RedisSaver
from worker.agent.serde import JsonSerde, Unrepresentable, dumps, loads
from worker.agent.turn_saver import TurnSaver

LEASE = "tm:T1:lease:v1:T1:C1:1.0"
CONFIG: RunnableConfig = {"configurable": {"thread_id": "T1:C1:1.0", "checkpoint_ns": ""}}


@pytest.mark.parametrize("fenced", [False, True])
def test_the_public_conformance_suite_passes(connection: redis.Redis, *, fenced: bool) -> None:
    connection.hset(LEASE, "token", "7")
    fence = Fence(LEASE, 7) if fenced else None

    @checkpointer_test(name="RedisSaver")
    async def checkpointer() -> AsyncGenerator[BaseCheckpointSaver[str], None]:
        yield RedisSaver(connection, team="T1", fence=fence)

    report = asyncio.run(validate(checkpointer))
    results = report.results
    assert {name: result.failures for name, result in results.items() if result.failures} == {}
    assert all(result.passed for result in results.values()), results
    assert set(results) == {
        "put",
        "put_writes",
        "get_tuple",
        "list",
        "delete_thread",
        "delete_for_runs",
        "copy_thread",
        "prune",
    }


def test_a_stale_lease_writes_deletes_and_copies_nothing(connection: redis.Redis) -> None:
    connection.hset(LEASE, "token", "7")
    saver = RedisSaver(connection, team="T1", fence=Fence(LEASE, 7))
    stored = saver.put(CONFIG, empty_checkpoint(), {"source": "input", "run_id": "r1"}, {})
    connection.hset(LEASE, "token", "8")
    before = everything(connection)

    for write in (
        lambda: saver.put(stored, empty_checkpoint(), {}, {}),
        lambda: saver.put_writes(stored, [("a", 1)], "task"),
        lambda: saver.delete_thread("T1:C1:1.0"),
        lambda: saver.delete_for_runs(["r1"]),
        lambda: saver.copy_thread("T1:C1:1.0", "other"),
        lambda: saver.prune(["T1:C1:1.0"], strategy="delete"),
    ):
        with pytest.raises(Stale):
            write()
    assert everything(connection) == before
    assert saver.get_tuple(CONFIG) is not None


def test_a_lease_that_is_gone_is_stale(connection: redis.Redis) -> None:
    saver = RedisSaver(connection, team="T1", fence=Fence(LEASE, 7))
    with pytest.raises(Stale):
        saver.put(CONFIG, empty_checkpoint(), {}, {})
    assert connection.dbsize() == 0


def test_every_key_is_under_the_teams_prefix_and_dies(connection: redis.Redis) -> None:
    saver = RedisSaver(connection, team="T1", fence=None, ttl_seconds=60)
    checkpoint = {**empty_checkpoint(), "channel_values": {"a": 1}, "channel_versions": {"a": "1"}}
    stored = saver.put(CONFIG, checkpoint, {}, {"a": "1"})  # type: ignore[arg-type]  # a checkpoint is a dict
    saver.put_writes(stored, [("a", 2)], "task")
    saver.copy_thread("T1:C1:1.0", "copy")
    keys = [str(key) for key in connection.scan_iter()]
    assert len(keys) == 8
    assert all(key.startswith("tm:T1:checkpoint:v1:") for key in keys)
    assert all(0 < int(connection.ttl(key)) <= 60 for key in keys)


def test_half_a_character_is_kept(connection: redis.Redis) -> None:
    saver = RedisSaver(connection, team="T1", fence=None)
    stored = saver.put(CONFIG, empty_checkpoint(), {}, {})
    saver.put_writes(stored, [("a", "half \ud83d, whole 🚂")], "task")
    found = saver.get_tuple(CONFIG)
    assert found
    assert found.pending_writes == [("task", "a", "half \ud83d, whole 🚂")]


def test_writes_come_back_in_the_order_of_their_tasks(connection: redis.Redis) -> None:
    saver = RedisSaver(connection, team="T1", fence=None)
    stored = saver.put(CONFIG, empty_checkpoint(), {}, {})
    saver.put_writes(stored, [("a", number) for number in range(12)], "task-1", "b")
    saver.put_writes(stored, [("a", "first")], "task-2", "a")
    found = saver.get_tuple(CONFIG)
    assert found
    assert [value for _, _, value in found.pending_writes or []] == ["first", *range(12)]


def test_teams_do_not_see_each_other(connection: redis.Redis) -> None:
    RedisSaver(connection, team="T1", fence=None).put(CONFIG, empty_checkpoint(), {}, {})
    other = RedisSaver(connection, team="T2", fence=None)
    assert other.get_tuple(CONFIG) is None
    assert [*other.list(None)] == []
    assert len([*RedisSaver(connection, team="T1", fence=None).list(None)]) == 1


def test_pruning_forgets_the_values_that_only_old_checkpoints_had(connection: redis.Redis) -> None:
    saver = RedisSaver(connection, team="T1", fence=None)
    run(saver, connection, crash=False)
    many = connection.hlen("tm:T1:checkpoint:v1:blobs:T1:C1:1.0")
    newest = saver.get_tuple(CONFIG)
    saver.prune(["T1:C1:1.0"])
    assert connection.hlen("tm:T1:checkpoint:v1:blobs:T1:C1:1.0") < many
    assert saver.get_tuple(CONFIG) == newest._replace(pending_writes=[]) if newest else False


def test_a_graph_goes_on_where_it_was_left(connection: redis.Redis) -> None:
    saver = RedisSaver(connection, team="T1", fence=None)
    with pytest.raises(ConnectionError):
        run(saver, connection, crash=True)
    messages = run(RedisSaver(connection, team="T1", fence=None), connection, crash=False)
    assert [message.type for message in messages] == ["human", "ai", "tool"]
    assert messages[2].artifact == {"metrics": {"accuracy": 0.9}}
    assert connection.get("thoughts") == "1"


def test_two_branches_of_a_thread_do_not_share_versions(connection: redis.Redis) -> None:
    saver = RedisSaver(connection, team="T1", fence=None)
    one, two = saver.get_next_version("0001.abc", None), saver.get_next_version("0001.abc", None)
    assert one != two
    assert one > "0000000000000001.abc"


class Pair(NamedTuple):
    left: int
    right: int


MESSAGES = [
    HumanMessage("hello", id="1"),
    SystemMessage("rules"),
    AIMessage(
        "",
        tool_calls=[{"name": "run", "args": {"a": [1, None]}, "id": "c1"}],
        response_metadata={"signature": b"\x00\xff"},
    ),
    ToolMessage("done", tool_call_id="c1", artifact={"rows": [1.5]}, status="error"),
    RemoveMessage("1"),
]


@pytest.mark.parametrize(
    "value",
    [
        None,
        [1, 2.5, "é\ud800", True, {"a": {}}],
        (1, ("a",)),
        {1, 2},
        frozenset({"a"}),
        b"\x00\xff",
        {1: "a", ("b", 2): "c"},
        {"~": "message", "is": "imitated"},
        [math.inf, -math.inf],
        2**70,
        MESSAGES,
        [Send("act", {"messages": MESSAGES[:1]})],
    ],
)
def test_what_is_kept_comes_back_the_same(value: Any) -> None:
    back = loads(dumps(value))
    assert back == value
    assert type(back) is type(value)
    assert JsonSerde().loads_typed(JsonSerde().dumps_typed(value)) == value


def test_an_error_is_kept_as_words() -> None:
    assert loads(dumps(ValueError("no rows"))) == "ValueError: no rows"


@pytest.mark.parametrize("value", [object(), Pair(1, 2), complex(1), {"a": [lambda: None]}, RedisSaver])
def test_what_cannot_be_kept_is_refused_when_it_is_written(value: Any) -> None:
    with pytest.raises(Unrepresentable, match="cannot hold"):
        dumps(value)


@pytest.mark.parametrize(
    "text",
    [
        '{"~": "os.system", "is": "true"}',
        '{"~": "message", "is": {"type": "evil", "data": {}}}',
    ],
)
def test_nothing_that_we_did_not_write_is_made_into_an_object(text: str) -> None:
    with pytest.raises(ValueError, match=r"nobody here writes|unexpected message type"):
        loads(text)


def test_another_serializers_values_are_refused() -> None:
    with pytest.raises(ValueError, match="not ours"):
        JsonSerde().loads_typed(("pickle", b""))


class State(TypedDict):
    messages: Annotated[list[Any], add_messages]


def run(saver: RedisSaver, connection: redis.Redis, *, crash: bool) -> list[Any]:
    """Run a turn of two steps; the second may crash."""

    def think(state: State) -> dict[str, Any]:
        connection.incr("thoughts")
        return {"messages": [AIMessage("", tool_calls=[{"name": "run", "args": {}, "id": "c1"}])]}

    def act(state: State) -> dict[str, Any]:
        if crash:
            raise ConnectionError
        return {"messages": [ToolMessage("ok", tool_call_id="c1", artifact={"metrics": {"accuracy": 0.9}})]}

    graph = StateGraph(State).add_node("think", think).add_node("act", act)
    graph.add_edge(START, "think").add_edge("think", "act").add_edge("act", END)
    compiled = graph.compile(checkpointer=saver)
    begun = compiled.get_state(CONFIG).values
    fresh: State = {"messages": [HumanMessage("hello")]}
    state = compiled.invoke(None if begun else fresh, CONFIG, durability="sync")
    return list(state["messages"])


def everything(connection: redis.Redis) -> dict[str, Any]:
    return {
        str(key): connection.hgetall(key) if connection.type(key) == "hash" else connection.zrange(key, 0, -1)
        for key in connection.scan_iter()
    }


def test_what_leads_up_to_the_first_step_is_stored_with_it_all_or_nothing(connection: redis.Redis) -> None:
    connection.hset(LEASE, "token", "7")
    keys: list[int] = []

    def step(state: State) -> dict[str, Any]:
        assert state["messages"]
        keys.append(connection.dbsize())
        return {"messages": [AIMessage("done")]}

    def graph(saver: BaseCheckpointSaver[str]) -> CompiledStateGraph[State]:
        built = StateGraph(State)
        built.add_node("first", step)
        built.add_node("second", step)
        built.add_edge(START, "first")
        built.add_edge("first", "second")
        built.add_edge("second", END)
        return built.compile(checkpointer=saver)

    config: RunnableConfig = {"configurable": {"thread_id": "turn"}}
    saver = TurnSaver(connection, team="T1", fence=Fence(LEASE, 7))
    assert saver.get_tuple(config) is None
    graph(saver).invoke({"messages": [HumanMessage("question")]}, config, durability="sync")
    assert keys[0] == 1, "before the first step there is the lease, and nothing else"
    assert keys[1] > 1
    kept = RedisSaver(connection, team="T1", fence=None)
    assert [found.metadata["step"] for found in kept.list(config)] == [2, 1, 0, -1]
    newest = saver.get_tuple(config)
    assert newest is not None
    assert [message.text for message in newest.checkpoint["channel_values"]["messages"]] == ["question", "done", "done"]

    connection.hset(LEASE, "token", "8")
    before = everything(connection)
    config = {"configurable": {"thread_id": "another"}}
    with pytest.raises(Stale):
        graph(saver).invoke({"messages": [HumanMessage("question")]}, config, durability="sync")
    assert everything(connection) == before


def test_a_question_that_waits_to_be_stored_is_there_for_whoever_asks(connection: redis.Redis) -> None:
    connection.hset(LEASE, "token", "7")
    saver = TurnSaver(connection, team="T1", fence=Fence(LEASE, 7))
    assert saver.get_tuple(CONFIG) is None
    saver.put(CONFIG, empty_checkpoint(), {"source": "input", "step": -1}, {})
    assert connection.dbsize() == 1
    assert saver.get_tuple(CONFIG) is not None
