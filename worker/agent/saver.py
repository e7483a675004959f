"""LangGraph's checkpoints in plain Redis or Valkey, written only by whoever holds the lease.

Why our own: langgraph-checkpoint-redis needs modules that Valkey lacks, and no published saver can refuse the write of
a worker whose lease has passed on. Each write is one Lua script that compares the fence and writes, so there is no
moment between the two. The keys of one LangGraph thread, whose id is `t`, under `tm:{team}:checkpoint:v1:`:

    index:t               sorted set: namespace ␟ checkpoint id, in order of age
    records:t             hash: the same -> checkpoint without values, metadata, parent
    blobs:t               hash: namespace ␟ channel ␟ version -> value; one value serves many checkpoints
    writes:t␟ns␟id        hash: task ␟ place -> a value written but not yet in a checkpoint
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

import redis
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_id,
    get_serializable_checkpoint_metadata,
    writes_sort_key,
)

from bot.errors import Stale
from bot.mailbox import Fence
from worker.agent.checkpoint_scripts import COPY, DELETE, FORGET, PUT, PUT_WRITES
from worker.agent.serde import JsonSerde, dumps, loads
from worker.agent.threaded import ThreadedSaver

SEPARATOR = "\x1f"  #: between the parts of a field; no id holds it
_AFTER_SEPARATOR = "\x20"


@dataclass(frozen=True, slots=True)
class _Place:
    """One checkpoint's place."""

    thread: str
    namespace: str
    checkpoint: str = ""

    @classmethod
    def of(cls, config: RunnableConfig) -> "_Place":
        where = config["configurable"]
        return cls(str(where["thread_id"]), where.get("checkpoint_ns") or "", get_checkpoint_id(config) or "")

    @classmethod
    def from_member(cls, thread: str, member: str) -> "_Place":
        namespace, _, checkpoint = member.rpartition(SEPARATOR)
        return cls(thread, namespace, checkpoint)

    @property
    def member(self) -> str:
        return f"{self.namespace}{SEPARATOR}{self.checkpoint}"

    @property
    def config(self) -> RunnableConfig:
        return {
            "configurable": {
                "thread_id": self.thread,
                "checkpoint_ns": self.namespace,
                "checkpoint_id": self.checkpoint,
            }
        }

    def blob(self, channel: str, version: str | float) -> str:
        return SEPARATOR.join((self.namespace, channel, str(version)))


class RedisSaver(ThreadedSaver):
    """Checkpoints of one team.

    `redis.RedisError` rises from every method when Redis is away.

    Args:
        connection: Answers must be text (`decode_responses=True`).
        team: The team's id.
        fence: The right to write; None writes without asking.
        ttl_seconds: How long a thread's checkpoints outlive its last write.
    """

    def __init__(self, connection: "redis.Redis", *, team: str, fence: Fence | None, ttl_seconds: int = 86_400) -> None:
        super().__init__(serde=JsonSerde())
        self._redis = connection
        self._prefix = f"tm:{team}:checkpoint:v1:"
        self._fence = fence
        self._ttl = ttl_seconds
        self._scripts = {text: connection.register_script(text) for text in (PUT, PUT_WRITES, DELETE, FORGET, COPY)}

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint and the values that are new in it, in one step.

        Raises:
            Stale: The lease has passed on; nothing was written.
            worker.agent.serde.Unrepresentable: A value cannot be kept; nothing was written.
        """
        parent = _Place.of(config)
        place = _Place(parent.thread, parent.namespace, checkpoint["id"])
        values = checkpoint["channel_values"]
        record = {
            "checkpoint": {name: value for name, value in checkpoint.items() if name != "channel_values"},
            "metadata": get_serializable_checkpoint_metadata(config, metadata),
            "parent": parent.checkpoint,
        }
        blobs = [
            part
            for channel, version in new_versions.items()
            if channel in values
            for part in (place.blob(channel, version), dumps(values[channel]))
        ]
        self._write(PUT, place.thread, [place.member, dumps(record), *blobs])
        return place.config

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Store what a task wrote before the next checkpoint is made, in one step; repeating it changes nothing.

        Raises:
            Stale: The lease has passed on; nothing was written.
            worker.agent.serde.Unrepresentable: A value cannot be kept; nothing was written.
        """
        place = _Place.of(config)
        parts: list[str] = []
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            field = f"{task_id}{SEPARATOR}{index}"
            parts += (field, dumps([task_path, task_id, index, channel, value]), "1" if index < 0 else "0")
        self._write(PUT_WRITES, place.thread, [place.member, *parts])

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that `config` names, or the newest of its thread and namespace; None when there is none."""
        place = _Place.of(config)
        if not place.checkpoint:
            newest = self._members(place.thread, place.namespace, newest_only=True)
            if not newest:
                return None
            place = _Place.from_member(place.thread, newest[0])
        return self._tuple(place)

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002  # the name is LangGraph's
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Checkpoints, newest first within a namespace, that match everything asked for."""
        earliest = get_checkpoint_id(before) if before else None
        left = limit if limit is not None else -1
        for place in self._places(config):
            if left == 0:
                return
            if earliest and place.checkpoint >= earliest:
                continue
            found = self._tuple(place)
            if found and all(found.metadata.get(name) == value for name, value in (filter or {}).items()):
                left -= 1
                yield found

    def delete_thread(self, thread_id: str) -> None:
        """Forget everything of a LangGraph thread.

        Raises:
            Stale: The lease has passed on; nothing was deleted.
        """
        self._write(DELETE, str(thread_id), [])

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Forget the checkpoints that the given runs made, in every thread of the team; raises `Stale` as above."""
        wanted = set(run_ids)
        if not wanted:
            return
        for thread in self._threads():
            gone = [
                member for member, record in self._records(thread).items() if record["metadata"].get("run_id") in wanted
            ]
            self._forget(thread, gone)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy everything of one thread to another, in place of what was there; raises `Stale` as above."""
        self._write(COPY, str(source_thread_id), [str(target_thread_id)])

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Forget all checkpoints of the threads, or all but the newest of each namespace.

        No graph of ours has a `DeltaChannel`; for one that has, older checkpoints are needed and must not be pruned.

        Raises:
            ValueError: The strategy is neither `keep_latest` nor `delete`.
            Stale: The lease has passed on.
        """
        if strategy not in {"keep_latest", "delete"}:
            raise ValueError(f"no such strategy: {strategy}")
        for thread in map(str, thread_ids):
            if strategy == "delete":
                self.delete_thread(thread)
                continue
            members = self._members(thread)
            newest = {_Place.from_member(thread, member).namespace: member for member in reversed(members)}
            self._forget(thread, [member for member in members if member not in newest.values()])

    def get_next_version(self, current: str | None, channel: None) -> str:  # noqa: ARG002  # LangGraph's
        """The next version of a channel: ordered, and never the same on two branches of one thread."""
        number = int(current.split(".")[0]) if current else 0
        return f"{number + 1:016}.{uuid4().hex[:16]}"

    def with_allowlist(self, extra_allowlist: Collection[tuple[str, ...]]) -> "RedisSaver":  # noqa: ARG002  # LangGraph's
        """The saver itself: `serde` reads a closed list of kinds already."""
        return self

    def _write(self, script: str, thread: str, arguments: Sequence[str]) -> None:
        self._run([(script, thread, arguments)])

    def _run(self, writes: Sequence[tuple[str, str, Sequence[str]]]) -> None:
        """Do writes (script, thread, its arguments) in one step: all of them or none.

        Raises:
            Stale: The lease has passed on.
        """
        if len(writes) == 1:
            done = [self._scripted(self._redis, *writes[0])]
        else:
            pipe = self._redis.pipeline(transaction=True)
            for write in writes:
                self._scripted(pipe, *write)
            done = pipe.execute()
        if not all(done):
            raise Stale("the lease has passed to another worker; this checkpoint was not written")

    def _scripted(self, client: "redis.Redis", script: str, thread: str, arguments: Sequence[str]) -> Any:
        keys = [f"{self._prefix}{kind}:{thread}" for kind in ("index", "records", "blobs", "writes")]
        token = ""
        if self._fence:
            keys.append(self._fence.key)
            token = str(self._fence.token)
        return self._scripts[script](keys=keys, args=[token, self._ttl, *arguments], client=client)

    def _forget(self, thread: str, members: Sequence[str]) -> None:
        if not members:
            return
        kept = [record for member, record in self._records(thread).items() if member not in members]
        needed = {
            _Place(thread, record["namespace"]).blob(channel, version)
            for record in kept
            for channel, version in record["checkpoint"]["channel_versions"].items()
        }
        blobs = cast("list[str]", self._redis.hkeys(f"{self._prefix}blobs:{thread}"))
        unneeded = [field for field in blobs if field not in needed]
        self._write(FORGET, thread, [str(len(members)), *members, *unneeded])

    def _records(self, thread: str) -> dict[str, dict[str, Any]]:
        stored = cast("dict[str, str]", self._redis.hgetall(f"{self._prefix}records:{thread}"))
        return {
            member: {**loads(text), "namespace": _Place.from_member(thread, member).namespace}
            for member, text in stored.items()
        }

    def _threads(self) -> Iterator[str]:
        prefix = f"{self._prefix}index:"
        for key in self._redis.scan_iter(match=f"{prefix}*", count=500):
            yield str(key).removeprefix(prefix)

    def _places(self, config: RunnableConfig | None) -> Iterator[_Place]:
        if config is None:
            for thread in self._threads():
                yield from (_Place.from_member(thread, member) for member in self._members(thread))
            return
        wanted = _Place.of(config)
        namespace = cast("str | None", config["configurable"].get("checkpoint_ns"))
        for member in self._members(wanted.thread, namespace):
            place = _Place.from_member(wanted.thread, member)
            if wanted.checkpoint in {"", place.checkpoint}:
                yield place

    def _members(self, thread: str, namespace: str | None = None, *, newest_only: bool = False) -> Sequence[str]:
        """Members of the index, newest first."""
        upper, lower = "+", "-"
        if namespace is not None:
            upper, lower = f"({namespace}{_AFTER_SEPARATOR}", f"[{namespace}{SEPARATOR}"
        key = f"{self._prefix}index:{thread}"
        start, number = (0, 1) if newest_only else (0, -1)
        return cast("list[str]", self._redis.zrevrangebylex(key, upper, lower, start=start, num=number))

    def _tuple(self, place: _Place) -> CheckpointTuple | None:
        pipe = self._redis.pipeline(transaction=True)
        pipe.hget(f"{self._prefix}records:{place.thread}", place.member)
        pipe.hvals(f"{self._prefix}writes:{place.thread}{SEPARATOR}{place.member}")
        text, writes = pipe.execute()
        if text is None:
            return None
        record = loads(text)
        parent = _Place(place.thread, place.namespace, record["parent"])
        values = self._values(place, record["checkpoint"]["channel_versions"])
        return CheckpointTuple(
            config=place.config,
            checkpoint=cast("Checkpoint", {**record["checkpoint"], "channel_values": values}),
            metadata=record["metadata"],
            parent_config=parent.config if parent.checkpoint else None,
            pending_writes=[
                (task, channel, value)
                for _, task, _, channel, value in sorted(
                    map(loads, writes), key=lambda write: writes_sort_key(*write[:3])
                )
            ],
        )

    def _values(self, place: _Place, versions: ChannelVersions) -> dict[str, Any]:
        if not versions:
            return {}
        fields = [place.blob(channel, version) for channel, version in versions.items()]
        stored = cast("list[str | None]", self._redis.hmget(f"{self._prefix}blobs:{place.thread}", fields))
        found = zip(versions, stored, strict=True)
        return {channel: loads(text) for channel, text in found if text is not None}
