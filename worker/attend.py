"""Taking one item out of its box and seeing it through."""

import secrets

import redis
import structlog

from bot.errors import Stale
from bot.events import Click, Command, Dropped, ProposalDue, ProposalEnded, RunChanged, Submission, Turn, Unreadable
from bot.mailbox import Lease
from bot.outbox import Address
from bot.views import actions
from tools import deadline
from tools.errors import BadArguments, ToolError
from worker import applying, cards, commanding, deciding, fixing, offering, onboarding, promoting, runs, turns
from worker.agent.limits import Draining
from worker.services import NotYet, Services, Work

log = structlog.get_logger()

MOST_ATTEMPTS = 3
READ_SECONDS = 60.0  #: for all that is read of a run, its log's late lines included
CRASHED = "My worker stopped in the middle of it {attempts} times, so I will not try it again by myself."
UNREADABLE = "I was changed to another version while your request waited, and cannot read it now. Please send it again."
OURS = "This is a fault of mine, not yours."

_PLAN_ACTIONS = {
    actions.PLAN_REGISTER_AND_RUN,
    actions.PLAN_REGISTER,
    actions.PLAN_DISCARD,
    actions.PLAN_CHOOSE_FLOW,
}


def attend(services: Services, box: str) -> None:
    """Do the next thing in a box, unless somebody else is at it; then have the rest attended to.

    Raises:
        redis.RedisError: Redis is away: the lease runs out and another worker goes on from the last checkpoint.
    """
    lease = services.mailbox.take(box)
    if lease is None:
        return
    with (
        structlog.contextvars.bound_contextvars(box=box, item=lease.item.id, attempt=lease.attempt),
        services.mailbox.kept(lease),
    ):
        finished = _see_through(services, lease)
    try:
        if finished and services.mailbox.finish(lease):
            services.jobs.attend(box)
    except Stale:
        log.warning("lease_lost_at_the_end", box=box)  # what was said is named, so that the next owner repeats nothing
    services.courier.wake()


def _see_through(services: Services, lease: Lease) -> bool:
    """Whether the item is done with; one that is not stays in its box."""
    work = Work(id=lease.item.id, fence=lease.fence, attempt=lease.attempt)
    try:
        if lease.attempt > MOST_ATTEMPTS:
            _give_up(services, lease, work, "", CRASHED.format(attempts=MOST_ATTEMPTS))
        else:
            _dispatch(services, lease, work)
    except Draining:
        services.mailbox.hand_back(lease, blameless=True)
        services.jobs.attend(lease.box)
        log.info("handed_back")
        return False
    except NotYet:
        services.mailbox.hand_back(lease, blameless=True)  # the sweeper comes by again within seconds
        return False
    except Stale:
        log.warning("lease_lost")
        return False
    except redis.RedisError:
        raise
    except Exception:  # whatever goes wrong, the person is told once, and the next one's turn comes
        reference = secrets.token_hex(4)
        log.exception("item_failed", reference=reference)
        _give_up(services, lease, work, reference, OURS)
    return True


def _dispatch(services: Services, lease: Lease, work: Work) -> None:
    match lease.item:
        case Turn() as turn:
            turns.answer(services, turn, work)
        case Dropped() as dropped:
            offering.offer(services, dropped, work)
        case Click() | Submission() as said:
            _pressed(services, said, work)
        case Command() as command:
            commanding.answer(services, command, work)
        case RunChanged() as news:
            _read_run(services, news, work)
        case ProposalDue() as due:
            applying.attend(services, due.proposal, work)
        case ProposalEnded() as ended:
            turns.told(services, ended, work)
        case Unreadable() as item:
            _say_unreadable(services, lease, item, work)


def _pressed(services: Services, said: Click | Submission, work: Work) -> None:
    if said.action in actions.DECISIONS:
        deciding.pressed(services, said, work)
    elif isinstance(said, Submission) and said.action == actions.RUN_ANSWER:
        runs.answered(services, said, work)
    elif isinstance(said, Submission):
        log.warning("unknown_modal", callback=said.action)
    elif said.action in _PLAN_ACTIONS:
        onboarding.pressed(services, said, work)
    elif said.action in offering.ACTIONS:
        offering.pressed(services, said, work)
    elif said.action in runs.TOOLS:
        runs.pressed(services, said, work)
    elif said.action in actions.ASKS:
        promoting.pressed(services, said, work)
    elif said.action in fixing.ACTIONS:
        fixing.pressed(services, said, work)
    elif said.action == actions.TURN_RETRY:
        turns.retry(services, said, work)
    else:
        log.warning("unknown_action", action=said.action)


def _say_unreadable(services: Services, lease: Lease, item: Unreadable, work: Work) -> None:
    log.error("item_parked", item=item.id)
    services.mailbox.park(lease)
    address = Address(team=item.team, channel=item.channel, thread=item.root, response_url=item.response_url)
    if item.response_url or item.root:
        services.outbox.post(f"unreadable:{item.id}", address, cards.note(UNREADABLE), fence=work.fence)


def _read_run(services: Services, news: RunChanged, work: Work) -> None:
    try:
        with deadline.within(READ_SECONDS):
            runs.changed(services, news, work)
    except BadArguments as exc:
        log.warning("run_gone", run=news.run, reason=str(exc))
        runs.unfollow(services, news.run)
    except ToolError as exc:
        log.warning("run_not_read", run=news.run, reason=str(exc))
        runs.note_unread(services, news.run)


def _give_up(services: Services, lease: Lease, work: Work, reference: str, fault: str) -> None:
    match lease.item:
        case Turn() as turn:
            turns.gave_up(services, turn, work, reference=reference, fault=fault)
        case Click() | Submission() as said:
            if said.action in _PLAN_ACTIONS:
                onboarding.reopen(services, said, work)
            if said.action in actions.DECISIONS:
                applying.give_up(services, said.value, work, fault=fault)
            commanding.click_failed(services, said, work, reference=reference)
        case ProposalDue() as due:
            applying.give_up(services, due.proposal, work, fault=fault)
        case Command() as command:
            commanding.failed(services, command, work, reference=reference)
        case Dropped() | RunChanged() | ProposalEnded() | Unreadable():
            pass
