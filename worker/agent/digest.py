"""Older turns in short, by rules: where no model writes a summary, and in its place when it does not answer.

What people stated is kept longest, since nothing else knows it; what they asked to be looked up can be looked up again.
"""

import re
from collections.abc import Callable, Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from worker.agent.trimming import short

LONGEST_ASKED = 300
LONGEST_ANSWERED = 160
SHORTEST_SAID = 120
TO = " → "
_ASKED = re.compile(r"- \S+ asked: ")
_SAID = re.compile(r"- \S+ said: ")
_COUNTED = re.compile(r"- Before that, ([\d,]+) questions? (?:was|were) answered with tools\.")
_LEFT_OUT = re.compile(r"- Left out: ([\d,]+) older lines?\.")

Step = Callable[[list[str]], list[str] | None]  #: fewer characters, or None where this can be done to no line more


def digest(before: str, turns: Sequence[tuple[str, Sequence[AnyMessage]]], *, limit: int) -> str:
    """A summary of turns, a line each, behind the summary of what was before them.

    Args:
        before: The summary so far; empty for none.
        turns: Who asked, and the messages, oldest first.
        limit: Characters.
    """
    lines = [*(line for line in before.split("\n") if line.strip()), *(_line(who, turn) for who, turn in turns)]
    for step in STEPS:
        while len("\n".join(lines)) > limit and (fewer := step(lines)) is not None:
            lines = fewer
    return "\n".join(lines)


def _without_answer(kind: re.Pattern[str]) -> Step:
    def step(lines: list[str]) -> list[str] | None:
        place = next((at for at, line in enumerate(lines) if kind.match(line) and TO in line), None)
        return None if place is None else [*lines[:place], lines[place].split(TO)[0], *lines[place + 1 :]]

    return step


def _counted(lines: list[str]) -> list[str] | None:
    """A question less; what was looked up can be looked up again."""
    place = next((at for at, line in enumerate(lines) if _ASKED.match(line)), None)
    if place is None:
        return None
    return _noted(_COUNTED, "- Before that, {} were answered with tools.", "question", lines, place)


def _stated_shortly(lines: list[str]) -> list[str] | None:
    place = next((at for at, line in enumerate(lines) if _SAID.match(line) and len(line) > SHORTEST_SAID), None)
    return None if place is None else [*lines[:place], short(lines[place], SHORTEST_SAID), *lines[place + 1 :]]


def _left_out(lines: list[str]) -> list[str] | None:
    notes = (_COUNTED, _LEFT_OUT)
    place = next((at for at, line in enumerate(lines) if not any(note.match(line) for note in notes)), None)
    return None if place is None else _noted(_LEFT_OUT, "- Left out: {}.", "older line", lines, place)


#: What goes first.
STEPS: tuple[Step, ...] = (
    _without_answer(_ASKED),
    _counted,
    _without_answer(_SAID),
    _stated_shortly,
    _left_out,
)


def _noted(note: re.Pattern[str], form: str, noun: str, lines: list[str], place: int) -> list[str]:
    """The lines without one of them, which is counted in a note at the beginning."""
    rest = [*lines[:place], *lines[place + 1 :]]
    before = next((line for line in rest if note.match(line)), "")
    found = note.match(before)
    number = (int(found[1].replace(",", "")) if found else 0) + 1
    told = form.format(f"{number:,} {noun}{'' if number == 1 else 's'}")
    return [told.replace("1 question were", "1 question was"), *(line for line in rest if line is not before)]


def _line(who: str, turn: Sequence[AnyMessage]) -> str:
    asked = next((one.text for one in turn if isinstance(one, HumanMessage)), "")
    said = [one for one in turn if isinstance(one, AIMessage)]
    called = [call["name"] for one in said for call in one.tool_calls]
    tools = f" ({', '.join(dict.fromkeys(called))})" if called else ""
    answered = short(_one(said[-1].text), LONGEST_ANSWERED) if said else ""
    verb = "asked" if called else "said"
    return f"- {who or 'Somebody'} {verb}: {short(_one(asked), LONGEST_ASKED)}{tools}{TO}{answered}"


def _one(text: str) -> str:
    return text.replace("→", "->")
