"""The memory of a thread: what a turn starts with, what is added, and what is put in short when it is too much."""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, messages_to_dict

from bot.conversations import Exchange, Summary
from bot.events import Click, Turn
from worker.agent.journal import Outcome
from worker.agent.limits import Draining, Heed
from worker.agent.loop import Account, told
from worker.agent.outcome import PRESSED
from worker.agent.recall import recalled, spoken, to_summarise
from worker.agent.summary import Awaited, Summariser
from worker.services import Services, Work

NO_WORDS = "(a file without words)"


def history(services: Services, turn: Turn) -> list[AnyMessage]:
    """What was said before in this thread; of this turn nothing, also when it is taken up again."""
    ref = turn.thread.ref
    kept = services.conversations.load(ref)
    if not kept:  # nor is there a summary: the newest turn is never put in short
        return []
    return recalled([one for one in kept if one.turn != turn.id], services.conversations.summary(ref))


def remember(services: Services, turn: Turn | Click, messages: Sequence[AnyMessage], work: Work) -> None:
    """Keep what was asked or pressed, and what came of it; the same twice is kept once.

    Raises:
        bot.errors.Stale: The lease has passed to somebody else; nothing was remembered.
    """
    exchange = Exchange(turn=turn.id, messages=messages_to_dict(messages), actor=turn.actor.user)
    services.conversations.append(turn.thread.ref, exchange, fence=work.fence)


def unfinished(services: Services, turn: Turn, why: str, facts: Sequence[str], work: Work) -> None:
    """Keep that a turn has no answer, with what was done all the same."""
    words = " ".join((why, *facts))
    remember(
        services, turn, [HumanMessage(services.hide(turn.text or NO_WORDS)), AIMessage(services.hide(words))], work
    )


def shared(services: Services, turn: Turn, shown: Sequence[str], work: Work) -> None:
    """Keep which files a message without words brought, and what became of them."""
    asked = services.hide(with_files("", shown))
    answered = "What I found in a file, or why I refused it, stands on its card. Its owner decides there."
    remember(services, turn, [HumanMessage(asked), AIMessage(answered)], work)


def with_files(asked: str, shown: Sequence[str]) -> str:
    """What was asked, with the note of what became of each file that came with it."""
    note = f"[files shared with this message: {'; '.join(shown)}]" if shown else ""
    return "\n\n".join(part for part in (asked, note) if part)


def pressed(
    services: Services,
    click: Click,
    what: str,
    made: Sequence[tuple[str, dict[str, object], Outcome]],
    work: Work,
) -> None:
    """Keep which button somebody pressed, and the calls that it led to, with what they gave."""
    messages: list[AnyMessage] = [HumanMessage(services.hide(f"{PRESSED} {what}"))]
    calls = [{"name": name, "args": arguments, "id": f"{click.id}:{name}"} for name, arguments, _ in made]
    if calls:
        messages.append(AIMessage("", tool_calls=calls))
    for call, (_, _, outcome) in zip(calls, made, strict=True):
        messages.append(told(call, outcome, text=services.hide(outcome.text)))
    messages.append(AIMessage("It is done, and the card says so." if not made else services.hide(made[-1][2].text)))
    remember(services, click, messages, work)


def summarise(services: Services, turn: Turn, work: Work, *, account: Account, heed: Heed) -> None:
    """Put the older turns of a thread in short, where there are too many.

    Raises:
        bot.errors.Stale: The lease has passed to somebody else; nothing was changed.
    """
    ref = turn.thread.ref
    exchanges = services.conversations.load(ref)
    number = to_summarise(exchanges)
    if not number:
        return

    def going_on() -> None:
        heed()
        if services.draining.is_set():
            raise Draining
        if services.mailbox.waits_behind(ref):
            raise Awaited

    before = services.conversations.summary(ref)
    writer = Summariser(services.loop.thinker, account, services.loop.clock, going_on)
    try:
        text, by = writer.write(before.text if before else "", [spoken(one) for one in exchanges[:number]])
    except Awaited:
        return  # after that one; until then the older turns are put in short as they are recalled
    summary = Summary(services.hide(text), number + (before.turns if before else 0), by)
    services.conversations.fold(ref, summary, upto=exchanges[number - 1].turn, fence=work.fence)
