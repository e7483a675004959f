"""Answering `/mlops …`: for the person alone, or, where a run or a file comes of it, in a thread of its own."""

import structlog

from bot.events import Click, Command, Submission, Thread
from bot.outbox import Address
from bot.proposals import Verdict
from bot.views import reply
from bot.views.text import code, person
from bot.views.view import View
from tools.spec import Effect
from worker import cards, deciding, enclosing, fixing, naming, opening, tracing
from worker.agent.guard import Request
from worker.agent.journal import Outcome, Status
from worker.commands import Decided, NotACommand, Parsed, decision_in, parse
from worker.runs import calls_for
from worker.services import Services, Work

log = structlog.get_logger()

FAILED = "This failed through a fault of mine, not yours. If it keeps happening, name this reference: {reference}."


def answer(services: Services, command: Command, work: Work) -> None:
    """Do what an exact command says.

    Raises:
        worker.services.NotYet: Its thread is not open yet; call again.
        worker.agent.limits.Draining: This process stops; another one goes on.
        bot.errors.Stale: The lease has passed to somebody else.
    """
    try:
        if decision := decision_in(command.text):
            _decide(services, command, decision, work)
            return
        parsed = parse(command.text, services.catalogue)
    except NotACommand as exc:
        _respond(services, command, work, cards.note(str(exc)))
        return
    thread = None
    if parsed.tool.effect is not Effect.READ and opening.needs_a_thread(services, parsed.tool):
        request = _request(services, command, work, parsed, None)
        if not opening.begun(services, work) and (fault := services.guard.fault(request)):
            _respond(services, command, work, naming.note(services, f"✗ {fault}"))
            return
        thread = _open_thread(services, command, work)
        if thread is None:
            _say_unopened(services, command, work)
            return
    outcome = _called(services, command, work, parsed, thread)
    if outcome.files and thread is None:  # no file can be shown to one person alone
        thread = _open_thread(services, command, work)
        if thread is None:
            _say_unopened(services, command, work)
            return
        enclosing.send(services, outcome, thread, work.id, work)
    if thread is not None:
        view = naming.note(services, outcome.text)
        services.outbox.post(f"command:{work.id}:answer", services.address(thread), view, fence=work.fence)
    else:
        for part, view in enumerate(_views(services, parsed, outcome)):
            _respond(services, command, work, view, part=part)


def failed(services: Services, command: Command, work: Work, *, reference: str) -> None:
    """Tell the person that the command failed."""
    _respond(services, command, work, View(text=FAILED.format(reference=reference)))


def click_failed(services: Services, click: Click | Submission, work: Work, *, reference: str) -> None:
    """Tell the person that the press of a button failed."""
    services.outbox.post(
        f"told:{work.id}", services.alone(click), View(text=FAILED.format(reference=reference)), fence=work.fence
    )


def _called(services: Services, command: Command, work: Work, parsed: Parsed, thread: Thread | None) -> Outcome:
    request = _request(services, command, work, parsed, thread)
    return calls_for(services, command.team, work).make(parsed.tool.name, request)


def _request(services: Services, command: Command, work: Work, parsed: Parsed, thread: Thread | None) -> Request:
    return Request(
        tool=parsed.tool,
        arguments=parsed.arguments,
        actor=command.actor,
        call=services.call(work.id, channel=command.channel, thread=thread, actor=command.actor),
        via="command",
        place=command.channel,
    )


def _decide(services: Services, command: Command, decision: Decided, work: Work) -> None:
    """Take down an approval or a rejection; the proposal's card shows what comes of it."""
    verdict = Verdict.APPROVE if decision.approves else Verdict.REJECT
    voice = deciding.Voice(actor=command.actor, verdict=verdict, via="command", typed=decision.rest)
    problem = deciding.say(services, decision.proposal, voice, work)
    done = f"{code(decision.proposal)} is {'approved' if decision.approves else 'rejected'} by you; its card shows it."
    _respond(services, command, work, View(text=problem or done))


def _open_thread(services: Services, command: Command, work: Work) -> Thread | None:
    words = f"{person(command.actor.user)} asked for {code(f'/mlops {command.text}', 200)}"
    return opening.open_thread(services, work, words, team=command.team, channel=command.channel)


def _say_unopened(services: Services, command: Command, work: Work) -> None:
    _respond(services, command, work, cards.note(opening.why_not(services, work)))


def _views(services: Services, parsed: Parsed, outcome: Outcome) -> list[View]:
    if traced := tracing.card(services, parsed.tool, outcome):
        return [traced]
    text = outcome.text if outcome.status is Status.DONE else f"✗ {outcome.text}"
    offers = fixing.offers_of(parsed.tool.name, outcome.data)
    return reply.reply(reply.Answer(text=naming.named(services, text), hosts=services.hosts, offers=offers))


def _respond(services: Services, command: Command, work: Work, view: View, *, part: int = 0) -> None:
    address = Address(team=command.team, channel=command.channel, response_url=command.response_url)
    services.outbox.post(f"command:{work.id}:answer:{part}", address, view, fence=work.fence)
