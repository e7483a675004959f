"""Carrying out one wish: calls of tools, and references resolved to what exists.

A play (the body of an intent) reads like straight code, and is run again from its start whenever a tool has answered:
`call` gives back the answer that is already there, or ends the run for now with `Pending`. So what happens next
depends on nothing but the messages.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from worker.agent.offline.dialogue import Dialogue, Reply, pipelines_in
from worker.agent.offline.names import beside, nearest
from worker.agent.offline.slots import Slots
from worker.agent.offline.toolbox import BoundTool, Toolbox
from worker.agent.offline.wish import Wish

JSON = dict[str, Any]
_POINTING = frozenset({"it", "again", "last"})


class Pending(Exception):
    """A tool must answer first."""

    def __init__(self, tool: str, arguments: JSON) -> None:
        super().__init__(tool)
        self.tool = tool
        self.arguments = arguments


class Told(Exception):
    """Nothing more can be done before the person has read this."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True)
class Step:
    """One wish in its conversation, with the tools at hand."""

    wish: Wish
    slots: Slots
    dialogue: Dialogue
    toolbox: Toolbox
    offered: tuple[str, ...] = ()  #: examples of what the bound tools can do

    def has(self, *features: str) -> bool:
        """Whether the wording has one of these features."""
        return any(feature in self.wish.features for feature in features)

    def tool(self, *patterns: str) -> BoundTool:
        """The bound tool that serves best, of those named or of the intent's own.

        Raises:
            Told: None is bound; the text says what can be done instead.
        """
        intent = self.wish.intent
        found = self.toolbox.find(patterns or intent.tools, reading=not intent.changes)
        if found is None:
            raise Told(self.cannot())
        return found

    def cannot(self) -> str:
        """That this installation has no tool for it, and what can be done instead."""
        intent = self.wish.intent
        return f"This installation cannot {intent.does} yet: it has no tool for that. {intent.instead}".strip()

    def attempt(self, tool: BoundTool, arguments: JSON) -> Reply:
        """A tool's answer, an error included.

        Raises:
            Pending: It has not been asked yet.
            Told: It cannot be asked, since something is missing.
        """
        if missing := tool.missing(arguments):
            wanted = " and ".join(f"`{name}`{_explained(tool, name)}" for name in missing)
            raise Told(f"To {self.wish.intent.does} I still need {wanted}. Please tell me.")
        for reply in self.dialogue.now.replies:
            if reply.tool == tool.name and reply.arguments == arguments:
                return reply
        raise Pending(tool.name, arguments)

    def call(self, tool: BoundTool, **values: Any) -> Reply:
        """A tool's answer; values are given by role.

        Raises:
            Pending: It has not been asked yet.
            Told: It failed, or something is missing; the text says what and what to do next.
        """
        reply = self.attempt(tool, tool.filled(values))
        if reply.failed:
            raise Told(failure(reply.text, changes=self.wish.intent.changes))
        return reply

    def pipelines(self) -> tuple[str, ...]:
        """Names of all pipelines that exist, asked for now; of those told of before when that cannot be asked."""
        tool = self.toolbox.find(("list_pipelines",))
        if tool is None:
            return self.dialogue.pipelines()
        return pipelines_in(self.call(tool, limit=tool.most("limit")))

    def pipeline(self, *, needed: bool = False) -> str:
        """The pipeline that is meant; empty when none is and none is needed.

        Raises:
            Pending: The names that exist must be read first.
            Told: None is clearly meant, although one is needed, or there is none of that name.
        """
        slots = self.slots
        known = self.dialogue.pipelines()
        listed = self.dialogue.listed_pipelines()
        if slots.ordinal >= 0 and slots.ordinal < len(listed) and not slots.names:
            return listed[slots.ordinal]
        whole = nearest(slots.said, (), known)
        if whole.one:
            return whole.one
        if not slots.names:
            return self._unnamed(needed=needed)
        names = self.pipelines()
        match = nearest(slots.said, slots.names, names)
        if not match.found and not slots.free_names:
            return self._unnamed(needed=needed)
        others = beside(self.dialogue.now.said, slots.free_names, match.one, names) if match.one else ()
        if match.one and not others:
            return match.one
        if match.found:
            raise Told(f"Which one do you mean: {either((*match.found, *others))}?")
        return self._unknown(names, needed=needed)

    def _unnamed(self, *, needed: bool) -> str:
        waiting = self.dialogue.waiting_file()
        if waiting and needed and self.has(*_POINTING):
            raise Told(
                f"`{waiting}` is not registered yet: whoever shared it decides that on its card above. "
                "Once it is, ask me again; I have started nothing."
            )
        focus = self.dialogue.registered_file() or self.dialogue.focus()
        if focus and (needed or self.has(*_POINTING)):
            return focus
        if not focus and self.has(*_POINTING) and (heard := self._overheard()):
            return heard
        if not needed:
            return self._said_in_full()
        names = self.pipelines()
        match = nearest(self.slots.said, (), names)
        if match.one or len(names) == 1:
            return match.one or names[0]
        raise Told(which_pipeline(names))

    def _overheard(self) -> str:
        """The one pipeline that people spoke of before they asked; nothing is changed on what was not said to us."""
        talk = self.dialogue.overheard.lower()
        if not talk or self.wish.intent.changes:
            return ""
        named = [name for name in self.pipelines() if re.search(rf"(?<![\w-]){re.escape(name.lower())}(?![\w-])", talk)]
        return named[0] if len(named) == 1 else ""

    def _said_in_full(self) -> str:
        """A pipeline whose whole name is made of ordinary words; only looked up when it was told of before."""
        return nearest(self.slots.said, (), self.dialogue.pipelines()).one

    def _unknown(self, names: Sequence[str], *, needed: bool) -> str:
        said = " ".join(self.slots.pointed or self.slots.names)
        if not needed and (not self.slots.pointed or any("-" in name for name in self.slots.pointed)):
            return ""
        if not names:
            raise Told(no_pipelines())
        there = f"There {'is' if len(names) == 1 else 'are'} {either(names, 'and')}."
        if not self.slots.pointed and not self.wish.intent.changes and not self.has("pipeline"):
            raise Told(
                f"I know no pipeline called “{said}”, and talk of nothing but pipelines, runs and models. {there}"
            )
        raise Told(f"I know no pipeline called “{said}”. {there} Which one do you mean?")

    def run(self, tool: BoundTool) -> JSON:
        """The run that is meant, by role, as the tool can take it; nothing when the tool's own default is meant.

        Raises:
            Pending: A tool must be asked which names there are.
            Told: No such run can be found.
        """
        if named := self.run_id():
            return {"run": named}
        if not self.slots.free_names and (named := self._spoken_of()):
            return {"run": named}
        pipeline = self.pipeline()
        if pipeline:
            return {"pipeline": pipeline} if tool.takes("pipeline") else {"run": f"last {pipeline}"}
        if named := self._spoken_of():
            return {"run": named}
        return {"run": "last"} if tool.takes("run") in tool.required else {}

    def run_id(self) -> str:
        """The id or the name of a run that the wording holds or points to in a list; empty without one."""
        if self.slots.run:
            return self.slots.run
        for run in self.dialogue.runs():
            if run.name.lower() in self.slots.said:
                return run.id
        listed = self.dialogue.listed()
        if self.slots.ordinal < 0 or not listed:
            return ""
        if self.slots.ordinal < len(listed):
            return listed[self.slots.ordinal].id
        raise Told(f"The list has only {len(listed)} runs. Which one do you mean?")

    def _spoken_of(self) -> str:
        """What `it` stands for; a name that is no pipeline's may be a run's."""
        if odd := [name for name in self.slots.pointed if "-" in name]:
            return odd[0]
        known = self.dialogue.runs()
        return known[0].id if known and not self.has("last") else ""

    def newest(self, **filters: Any) -> Reply:
        """Some runs, newest first, as `list_runs` tells them."""
        return self.call(self.tool("list_runs"), **filters)


def _explained(tool: BoundTool, name: str) -> str:
    described = str(tool.properties.get(name, {}).get("description", "")).strip().rstrip(".")
    return f" ({described[0].lower()}{described[1:]})" if described else ""


def either(names: Sequence[str], word: str = "or") -> str:
    """`a`, `b` or `c`; long lists are cut, and say so."""
    shown = [f"`{name}`" for name in names[:8]]
    if len(names) > len(shown):
        return f"{', '.join(shown)} {word} one of {len(names) - len(shown)} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {word} {shown[-1]}"


def which_pipeline(names: Sequence[str]) -> str:
    """The question which pipeline is meant."""
    return f"Which pipeline do you mean: {either(names)}?" if names else no_pipelines()


def no_pipelines() -> str:
    """That nothing is registered, and how that changes."""
    return (
        "No pipeline is registered yet. Drop a `.py` file with a Prefect flow into this thread, and I show you what I "
        "find in it."
    )


#: How the question begins which parameter a value is for.
WHICH_PARAMETER = "Which parameter"


def failure(text: str, *, changes: bool) -> str:
    """A tool's error, plainly, with what to do next."""
    said = text.strip()
    if "could not reach" in said.lower() or "no answer within" in said.lower():
        nothing = " Before asking again, look at the current state: it may or may not have happened." if changes else ""
        return f"{said}{nothing} Please ask me again in a minute, or tell whoever runs it."
    return said
