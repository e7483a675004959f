"""What can be asked, in words and by exact command."""

from dataclasses import dataclass

from bot.views.blocks import context, message, section
from bot.views.limits import SECTION, size
from bot.views.text import bounded, plain
from bot.views.view import Block, View

_EXAMPLES = (
    "“onboard my churn pipeline” — and drop the `.py` into the thread",
    "“retrain churn with max_depth 5”",
    "“how did the last run do?”",
    "“show me the error”, “cancel it”, “run it again”",
)

MOST_PARTS = 3  #: of a topic's commands, each as long as Slack lets a section be
#: What commands are about, by the system that their permission names; what names none of these is about ourselves.
_TOPICS = {
    "prefect": "Pipelines and runs",
    "mlflow": "Experiments and models",
    "google": "Google Cloud",
    "storage": "Google Cloud",
    "vertex": "Google Cloud",
}
_OURSELVES = "Approvals, people and Trainmaster itself"
_ALL = "All of them: `/mlops help`"
OFFLINE = "built-in rules, without a language model"


@dataclass(frozen=True, slots=True)
class Entry:
    """An exact command.

    Attributes:
        usage: What is typed after `/mlops`.
        help: What it does.
        permission: What it needs, `system:resource:verb`, by which it is sorted; empty for a decision.
    """

    usage: str
    help: str
    permission: str = ""

    @property
    def topic(self) -> str:
        """What it is about."""
        return _TOPICS.get(self.permission.partition(":")[0], _OURSELVES)


@dataclass(frozen=True, slots=True)
class Help:
    """What can be asked.

    Attributes:
        entries: The commands, in the order in which they are listed.
        model: The model's name, as settings give it.
        examples: Plain words to show; ours when empty.
        about: A word: the commands that have it are wanted, and not all.
    """

    entries: tuple[Entry, ...]
    model: str = ""
    examples: tuple[str, ...] = ()
    about: str = ""


def command_list(asked: Help) -> View:
    """The commands, by what they are about, and examples of plain language; or those that a word is found in."""
    word = f"“{plain(asked.about, 60)}”"
    if found := _matching(asked):
        return message(f"Commands with {word}", *_listed(f"Commands with {word}", found), context(_ALL))
    examples = tuple(f"“{plain(example, 150)}”" for example in asked.examples) or _EXAMPLES
    blocks = [section("*In plain words*, in a thread with me:\n" + bounded([f"• {line}" for line in examples], 1_500))]
    if asked.about and asked.entries:
        blocks.insert(0, section(f"No command has {word} in it. There are these:"))
    for topic in dict.fromkeys((*_TOPICS.values(), _OURSELVES)):
        if entries := [entry for entry in asked.entries if entry.topic == topic]:
            blocks += _listed(topic, entries)
    if asked.entries:
        blocks.append(context("Exact commands need no model. `/mlops help model` lists those with “model” in them."))
    if asked.model:
        reader = OFFLINE if asked.model == "offline" else plain(asked.model, 60)
        blocks.append(context(f"Plain words are read by {reader}. Figures come from Prefect and MLflow."))
    summary = "What I can do: onboard pipelines, run and follow them, compare and promote models, and deploy them."
    return message(summary, *blocks)


def _matching(asked: Help) -> list[Entry]:
    """The entries that a word is found in, those whose command has it first; none when none is asked for."""
    if not (word := asked.about.casefold().strip()):
        return []
    named = [entry for entry in asked.entries if word in entry.usage.casefold()]
    return [*named, *(entry for entry in asked.entries if word in entry.help.casefold() and entry not in named)]


def _listed(heading: str, entries: list[Entry]) -> list[Block]:
    lines = [f"• `/mlops {_usage(entry.usage)}` — {plain(entry.help, 200)}" for entry in entries]
    return [section(part) for part in _parts([f"*{heading}*", *lines])]


def _parts(lines: list[str]) -> list[str]:
    """The lines in as many texts as they need, the last of which says what did not fit."""
    parts: list[str] = []
    while lines and len(parts) < MOST_PARTS - 1:
        fitting = next((n for n in range(len(lines), 0, -1) if size("\n".join(lines[:n])) <= SECTION), 1)
        parts.append("\n".join(lines[:fitting]))
        lines = lines[fitting:]
    return [*parts, bounded(lines, SECTION, kind="commands")] if lines else parts


def _usage(usage: str) -> str:
    return plain(usage, 150).replace("`", "'")
