"""Files that tools give: kept when a call gives them, and sent into the thread once the call is done."""

import hashlib
from dataclasses import dataclass

from bot.enclosures import Enclosure, Enclosures
from bot.events import Thread
from bot.views.enclosed import enclosed
from tools.spec import File
from worker.agent.journal import Outcome
from worker.services import Services, Work


@dataclass(frozen=True, slots=True)
class Enclosing:
    """Keeps what a call gives until Slack has it."""

    enclosures: Enclosures

    def __call__(self, name: str, file: File) -> Enclosure:
        """Keep a file; another content under the same name, after a crash, is another file.

        Args:
            name: The call's, and the file's place in what it gave.
            file: The file.
        """
        kept = f"{name}:{hashlib.sha256(file.content).hexdigest()[:12]}"
        self.enclosures.keep(kept, file.content)
        return Enclosure(kept, file.name, file.title, file.said, file.alt)


def send(services: Services, outcome: Outcome, thread: Thread, call: str, work: Work) -> None:
    """Send what a call gave into a thread, in order; doing it again after a crash sends nothing twice.

    Args:
        services: What sends it.
        outcome: How the call ended.
        thread: Where it goes.
        call: The call's key.
        work: Under which lease.

    Raises:
        bot.errors.Stale: The lease has passed to somebody else.
    """
    for place, one in enumerate(outcome.files):
        services.outbox.post(
            f"call:{call}:file:{place}",
            services.address(thread),
            enclosed(one.title, one.said),
            enclosure=one,
            fence=work.fence,
        )
