"""The memory of a thread: what a turn starts with, and what is put in short when there is too much of it."""

from langchain_core.messages import AnyMessage

from bot.conversations import Summary
from bot.events import Turn
from worker.agent.limits import Draining, Heed
from worker.agent.loop import Account
from worker.agent.recall import recalled, spoken, to_summarise
from worker.agent.summary import Summariser
from worker.services import Services, Work


def history(services: Services, turn: Turn) -> list[AnyMessage]:
    """What was said before in this thread; of this turn nothing, also when it is taken up again."""
    ref = turn.thread.ref
    exchanges = [one for one in services.conversations.load(ref) if one.turn != turn.id]
    return recalled(exchanges, services.conversations.summary(ref))


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

    before = services.conversations.summary(ref)
    writer = Summariser(services.loop.thinker, account, services.loop.clock, going_on)
    text, by = writer.write(before.text if before else "", [spoken(one) for one in exchanges[:number]])
    summary = Summary(services.hide(text), number + (before.turns if before else 0), by)
    services.conversations.fold(ref, summary, upto=exchanges[number - 1].turn, fence=work.fence)
