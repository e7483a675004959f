"""What became of what people asked for: answered once and in order, or not. Pure: observations in, a verdict out."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

#: How a person is told that a command or a press came to nothing.
FAILED = ("fault of mine", "so I started nothing")
#: How an answer tells that a back end, or Slack, was asked in vain: nothing was lost, and the person knows what to do.
UNREACHED = (
    "I could not reach",
    "cannot tell whether it happened",
    "tell me who may do this",
    "in time who may do this",
)
#: How who asked for a change is told that somebody else must approve it.
NOT_YOURS = "You asked for this yourself"


class Kind(StrEnum):
    """What a person did."""

    QUESTION = "question"  #: a message that needs a read
    CHANGE = "change"  #: a message that starts a run
    COMMAND = "command"  #: `/mlops …` that reads
    STARTING_COMMAND = "starting command"  #: `/mlops run …`
    PRESS = "press"  #: a button that reads
    DECISION = "decision"  #: a button of a proposal, to be followed by its outcome, or by why it does not count
    FILE = "file"  #: a message with a pipeline's source, to be answered with a plan card


#: How a person is told that what was sent once only was not taken.
TRIED_AGAIN = {
    Kind.PRESS: "press again",
    Kind.DECISION: "press again",
    Kind.COMMAND: "try again",
    Kind.STARTING_COMMAND: "try again",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Something a person did.

    Attributes:
        number: Unique in a run of a scenario; a run that it starts carries it as its parameter `number`.
        kind: What it was.
        thread: Channel and root, `C1:123.4`; only the channel for a command.
        user: Who did it.
        turn: The turn's id, for messages.
        at: When, in seconds of a clock that only goes forward.
        accepted: Whether it was taken in, as far as the person was told; what was refused is owed no answer.
        proposal: What was decided about.
    """

    number: int
    kind: Kind
    thread: str
    user: str
    turn: str
    at: float
    accepted: bool = True
    proposal: str = ""

    @property
    def starts_a_run(self) -> bool:
        """Whether exactly one run is to come of it."""
        return self.kind in {Kind.CHANGE, Kind.STARTING_COMMAND}


@dataclass(frozen=True, slots=True)
class Said:
    """A message of ours as people saw it.

    Attributes:
        at: When, by the same clock.
        thread: Channel and root.
        ts: Its place.
        entry: Its name in the outbox, which its metadata carry; empty for what one person alone sees.
        text: Its words.
        to: The one person who sees it; empty for everybody.
    """

    at: float
    thread: str
    ts: str
    entry: str
    text: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run of a scenario shows.

    Attributes:
        lost: What was accepted and neither answered nor told to have failed.
        doubled: Messages posted twice, answers beside failures, runs started twice.
        disordered: Answers that came before the answer to an earlier question of their thread.
        failed: What ended in a failure message, or in the answer that a back end, or Slack, was asked in vain.
        again: How many messages for one person alone came twice: Slack gives no way to look for them.
        underway: How many things had been asked for and had no end when the fault struck.
        recovery: The longest that anybody waited for an answer, from the strike or from asking, whichever was later.
    """

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    disordered: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    again: int = 0
    underway: int = 0
    recovery: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, doubled or out of order."""
        return not (self.lost or self.doubled or self.disordered)


def judge(asked: Sequence[Asked], said: Sequence[Said], runs: Mapping[int, int], *, struck: float) -> Verdict:
    """The verdict.

    Args:
        asked: What people did.
        said: What they saw of us, in the order in which they saw it.
        runs: How many runs Prefect has for each number.
        struck: When the fault struck, by the same clock.
    """
    answers = {one.number: first_answer(one, said) for one in asked}
    failures = {one.number: failure(one, said) for one in asked}
    times = Counter(message.entry for message in said if message.entry)
    doubled = [f"posted {count} times: {entry}" for entry, count in times.items() if count > 1]
    doubled += [f"answered and failed: {_name(one)}" for one in asked if answers[one.number] and failures[one.number]]
    doubled += [f"{count} runs: {_name(one)}" for one in asked if (count := runs.get(one.number, 0)) > 1]
    doubled += [
        f"{len(roots)} threads opened: {_name(one)}" for one in asked if len(roots := _command_roots(one, said)) > 1
    ]
    doubled += [
        f"refused and done: {_name(one)}"
        for one in asked
        if one.kind is not Kind.DECISION and answers[one.number] and refusal(one, said)  # people decide again
    ]
    lost = [_name(one) for one in asked if is_owed(one, said)]
    idle = [
        (one, answer)
        for one in asked
        if one.starts_a_run
        and (answer := answers[one.number])
        and not failures[one.number]
        and not runs.get(one.number)
    ]
    lost += [f"answered without a run: {_name(one)}: {a.text[:120]}" for one, a in idle if not _unreached(a)]
    ends = [(one, answers[one.number] or failures[one.number]) for one in asked]
    waits = [end.at - max(struck, one.at) for one, end in ends if end and end.at > struck]
    return Verdict(
        lost=tuple(lost),
        doubled=tuple(doubled),
        disordered=tuple(_disordered(asked, {one.number: end for one, end in ends if end})),
        failed=(
            *(_name(one) for one in asked if failures[one.number]),
            *(_name(one) for one, answer in idle if _unreached(answer)),
        ),
        again=sum(max(0, _private(one, said) - 1) for one in asked),
        underway=sum(one.at <= struck and (end is None or end.at > struck) for one, end in ends),
        recovery=max(waits, default=0.0),
    )


def first_answer(one: Asked, said: Sequence[Said]) -> Said | None:
    """The first message that answers."""
    return next((message for message in said if _answers(one, message, said)), None)


def is_owed(one: Asked, said: Sequence[Said]) -> bool:
    """Whether it was accepted and has had no end yet."""
    return one.accepted and not any(look(one, said) for look in (first_answer, failure, refusal))


def refusal(one: Asked, said: Sequence[Said]) -> Said | None:
    """The message that tells a person at once that a command or a press was not taken."""
    again = TRIED_AGAIN.get(one.kind)
    told = (m for m in said if m.to == one.user and _same_place(one, m) and m.text.startswith("I cannot take this now"))
    return next((message for message in told if again and again in message.text), None)


def failure(one: Asked, said: Sequence[Said]) -> Said | None:
    """The message that says that it failed."""
    if one.turn:
        return next((message for message in said if message.entry == f"turn:{one.turn}:failed"), None)
    told = [m for m in said if m.to == one.user and _same_place(one, m)]
    failed = (message for message in told if any(words in message.text for words in FAILED))
    return next(failed, None) or next((m for m in told if _unreached(m) and _is_where_asked(one, m)), None)


def _is_where_asked(one: Asked, message: Said) -> bool:
    """Whether it stands where an answer would: in the thread of a press, in no thread for a command."""
    return message.thread == (one.thread if one.kind is Kind.PRESS else f"{one.thread}:{message.ts}")


def _unreached(message: Said) -> bool:
    return any(words in message.text for words in UNREACHED)


def _answers(one: Asked, message: Said, said: Sequence[Said]) -> bool:
    match one.kind:
        case Kind.QUESTION | Kind.CHANGE:
            return message.entry == f"turn:{one.turn}:answer:0"
        case Kind.FILE:
            return message.entry.startswith(f"plan:{one.turn}")
        case Kind.STARTING_COMMAND:
            return message.entry in {f"command:{root}:answer" for root in _command_roots(one, said)}
        case Kind.COMMAND:
            return message.to == one.user and f"nosuch-{one.number:05}" in message.text
        case Kind.PRESS:
            return message.to == one.user and message.thread == one.thread and "Log of" in message.text
        case Kind.DECISION:
            alone = message.to == one.user and message.thread == one.thread and NOT_YOURS in message.text
            return alone or message.entry == f"proposal:{one.proposal}:told"


def _command_roots(one: Asked, said: Sequence[Said]) -> set[str]:
    """The ids of the commands whose thread was opened for this; more than one is one too many."""
    if one.kind is not Kind.STARTING_COMMAND:
        return set()
    opened = re.compile(rf"\bnumber={one.number}\b")
    entries = (message.entry for message in said if opened.search(message.text))
    roots = (entry for entry in entries if entry.startswith("command:") and entry.endswith(":root"))
    return {entry.removeprefix("command:").removesuffix(":root") for entry in roots}


def _private(one: Asked, said: Sequence[Said]) -> int:
    if one.kind not in {Kind.COMMAND, Kind.PRESS}:
        return 0
    return sum(_answers(one, message, said) for message in said)


def _disordered(asked: Sequence[Asked], ends: Mapping[int, Said]) -> list[str]:
    """Those answered before something that was asked earlier in the same thread."""
    found = []
    for thread in {one.thread for one in asked if one.turn}:
        latest = (0, 0)
        for one in [one for one in asked if one.turn and one.thread == thread]:
            end = ends.get(one.number)
            if end is None:
                continue
            place = _place(end.ts)
            if place < latest:
                found.append(_name(one))
            latest = max(latest, place)
    return found


def _place(ts: str) -> tuple[int, int]:
    """A `ts` as something to compare: a float has not enough digits."""
    seconds, _, order = ts.partition(".")
    return int(seconds), int(order or 0)


def _same_place(one: Asked, message: Said) -> bool:
    return message.thread.split(":")[0] == one.thread.split(":")[0]


def _name(one: Asked) -> str:
    return f"{one.kind} {one.number} in {one.thread}"
