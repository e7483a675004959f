"""`python -m worker` with a model that takes no time and a Prefect in memory; it writes down when its parts ran.

    python -m tests.benchmarks.subjects.zero_worker [MODEL_SECONDS]

Parent, children, queues, leases, checkpoints, guard, outbox and courier are the product's own.
"""

import gc
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import Event

from bot import logs
from bot.conversations import RedisConversations
from bot.mailbox import Mailbox
from bot.outbox import Outbox
from bot.settings import Settings, load
from bot.slack import SlackGateway
from tests.benchmarks.moments import Recorder
from tests.benchmarks.subjects.zero_model import READ, ZeroModel
from tests.fakes.mlflow import FakeMlflow
from tests.fakes.prefect import FakePrefect
from tools.pipelines.store import FolderStore
from tools.spec import Backends, Function
from worker import children, jobs, rehearsal, wiring
from worker.agent.guard import Guard
from worker.agent.journal import Journal
from worker.agent.loop import Loop
from worker.agent.model import ChatThinker
from worker.agent.saver import RedisSaver
from worker.progress import TurnProgress
from worker.services import Services


def composed(settings: Settings, made: Services, *, model_seconds: float) -> Services:
    """The product's services with another model and other systems behind the tools."""
    prefect = FakePrefect()
    prefect.add_pipeline("churn-prediction")
    backends = Backends(prefect=prefect, mlflow=FakeMlflow(), sources=FolderStore(settings.pipeline_folder))
    recorder = Recorder(wiring.connect(settings.redis_url, text=True))
    watch(recorder)
    read = next(tool for tool in made.catalogue if tool.name == READ)
    timed = _Timed(read.function)
    recorder.watch(timed, "function", "tool")
    catalogue = tuple(replace(tool, function=timed.function) if tool.name == READ else tool for tool in made.catalogue)
    thinker = ChatThinker("zero", ZeroModel(seconds=model_seconds))
    return replace(
        made,
        backends=backends,
        catalogue=catalogue,
        guard=replace(made.guard, backends=backends),
        loop=replace(made.loop, thinker=thinker, tools=catalogue),
    )


class _Timed:
    """Holds a tool's function where it can be watched."""

    def __init__(self, function: Function) -> None:
        self.function = function


def watch(recorder: Recorder) -> None:
    """Note the parts of a turn."""
    for owner, names, part in (
        (Mailbox, ("take", "finish"), "lease"),
        (TurnProgress, ("begin", "step", "end"), "presence"),
        (RedisConversations, ("load", "append"), "memory"),
        (RedisSaver, ("get_tuple", "put", "put_writes"), "checkpoints"),
        (Journal, ("begin", "finish"), "journal"),
        (Guard, ("call",), "guard"),
        (ChatThinker, ("think",), "model"),
        (Loop, ("run",), "loop"),
    ):
        for name in names:
            recorder.watch(owner, name, part)
    recorder.watch(Outbox, "post", "outbox", about=lambda _self, entry, *_, **__: entry)
    recorder.watch(SlackGateway, "post", "post", about=lambda _self, *, entry, **_: entry)
    recorder.send_after(SlackGateway, "post")
    recorder.watch(jobs, "attend", "rest", about=lambda box: box)
    recorder.send_after(jobs, "attend")


def served(compose: Callable[[Settings, Services], Services]) -> int:
    """Serve until SIGTERM as `python -m worker` does, with what `compose` makes of the product's services."""
    settings = load()
    logs.configure(level=settings.log_level, form=settings.log_format)
    wiring.export_environment(settings)
    rehearsal.rehearse(settings)
    build = wiring.build

    def build_ours(settings: Settings, *, draining: Event) -> Services:
        return compose(settings, build(settings, draining=draining))

    gc.collect()
    gc.freeze()
    wiring.build = build_ours  # what a child builds after its fork; all that follows is the product's own
    return children.Parent(settings.workers, partial(children.serve, settings)).run()


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM."""
    return served(partial(composed, model_seconds=float(arguments[0]) if arguments else 0.0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
