"""The checkpoints of one turn: what leads up to its first thought is stored together with it.

LangGraph makes two checkpoints before the first node runs. They hold the question alone, which lies in the mailbox
until it is answered: a worker that dies in its first thought leaves the next one the same to do with them or without.
So they wait, and the person does not.
"""

from collections.abc import Sequence
from threading import Lock

import redis
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple

from bot.mailbox import Fence
from worker.agent.checkpoint_scripts import PUT, PUT_WRITES
from worker.agent.saver import SEPARATOR, RedisSaver


class TurnSaver(RedisSaver):
    """A `RedisSaver` for the holder of a turn's lease, who alone writes its checkpoints.

    Args:
        connection: Answers must be text (`decode_responses=True`).
        team: The team's id.
        fence: The turn's lease.
    """

    def __init__(self, connection: "redis.Redis", *, team: str, fence: Fence) -> None:
        super().__init__(connection, team=team, fence=fence)
        self._lock = Lock()  # LangGraph writes from threads of its own
        self._before: set[tuple[str, str]] = set()  #: which writes of which checkpoints lead up to the first step
        self._waiting: list[tuple[str, str, Sequence[str]]] = []
        self._absent = False

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """See `RedisSaver`; the checkpoints before the first step wait for what that writes."""
        step = metadata.get("step", 1)
        if step <= 0:
            self._before.add((PUT, checkpoint["id"]))
        if step < 0:
            self._before.add((PUT_WRITES, checkpoint["id"]))
        return super().put(config, checkpoint, metadata, new_versions)

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """See `RedisSaver`; what waits is stored first. That there is none is asked once."""
        with self._lock:
            if self._waiting:
                self._send()
            if self._absent:
                return None
            found = super().get_tuple(config)
            self._absent = found is None
            return found

    def _write(self, script: str, thread: str, arguments: Sequence[str]) -> None:
        with self._lock:
            self._absent = False
            self._waiting.append((script, thread, arguments))
            if not arguments or (script, arguments[0].rpartition(SEPARATOR)[2]) not in self._before:
                self._send()

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._run(waiting)
