"""Trigger ids: leave to open a modal, for three seconds and once."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from demo.workspace.identifiers import new_trigger

LIFE_SECONDS = 3.0
_REMEMBERED_SECONDS = 3600.0  #: how long a spent one is told from one that never was

TriggerFault = Literal["invalid_trigger_id", "expired_trigger_id", "exchanged_trigger_id"]


class TriggerRefused(Exception):
    """A trigger id is worth nothing (any more); `args[0]` is Slack's word for it."""

    def __init__(self, fault: TriggerFault) -> None:
        super().__init__(fault)
        self.fault: TriggerFault = fault


@dataclass(slots=True)
class _Trigger:
    user: str
    view_id: str
    made: float
    used: bool = False


class Triggers:
    """The trigger ids that were handed out."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._made: dict[str, _Trigger] = {}
        self._lock = threading.Lock()

    def issue(self, user: str, view_id: str = "") -> str:
        """A new one for what `user` just did; `view_id` says in which view, if in one."""
        trigger_id = new_trigger()
        with self._lock:
            now = self._clock()
            self._made = {t: known for t, known in self._made.items() if known.made > now - _REMEMBERED_SECONDS}
            self._made[trigger_id] = _Trigger(user, view_id, now)
        return trigger_id

    def holder(self, trigger_id: str) -> tuple[str, str]:
        """Whose it is, and the view it came from (or empty), if it is still good; this does not use it up.

        Raises:
            TriggerRefused: It is not.
        """
        with self._lock:
            trigger = self._made.get(trigger_id)
            if trigger is None:
                raise TriggerRefused("invalid_trigger_id")
            if trigger.used:
                raise TriggerRefused("exchanged_trigger_id")
            if self._clock() - trigger.made > LIFE_SECONDS:
                raise TriggerRefused("expired_trigger_id")
            return trigger.user, trigger.view_id

    def exchange(self, trigger_id: str) -> None:
        """Use it up.

        Raises:
            TriggerRefused: It is good for nothing, or somebody was quicker.
        """
        self.holder(trigger_id)
        with self._lock:
            if self._made[trigger_id].used:
                raise TriggerRefused("exchanged_trigger_id")
            self._made[trigger_id].used = True
