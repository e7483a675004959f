"""What is remembered of conversations and people: shown, and forgotten when somebody wants that.

What is not forgotten is what was done and decided, and what keeps a crash from doing it twice.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from langchain_core.messages import AIMessage, HumanMessage, messages_from_dict

from bot.conversations import Exchange, Gone, Summary
from bot.events import Thread
from bot.outbox import ENTRY_SECONDS
from bot.retention import DAY
from bot.spending import SPENT_SECONDS, person_scope
from bot.views.text import count
from tools.desk.remembered import Forgotten, SaidOnce, StillKept, Stored
from tools.errors import BadArguments, Refused
from tools.spec import Origin
from worker.agent.journal import JOURNAL_SECONDS
from worker.agent.saver import RedisSaver
from worker.services import Services
from worker.unanswered import unanswered

THREADS_READ = 30  #: for an export in words; the count is of all
MOST_SAID = 60
LONGEST_SAID = 300  #: characters of a question or an answer
LISTED = 500  #: proposals looked through
_LINK = re.compile(
    r"<?https?://[^\s|>]+/archives/(?P<channel>[CDG][A-Z0-9]+)/p(?P<seconds>\d{10})(?P<rest>\d{6})"
    r"(?:\?[^\s|>]*?\bthread_ts=(?P<root>\d{10}\.\d{6}))?[^\s|>]*(?:\|[^>]*)?>?"
)
_ASKED = re.compile(r"-(\d{10}\.\d{6})(?:-r)*$")  #: a message's turn; others were not asked by anybody
NO_LINK = (
    "A command belongs to no thread. Say `forget this conversation` in the thread itself, or type `/mlops forget` with "
    "the link of one of its messages (Slack: ⋮, Copy link)."
)
NO_SUCH = "That is no link of a message here. In Slack, the menu ⋮ of a message has `Copy link`."
NOT_YOURS = (
    "You have asked nothing in that conversation, and it is not in this channel, so I leave it. Somebody who has can "
    "say `forget this conversation` in it."
)


def conversation_named(services: Services, named: str, asked_in: Origin) -> str:
    """The thread that somebody means, by its link or its reference; the one they ask in when none is said.

    Raises:
        BadArguments: There is no such thread.
        Refused: It is none of theirs.
    """
    thread = _thread(services, named.strip(), asked_in)
    here = thread.ref == asked_in.thread or thread.channel == asked_in.channel
    if not here and thread.ref not in services.conversations.threads_of(asked_in.actor, team=services.team):
        raise Refused(NOT_YOURS)
    return thread.ref


def remembers(services: Services, ref: str) -> bool:
    """Whether anything of a conversation is remembered."""
    return bool(services.conversations.load(ref) or services.conversations.summary(ref))


def forget_conversation(services: Services, ref: str) -> Forgotten:
    """Forget a thread: what was said, its summary, and the questions and steps that were kept to go on with."""
    gone = services.conversations.forget(ref)
    services.talk.forget(ref)
    failed = [turn.id for turn in unanswered(services).all() if turn.thread.ref == ref]
    _forget_steps(services, {*gone.turns, *failed})
    return Forgotten(forgotten=_words([gone], failed), kept=_kept(services))


def forget_person(services: Services, user: str) -> Forgotten:
    """Forget what somebody has asked, wherever that was, and what Slack said of them."""
    threads = services.conversations.threads_of(user, team=services.team)
    gone = [services.conversations.forget_person(ref, user) for ref in threads]
    failed = [turn.id for turn in unanswered(services).all() if turn.actor.user == user]
    _forget_steps(services, {*failed, *(turn for one in gone for turn in one.turns)})
    services.outbox.forget(f"command:{services.team}-{user}-")
    services.directory.forget(user)
    services.talk.forget_person(user, team=services.team)
    profile = "what Slack had said of your membership and time zone; it is asked anew when you next ask me something"
    spoke = "when you spoke in threads that I am in"
    return Forgotten(forgotten=(*_words(gone, failed), spoke, profile), kept=_kept(services))


def stored(services: Services, user: str, *, words: bool) -> Stored:
    """What is stored about somebody.

    Args:
        services: What it is read from.
        user: The person's id.
        words: Whether what they asked is told, too.
    """
    threads = services.conversations.threads_of(user, team=services.team)
    turns, said = 0, list[SaidOnce]()
    for number, ref in enumerate(threads):
        theirs = [one for one in services.conversations.load(ref) if one.actor == user and _ASKED.search(one.turn)]
        turns += len(theirs)
        if words and number < THREADS_READ:
            said += [_said(ref, one) for one in theirs]
    said.sort(key=lambda one: one.at, reverse=True)
    return Stored(person=user, kinds=_kinds(services, user, turns, threads), said=tuple(said[:MOST_SAID]), turns=turns)


def _thread(services: Services, named: str, asked_in: Origin) -> Thread:
    if not named and not asked_in.thread:
        raise BadArguments(NO_LINK)
    if link := _LINK.fullmatch(named):
        root = link["root"] or f"{link['seconds']}.{link['rest']}"
        return Thread(team=services.team, channel=link["channel"], root=root)
    try:
        thread = Thread.from_ref(named or asked_in.thread)
    except ValueError:
        raise BadArguments(NO_SUCH) from None
    if thread.team != services.team:
        raise BadArguments(NO_SUCH)
    return thread


def _forget_steps(services: Services, turns: set[str]) -> None:
    """Forget what was kept to go on with these turns, and the words of what they had posted."""
    services.outbox.forget(f"turn:{services.team}-", lambda name: name.split(":")[1] in turns)
    saver = RedisSaver(services.connection, team=services.team, fence=None)
    for turn in turns:
        saver.delete_thread(turn)
        unanswered(services).forget(turn)


def _words(gone: Iterable[Gone], failed: list[str]) -> tuple[str, ...]:
    told = list(gone)
    turns, summarised = sum(len(one.turns) for one in told), sum(one.summarised for one in told)
    where = sum(bool(one.turns) for one in told)
    found = []
    if turns:
        several = f" in {count(where, 'conversation')}" if where > 1 else ""
        found.append(f"{count(turns, 'turn')}{several}: what was asked, which tools were called, what was answered")
    if summarised:
        found.append(f"the summary of {count(summarised, 'older turn')}")
    if failed:
        found.append(f"{count(len(failed), 'question')} kept for `Try again`")
    return tuple(found)


def _kept(services: Services) -> tuple[StillKept, ...]:
    days = services.policies.retention()
    return (
        StillKept(what="What stands in Slack", until="as long as Slack has it", why="only people can delete it there"),
        StillKept(
            what="That my answers were posted, and cards of runs, files and proposals",
            until=f"for {_days(ENTRY_SECONDS)} each",
            why="so that nothing is posted twice, and cards tell what comes of them",
        ),
        StillKept(
            what="What calls of tools gave, and marks of what was taken in",
            until=f"for {_days(JOURNAL_SECONDS)}",
            why="so that nothing is done twice after a crash",
        ),
        StillKept(
            what="Proposals and decisions",
            until=f"for {_days(days.proposals)} after the last change",
            why="they wait for people, or say who agreed to what",
        ),
        StillKept(
            what="Shared pipeline files",
            until=f"for {_days(days.files)}, and registered ones as long as their pipelines",
            why="cards and runs need them",
        ),
        StillKept(
            what="What was spent",
            until=f"for {_days(SPENT_SECONDS)}",
            why="a budget does not begin anew by forgetting",
        ),
        StillKept(
            what="The audit log",
            until="for good",
            why="it says who changed, decided or was refused what, and that this was forgotten",
        ),
    )


def _kinds(services: Services, user: str, turns: int, threads: list[str]) -> tuple[StillKept, ...]:
    days = services.policies.retention()
    proposals = [
        one
        for one in services.proposals.recent(LISTED)
        if one.requester == user or any(said.by == user for said in one.decisions)
    ]
    summaries = [found for ref in threads if (found := services.conversations.summary(ref)) is not None]
    spent = services.spending.of(services.now().date(), person_scope(user))
    asked = (
        f"{count(turns, 'question')} of yours in {count(len(threads), 'conversation')}, with what was done and answered"
    )
    return (
        StillKept(what=asked, until=f"for {_days(days.conversations)} after a conversation's last turn"),
        *([_of_summaries(summaries)] if summaries else []),
        StillKept(
            what=f"{count(len(proposals), 'proposal')} that you made or decided",
            until=f"for {_days(days.proposals)} after the last change",
        ),
        StillKept(
            what=f"what you spent today: {spent.tokens:,} tokens, {count(spent.calls, 'tool call')}",
            until=f"for {_days(SPENT_SECONDS)}",
        ),
        StillKept(what="pipeline files that you shared", until=f"for {_days(days.files)}"),
        StillKept(what="messages to you as they were posted", until=f"for {_days(ENTRY_SECONDS)} each"),
        StillKept(what="what your calls of tools gave", until=f"for {_days(JOURNAL_SECONDS)}"),
        StillKept(
            what="when you spoke in threads that I am in, without the words",
            until=f"for {_days(days.mailboxes)} after the thread's last message",
        ),
        StillKept(what="whether you are a full member, and your time zone", until="for 15 minutes"),
        StillKept(what="the audit log's records of what you changed, decided or were refused", until="for good"),
    )


def _of_summaries(summaries: list[Summary]) -> StillKept:
    turns = count(sum(one.turns for one in summaries), "older turn")
    where = count(len(summaries), "conversation")
    return StillKept(what=f"summaries of {turns} in {where}, of yours and others'", until="for as long")


def _said(ref: str, exchange: Exchange) -> SaidOnce:
    messages = messages_from_dict(exchange.messages)
    asked = next((message.text for message in messages if isinstance(message, HumanMessage)), "")
    answered = next((message.text for message in reversed(messages) if isinstance(message, AIMessage)), "")
    when = _ASKED.search(exchange.turn)
    return SaidOnce(
        at=datetime.fromtimestamp(float(when[1]) if when else 0.0, UTC),
        channel=Thread.from_ref(ref).channel,
        asked=_short(asked),
        answered=_short(answered),
    )


def _short(text: str) -> str:
    """A text on one line, up to its last whole word; that it is cut is said."""
    line = " ".join(text.split())
    if len(line) <= LONGEST_SAID:
        return line
    return f"{line[:LONGEST_SAID].rsplit(' ', 1)[0]} … ({len(line):,} characters)"


def _days(seconds: int) -> str:
    return count(seconds // DAY, "day")
