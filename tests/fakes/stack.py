"""A demo's stack in which nothing is started."""

import signal

from demo.interruption import Interruptible
from demo.services.service import ServiceFailed
from demo.stories.behind import NOTHING, Behind
from demo.workspace.server import WorkspaceServer


class _Nobody:
    def interrupt(self) -> None:
        """There is nothing to give up."""

    def hurry(self) -> None:
        """There is nobody to wait for."""


class IdleStack:
    """Stands for `demo.stack.Stack`.

    Attributes:
        stopped: Whether somebody presses Ctrl-C while it starts.
        fails: Why it does not start; empty when it does.
    """

    stopped = False
    fails = ""
    behind: Behind = NOTHING
    urls: tuple[tuple[str, str, str], ...] = ()

    def __init__(self, *_: object, workspace: WorkspaceServer, **__: object) -> None:
        self.workspace = workspace
        self.supervisor: Interruptible = _Nobody()

    def start(self) -> None:
        """Start nothing."""
        if self.stopped:
            signal.raise_signal(signal.SIGINT)
        if self.fails:
            raise ServiceFailed(self.fails)

    def stop(self) -> None:
        """Let go of the workspace's port."""
        self.workspace.stop()
