"""Answering `/mlops …`: for the person alone, or, where a run or a file comes of it, in a thread of its own."""

import time

import structlog

from bot.events import Click, Command, Submission, Thread
from bot.outbox import Address
from bot.proposals import Verdict
from bot.views import reply
from bot.views.text import code, person
from bot.views.view import View
from tools.spec import Effect
from worker import cards, deciding, enclosing, naming
from worker.agent.guard import Request
from worker.agent.journal import Outcome, Status
from worker.agent.limits import Draining
from worker.commands import Decided, NotACommand, Parsed, decision_in, parse
from worker.runs import calls_for
from worker.services import NotYet, Services, Work

log = structlog.get_logger()

FAILED = "This failed through a fault of mine, not yours. If it keeps happening, name this reference: {reference}."
NOT_HERE = "I cannot write in this channel. Please invite me first: `/invite @trainmaster`."
NOT_POSTED = "Slack did not take my message within a minute, so I started nothing. Please try again later."
OPENED_SECONDS = 60.0
LOOK_SECONDS = 2.0  #: a job does not wait longer than this for Slack


def answer(services: Services, command: Command, work: Work) -> None:
    """Do what an exact command says.

    Raises:
        NotYet: Its thread is not open yet; call again.
        Draining: This process stops; another one goes on.
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
    if parsed.tool.effect is not Effect.READ and _needs_a_thread(services, parsed):
        begun = services.outbox.knows(f"command:{work.id}:root")
        if not begun and (fault := services.guard.fault(_request(services, command, work, parsed, None))):
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
        for part, view in enumerate(_views(services, outcome)):
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


def _needs_a_thread(services: Services, parsed: Parsed) -> bool:
    """Whether a card comes of it, a run's or a proposal's, which stands in a thread."""
    return "retry_of" in parsed.tool.result.model_fields or services.policy().may_be_gated(parsed.tool.permission)


def _open_thread(services: Services, command: Command, work: Work) -> Thread | None:
    """A message in the channel that says what was asked; the thread under it takes the rest. None when not allowed.

    A message that Slack has not taken for a minute is taken back: nothing is to be started so late, and nothing said.
    """
    name = f"command:{work.id}:root"
    words = f"{person(command.actor.user)} asked for {code(f'/mlops {command.text}', 200)}"
    services.outbox.post(name, Address(team=command.team, channel=command.channel), View(text=words), fence=work.fence)
    services.courier.wake()
    deadline = time.monotonic() + LOOK_SECONDS
    while not (ts := services.outbox.ts_of(name)):
        if services.outbox.refused(name) or services.outbox.withdraw(name, after=OPENED_SECONDS, fence=work.fence):
            return None
        if services.draining.wait(0.05):
            raise Draining
        if time.monotonic() > deadline:
            raise NotYet
    return Thread(team=command.team, channel=command.channel, root=ts)


def _say_unopened(services: Services, command: Command, work: Work) -> None:
    withdrawn = services.outbox.withdrawn(f"command:{work.id}:root")
    _respond(services, command, work, cards.note(NOT_POSTED if withdrawn else NOT_HERE))


def _views(services: Services, outcome: Outcome) -> list[View]:
    text = outcome.text if outcome.status is Status.DONE else f"✗ {outcome.text}"
    return reply.reply(reply.Answer(text=naming.named(services, text), hosts=services.hosts))


def _respond(services: Services, command: Command, work: Work, view: View, *, part: int = 0) -> None:
    address = Address(team=command.team, channel=command.channel, response_url=command.response_url)
    services.outbox.post(f"command:{work.id}:answer:{part}", address, view, fence=work.fence)
