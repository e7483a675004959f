"""What people said in a thread among themselves, and before we were called in: read again for each turn, never kept."""

import re

import structlog
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from bot import conduct
from bot.errors import BotError
from bot.events import Turn
from bot.said import Said
from bot.views.text import person, plain
from worker import cards
from worker.agent.fitting import OVERHEARD_CHARACTERS, fenced
from worker.agent.outcome import OVERHEARD, RECALLED
from worker.agent.trimming import short
from worker.services import Services, Work

log = structlog.get_logger()

MOST = 30  #: messages, the newest before the turn
LONGEST = 1_000  #: characters of one
HEARD = "I keep that in mind."
NOT_READ = (
    "Slack does not let me read what was said in this thread before you called me, so I answer without it. "
    "Tell me what matters of it."
)
_TS = re.compile(r"-(\d+\.\d+)(?:-r)*$")


def overheard(services: Services, turn: Turn, work: Work) -> list[AnyMessage]:
    """What was said in the thread that was not said to us, as a model is told it; nothing where nothing was.

    When Slack does not tell, the thread is told so.
    """
    thread = turn.thread
    if turn.ts == thread.root or not conduct.overheard(services.talk.of(thread.ref)):
        return []
    try:
        said, more = services.gateway.said_before(channel=thread.channel, thread=thread.root, ts=turn.ts, most=MOST)
    except BotError as exc:
        log.warning("thread_not_read", reason=type(exc).__name__)
        services.outbox.post(f"turn:{turn.id}:unread", services.address(thread), cards.note(NOT_READ), fence=work.fence)
        return []
    known = {found[1] for one in services.conversations.load(thread.ref) if (found := _TS.search(one.turn))}
    lines = [services.hide(_line(one)) for one in said if one.ts not in known]
    return _told(lines, left_out=more) if lines else []


def _line(said: Said) -> str:
    files = f" [shared: {', '.join(plain(name, 60) for name in said.files)}]" if said.files else ""
    who = person(said.by) if said.by else "another app"
    return f"{who}: {short(said.text, LONGEST)}{files}"


def _told(lines: list[str], *, left_out: bool) -> list[AnyMessage]:
    """The newest lines that there is room for, oldest first."""
    kept: list[str] = []
    room = OVERHEARD_CHARACTERS - 300  # what stands around them
    for line in reversed(lines):
        room -= len(line) + 1
        if room < 0:
            left_out = True
            break
        kept.append(line)
    if left_out:
        kept.append("(older messages are left out)")
    text = "\n".join(reversed(kept))
    return [HumanMessage(fenced(OVERHEARD, text, seed=text), name=RECALLED), AIMessage(HEARD, name=RECALLED)]
