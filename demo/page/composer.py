"""Where a person writes: text with completion, files by picker, drop or paste, commands."""

import html
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from nicegui import events, ui

from demo.page import compose, files
from demo.page.markup import box, icon, icon_button, markup, size
from demo.page.visit import Visit

LARGEST_FILE: Final = 100_000_000  #: bytes the page takes of one file
MOST_FILES: Final = 20  #: files in one message

# The text lives in the browser: the server is told of it, and changes it only on a chip, a suggestion or a refusal.
# So nothing typed in the meantime is lost. Enter belongs to the list of suggestions while that is open.
_KEYS: Final = """(e) => {
  if (e.isComposing) return;
  const t = e.target, root = t.closest('.composer'), list = root.querySelector('.suggestions button');
  if (list && ['ArrowDown', 'ArrowUp', 'Tab', 'Enter', 'Escape'].includes(e.key) && !e.shiftKey) {
    e.preventDefault(); e.stopPropagation(); emit(e.key, t.value.slice(0, t.selectionStart));
  } else if (e.key === 'Enter' && !e.shiftKey) {
    e.preventDefault(); root.querySelector('.send').click();
  }
}"""
_TYPED: Final = "(e) => emit(e.target.value.slice(0, e.target.selectionStart))"
_SEND: Final = """(e) => {
  const root = e.target.closest('.composer'), t = root.querySelector('textarea'), text = t.value;
  const uploading = getElement(%d).$refs.qRef.isUploading;
  if (text.trim() || uploading || root.querySelector('.attachment')) { t.value = ''; emit(text); }
  t.focus();
}"""
_COMPLETE: Final = """(() => {
  const t = getHtmlElement(%d), rest = t.value.slice(t.selectionStart), text = %s;
  t.value = text + rest; t.focus(); t.setSelectionRange(text.length, text.length);
  t.dispatchEvent(new Event('input', {bubbles: true}));
})()"""
_PRESS_SEND: Final = "getHtmlElement(%d).closest('.composer').querySelector('.send').click()"
_WRITING: Final = "(held => held.matches('textarea, input') && held.value && held.checkVisibility())"
_RESTORE: Final = f"""(() => {{
  const t = getHtmlElement(%d), refused = %s, at = t.value ? t.selectionStart : refused.length;
  t.value = [t.value, refused].filter(Boolean).join('\\n');
  t.setSelectionRange(at, at);
  if (!{_WRITING}(document.activeElement)) t.focus();
}})()"""
_COMMAND_NOTE: Final = "talk to Trainmaster in exact words, e.g. “pipelines”, “runs”, “help”"
_FOCUS: Final = f"""(() => {{
  const held = document.activeElement, busy = %s ? held !== document.body : {_WRITING}(held);
  if (!busy && matchMedia('(hover: hover)').matches) getHtmlElement(%d)?.focus();
}})()"""
_INSERT: Final = """(() => {
  const t = getHtmlElement(%d), sign = %s, at = t.selectionStart;
  if (sign === '/') t.value = sign;
  else t.setRangeText((at && !/\\s/.test(t.value[at - 1]) ? ' ' : '') + sign, at, t.selectionEnd, 'end');
  t.focus(); t.dispatchEvent(new Event('input', {bubbles: true}));
})()"""
_PASTE: Final = """(e) => {
  const pasted = e.clipboardData.files;
  if (pasted.length) { e.preventDefault(); runMethod(%d, 'addFiles', [pasted]); }
}"""
_DROP: Final = """(e) => {
  e.preventDefault(); e.currentTarget.classList.remove('dropping');
  if (e.dataTransfer.files.length) { runMethod(%d, 'addFiles', [e.dataTransfer.files]); getHtmlElement(%d).focus(); }
}"""
_DRAG_OVER: Final = """(e) => {
  if (![...e.dataTransfer.types].includes('Files')) return;
  e.preventDefault(); e.currentTarget.classList.add('dropping');
}"""
_DRAG_LEAVE: Final = (
    "(e) => { if (!e.currentTarget.contains(e.relatedTarget)) e.currentTarget.classList.remove('dropping'); }"
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that waits to be sent."""

    name: str
    content: bytes


class Composer:
    """The composer of a channel or of a thread.

    Args:
        visit: Who writes, and where.
        place: `channel` or `thread`; commands cannot be run in threads, as in Slack.
        pane: The element that files can be dropped on.
        sent: Called when a message was posted.
    """

    def __init__(self, visit: Visit, place: str, pane: ui.element, sent: Callable[[], None]) -> None:
        self._visit = visit
        self._place = place
        self._sent = sent
        self._attached: list[Attachment] = []
        # Files the browser has announced and not yet handed over. The two come on different connections: below zero
        # while a file has overtaken its announcement.
        self._awaited = 0
        self._held: str | None = None  # a message that waits for them
        self._suggested: list[compose.Suggestion] = []
        self._marked = 0
        with box("composer", testid="composer" if place == "channel" else "thread-composer"):
            self._list = box("suggestions", testid="suggestions")
            self._text = self._text_area()
            self._shelf = box("attachments", testid="attachments")
            self._upload = self._file_source()
            self._tools()
        self._problem = markup("", css="app-error", testid="composer-error")
        self._text.on("paste", js_handler=_PASTE % self._upload.id)
        pane.on("drop", js_handler=_DROP % (self._upload.id, self._text.id))
        pane.on("dragover", js_handler=_DRAG_OVER)
        pane.on("dragleave", js_handler=_DRAG_LEAVE)

    def invite(self, placeholder: str) -> None:
        """Forget what was attached for another place, and say what this composer is for."""
        self._text.props["placeholder"] = placeholder
        self._text.props["aria-label"] = placeholder
        self._attached.clear()
        self._show_attached()
        self._suggest([])
        self._complain("")

    def focus(self, *, arriving: bool = False) -> None:
        """Let the person write at once, where that opens no keyboard on the screen.

        It comes a moment after what it answers to. A field in which somebody writes by then keeps the focus, and on a
        page that has only just come up (`arriving`) so does whatever has it.
        """
        ui.run_javascript(_FOCUS % (_js(arriving), self._text.id))

    async def send(self, text: str, attached: Sequence[Attachment] = ()) -> bool:
        """Post `text` with what is attached, or run it when it is a command.

        Returns:
            Whether it was taken. What was not is complained about.
        """
        self._suggest([])
        problem = await self._delivery(text, attached)
        self._complain(problem)
        if not problem:
            self._sent()
        return not problem

    def _delivery(self, text: str, attached: Sequence[Attachment]) -> Awaitable[str]:
        if compose.is_command(text) and not attached:
            if self._place == "thread":
                return _refusal(f"{text.split(maxsplit=1)[0]} is not supported in threads. Run it in the channel.")
            return self._visit.command(text.strip())
        thread = self._visit.thread if self._place == "thread" else ""
        return self._visit.send(text, thread, [(file.name, file.content) for file in attached])

    # --- drawing -------------------------------------------------------------------------------------------------

    def _text_area(self) -> ui.element:
        area = box(tag="textarea", testid="message-input" if self._place == "channel" else "thread-input")
        area.props.update({"rows": "1", "autocomplete": "off", "enterkeyhint": "send"})
        area.on("keydown", self._key, js_handler=_KEYS)
        area.on("input", lambda event: self._typed(str(event.args)), js_handler=_TYPED, throttle=0.05)
        return area

    def _file_source(self) -> ui.upload:
        with box(testid="file-input" if self._place == "channel" else "thread-file-input"):
            upload = ui.upload(
                multiple=True,
                auto_upload=True,
                max_file_size=LARGEST_FILE,
                on_upload=self._arrived,
            ).classes("file-source")
        upload.on("added", self._announced, js_handler="(files) => emit(files.length)")
        upload.on("rejected", self._rejected, js_handler="(entries) => emit(entries.map(e => e.file.name).join(', '))")
        # Quasar takes a file it still lists for a duplicate; the list is ours to keep, so it forgets at once.
        upload.on("finish", js_handler=f"() => runMethod({upload.id}, 'removeUploadedFiles', [])")
        upload.on("failed", self._failed, js_handler="(info) => emit(info.files.length)")
        return upload

    def _tools(self) -> None:
        with box("tools"):
            icon_button("add", "Attach files", testid="attach").on(
                "click", js_handler=f"() => runMethod({self._upload.id}, 'pickFiles', [])"
            )
            self._inserter("alternate_email", "Mention somebody", "@")
            if self._place == "channel":
                self._inserter("terminal", "Run a command", "/")
            markup("<b>Enter</b> to send · <b>Shift+Enter</b> for a new line", css="hint")
            send = icon_button("send", "Send", testid="send" if self._place == "channel" else "thread-send", css="send")
            send.on("click", self._pressed_send, js_handler=_SEND % self._upload.id)

    def _inserter(self, picture: str, label: str, sign: str) -> None:
        icon_button(picture, label).on("click", js_handler=f"() => {_INSERT % (self._text.id, _js(sign))}")

    # --- sending -------------------------------------------------------------------------------------------------

    async def _pressed_send(self, event: events.GenericEventArguments) -> None:
        if self._awaited > 0:
            self._held = str(event.args)
        else:
            await self._send_with_attached(str(event.args))

    async def _send_with_attached(self, text: str) -> None:
        """Send what was written here. What is refused comes back to edit, below whatever was written here since."""
        attached, self._attached = self._attached, []
        self._show_attached()
        if not await self.send(text, attached):
            self._attached[:0] = attached
            self._show_attached()
            ui.run_javascript(_RESTORE % (self._text.id, _js(text)))

    # --- files ---------------------------------------------------------------------------------------------------

    def _announced(self, event: events.GenericEventArguments) -> None:
        self._complain("")
        self._awaited += int(event.args)
        self._show_attached()

    async def _arrived(self, event: events.UploadEventArguments) -> None:
        content = await event.file.read()
        if len(self._attached) < MOST_FILES:
            self._attached.append(Attachment(event.file.name, content))
        else:
            self._complain(f"A message takes at most {MOST_FILES} files; {event.file.name} was left out.")
        await self._one_less(1)

    def _rejected(self, event: events.GenericEventArguments) -> None:
        self._complain(f"{event.args} was not taken: a file may have up to {size(LARGEST_FILE)}, and be added once.")

    async def _failed(self, event: events.GenericEventArguments) -> None:
        self._complain("A file could not be uploaded. Try it again.")
        await self._one_less(int(event.args))

    async def _one_less(self, count: int) -> None:
        self._awaited -= count
        self._show_attached()
        if self._awaited <= 0 and self._held is not None:
            text, self._held = self._held, None
            await self._send_with_attached(text)

    def _show_attached(self) -> None:
        self._shelf.clear()
        with self._shelf:
            for file in self._attached:
                with box("attachment", testid="attachment"):
                    name, count = html.escape(file.name), size(len(file.content))
                    markup(files.badge(file.name))
                    markup(f'<b title="{name}">{name}</b><small>{count}</small>', css="what")
                    remove = icon_button("close", f"Remove {file.name}")
                    remove.on("click", lambda gone=file: self._detach(gone), args=[])
            for _ in range(self._awaited):
                markup('<div class="what"><b>Uploading…</b></div>', css="attachment")

    def _detach(self, file: Attachment) -> None:
        self._attached = [kept for kept in self._attached if kept is not file]
        self._show_attached()

    # --- suggestions ---------------------------------------------------------------------------------------------

    def _typed(self, before: str) -> None:
        if not before:  # what was complained about is gone
            self._complain("")
        self._suggest(self._completions(before))

    def _completions(self, before: str) -> list[compose.Suggestion]:
        people = sorted(self._visit.workspace.people, key=lambda person: not person.is_bot)
        here = [(p.name, p.title or p.real_name) for p in people if p.id in self._visit.room.members]
        here += [(group.handle, group.description or group.name) for group in self._visit.workspace.groups]
        known = sorted(self._visit.workspace.app.commands) if self._place == "channel" else ()
        return compose.suggestions(before, people=here, commands=[(command, _COMMAND_NOTE) for command in known])

    def _suggest(self, wanted: list[compose.Suggestion]) -> None:
        if wanted == self._suggested:
            return
        self._suggested, self._marked = wanted, 0
        self._draw_suggestions()

    def _draw_suggestions(self) -> None:
        self._list.clear()
        with self._list:
            for number, suggestion in enumerate(self._suggested):
                content = f"<b>{html.escape(suggestion.label)}</b><small>{html.escape(suggestion.note)}</small>"
                css = "on" if number == self._marked else ""
                line = markup(content, tag="button", css=css, testid="suggestion")
                line.on("mousedown.prevent", lambda chosen=suggestion: self._complete(chosen), args=[])

    def _key(self, event: events.GenericEventArguments) -> None:
        """A key that the browser left to the list. What is typed since may have emptied the list: then Enter sends."""
        key, before = event.args
        self._suggest(self._completions(before))
        if not self._suggested:
            if key == "Enter":
                ui.run_javascript(_PRESS_SEND % self._text.id)
        elif key in {"ArrowDown", "ArrowUp"}:
            self._marked = (self._marked + (1 if key == "ArrowDown" else -1)) % len(self._suggested)
            self._draw_suggestions()
        elif key == "Escape":
            self._suggest([])
        else:
            self._complete(self._suggested[self._marked])

    def _complete(self, suggestion: compose.Suggestion) -> None:
        self._suggest([])
        ui.run_javascript(_COMPLETE % (self._text.id, _js(suggestion.completed)))

    def _complain(self, problem: str) -> None:
        self._problem.set_content(f"{icon('warning')}<span>{html.escape(problem)}</span>" if problem else "")


async def _refusal(reason: str) -> str:
    return reason


def _js(value: str | bool) -> str:  # noqa: FBT001 - a value, not a switch
    """`value` in JavaScript."""
    return json.dumps(value)
