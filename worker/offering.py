"""The private offer to look at a pipeline file that somebody shared without turning to us, and what comes of it.

Nothing of it is kept: its buttons say which message they are about, and Slack is asked anew what is there. Taken up, it
is the turn of that very message, so that whatever else calls us to it, it is looked at once.
"""

from dataclasses import replace

import structlog

from bot.conduct import Speech, To
from bot.errors import BotError, Denied, MembershipUnknown, NoPolicy, SlackRefused
from bot.events import Click, Dropped, FileRef, Thread, Turn
from bot.mailbox import Accepted
from bot.offers import is_pipeline
from bot.outbox import Address
from bot.views import actions
from bot.views import offer as views
from bot.views.text import person
from bot.views.view import View
from worker.services import Services, Work

log = structlog.get_logger()

ACTIONS = frozenset({actions.OFFER_LOOK, actions.OFFER_LEAVE})
TOOL = "register_pipeline"  #: who may not use it is offered nothing
FULL = "Too many messages wait in this thread already. Please press again when some are answered."
NOT_READ = "I could not look whether the file is still there. {why} Nothing was done; the button still works."
_NO_MESSAGE = {"message_not_found", "thread_not_found"}


def offer(services: Services, dropped: Dropped, work: Work) -> None:
    """Ask who shared pipeline files, and nobody else, whether we shall look at them.

    Who may register none is left alone.

    Raises:
        bot.errors.Stale: The lease has passed to somebody else.
    """
    thread, actor = dropped.thread, dropped.actor
    try:
        services.policy().may(
            actor, services.tool(TOOL).permission, channel=thread.channel, directory=services.directory
        )
    except (Denied, NoPolicy, MembershipUnknown) as exc:  # nobody has asked for it: silence is the safer mistake
        log.info("not_offered", message=dropped.id, reason=type(exc).__name__)
        return
    view = views.offer(views.Offer(message=thread.root, user=actor.user, names=dropped.names))
    address = Address(team=thread.team, channel=thread.channel, user=actor.user)
    services.outbox.post(f"offer:{dropped.id}", address, view, fence=work.fence)
    log.info("offered", message=dropped.id, files=len(dropped.names))


def pressed(services: Services, click: Click, work: Work) -> None:
    """`Look at it`, or `Not now`.

    Raises:
        bot.errors.Stale: The lease has passed to somebody else.
    """
    ts, user = views.offer_of(click.value)
    if click.actor.user != user:
        _tell(services, click, work, View(text=f"Only {person(user)}, who shared the file, can decide this."))
    elif click.action == actions.OFFER_LEAVE:
        _tell(services, click, work, View(text=""), instead=True)
        log.info("offer_declined", message=ts)
    else:
        _look(services, click, work, click.thread.model_copy(update={"root": ts}))


def _look(services: Services, click: Click, work: Work, thread: Thread) -> None:
    try:
        files = _still_there(services, thread)
    except BotError as exc:
        _tell(services, click, work, View(text=NOT_READ.format(why=exc)))
        return
    if not files:
        _tell(services, click, work, views.gone(), instead=True)
        return
    if _accepted(services, click, thread, files) is Accepted.FULL:
        _tell(services, click, work, View(text=FULL))
        return
    services.jobs.attend(thread.ref)
    _tell(services, click, work, views.taken_up(tuple(file.name for file in files)), instead=True)
    log.info("offer_taken_up", message=thread.root)


def _accepted(services: Services, click: Click, thread: Thread, files: tuple[FileRef, ...]) -> Accepted:
    """Take the message in as though it had been shared with us: its files, and not its words, which were for others."""
    turn = Turn(
        id=f"{thread.team}-{thread.channel}-{thread.root}",
        thread=thread,
        actor=click.actor,
        ts=thread.root,
        text="",
        files=files,
    )
    services.talk.hear(thread, Speech(click.at, click.actor.user, To.US), calls=True)
    if not services.mailbox.answers(thread.ref):
        services.stops.lift(thread)  # what it was about is over, and older than the press
    return services.mailbox.accept(turn, at=click.at)[0]


def _still_there(services: Services, thread: Thread) -> tuple[FileRef, ...]:
    """The pipeline files of the message, as Slack has them now.

    Raises:
        bot.errors.BotError: Slack does not tell.
    """
    try:
        found = services.gateway.files_of(channel=thread.channel, thread=thread.root, ts=thread.root)
    except SlackRefused as exc:
        if exc.reason in _NO_MESSAGE:
            return ()
        raise
    return tuple(file for file in found if is_pipeline(file))


def _tell(services: Services, click: Click, work: Work, view: View, *, instead: bool = False) -> None:
    """Tell who pressed, and nobody else; `instead` of the offer itself where it is over."""
    address = replace(services.alone(click), instead=instead)
    services.outbox.post(f"told:{work.id}", address, view, fence=work.fence)
