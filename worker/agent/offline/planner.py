"""What to do next: the next tool call, or the answer."""

from dataclasses import dataclass, replace

from worker.agent.offline import several
from worker.agent.offline.dialogue import JSON, Dialogue, pipelines_in
from worker.agent.offline.followups import ASKING, in_context
from worker.agent.offline.intents import INTENTS
from worker.agent.offline.intents.pipelines import about_files
from worker.agent.offline.moods import Mood
from worker.agent.offline.names import misspelt
from worker.agent.offline.questions import explained, not_understood, offered
from worker.agent.offline.slots import Slots
from worker.agent.offline.steps import Pending, Step, Told
from worker.agent.offline.toolbox import Toolbox
from worker.agent.offline.understanding import understand
from worker.agent.offline.wish import Wish
from worker.agent.outcome import NOTHING, OUTCOME

#: What tells how a run did: of no use in the breath that started it.
_OUTCOMES = frozenset({"run_status", "run_metrics", "read_logs", "explain_failure", "list_runs", "search_best_run"})
_OF_FILES = frozenset({"describe_pipeline", "explain_failure"})  #: `what is wrong with it?` is about the file
_STARTS = frozenset({"run_pipeline", "retry_run"})
LEFT = "I have not gone on to the rest of your message."


@dataclass(frozen=True, slots=True)
class Use:
    """Call a tool."""

    tool: str
    arguments: JSON


@dataclass(frozen=True, slots=True)
class Say:
    """Answer."""

    text: str


def next_move(dialogue: Dialogue, toolbox: Toolbox) -> Use | Say:
    """What to do next; the same conversation and tools always give the same move."""
    if dialogue.now.said.startswith(OUTCOME):
        return Say(NOTHING)  # the card has told it, and what was asked beside it was done at once
    understood = in_context(understand(dialogue.now.said, names=dialogue.pipelines()), dialogue)
    if understood.files and not _reads(understood.wishes):
        return Say(about_files(understood.files))
    if not understood.wishes:
        return Say(not_understood(offered(INTENTS, toolbox)))
    said: list[str] = []
    wishes = several.runs(dialogue.now.said, _listed(dialogue)) or understood.wishes
    for at, wish in enumerate(wishes):
        if at and wishes[at - 1].intent.name in _STARTS and wish.intent.name in _OUTCOMES:
            break  # the run has only begun: its end is told in the thread
        slots = wish.slots if len(wishes) > 1 else understood.slots
        try:
            said.append(
                _carried_out(
                    Step(
                        wish,
                        _shared(slots, understood.slots),
                        dialogue.in_words(wish.said) if wish.said else dialogue,
                        toolbox,
                        offered(INTENTS, toolbox),
                    )
                )
            )
        except Pending as pending:
            return Use(pending.tool, pending.arguments)
        except Told as told:
            left = any(one.may_change for one in wishes[at + 1 :])
            said += [LEFT, told.text] if left else [told.text]
            if left or wish.intent.changes or told.text.endswith(ASKING):
                break
    return Say("\n\n".join(dict.fromkeys(said)))


def _listed(dialogue: Dialogue) -> tuple[str, ...]:
    """The pipelines that exist, as they were told of before or are looked up just now."""
    now = (name for reply in dialogue.now.replies for name in pipelines_in(reply))
    return tuple(dict.fromkeys((*dialogue.pipelines(), *now)))


def _reads(wishes: tuple[Wish, ...]) -> bool:
    """Whether a message with files asks for something that is not about the files."""
    return any(wish.intent.tools and not wish.intent.changes and wish.intent.name not in _OF_FILES for wish in wishes)


def _shared(own: Slots, whole: Slots) -> Slots:
    """A clause's own values; what it does not name, another one does: `churn failed, show its logs`."""
    if own.free_names or not whole.free_names:
        return own
    return replace(own, names=(*own.names, *whole.free_names), said=(*own.said, *whole.free_names))


def _carried_out(step: Step) -> str:
    wish: Wish = step.wish
    if wish.intent.changes and wish.mood is not Mood.TOLD:
        return explained(step)
    said = wish.intent.play(step)
    return f"{guess}\n\n{said}" if wish.intent.changes and (guess := _guess(step)) else said


def _guess(step: Step) -> str:
    """For what a misspelt name was taken, of the pipelines that this message has come to."""
    for name in dict.fromkeys(reply.arguments.get("pipeline") for reply in step.dialogue.now.replies):
        if name and (word := misspelt(step.slots.names, name)):
            return f"I took “{word}” for `{name}`."
    return ""
