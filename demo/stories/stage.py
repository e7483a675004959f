"""Where a story is played: people act in the workspace, and what they expect to see is a sentence that holds or not."""

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from demo.stories import visible
from demo.stories.behind import NOTHING, Behind
from demo.workspace.fields import Value, field_called
from demo.workspace.model import Change, Message, View
from demo.workspace.workspace import Workspace

Found = TypeVar("Found")

ANSWER_SECONDS = 60.0
RUN_SECONDS = 240.0  #: a run of a demo pipeline, its start included, on a busy machine
CHECK_SECONDS = 1.0


class Broken(Exception):
    """An expectation did not hold: what follows it in its chapter makes no sense any more."""


class Interrupted(Exception):
    """Somebody stopped the demo."""


class Stage:
    """The workspace, with an audience.

    Args:
        workspace: Where the story is played.
        behind: What stands behind it, which people can look at too.
        say: Told each sentence, with a mark whether it held.
        stop: Set when the story is to end early.
    """

    def __init__(
        self, workspace: Workspace, *, behind: Behind = NOTHING, say: Callable[[str], None], stop: threading.Event
    ) -> None:
        self.workspace = workspace
        self.behind = behind
        self.held = 0
        self.broken: list[str] = []
        self._say = say
        self._stop = stop
        self._news = threading.Event()

    def told(self, _: Change) -> None:
        """Take notice that something changed in the workspace."""
        self._news.set()

    def open(self, person: str, channel: str, text: str, *, files: Sequence[tuple[str, bytes]] = ()) -> "Conversation":
        """Start a thread with a message; gives what goes on in it."""
        root = self.workspace.post(person, channel, text, files=files)
        return Conversation(self, root.channel, root.ts, since=root.ts)

    def commands(self, person: str, channel: str, line: str, sentence: str, *patterns: str) -> Message:
        """Somebody types a slash command; the answer that only they see shows all `patterns`."""
        since = self.workspace.next_ts()
        acknowledged = self.workspace.command(person, channel, line)
        self.expect(f"the app takes {line}", lambda: acknowledged.done() and acknowledged.result().ok, within=10)
        return self.expect(sentence, lambda: self.private(person, channel, None, since, patterns))

    def private(
        self, person: str, channel: str, root: str | None, since: str, patterns: Sequence[str]
    ) -> Message | None:
        """What only `person` sees, in a thread or outside of one, is newer than `since` and shows all `patterns`."""
        seen = self.workspace.ephemerals(self.workspace.person(person).id, self.workspace.channel(channel).id, root)
        return next((message for message in seen if message.ts > since and _shows(message, patterns)), None)

    def find(self, channel: str, pattern: str) -> "tuple[Conversation, Message]":
        """The newest message of the app that shows `pattern` in the channel's threads, and its thread."""
        return self.expect(
            f"there is a message that shows “{pattern}”", lambda: self.newest(channel, pattern), within=10
        )

    def newest(self, channel: str, pattern: str) -> "tuple[Conversation, Message] | None":
        """The same, looked for once."""
        room = self.workspace.channel(channel).id
        roots = {message.root for message in self.workspace.messages(room)}
        said = [message for root in roots for message in self.workspace.thread(room, root)]
        shown = [one for one in said if one.user == self.workspace.bot.id and _shows(one, (pattern,))]
        newest = max(shown, key=lambda message: message.ts, default=None)
        if newest is None:
            return None
        return Conversation(self, room, newest.root, since=self.workspace.next_ts()), newest

    def expect(self, sentence: str, look: Callable[[], Found | None], *, within: float = ANSWER_SECONDS) -> Found:
        """Wait until `look` finds something, and give that.

        Args:
            sentence: What is expected, as a person would say it.
            look: Looks once; None or False means not yet.
            within: Seconds to wait.

        Raises:
            Broken: It was not found in time.
            Interrupted: The demo was stopped.
        """
        began = time.monotonic()
        while True:
            self._news.clear()
            found = look()
            took = time.monotonic() - began
            if found:
                self.held += 1
                self._say(f"  ✓ {sentence} ({took:.1f} s)")
                return found
            if self._stop.is_set():
                raise Interrupted
            if took > within:
                self.broken.append(sentence)
                self._say(f"  ✗ {sentence} (not within {within:.0f} s)")
                raise Broken(sentence)
            self._news.wait(min(CHECK_SECONDS, max(0.01, within - took)))

    def chapter(self, title: str, play: "Chapter") -> None:
        """Play one part of a story; a broken expectation ends the part, not the story."""
        self._say(f"\n— {title} —")
        try:
            play(self)
        except Broken:
            self._say(f"  … the rest of “{title}” is left out")


Chapter = Callable[[Stage], None]


@dataclass
class Conversation:
    """One thread, from the point of view of somebody who waits for an answer.

    Attributes:
        since: The ts of what was last said or pressed: answers are newer.
    """

    stage: Stage
    channel: str
    root: str
    since: str
    seen: set[str] = field(default_factory=set)

    def says(self, person: str, text: str, *, files: Sequence[tuple[str, bytes]] = ()) -> None:
        """Somebody writes in the thread, perhaps with files."""
        self.since = self.stage.workspace.post(person, self.channel, text, self.root, files).ts

    def presses(self, person: str, message: Message, label: str) -> None:
        """Somebody presses the button with this label, and the app takes notice within Slack's three seconds.

        Raises:
            Broken: There is no such button, or the app did not acknowledge.
        """
        action, value = self.stage.expect(
            f"there is a button “{label}”", lambda: visible.buttons(self._now(message)).get(label), within=10
        )
        self.since = self.stage.workspace.next_ts()
        acknowledged = self.stage.workspace.click(person, message, action, value or None)
        self.stage.expect("the app takes the click", lambda: acknowledged.done() and acknowledged.result().ok)

    def submits(self, person: str, title: str, values: Mapping[str, Value]) -> None:
        """Somebody fills in the modal with this title and sends it, and the app takes it within Slack's three seconds.

        An app that answers with errors has taken it, too: see `expect_errors`.

        Args:
            person: Whose modal it is.
            title: What stands at its top.
            values: What is entered, by the field's label or action id.

        Raises:
            Broken: There is no such modal, something required is missing, or the app did not acknowledge.
        """
        view = self.expect_modal(person, f"{person} sees the modal “{title}”", title)
        self.since = self.stage.workspace.next_ts()
        sent = self.stage.workspace.submit(person, view, values)
        self.stage.expect("the app takes what was filled in", lambda: sent.done() and sent.result().ok, within=10)

    def expect_modal(self, person: str, sentence: str, title: str) -> View:
        """What `person` sees over the page is the modal with this title."""

        def look() -> View | None:
            seen = self.stage.workspace.views_of(person)
            return seen[-1] if seen and seen[-1].title == title else None

        return self.stage.expect(sentence, look, within=10)

    def expect_errors(self, person: str, sentence: str, errors: Mapping[str, str]) -> None:
        """Under the fields of the modal that `person` sees, by label or action id, stands what the patterns say."""

        def look() -> bool:
            seen = self.stage.workspace.views_of(person)
            if not seen:
                return False
            shown = {name: seen[-1].errors.get(field_called(seen[-1].blocks, name).block_id, "") for name in errors}
            return all(re.search(pattern, shown[name], re.IGNORECASE) for name, pattern in errors.items())

        self.stage.expect(sentence, look, within=10)

    def expect_no_modal(self, person: str) -> None:
        """Nothing lies over the page of `person` (any more)."""
        self.stage.expect("the modal is closed", lambda: not self.stage.workspace.views_of(person), within=10)

    def expect(self, sentence: str, *patterns: str, within: float = ANSWER_SECONDS) -> Message:
        """A new message of the app in this thread shows all `patterns` (regular expressions, case ignored).

        A message counts as it stands now, so an answer that is edited in place is found too; one that was found
        before is not found again.
        """

        def look() -> Message | None:
            for message in self._answers():
                if message.ts > self.since and message.ts not in self.seen and _shows(message, patterns):
                    self.seen.add(message.ts)
                    return message
            return None

        return self.stage.expect(sentence, look, within=within)

    def expect_of(self, message: Message, sentence: str, *patterns: str, within: float = ANSWER_SECONDS) -> Message:
        """The given message comes to show all `patterns`."""

        def look() -> Message | None:
            now = self._now(message)
            return now if _shows(now, patterns) else None

        return self.stage.expect(sentence, look, within=within)

    def expect_private(self, person: str, sentence: str, *patterns: str, within: float = ANSWER_SECONDS) -> Message:
        """Something new that only `person` sees shows all `patterns`."""

        def look() -> Message | None:
            return self.stage.private(person, self.channel, self.root, self.since, patterns)

        return self.stage.expect(sentence, look, within=within)

    def expect_buttons(self, message: Message, sentence: str, *labels: str) -> None:
        """The given message comes to have these buttons, and no others."""
        self.stage.expect(sentence, lambda: tuple(visible.buttons(self._now(message))) == labels)

    def expect_clean(self) -> None:
        """Nothing in this thread is what no person should ever see; a run's own log lines may be anything."""
        self.stage.expect(
            "no message shows a stack trace, a token, or a folder of this machine's installation",
            lambda: not any(_LEAK.search(_LOG.sub("", visible.words(message))) for message in self._answers()),
            within=0,
        )

    def _answers(self) -> list[Message]:
        bot = self.stage.workspace.bot.id
        return [m for m in self.stage.workspace.thread(self.channel, self.root) if m.user == bot]

    def _now(self, message: Message) -> Message:
        return self.stage.workspace.message(message.channel, message.ts)


_LOG = re.compile(r"```.*?```", re.DOTALL)
_LEAK = re.compile(r"Traceback \(most recent|xoxb-|xapp-|site-packages|object at 0x")


def _shows(message: Message, patterns: Sequence[str]) -> bool:
    seen = visible.words(message)
    return all(re.search(pattern, seen, re.IGNORECASE) for pattern in patterns)
