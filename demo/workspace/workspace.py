"""What people do in the workspace: the one object that the page, the stories and the tests hold.

    workspace = Workspace()
    root = workspace.post("alice", "#ml-pipelines", "@trainmaster onboard this", files=[("churn.py", source)])
    ...  # the app answers through the Web API
    card = workspace.thread(root.channel, root.ts)[-1]
    workspace.click("alice", card, "plan.register_and_run").result(timeout=5)

Everything may be called from any thread. People, channels and user groups are named by id or by handle (`"alice"`,
`"@alice"`, `"#random"`). Reads (`messages`, `thread`, `ephemerals`, `status`, `content`, ...) and `subscribe` come from
`Timeline`, who belongs where from `Roster`; what a person may not do raises `NotAllowed`, whose text may be shown to
the person as it is; so may that of `StoreUnusable`, when the disk is full.
"""

import dataclasses
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from demo.workspace import seed, typed
from demo.workspace.app_config import AppConfig
from demo.workspace.elements import Pressed, chosen, find_element, pressed
from demo.workspace.identifiers import new_id
from demo.workspace.interactivity import Interactivity, NotAllowed, done, undelivered
from demo.workspace.mime import file_type
from demo.workspace.modals import Modals, Values
from demo.workspace.model import JSON, Acknowledgement, Change, Channel, File, Message, Person, View
from demo.workspace.roster import Roster
from demo.workspace.store import Store
from demo.workspace.timeline import NotFound
from demo.workspace.triggers import Triggers

__all__ = ["LONGEST_MESSAGE", "Interactivity", "NotAllowed", "Workspace"]

LONGEST_MESSAGE = 40_000  #: characters; Slack truncates what is longer


class Workspace(Roster):
    """The workspace's state, and what people do with it.

    Attributes:
        app: The installed app.
        triggers: The trigger ids that clicks and commands carried.
        modals: What is open on people's screens.
    """

    def __init__(
        self,
        store: Store | None = None,
        *,
        app: AppConfig | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(store, clock)
        self.app = app or AppConfig()
        self._interactivity: Interactivity | None = None
        self.triggers = Triggers(self.now)
        self.modals = Modals(self, lambda: self._interactivity)

    def connect(self, interactivity: Interactivity | None) -> None:
        """Send clicks, commands and modals there from now on."""
        self._interactivity = interactivity

    def post(
        self,
        user: str,
        channel: str,
        text: str,
        thread_ts: str | None = None,
        files: Sequence[tuple[str, bytes]] = (),
        *,
        broadcast: bool = False,
    ) -> Message:
        """Write a message as a person.

        Args:
            user: Who writes.
            channel: Where.
            text: As typed: `@name`, `#channel` and links become Slack's tokens.
            thread_ts: Reply to the thread of this message.
            files: (name, content) of each file that goes with it.
            broadcast: Show the reply in the channel too ("Also send to #…").

        Raises:
            NotAllowed: Not a member, nothing to say, too long, no such thread.
        """
        person, room = self._present(user, channel)
        if not text.strip() and not files:
            raise NotAllowed("There is nothing to send yet: write something or add a file.")
        if len(text) > LONGEST_MESSAGE:
            raise NotAllowed(
                f"Slack takes at most {LONGEST_MESSAGE:,} characters in one message; this has {len(text):,}."
            )
        with self.locked():
            root = self._root(room, thread_ts)
            ts = self.next_ts()
            kept = tuple(self._keep_file(person, name, content, (room.id, ts)) for name, content in files)
            message = Message(
                room.id,
                ts,
                person.id,
                typed.stored(text, self.people, self.channels, self.groups),
                blocks=(),
                files=kept,
                thread_ts=root,
                broadcast=broadcast and root is not None,
                subtype="file_share" if kept else "thread_broadcast" if broadcast and root else "",
            )
            self.add(message)
            self._hint_at_absent_bot(person, room, message)
        return message

    def upload(
        self,
        user: str,
        channel: str,
        filename: str,
        content: bytes,
        *,
        thread_ts: str | None = None,
        text: str = "",
    ) -> Message:
        """Share one file, as dropping it into the channel or thread does.

        Raises:
            NotAllowed: As for `post`.
        """
        return self.post(user, channel, text, thread_ts, [(filename, content)])

    def edit(self, user: str, message: Message, text: str) -> Message:
        """Change the text of one's own message.

        Raises:
            NotAllowed: Somebody else's, or gone.
        """
        person = self.person(user)
        with self.locked():
            current = self._current(message)
            if current.user != person.id:
                raise NotAllowed("Only who wrote a message can edit it.")
            stored = typed.stored(text, self.people, self.channels, self.groups)
            return self.replace(dataclasses.replace(current, text=stored, edited=(person.id, self.next_ts())))

    def delete(self, user: str, message: Message) -> None:
        """Delete one's own message, or dismiss an ephemeral one.

        Raises:
            NotAllowed: Somebody else's, or gone.
        """
        person = self.person(user)
        with self.locked():
            current = self._current(message)
            if current.ephemeral_to == person.id:
                self.hide(current.channel, current.ts)
            elif current.user == person.id:
                self.remove(current.channel, current.ts)
            else:
                raise NotAllowed("Only who wrote a message can delete it.")

    def delete_file(self, user: str, file_id: str) -> File:
        """Delete one's own file; messages keep a line that says so.

        Raises:
            NotAllowed: Somebody else's, or no such file.
        """
        person = self.person(user)
        with self.locked():
            file = self._file(file_id)
            if file.user != person.id:
                raise NotAllowed("Only who uploaded a file can delete it.")
            return self.put_file(dataclasses.replace(file, deleted=True))

    def add_reaction(self, user: str, message: Message, name: str) -> bool:
        """Put an emoji under a message; False when it was there already."""
        self._current(message)
        return self.react(message.channel, message.ts, name.strip(":"), self.person(user).id, add=True)

    def remove_reaction(self, user: str, message: Message, name: str) -> bool:
        """Take one's emoji back; False when it was not there."""
        self._current(message)
        return self.react(message.channel, message.ts, name.strip(":"), self.person(user).id, add=False)

    def click(
        self, user: str, place: Message | View, action_id: str, value: str | None = None, block_id: str | None = None
    ) -> "Future[Acknowledgement]":
        """Press a button under a message, or in a modal, as it stands now.

        Args:
            user: Who presses.
            place: Where; of a message only its channel and ts matter, of a view its id.
            action_id: Which button.
            value: Where several buttons share an action id: the one with this value.
            block_id: The same, by block.

        Returns:
            Done once the app acknowledged, or three seconds passed without.

        Raises:
            NotAllowed: The person cannot see the message or modal, or it has no such button (any more).
        """
        if isinstance(place, View):
            return self.modals.click(self._acting(user), place, action_id, value, block_id)
        return self._act(user, place, action_id, block_id, lambda element: pressed(element, value))

    def choose(
        self,
        user: str,
        place: Message | View,
        action_id: str,
        value: str | Sequence[str],
        block_id: str | None = None,
    ) -> "Future[Acknowledgement]":
        """Choose in a menu under a message or in a modal: the option with this value, or the user, channel or date.

        In a modal it also writes into a field, and the app is told only where it asked to be.

        Raises:
            NotAllowed: The person cannot see the message or modal, or it has no such menu or option.
        """
        if isinstance(place, View):
            name = (block_id, action_id) if block_id else action_id
            return self.modals.choose(self._acting(user), place, name, value)
        return self._act(user, place, action_id, block_id, lambda element: chosen(element, value))

    def views_of(self, user: str) -> tuple[View, ...]:
        """The views of a person's modal, the one that is seen last; empty without a modal."""
        return self.modals.views.of(self.person(user).id)

    def enter(self, user: str, view: View, values: Values) -> View:
        """Write into fields of a modal, as typing does; see `Modals.enter`."""
        return self.modals.enter(self._acting(user), view, values)

    def submit(self, user: str, view: View, values: Values | None = None) -> "Future[Acknowledgement]":
        """Fill in a modal and press its button; see `Modals.submit`.

        Args:
            user: Whose modal it is.
            view: The view that is seen; only its id matters.
            values: What to enter, by label, action id or block id; what is not named stays as it is.
        """
        return self.modals.submit(self._acting(user), view, values or {})

    def close_view(self, user: str, view: View, *, whole: bool = False) -> "Future[Acknowledgement]":
        """Close a view of a modal by its button, or with `whole` the modal by its cross; see `Modals.close`."""
        return self.modals.close(self._acting(user), view, whole=whole)

    def command(self, user: str, channel: str, line: str) -> "Future[Acknowledgement]":
        """Run a slash command, `/mlops runs churn`, in a channel; `/invite @trainmaster` works too.

        The app's immediate answer, or Slackbot's word that there was none, is shown to the person alone.

        Raises:
            NotAllowed: Not a member of the channel, or no such command.
        """
        person, room = self._present(user, channel)
        name, _, text = line.strip().partition(" ")
        if name == "/invite":
            return self._invite(room, text)
        if name not in self.app.commands:
            raise NotAllowed(f"{name} is not a valid command. Known here: {', '.join(sorted(self.app.commands))}.")
        if self._interactivity is None:
            return undelivered()
        return self._interactivity.commanded(person, room, name, text.strip())

    # --- inside --------------------------------------------------------------------------------------------------

    def _acting(self, user: str) -> Person:
        person = self.person(user)
        if person.deleted:
            raise NotAllowed(f"{person.real_name}'s account is deactivated.")
        return person

    def _present(self, user: str, channel: str) -> tuple[Person, Channel]:
        try:
            person, room = self._acting(user), self.channel(channel)
        except NotFound as missing:
            raise NotAllowed(f"There is no {user} or no {channel} in this workspace.") from missing
        if person.id not in room.members:
            raise NotAllowed(f"{person.real_name} is not a member of this channel.")
        return person, room

    def _root(self, room: Channel, thread_ts: str | None) -> str | None:
        if thread_ts is None:
            return None
        try:
            return self.message(room.id, thread_ts).root
        except NotFound as missing:
            raise NotAllowed("The message this answers was deleted.") from missing

    def _current(self, message: Message) -> Message:
        try:
            if message.ephemeral_to:
                return self.ephemeral(message.channel, message.ts)
            return self.message(message.channel, message.ts)
        except NotFound as missing:
            raise NotAllowed("The message was deleted in the meantime.") from missing

    def _file(self, file_id: str) -> File:
        try:
            return self.file(file_id)
        except NotFound as missing:
            raise NotAllowed("There is no such file.") from missing

    def _keep_file(self, person: Person, name: str, content: bytes, share: tuple[str, str]) -> File:
        filetype, mimetype, _ = file_type(name)
        file = File(
            new_id("F"),
            name,
            len(content),
            person.id,
            int(self.now()),
            title=name,
            mimetype=mimetype,
            filetype=filetype,
            shares=(share,),
        )
        return self.put_file(file, content)

    def _act(
        self,
        user: str,
        message: Message,
        action_id: str,
        block_id: str | None,
        press: Callable[[Sequence[JSON]], Pressed],
    ) -> "Future[Acknowledgement]":
        person, room = self._present(user, message.channel)
        current = self._current(message)
        if current.ephemeral_to not in {None, person.id}:
            raise NotAllowed("Only the person it was sent to can see this message.")
        action = press(find_element(current.blocks, action_id, block_id))
        if action is None:
            raise NotAllowed("The message has no such button or option any more.")
        if self._interactivity is None:
            return undelivered()
        outcome = self._interactivity.clicked(person, current, action)
        outcome.add_done_callback(
            lambda done: self.tell(
                Change("interaction", room.id, current.root, message=current, acknowledgement=done.result())
            )
        )
        return outcome

    def _invite(self, room: Channel, text: str) -> "Future[Acknowledgement]":
        try:
            self.join(room.id, text.strip())
        except NotFound as missing:
            raise NotAllowed(f"There is nobody called {text.strip() or '…'} to invite.") from missing
        return done(Acknowledgement(ok=True))

    def _hint_at_absent_bot(self, person: Person, room: Channel, message: Message) -> None:
        if f"<@{seed.BOT}>" not in message.text or seed.BOT in room.members:
            return
        text = f"<@{seed.BOT}> is not in this channel, so it has not seen this. Write `/invite @{self.bot.name}`."
        self.show(
            Message(room.id, self.next_ts(), seed.SLACKBOT, text, thread_ts=message.thread_ts, ephemeral_to=person.id)
        )
