"""What can be asked, in words and by exact command."""

from dataclasses import dataclass

from bot.views.blocks import context, message, section
from bot.views.limits import SECTION, size
from bot.views.text import bounded, plain
from bot.views.view import View

_EXAMPLES = (
    "“onboard my churn pipeline” — and drop the `.py` into the thread",
    "“retrain churn with max_depth 5”",
    "“how did the last run do?”",
    "“show me the error”, “cancel it”, “run it again”",
)

MOST_PARTS = 4  #: of the list of commands, each as long as Slack lets a section be
OFFLINE = "built-in rules, without a language model"


@dataclass(frozen=True, slots=True)
class Entry:
    """An exact command: what is typed after `/mlops`, and what it does."""

    usage: str
    help: str


@dataclass(frozen=True, slots=True)
class Help:
    """What can be asked.

    Attributes:
        entries: The commands, in the order in which they are listed.
        model: The model's name, as settings give it.
        examples: Plain words to show; ours when empty.
    """

    entries: tuple[Entry, ...]
    model: str = ""
    examples: tuple[str, ...] = ()


def command_list(asked: Help) -> View:
    """The list of commands, and examples of plain language."""
    examples = tuple(f"“{plain(example, 150)}”" for example in asked.examples) or _EXAMPLES
    lines = [f"• `/mlops {_usage(entry.usage)}` — {plain(entry.help, 200)}" for entry in asked.entries]
    blocks = [
        section("*In plain words*, in a thread with me:\n" + bounded([f"• {line}" for line in examples], 1_500)),
        *(section(part) for part in _parts(["*By exact command*, which needs no model:", *lines])),
    ]
    if asked.model:
        reader = OFFLINE if asked.model == "offline" else plain(asked.model, 60)
        blocks.append(context(f"Plain words are read by {reader}. Figures come from Prefect and MLflow."))
    summary = "What I can do: onboard pipelines, run and follow them, compare and promote models, and deploy them."
    return message(summary, *blocks)


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
