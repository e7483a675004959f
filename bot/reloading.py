"""Reading something again when the process gets SIGHUP."""

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Thread as Threading

import redis
import structlog

from bot.errors import BotError
from bot.settings import BadSettings

log = structlog.get_logger()


def on_hangup(reload: Callable[[], object]) -> None:
    """Call `reload` at every SIGHUP from now on, in a thread of its own; what it raises is logged, and it goes on.

    Calls never overlap, and the last one begins after the last signal. For the main thread of a process that serves: a
    parent that is to fork has to open no thread, and passes the signal on to its children instead.

    Why a `SimpleQueue`: a handler runs between any two steps of the main thread, also inside another run of itself, and
    must wait for no lock. Its `put` may be interrupted by itself; an `Event.set` would hang.
    """
    asked: SimpleQueue[None] = SimpleQueue()
    Threading(target=_attend, args=(asked, reload), name="reload", daemon=True).start()
    signal.signal(signal.SIGHUP, lambda *_: asked.put(None))


def _attend(asked: "SimpleQueue[None]", reload: Callable[[], object]) -> None:
    with ThreadPoolExecutor(1, thread_name_prefix="reload") as pool:
        while True:
            asked.get()
            while not asked.empty():
                asked.get()
            _tell(pool.submit(reload).exception())


def _tell(fault: BaseException | None) -> None:
    match fault:
        case None:
            log.info("reloaded")
        case BotError() | BadSettings():
            log.error("reload_failed", reason=str(fault), remedy="what was in force stays in force")
        case redis.RedisError():
            reason = f"Redis does not answer ({type(fault).__name__})"
            log.error("reload_failed", reason=reason, remedy="send SIGHUP again once it does")
        case _:
            log.error("reload_failed", reason=type(fault).__name__, exc_info=fault)
