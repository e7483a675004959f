"""The story as it is seen in the workspace, line by line while it happens."""

from collections.abc import Callable

from demo.stories import visible
from demo.workspace.model import Change, Message
from demo.workspace.workspace import Workspace

INDENT = "    "
LONGEST = 40


class Transcript:
    """Tells what people and the app write; edits are told by their first line, and only when that changed.

    Args:
        workspace: Whose people are named.
        say: Told each line.
    """

    def __init__(self, workspace: Workspace, *, say: Callable[[str], None]) -> None:
        self._workspace = workspace
        self._say = say
        self._seen: dict[str, str] = {}  # by person, the view that lies over their page

    def told(self, change: Change) -> None:
        """Tell a change, if it is one that people would notice."""
        if change.kind == "view":
            self._look_at_modal(change.user)
        if change.message is None:
            return
        if change.kind in {"posted", "ephemeral"}:
            self._say(self._whole(change.message))
        elif change.kind == "edited" and change.before is not None:
            before, after = (_first_line(message) for message in (change.before, change.message))
            if before != after:
                self._say(f"{INDENT}{self._name(change.message)} (edited): {after}")

    def _look_at_modal(self, user: str) -> None:
        """Tell of a modal when it comes and when it goes, not of every letter that is typed into it."""
        stack = self._workspace.views_of(user)
        seen, before = stack[-1].id if stack else "", self._seen.get(user, "")
        self._seen[user] = seen
        if stack and seen != before:
            lines = f"\n{INDENT}    ".join(visible.modal_words(stack[-1]).splitlines())
            self._say(f"{INDENT}(over {self._workspace.person(user).name}'s page) {lines}")
        elif before and not stack:
            self._say(f"{INDENT}(over {self._workspace.person(user).name}'s page) closed")

    def _whole(self, message: Message) -> str:
        place = "" if message.is_reply else f" in #{self._workspace.channel(message.channel).name or 'direct message'}"
        private = " (only you can see this)" if message.ephemeral_to else ""
        lines = visible.words(message).splitlines()
        shown = [*lines[:LONGEST], *([f"… {len(lines) - LONGEST} more lines"] if len(lines) > LONGEST else [])]
        shown += [f"[file {file.name}]" for file in message.files]
        if labels := visible.buttons(message):
            shown.append("  ".join(f"[{label}]" for label in labels))
        head = f"{INDENT}{self._name(message)}{place}{private}: "
        return head + f"\n{INDENT}    ".join(shown)

    def _name(self, message: Message) -> str:
        return self._workspace.person(message.user).name


def _first_line(message: Message) -> str:
    return next(iter(visible.words(message).splitlines()), "")
