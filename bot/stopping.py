"""Ending a process when it is told to."""

import os
from threading import Event, Timer

#: What is under way after that is handed over by its lease, or its claim, running out.
DRAIN_SECONDS = 8.0


def end_in_time(stop: Event) -> None:
    """Set `stop`, and end this process in any case within `DRAIN_SECONDS`: what hangs must keep no supervisor waiting.

    For signal handlers. The net comes first: where the handler interrupts a wait for this very event, setting it hangs.
    """
    late = Timer(DRAIN_SECONDS, os._exit, (0,))
    late.daemon = True
    late.start()
    stop.set()
