"""Answering a message: its files first, then its words."""

import re
from dataclasses import replace
from functools import partial

import structlog

from bot.access import Policy
from bot.allowances import Allowances
from bot.errors import BotError, NoPolicy
from bot.events import LONGEST_KEPT_TEXT, Click, FileRef, ProposalEnded, Turn
from bot.mailbox import Accepted
from bot.proposals import Proposal
from bot.spending import person_scope, thread_scope
from bot.views import reply
from bot.views.failure import Failure, failure
from bot.views.help import Help, command_list
from bot.views.stopped import Stopped, stopped
from bot.views.text import person, plain
from bot.views.view import View
from worker import cards, fixing, naming, onboarding, remembering
from worker.accounts import TurnAccount, limited
from worker.agent import own_words
from worker.agent.calls import Calls
from worker.agent.guard import Request
from worker.agent.journal import Outcome, Status
from worker.agent.limits import BudgetSpent, Cancelled, Heed, ModelAway, unheard
from worker.agent.loop import Answered
from worker.agent.outcome import NOTHING, OUTCOME
from worker.agent.turn_saver import TurnSaver
from worker.briefing import briefing
from worker.commands import all_commands
from worker.growing import Growing, break_off
from worker.overhearing import overheard
from worker.progress import TurnProgress
from worker.runs import calls_for
from worker.services import Services, Work
from worker.stopping import Wanted
from worker.unanswered import unanswered

log = structlog.get_logger()

LONGEST_TEXT = LONGEST_KEPT_TEXT - 1
FILES_LOOKS = 6
FILES_PAUSE_SECONDS = 0.05
_IMITATED = re.compile(r"\[\W*(?:approval\W+outcome|(?P<pressed>pressed))\W*\]", re.IGNORECASE)
NO_FILES = (
    "Slack would not tell me whether a file came with this message. If one did, please share it again in this thread."
)


def answer(services: Services, turn: Turn, work: Work) -> None:
    """Answer one message, whatever it holds.

    Raises:
        Draining: This process stops; another one goes on.
        bot.errors.Stale: The lease has passed to somebody else.
    """
    progress = TurnProgress(services.outbox, services.presence, turn.thread, turn.id, work.fence, services.loop.clock)
    progress.begin()
    wanted = Wanted(services.stops, turn.thread, turn.ts, services.loop.clock)
    try:
        wanted()
        shown = onboarding.take_files(services, turn, _files(services, turn, work), work)
        if turn.length > LONGEST_TEXT:
            text = f"Your message has {turn.length:,} characters; I read up to {LONGEST_TEXT:,}. Please shorten it."
            _post(services, turn, work, text)
        elif turn.text:
            _converse(services, turn, work, shown=shown, progress=progress, wanted=wanted)
        elif shown:
            remembering.shared(services, turn, shown, work)
        else:
            _greet(services, turn, work)
    except Cancelled as stop:
        progress.end("stopped")
        _stopped(services, turn, work, stop)
    except (BudgetSpent, ModelAway) as exc:
        progress.end("failed")
        _failed(services, turn, work, what=str(exc), fault="", remedy=_remedy(exc))
    else:
        progress.end()
        services.courier.wake()
        account = _account(services, turn, _policy(services))
        remembering.summarise(services, turn, work, account=account, heed=wanted)


def told(services: Services, ended: ProposalEnded, work: Work) -> None:
    """Tell the conversation what became of an approval that it asked for, so that it can go on; often nothing is left.

    Raises:
        Draining: This process stops; another one goes on.
        bot.errors.Stale: The lease has passed to somebody else.
    """
    kept = services.proposals.load(ended.proposal)
    if kept is None:
        return
    turn = Turn(id=ended.id, thread=ended.thread, actor=ended.actor, ts=ended.thread.root, text=_outcome(kept.proposal))
    silent = TurnProgress(services.outbox, services.presence, turn.thread, turn.id, work.fence, services.loop.clock)
    before = services.stops.asked(turn.thread)  # what was to end then is over; this is told by us
    wanted = Wanted(services.stops, turn.thread, before.ts if before else "", services.loop.clock)
    try:
        _converse(services, turn, work, shown=[], progress=silent, wanted=wanted, asked=turn.text)
    except (BudgetSpent, Cancelled, ModelAway) as exc:
        log.info("outcome_not_taken_up", proposal=ended.proposal, reason=str(exc))  # the thread was told by the card
    silent.end()


def gave_up(services: Services, turn: Turn, work: Work, *, reference: str, fault: str) -> None:
    """Tell the thread that a turn cannot be answered, once, and offer to try again."""
    TurnProgress(services.outbox, services.presence, turn.thread, turn.id, work.fence, services.loop.clock).abandon()
    _failed(services, turn, work, what="I could not finish this.", fault=fault, remedy="", reference=reference)


def retry(services: Services, click: Click, work: Work) -> None:
    """Take a failed turn in again, as a new one."""
    turn = unanswered(services).load(click.value)
    if turn is None:
        text = "I no longer have that message. Please send it again."
        services.outbox.post(f"told:{work.id}", services.alone(click), cards.note(text), fence=work.fence)
        return
    shown = services.plans.load(f"{turn.id}-0") is not None  # its plan card stands: it is not to be shown twice
    files = {"files": (), "files_known": True} if shown else {}
    again = turn.model_copy(update={"id": f"{click.value}-r", **files})
    if services.mailbox.accept(again)[0] is Accepted.FULL:
        text = "Too many messages wait in this thread already. Please press again when some are answered."
        services.outbox.post(f"told:{work.id}", services.alone(click), cards.note(text), fence=work.fence)
        return
    services.outbox.edit(
        f"turn:{click.value}:failed", cards.note(f"🔁 {person(click.actor.user)} asked me to try again."), urgent=True
    )
    services.stops.lift(again.thread)
    services.jobs.attend(again.thread.ref)


def _files(services: Services, turn: Turn, work: Work) -> tuple[FileRef, ...]:
    """The files of a message.

    A mention may be told of without them. The other event of the same message, which comes within a moment, knows them;
    when it does not come, Slack is asked.
    """
    for _ in range(FILES_LOOKS):
        told = services.mailbox.files_of(turn)
        if told is not None:
            return told
        services.pause(FILES_PAUSE_SECONDS)
    try:
        return services.gateway.files_of(channel=turn.thread.channel, thread=turn.thread.root, ts=turn.ts)
    except BotError as exc:
        log.warning("files_not_read_again", reason=type(exc).__name__)
        address = services.address(turn.thread)
        services.outbox.post(f"turn:{turn.id}:files", address, cards.note(NO_FILES), fence=work.fence)
        return ()


def _outcome(proposal: Proposal) -> str:
    """What became of a proposal, as the model reads it."""
    said = [f"{one.by} said {one.verdict}" + (f" ({one.reason})" if one.reason else "") for one in proposal.decisions]
    facts = [f"{OUTCOME} {proposal.id} ({proposal.summary.rstrip('.')}) is {proposal.state}."]
    facts += [proposal.reason] if proposal.reason else []
    facts += [f"Decisions: {'; '.join(said)}."] if said else []
    return " ".join(facts)


def _in_brackets(imitated: re.Match[str]) -> str:
    return "(pressed)" if imitated["pressed"] else "(approval outcome)"


def _converse(
    services: Services,
    turn: Turn,
    work: Work,
    *,
    shown: list[str],
    progress: TurnProgress,
    wanted: Heed,
    asked: str = "",
) -> None:
    asked = asked or _IMITATED.sub(_in_brackets, turn.text)  # nobody but us says what became of a proposal or a card
    asked = remembering.with_files(asked, shown)
    calls = calls_for(services, services.team, work)

    growing = Growing(
        outbox=services.outbox,
        entry=_answer(turn),
        address=services.address(turn.thread),
        reader=turn.actor.user,
        fence=work.fence,
        hide=services.hide,
        show=partial(naming.named, services),
        hosts=services.hosts,
        clock=services.loop.clock,
    )

    def heed() -> None:
        wanted()
        progress.waits()
        growing.look()

    def make_call(call_id: str, name: str, arguments: dict[str, object]) -> Outcome:
        growing.rest()
        progress.step(name if services.has(name) else "a tool that does not exist")
        made = _made(services, turn, work, calls, (call_id, name, arguments), heed=heed, progress=progress)
        return replace(made, text=services.hide(made.text))

    policy = _policy(services)
    account = _account(services, turn, policy)
    answered = services.loop.run(
        turn.id,
        system=briefing(services, turn, policy),
        history=[*remembering.history(services, turn), *overheard(services, turn, work)],
        asked=services.hide(asked),
        saver=TurnSaver(services.connection, team=services.team, fence=work.fence),
        make_call=make_call,
        heed=heed,
        hear=unheard if turn.text.startswith(OUTCOME) else growing.hear,
        account=account,
        limits=limited(services.loop.limits, account.allowances.turn),
        put_off=progress.put_off,
    )
    _say(services, turn, work, answered, account)


def _made(
    services: Services,
    turn: Turn,
    work: Work,
    calls: Calls,
    call: tuple[str, str, dict[str, object]],
    *,
    heed: Heed,
    progress: TurnProgress,
) -> Outcome:
    call_id, name, arguments = call
    if not services.has(name):
        known = ", ".join(tool.name for tool in services.catalogue)
        return Outcome(Status.BAD_ARGUMENTS, f"There is no tool `{plain(name, 60)}`. There are: {known}.")
    request = Request(
        tool=services.tool(name),
        arguments=arguments,
        actor=turn.actor,
        call=services.call(f"{work.id}:{call_id}", channel=turn.thread.channel, thread=turn.thread, actor=turn.actor),
        via="model",
        worded=own_words.ask_for(services.tool(name), arguments, turn.text),
        heed=heed,
        outlast=partial(progress.stopping, name),
    )
    return calls.make(call_id, request)


def _account(services: Services, turn: Turn, policy: Policy | None) -> TurnAccount:
    """Where what a turn spends is counted; without a policy the usual may be spent: the guard lets nothing through."""
    return TurnAccount(
        policy.allowances if policy else Allowances(),
        services.spending,
        thread=thread_scope(turn.thread),
        person=person_scope(turn.actor.user),
        now=services.now,
    )


def _policy(services: Services) -> Policy | None:
    """The policy in force; None without one that can be read."""
    try:
        return services.policy()
    except NoPolicy:
        return None


def _say(services: Services, turn: Turn, work: Work, answered: Answered, account: TurnAccount) -> None:
    model = answered.model or services.loop.thinker.name
    footer = reply.Footer(
        model=model,
        seconds=answered.seconds,
        tools=answered.tools,
        tokens=answered.tokens,
        cost=account.cost(answered.messages),
        currency=account.allowances.currency,
        note=answered.note,
    )
    views = reply.reply(
        reply.Answer(
            text=naming.named(services, services.hide(answered.text)),
            footer=footer,
            hosts=services.hosts,
            offers=fixing.offers(answered.messages),
        )
    )
    if answered.text.strip().rstrip(".") == NOTHING:
        views = []
    for part, view in enumerate(views):
        _put(services, turn, work, view, part=part)
    if not views:
        break_off(services.outbox, _answer(turn), fence=work.fence)
    remembering.remember(services, turn, answered.messages, work)


def _put(services: Services, turn: Turn, work: Work, view: View, *, part: int) -> None:
    """Say a part of the answer; the first one in the place of what was shown while it was written."""
    name, address = _answer(turn, part), services.address(turn.thread)
    if not services.outbox.post(name, address, view, fence=work.fence):
        services.outbox.edit(name, view, urgent=True, fence=work.fence)
        if services.outbox.refused(name):  # somebody took away what had been shown
            services.outbox.post(f"{name}:anew", address, view, fence=work.fence)


def _answer(turn: Turn, part: int = 0) -> str:
    return f"turn:{turn.id}:answer:{part}"


def _greet(services: Services, turn: Turn, work: Work) -> None:
    entries = tuple(line.entry for line in all_commands(services.catalogue))
    view = command_list(Help(entries, model=services.loop.thinker.name))
    services.outbox.post(_answer(turn), services.address(turn.thread), view, fence=work.fence)


def _post(services: Services, turn: Turn, work: Work, text: str) -> None:
    services.outbox.post(_answer(turn), services.address(turn.thread), cards.note(text), fence=work.fence)


def _failed(
    services: Services, turn: Turn, work: Work, *, what: str, fault: str, remedy: str, reference: str = ""
) -> None:
    break_off(services.outbox, _answer(turn), fence=work.fence)
    unanswered(services).keep(turn)
    journal = calls_for(services, services.team, work).journal
    done, waiting = tuple(journal.changes()), tuple(journal.awaiting())
    saved = f"Done before, and kept: {' '.join(done)}" if done else ""
    view = failure(
        Failure(
            what=services.hide(what),
            fault=services.hide(fault),
            saved=saved,
            remedy=remedy,
            reference=reference,
            retry="" if done else turn.id,
        )
    )
    services.outbox.post(f"turn:{turn.id}:failed", services.address(turn.thread), view, fence=work.fence)
    remembering.unfinished(services, turn, f"I gave no answer. {what} {fault}".strip(), (*done, *waiting), work)
    log.info("turn_failed", turn=turn.id, reference=reference)


def _stopped(services: Services, turn: Turn, work: Work, stop: Cancelled) -> None:
    """Tell the thread, and remember, how far it came."""
    break_off(services.outbox, _answer(turn), fence=work.fence)
    journal = calls_for(services, services.team, work).journal
    done, waiting = tuple(journal.changes()), tuple(journal.awaiting())
    undone = tuple(name.replace("_", " ") for name in stop.undone if services.has(name))
    view = stopped(Stopped(by=stop.by, done=done, undone=undone, waiting=waiting))
    services.outbox.post(f"turn:{turn.id}:stopped", services.address(turn.thread), view, fence=work.fence)
    remembering.unfinished(services, turn, "I was stopped before I had answered.", (*done, *waiting), work)
    log.info("turn_stopped", turn=turn.id, by=stop.by)


def _remedy(exc: Exception) -> str:
    if isinstance(exc, ModelAway):
        return exc.remedy or "Exact commands work without the model: `/mlops help` lists them."
    if isinstance(exc, BudgetSpent) and exc.remedy:
        return exc.remedy
    return "Ask for less at once, or use an exact command: `/mlops help` lists them."
