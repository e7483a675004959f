"""What the tools ask of approvals, freezes, roles and the audit chain; the worker answers.

People are opaque ids here. Who may call these tools is decided around them, as for every other tool.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from pydantic import Field

from tools.desk.remembered import Forgotten, Stored
from tools.errors import Refused
from tools.spec import Measured, Origin, Result


class ProposalSeen(Result):
    """A proposal in short.

    Attributes:
        id: Its id, `P-…`.
        summary: What would be done.
        state: Where it stands.
        requester: The id of who asked.
        rule: The rule that applies.
        missing: How many approvals are missing.
        expires: Until when it can be decided.
        for_me: Whether the person who asks may decide it.
        mine: Whether the person who asks asked for it.
        link: Where its card can be read; empty when Slack does not tell, and where it was not asked.
    """

    id: str
    summary: str
    state: str
    requester: str
    rule: str
    missing: int
    expires: datetime
    for_me: bool = False
    mine: bool = False
    link: str = ""


class Freeze(Result):
    """A freeze in force: who set it, when and why; all empty when there is none."""

    by: str = ""
    at: datetime | None = None
    reason: str = ""


class Granted(Result):
    """What a person may do here.

    Attributes:
        person: The person's id.
        roles: The roles held here.
        permissions: What they grant, as globs.
        rules: For which permissions approval is asked first, a sentence each.
        policy: Digest of the policy in force.
    """

    person: str
    roles: tuple[str, ...]
    permissions: tuple[str, ...]
    rules: tuple[str, ...] = ()
    policy: str = ""


class Held(Result):
    """A model held against what it has to measure here.

    Attributes:
        failing: What it fails, a sentence each.
        holding: What it does not fail, as it is asked for; both are empty where nothing is asked for.
    """

    failing: tuple[str, ...] = ()
    holding: tuple[str, ...] = ()


class AuditLine(Result):
    """One record of the audit chain."""

    seq: int
    at: datetime
    action: str
    actor: str = ""
    subject: str = ""
    outcome: str = ""
    details: dict[str, str] = Field(default_factory=dict)


class LeftAlone(Result):
    """A system that workers do not ask just now, since it has not answered.

    Attributes:
        system: Its name.
        since: The first call that got no answer.
        reason: Why it got none.
        workers: How many workers leave it alone.
    """

    system: str
    since: datetime
    reason: str
    workers: int


@dataclass(frozen=True, slots=True)
class ThreadFile:
    """A file that somebody shared in a thread.

    Attributes:
        name: Its name.
        content: Its bytes.
    """

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class MachinePrice:
    """What a machine costs.

    Attributes:
        hourly: What one costs in an hour.
        currency: In which currency, such as `USD`.
        as_of: The day as of which this holds.
    """

    hourly: float
    currency: str
    as_of: date


class DeskBackend(Protocol):
    """The desk at which things are decided.

    Every method raises `Unavailable` when it cannot be told, and `BadArguments` for an id that is not known.
    """

    def approvals(self, *, actor: str, thread: str) -> tuple[ProposalSeen, ...]:
        """The open proposals that this person may decide or asked for, oldest first."""

    def proposal(self, proposal: str, *, actor: str) -> ProposalSeen:
        """One proposal."""

    def left_alone(self) -> tuple[LeftAlone, ...]:
        """The systems that some worker leaves alone just now."""

    def withdraw(self, proposal: str, *, actor: str, reason: str = "") -> ProposalSeen:
        """Take back a proposal that this person asked for; one that is withdrawn already stays so."""

    def frozen(self) -> Freeze:
        """The freeze in force."""

    def freeze(self, reason: str, *, actor: str, key: str) -> Freeze:
        """Refuse all changes from now on."""

    def unfreeze(self, *, actor: str, key: str) -> Freeze:
        """Let changes through again; gives the freeze that was lifted."""

    def granted(self, *, actor: str, channel: str) -> Granted:
        """What this person may do here."""

    def buckets(self) -> tuple[str, ...]:
        """The buckets that may be worked with, `*` and `?` standing for anything; none for none."""

    def machine_price(self, machine: str) -> MachinePrice | None:
        """What a type of machine costs here; None when nobody has said it."""

    def gates(self, model: str, measured: Measured) -> Held:
        """A model held against what it has to measure here before it may be in force."""

    def thread_file(self, name: str, *, thread: str, limit: int) -> ThreadFile:
        """The file of this name that was shared last in a thread; the one that was shared last where none is named."""

    def gives_away(self, content: bytes) -> bool:
        """Whether a file holds a secret of this installation itself."""

    def audit(self, matching: str, *, limit: int, channel: str) -> tuple[AuditLine, ...]:
        """The newest records of the chain that fit, newest first; what was said in another channel is left out."""

    def conversation(self, named: str, *, asked_in: Origin) -> str:
        """The thread that is meant by a link, or by nothing; `Refused` when it is none of theirs."""

    def remembers(self, thread: str) -> bool:
        """Whether anything of a conversation is remembered."""

    def forget_conversation(self, thread: str) -> Forgotten:
        """Forget what was said in a thread."""

    def forget_person(self, *, actor: str) -> Forgotten:
        """Forget what this person has asked, wherever that was."""

    def stored(self, *, actor: str, words: bool) -> Stored:
        """What is stored about this person; with what they asked, where `words` says so."""

    def thread_link(self, thread: str) -> str:
        """Where a thread of this workspace can be read; empty for any other, and while Slack does not tell."""


class NoDesk:
    """Where there is nothing to decide: tools that are used without Trainmaster around them."""

    def __getattr__(self, name: str) -> Any:
        """Refuse everything.

        Raises:
            Refused: Always.
        """
        raise Refused(f"There is no desk here that could answer ({name}).")
