"""What became of proposals: applied once, or not at all, and told as it is. Pure: what was found in, faults out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.audit import Action
from bot.proposals import State
from bot.views.actions import DECISIONS

#: How a card begins, and which record ends the proposal's story.
HEADS = {
    State.PENDING: "Approval needed",
    State.APPLIED: "Approved and done",
    State.UNCERTAIN: "I cannot tell whether it was done",
    State.SUPERSEDED: "Overtaken, nothing was changed",
}
ENDS = {
    State.APPLIED: Action.PROPOSAL_APPLIED,
    State.UNCERTAIN: Action.PROPOSAL_UNCERTAIN,
    State.SUPERSEDED: Action.PROPOSAL_SUPERSEDED,
}
#: Of what is applied, or may have been, each of these was written down once.
ON_THE_WAY = (Action.PROPOSAL_MADE, Action.PROPOSAL_APPROVED, Action.PROPOSAL_APPLYING)


@dataclass(frozen=True, slots=True)
class Found:
    """One proposal to move an alias, at the end of a run.

    Attributes:
        proposal: Its id.
        model: The model whose alias was to be moved.
        version: Where to.
        may_end: The states that are right, as things went.
        state: Its state.
        alias: Where the alias points.
        told: How often its outcome was told in the thread.
        card: The card's words.
        buttons: The actions that the card offers.
        records: How often each of its steps stands in the audit log.
        approvers: Who approved it, as MLflow was told.
    """

    proposal: str
    model: str
    version: str
    may_end: frozenset[State]
    state: State
    alias: str
    told: int
    card: str
    buttons: frozenset[str] = frozenset()
    records: Mapping[Action, int] = field(default_factory=dict)
    approvers: str = ""


def faults(found: Sequence[Found], *, moved: int) -> list[str]:
    """Everything that is not as promised, a sentence each.

    Args:
        found: Every proposal of the run.
        moved: How often MLflow has moved an alias for us in this run.
    """
    wrong = [f"{one.proposal} ({one.model} v{one.version}): {fault}" for one in found for fault in _of(one)]
    for model in sorted({one.model for one in found}):
        mine = [one for one in found if one.model == model]
        done = [one for one in mine if one.state is State.APPLIED]
        wanted = any(State.APPLIED in one.may_end for one in mine)
        if len(done) != wanted:
            wrong.append(f"{model}: {len(done)} of its proposals were applied, not {int(wanted)}")
    changed = sum(one.state in {State.APPLIED, State.UNCERTAIN} for one in found)
    if moved != changed:
        wrong.append(f"MLflow moved {moved} aliases for {changed} applied proposals")
    return wrong


def _of(one: Found) -> Iterator[str]:
    if one.state not in one.may_end:
        yield f"it is {one.state}, not {' or '.join(sorted(one.may_end))}"
    ended = one.state is not State.PENDING
    if one.told != ended:
        yield f"it is {one.state} and its outcome was told {one.told} times"
    if HEADS.get(one.state, "?") not in one.card:
        yield f"it is {one.state} and the card says: {one.card[:60]}"
    if bool(one.buttons & DECISIONS) == ended:
        yield f"it is {one.state} and the card offers: {', '.join(sorted(one.buttons)) or 'nothing'}"
    yield from _of_its_records(one)
    if one.state is State.APPLIED:
        if one.alias != one.version:
            yield f"it is applied and the alias points to v{one.alias}"
        if not one.approvers:
            yield "it is applied and MLflow was not told who approved it"


def _of_its_records(one: Found) -> Iterator[str]:
    tried = one.state in {State.APPLIED, State.UNCERTAIN}
    expected = dict.fromkeys(ON_THE_WAY if tried else ON_THE_WAY[:1], 1)
    expected |= {action: int(one.state is state) for state, action in ENDS.items()}
    for action, times in expected.items():
        if (written := one.records.get(action, 0)) != times:
            yield f"it is {one.state} and {action} was written down {written} times, not {times}"
