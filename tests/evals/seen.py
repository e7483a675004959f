"""What was seen of a conversation: plain values, so that it can be judged without anything that runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """Something that Trainmaster said, as it stood after a step.

    Attributes:
        place: The channel's name, or `dm`.
        to: The one person who sees it; empty for everybody.
        words: What a person reads.
        raw: What was sent, as JSON.
        inside: Whether it stands where the conversation is.
    """

    place: str
    to: str
    words: str
    raw: str
    inside: bool = True


@dataclass(frozen=True, slots=True)
class Moment:
    """What came of one step.

    Attributes:
        said: What is new, and what was changed, in order.
        changes: What has changed in the systems, as `state.changes` writes it; nothing for what the case itself did.
        failed: Why the step could not be made, such as a button that is not there.
    """

    said: tuple[Said, ...] = ()
    changes: tuple[str, ...] = ()
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """A proposal as it is in the end.

    Attributes:
        permission: What it is about, such as `mlflow:alias:set`.
        state: Where it stands.
        requester: Who asked.
        approvers: Who said yes.
        quorum: How many had to.
        self_approval: Whether who asked might be one of them.
    """

    permission: str
    state: str
    requester: str
    approvers: tuple[str, ...] = ()
    quorum: int = 1
    self_approval: bool = False

    @property
    def agreed(self) -> bool:
        """Whether enough people said yes."""
        return len(set(self.approvers)) >= self.quorum


@dataclass(frozen=True, slots=True)
class Seen:
    """A conversation that was played.

    Attributes:
        moments: What came of each step, up to one that could not be made.
        registry: What Trainmaster changed in MLflow's registry, such as `set alias champion`.
        deployed: How many deployments it began.
        undeployed: How many models it began to take off.
        proposals: The ledger of approvals.
        hosts: Where links may lead.
        secrets: The secrets of the installation.
        told: Secrets of the installation that a model was told.
        heard: Whether a model was given an order that nobody in the conversation wrote.
        ledger: What is wrong with the audit log.
        another: Which other model answered, and why.
        broken: Why it could not be played to its end.
        seconds: How long it took.
    """

    moments: tuple[Moment, ...]
    registry: tuple[str, ...] = ()
    deployed: int = 0
    undeployed: int = 0
    proposals: tuple[Decided, ...] = ()
    hosts: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    heard: bool = False
    ledger: tuple[str, ...] = ()
    another: str = ""
    broken: str = ""
    seconds: float = 0.0

    @property
    def said(self) -> tuple[Said, ...]:
        """All that was said."""
        return tuple(one for moment in self.moments for one in moment.said)

    @property
    def changes(self) -> tuple[str, ...]:
        """All that was changed, in order."""
        return tuple(one for moment in self.moments for one in moment.changes)
