"""One message on the page, changed in place."""

import html
from collections.abc import Sequence
from typing import Final, Literal

from nicegui import ui

from demo.page import emoji, files, mrkdwn
from demo.page.blocklist import BlockList
from demo.page.controls import Controls
from demo.page.markup import avatar, box, clock, icon, icon_button, markup, moment
from demo.page.visit import Visit
from demo.workspace.model import Message, Person
from demo.workspace.streams import is_growing

Place = Literal["channel", "thread"]

_DOTS: Final = '<span class="dots" title="still being written"><i></i><i></i><i></i></span>'
_QUIET: Final = frozenset({"channel_join", "channel_leave", "tombstone"})
_FACES: Final = 4  #: avatars shown beside "5 replies"


class MessageView:
    """A message with everything under it.

    Args:
        message: What to show first.
        visit: Whose eyes it is for.
        place: In the channel, where a root leads to its thread, or in the thread itself.
        compact: Without name and picture, below another message of the same author.
    """

    def __init__(self, message: Message, visit: Visit, place: Place, *, compact: bool) -> None:
        self.message = message
        self._visit = visit
        self._place: Place = place
        self._compact = compact
        self._pieces: dict[str, tuple[ui.html, str]] = {}
        self._blocks: BlockList | None = None
        self._thread: tuple[ui.html, str] | None = None
        self.element = box(f"msg{' compact' if compact else ''}", testid="message")
        self.element.props["data-ts"] = message.ts
        self.element.props["data-user"] = message.user
        with self.element:
            markup(self._gutter())
            self._body = box("body")
            self._tools()
        self.show(message)

    def show(self, message: Message) -> None:
        """Show the message as it is now."""
        self.message = message
        self.element.classes(
            add=" ".join(["private"] * bool(message.ephemeral_to) + ["gone"] * (message.subtype == "tombstone"))
        )
        self._piece("growing", _DOTS if is_growing(message, self._visit.workspace) else "")
        self._piece("words", self._head() + self._words())
        if message.blocks or self._blocks is not None:
            self._show_blocks(message.blocks)
        self._piece("files", files.cards(message.files, self._visit.workspace.content))
        self._piece("reactions", self._reactions())
        self.show_thread_link()

    def show_thread_link(self) -> None:
        """Show how many replies the thread has, and whether an answer is on its way."""
        if self._place == "thread" or self.message.is_reply or self.message.ephemeral_to:
            return
        content = self._thread_link()
        if self._thread is None and content:
            with self._body:
                link = markup(content, tag="button", css="thread-link", testid="thread-link").style("order: 9")
            link.on("click", lambda: self._visit.open_thread(self.message.ts), args=[])
            self._thread = (link, content)
        elif self._thread is not None and self._thread[1] != content:
            self._thread[0].set_content(content)
            self._thread[0].set_visibility(bool(content))
            self._thread = (self._thread[0], content)

    def complain(self, problem: str) -> None:
        """Show under the message what went wrong with a click, or take it away with `""`."""
        if self.element.is_deleted:
            return  # the person went elsewhere while the app was thinking
        self._piece("app-error", f"{icon('warning')}<span>{html.escape(problem)}</span>" if problem else "")

    # --- pieces --------------------------------------------------------------------------------------------------

    def _piece(self, name: str, content: str) -> None:
        """Put HTML into the named part of the body; parts exist once they have had something to show."""
        shown = self._pieces.get(name)
        if shown is None and content:
            order = ("words", "blocks", "growing", "files", "reactions", "app-error").index(name)
            with self._body:
                piece = markup(content, css=name, testid=f"message-{name}").style(f"order: {order}")
            self._pieces[name] = (piece, content)
        elif shown is not None and shown[1] != content:
            shown[0].set_content(content)
            self._pieces[name] = (shown[0], content)

    def _show_blocks(self, wanted: Sequence[dict[str, object]]) -> None:
        if self._blocks is None:
            with self._body, box().style("order: 1"):
                self._blocks = BlockList(Controls(self._visit, self.message, self.complain))
        self._blocks.show(wanted)

    def _author(self) -> Person:
        return self._visit.person(self.message.user)

    def _gutter(self) -> str:
        if self._compact:
            return f'<div class="gutter-time">{clock(moment(self.message.ts)).partition(" ")[0]}</div>'
        return avatar(self._author())

    def _head(self) -> str:
        message, author = self.message, self._author()
        private = f'<div class="only-you" data-testid="only-you">{icon("visibility")}Only visible to you</div>'
        before = private if message.ephemeral_to else ""
        if self._place == "channel" and message.is_reply:
            before += '<div class="in-thread">replied to a thread</div>'
        if self._compact:
            return before
        when = moment(message.ts)
        badge = '<span class="app">APP</span>' if message.bot_id or author.is_bot else ""
        name = html.escape(message.username or author.real_name)
        exactly = f"{when:%A, %d %B %Y, %H:%M:%S}"
        return (
            f'{before}<div class="head"><span class="who">{name}</span>{badge}'
            f'<time class="when" datetime="{when.isoformat()}" title="{exactly}">{clock(when)}</time></div>'
        )

    def _words(self) -> str:
        message = self.message
        edited = ' <span class="edited">(edited)</span>' if message.edited else ""
        if message.blocks:
            return ""
        quiet = " edited" if message.subtype in _QUIET else ""
        text = mrkdwn.to_html(message.text, self._visit.names)
        return f'<div class="text{quiet}">{text}{edited}</div>' if text or edited else ""

    def _reactions(self) -> str:
        shown = []
        for reaction in self.message.reactions:
            mine = " mine" if self._visit.me in reaction.users else ""
            who = html.escape(", ".join(self._visit.person(user).real_name for user in reaction.users))
            shown.append(
                f'<span class="reaction{mine}" title="{who} reacted with :{html.escape(reaction.name)}:">'
                f"{html.escape(emoji.glyph(reaction.name))} <b>{len(reaction.users)}</b></span>"
            )
        return "".join(shown)

    def _thread_link(self) -> str:
        workspace, message = self._visit.workspace, self.message
        replies = workspace.replies(message.channel, message.ts)
        status = workspace.status(message.channel, message.ts)
        if not replies and not (status and status.text):
            return ""
        people = list(dict.fromkeys(reply.user for reply in replies))[:_FACES]
        faces = "".join(avatar(self._visit.person(user)) for user in people)
        count = f"<b>{len(replies)} {'reply' if len(replies) == 1 else 'replies'}</b>" if replies else ""
        if status and status.text:
            name = html.escape(workspace.bot.real_name)
            last = f'{name} {html.escape(status.text)} <span class="dots"><i></i><i></i><i></i></span>'
        else:
            last = f"Last reply {clock(moment(replies[-1].ts))}"
        return f'{faces}{count}<span class="last">{last}</span>'

    def _tools(self) -> None:
        message = self.message
        if message.ephemeral_to:
            with box("tools-float"):
                icon_button("close", "Dismiss message", testid="dismiss").on(
                    "click", lambda: self._visit.dismiss(self.message), args=[]
                )
        elif self._place == "channel" and not message.subtype.startswith("channel_"):
            with box("tools-float"):
                icon_button("forum", "Reply in thread", testid="reply-in-thread").on(
                    "click", lambda: self._visit.open_thread(self.message.root), args=[]
                )
