"""Signs of life: best effort, never in the way, and cleared whatever happens.

One that Slack's limits have no room for is dropped, not waited for: late, it would be no sign any more.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

import redis
import structlog

from bot import budgets
from bot.errors import BotError, SlackRefused
from bot.events import Thread
from bot.slack import SlackGateway
from bot.unsupported import Unsupported
from bot.views.view import View

log = structlog.get_logger()

STATUS = "assistant.threads.setStatus"
SESSION = "agents.sessions.setStatus"
REACTION = "reactions.add"
NOTICE = "chat.postEphemeral"
_WAITING = 64


class Presence:
    """What shows that we are at work on a thread. Slack is called from threads of its own, and never waited for.

    Args:
        gateway: The way to Slack.
        connection: For remembering what this workspace does not have.
        team: The workspace.
        threads: One where signs of one thread must keep their order; more where each is for itself.
    """

    def __init__(self, gateway: SlackGateway, connection: "redis.Redis", *, team: str, threads: int = 1) -> None:
        self._gateway = gateway
        self._unsupported = Unsupported(connection, team=team)
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="presence")
        self._places = BoundedSemaphore(_WAITING)

    def noticed(self, thread: Thread, ts: str) -> None:
        """Show soon, from another thread, that a message was taken in: a status, else 👀 on the message.

        When too many are under way already, nothing is shown; the answer comes all the same.
        """
        self._soon(lambda: self._notice(thread, ts))

    def status(self, thread: Thread, text: str) -> None:
        """Show a status line in the thread soon (empty clears it). It fades after two minutes and with every reply."""
        self._soon(lambda: self._set(thread, text, first=not text))  # what is cleared late is wrong

    def session(self, thread: Thread, *, working: bool) -> None:
        """Show soon that the agent is at work on a thread, or is no more: with that Slack shows its own stop button."""

        def call() -> None:
            self._gateway.set_session(channel=thread.channel, thread=thread.root, working=working)

        self._soon(lambda: self._try(SESSION, call))

    def waiting(self, thread: Thread, user: str, view: View) -> None:
        """Tell a person soon, and alone, that the message has to wait. When it cannot be said now it is not said."""

        def call() -> None:
            limits = (budgets.NOTICE,)
            self._gateway.ephemeral(channel=thread.channel, thread=thread.root, user=user, view=view, limits=limits)

        self._soon(lambda: self._try(NOTICE, call))

    def has_status(self) -> bool:
        """Whether this workspace has status lines, as far as is known."""
        try:
            return STATUS not in self._unsupported
        except redis.RedisError:
            return True

    def close(self) -> None:
        """Let go of the threads; what is not shown yet is not shown."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _soon(self, show: Callable[[], object]) -> None:
        if self._places.acquire(blocking=False):
            self._pool.submit(show).add_done_callback(lambda _: self._places.release())

    def _set(self, thread: Thread, text: str, *, first: bool) -> bool:
        def call() -> None:
            self._gateway.set_status(channel=thread.channel, thread=thread.root, status=text, first=first)

        return self._try(STATUS, call)

    def _notice(self, thread: Thread, ts: str) -> None:
        if not self._set(thread, "is reading…", first=True):
            self._try(REACTION, lambda: self._gateway.react(channel=thread.channel, ts=ts, name="eyes"))

    def _try(self, method: str, call: Callable[[], None]) -> bool:
        try:
            if method in self._unsupported:
                return False
            call()
        except SlackRefused as exc:
            return self._learnt(method, exc)
        except (BotError, redis.RedisError) as exc:
            log.debug("presence_not_shown", method=method, reason=type(exc).__name__)
            return False
        return True

    def _learnt(self, method: str, refusal: SlackRefused) -> bool:
        """Remember what this workspace does not have; whether what was to be shown is shown all the same."""
        try:
            self._unsupported.learn(method, refusal)
        except redis.RedisError as exc:
            log.debug("refusal_not_remembered", method=method, reason=type(exc).__name__)
        return refusal.reason == "already_reacted"
