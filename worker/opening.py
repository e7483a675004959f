"""Opening a thread for what was asked for where there is none: by an exact command, or under an answer to one."""

import time

from bot.events import Thread
from bot.outbox import Address
from bot.views.view import View
from tools.spec import Tool
from worker.services import NotYet, Services, Work

NOT_HERE = "I cannot write in this channel. Please invite me first: `/invite @trainmaster`."
NOT_POSTED = "Slack did not take my message within a minute, so I started nothing. Please try again later."
OPENED_SECONDS = 60.0
LOOK_SECONDS = 2.0  #: a job does not wait longer than this for Slack


def needs_a_thread(services: Services, tool: Tool) -> bool:
    """Whether a card comes of a call, a run's or a proposal's, which stands in a thread."""
    return "retry_of" in tool.result.model_fields or services.policy().may_be_gated(tool.permission)


def open_thread(services: Services, work: Work, words: str, *, team: str, channel: str) -> Thread | None:
    """A message in the channel that says what was asked; the thread under it takes the rest. None when not allowed.

    A message that Slack has not taken for a minute is taken back: nothing is to be started so late, and nothing said.

    Raises:
        NotYet: It is not open yet; call again.
        Draining: This process stops; another one goes on.
    """
    name = _name(work)
    services.outbox.post(name, Address(team=team, channel=channel), View(text=words), fence=work.fence)
    services.courier.wake()
    deadline = time.monotonic() + LOOK_SECONDS
    while not (ts := services.outbox.ts_of(name)):
        if services.outbox.refused(name) or services.outbox.withdraw(name, after=OPENED_SECONDS, fence=work.fence):
            return None
        services.pause(0.05)
        if time.monotonic() > deadline:
            raise NotYet
    return Thread(team=team, channel=channel, root=ts)


def begun(services: Services, work: Work) -> bool:
    """Whether a thread was asked for already."""
    return services.outbox.knows(_name(work))


def why_not(services: Services, work: Work) -> str:
    """Why there is no thread."""
    return NOT_POSTED if services.outbox.withdrawn(_name(work)) else NOT_HERE


def _name(work: Work) -> str:
    return f"command:{work.id}:root"
