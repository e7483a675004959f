"""Who may do what, after whose approval, and who wrote it down: built together, since each needs the others."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import redis

from bot.access import Directory
from bot.audit_log import AuditLog
from bot.enclosures import Enclosures
from bot.freeze import Freezer
from bot.outbox import Outbox
from bot.policy_store import PolicyStore
from bot.proposal_store import ProposalStore
from tools.spec import Backends
from worker.agent.guard import Guard
from worker.auditing import Auditor
from worker.enclosing import Enclosing
from worker.proposing import Proposing

TOOL_THREADS = 16


@dataclass(frozen=True, slots=True)
class Governance:
    """What decides about calls.

    Attributes:
        proposals: What waits for approval.
        policies: The policy in force.
        directory: Who people are.
        freezer: Whether changes are frozen.
        auditor: Who writes it down.
        guard: What stands round every call.
    """

    proposals: ProposalStore
    policies: PolicyStore
    directory: Directory
    freezer: Freezer
    auditor: Auditor
    guard: Guard


def govern(
    connection: "redis.Redis",
    *,
    outbox: Outbox,
    directory: Directory,
    log: AuditLog,
    backends: Backends,
    clock: Callable[[], float],
    pool: ThreadPoolExecutor | None = None,
) -> Governance:
    """The governance of one team; nothing is called yet.

    Args:
        connection: Redis; answers are text.
        outbox: Where cards go; names the team.
        directory: Who people are.
        log: The audit chain.
        backends: What tools work on.
        clock: Seconds since 1970.
        pool: Runs tool calls; None for one of its own.
    """
    team = outbox.team
    policies = PolicyStore(connection, team=team)
    proposals = ProposalStore(connection, team=team, kept=policies.retention)
    freezer = Freezer(connection, team=team)
    auditor = Auditor(log=log, clock=clock)
    proposing = Proposing(store=proposals, outbox=outbox, auditor=auditor, clock=clock)
    guard = Guard(
        policies=policies,
        directory=directory,
        frozen=freezer.current,
        propose=proposing.propose,
        record=auditor.call,
        backends=backends,
        enclose=Enclosing(Enclosures(connection, team=team)),
        pool=pool or ThreadPoolExecutor(TOOL_THREADS, thread_name_prefix="tool"),
    )
    return Governance(proposals, policies, directory, freezer, auditor, guard)
