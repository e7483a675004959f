"""The exact grammar of `/mlops …`: text in, a tool and its arguments out; no model, no I/O.

A tool's `Command.usage` is the grammar. `PIPELINE` stands for the argument `pipeline` and must be given; `[RUN]` may be
left out; `RUN…` takes the rest of the line, and `TEXT…`, what a person says, also what looks like `name=value` and is
no argument. `[name=value …]` opens the free part: a name that is an argument of the tool fills it, any other goes into
the tool's `parameters`. Any optional argument may be given as `name=value` at any place. Two tools may share their
words when one of them takes nothing (`status` and `status RUN`). Values are read as JSON where they are JSON (`5`,
`0.2`, `true`, `"5"`, `[1, 2]`), else as text.
"""

import json
import re
import shlex
from dataclasses import dataclass
from typing import Any

from rapidfuzz import process

from bot.snapshot import CommandHelp
from tools.spec import Command, JSONDict, Tool

_PLACE = re.compile(r"(\[)?([A-Z][A-Z_]*)(…)?\]?$")
_NAMED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_NEAR = 60  #: of 100: how like a known command a misspelled one must be to be offered


class NotACommand(Exception):
    """The text is no command; the message says what is wrong and shows the right form."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command as a tool call."""

    tool: Tool
    arguments: JSONDict


#: Decisions are typed as commands, too, and are no tools: no model can make them.
DECISIONS = (
    Command("approve", "PROPOSAL [REASON…]", "Approve what waits for you; type what its card asks for, if it does."),
    Command("reject", "PROPOSAL REASON…", "Reject what waits for you, and say why."),
)
_DECISION = re.compile(r"(approve|reject)(?:\s+(\S+)(?:\s+(.*))?)?$", re.IGNORECASE | re.DOTALL)
#: Places of what a person says: it is taken as it was typed, with all that is no argument of the tool.
_SAID = frozenset({"MATCHING", "REASON", "TEXT", "VALUE"})
_TOKEN = re.compile(r'\s*((?:"[^"]*"|[^\s"])+)')


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was typed: the proposal's id, and a reason or what the rule asks an approver to type."""

    approves: bool
    proposal: str
    rest: str = ""


def all_commands(catalogue: tuple[Tool, ...]) -> tuple[CommandHelp, ...]:
    """Every command there is, by its words."""
    commands = [(tool.command, tool.permission) for tool in catalogue if tool.command]
    commands += [(command, "") for command in DECISIONS]
    told = (CommandHelp(words=one.words, usage=one.usage, help=one.help, permission=needs) for one, needs in commands)
    return tuple(sorted(told, key=lambda line: line.words))


def decision_in(text: str) -> Decided | None:
    """The decision that a command makes; None when it makes none.

    Raises:
        NotACommand: It does not say about which proposal.
    """
    found = _DECISION.match(text.strip())
    if found is None:
        return None
    if not found[2]:
        command = next(each for each in DECISIONS if each.words == found[1].lower())
        raise NotACommand(f"PROPOSAL is missing: `{usage(command)}`.")
    rest = (found[3] or "").strip().strip('"')
    return Decided(approves=found[1].lower() == "approve", proposal=found[2].upper().strip("`"), rest=rest)


def parse(text: str, catalogue: tuple[Tool, ...]) -> Parsed:
    """The tool call that a command stands for.

    Raises:
        NotACommand: There is no such command, or its arguments do not fit.
    """
    words = _words(text)
    tool, command = _named(words, catalogue)
    rest = words[len(command.words.split()) :]
    arguments = _arguments(tool, command, rest)
    if name := _said_in(command):
        typed = _tail(text, len(words) - len(rest) + len(command.usage.split()) - 1)
        if name in arguments and " ".join(_words(typed)) == arguments[name]:
            arguments[name] = typed[1:-1] if _TOKEN.fullmatch(typed) and typed.startswith('"') else typed
    return Parsed(tool=tool, arguments=arguments)


def usage(command: Command) -> str:
    """The form of a command, as it is typed."""
    return f"/mlops {command.words} {command.usage}".strip()


def _words(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars="")
    lexer.whitespace_split = True
    lexer.commenters = ""
    lexer.quotes = '"'
    try:
        return list(lexer)
    except ValueError:
        raise NotACommand("A quotation mark is not closed.") from None


def _named(words: list[str], catalogue: tuple[Tool, ...]) -> tuple[Tool, Command]:
    known = {(tool.command.words, not tool.command.usage): (tool, tool.command) for tool in catalogue if tool.command}
    lowered = [word.lower() for word in words]
    for size in range(min(3, len(words)), 0, -1):
        name, bare = " ".join(lowered[:size]), len(words) == size
        if found := known.get((name, bare)) or known.get((name, not bare)):
            return found
    typed = words[0] if words else ""
    near = process.extractOne(typed.lower(), [words for words, _ in known], score_cutoff=_NEAR)
    meant = next((command for (words, _), (_, command) in known.items() if near and words == near[0]), None)
    hint = f" Did you mean `{usage(meant)}`?" if meant else ""
    raise NotACommand(f"I know no command `{typed}`.{hint} `/mlops help` lists all of them.")


def _arguments(tool: Tool, command: Command, rest: list[str]) -> JSONDict:
    places = [_PLACE.match(part) for part in command.usage.split()]
    positional = [match for match in places if match]
    named = [word for word in rest if _is_named(tool, command, word)]
    plain = [word for word in rest if word not in named]
    arguments: JSONDict = {}
    for place in positional:
        name = place[2].lower()
        if place[3]:
            taken, plain = plain, []
        else:
            taken, plain = plain[:1], plain[1:]
        if taken:
            arguments[name] = " ".join(taken)
        elif not place[1]:
            raise NotACommand(f"{place[2]} is missing: `{usage(command)}`.")
    if plain:
        raise NotACommand(f"I do not know what to do with `{plain[0]}`: `{usage(command)}`.")
    for word in named:
        if match := _NAMED.match(word):
            _fill(tool, command, arguments, match[1], match[2])
    return arguments


def _is_named(tool: Tool, command: Command, word: str) -> bool:
    """Whether a word gives an argument by its name."""
    match = _NAMED.match(word)
    return match is not None and (not _said_in(command) or match[1] in tool.arguments.model_fields)


def _said_in(command: Command) -> str:
    """The argument that takes what a person says; empty for none."""
    last = _PLACE.match(command.usage.split()[-1]) if command.usage else None
    return last[2].lower() if last and last[3] and last[2] in _SAID else ""


def _tail(text: str, words: int) -> str:
    """What was typed behind so many words."""
    for _ in range(words):
        found = _TOKEN.match(text)
        text = text[found.end() :] if found else ""
    return text.strip()


def _fill(tool: Tool, command: Command, arguments: JSONDict, name: str, text: str) -> None:
    fields = tool.arguments.model_fields
    if name in fields and name != "parameters":
        arguments[name] = value_of(text)
    elif "parameters" in fields:
        arguments.setdefault("parameters", {})[name] = value_of(text)
    else:
        known = ", ".join(fields) or "none"
        raise NotACommand(f"`{name}` is no argument of `{usage(command)}`; its arguments are: {known}.")


def value_of(text: str) -> Any:
    """What a person typed as a value: a number, a truth or a list where it is one, else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text
