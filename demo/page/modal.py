"""A modal over the page, as Slack draws it: one view of the person's stack at a time, which holds the keyboard."""

import html
from collections.abc import Callable
from typing import Any, Final

from nicegui import events, ui

from demo.page import blocks, mrkdwn
from demo.page.blocklist import BlockList
from demo.page.controls import Controls
from demo.page.markup import avatar, box, icon, icon_button, markup
from demo.page.visit import Visit
from demo.workspace.model import View

# Menus and questions lie above the modal, and have their own Escape. A field that tells the app of Enter keeps it.
_KEYS: Final = """(e) => {
  if (e.isComposing) return;
  const d = e.currentTarget, t = e.target;
  if (e.key === 'Escape' && !document.querySelector('.q-menu, .q-dialog')) {
    e.preventDefault(); d.querySelector('.modal-close').click();
  } else if (e.key === 'Enter' && !t.dataset.enter) {
    const line = t.tagName === 'INPUT' && !['checkbox', 'radio'].includes(t.type);
    const text = t.tagName === 'TEXTAREA' && (e.ctrlKey || e.metaKey);
    if (line || text) { e.preventDefault(); d.querySelector('.modal-submit:not(.busy)')?.click(); }
  } else if (e.key === 'Tab') {
    const all = [...d.querySelectorAll('button, input, textarea, a[href]')].filter(f => f.offsetParent && !f.disabled);
    const edge = e.shiftKey ? all[0] : all.at(-1), other = e.shiftKey ? all.at(-1) : all[0];
    if (t === edge || t === d) { e.preventDefault(); other?.focus(); }
  }
}"""
_TYPED: Final = """(e) => {
  const fields = [...e.target.closest('.modal').querySelectorAll('[data-block]')];
  emit(fields.map(f => [f.dataset.block, f.dataset.action, f.value]));
}"""
# What lies behind is out of reach while a modal is open; the keyboard returns to where it was.
_HOLD: Final = """(() => {
  const d = getHtmlElement(%d), behind = document.querySelector('.ws');
  if (!d) return;
  if (!behind.inert) { window.beforeModal = document.activeElement; behind.inert = true; }
  const first = d.querySelector('[data-focus]') || d.querySelector('.modal-body :is(input, textarea, button)');
  (matchMedia('(hover: hover)').matches && first || d).focus();
})()"""
_TO_ERROR: Final = "getHtmlElement(%d)?.querySelector('.b-input.bad')?.scrollIntoView({block: 'nearest'})"
_RELEASE: Final = """(() => {
  const behind = document.querySelector('.ws');
  if (!behind?.inert) return;
  behind.inert = false; window.beforeModal?.isConnected && window.beforeModal.focus();
})()"""


class ModalLayer:
    """What lies over the page: nothing, or the view that the tab's person sees."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._dialog: _Dialog | None = None
        self._layer = box("modal-layer", testid="modal-layer")
        self._layer.set_visibility(False)

    def refresh(self) -> None:
        """Show the person's modal as it is now."""
        stack = self._visit.workspace.views_of(self._visit.me)
        if not stack:
            self._hide()
        elif self._dialog is not None and self._dialog.view.id == stack[-1].id:
            self._dialog.show(stack[-1])
        else:
            self._layer.clear()
            self._layer.set_visibility(True)
            with self._layer:
                self._dialog = _Dialog(self._visit, stack[-1])
            ui.run_javascript(_HOLD % self._dialog.element.id)

    def _hide(self) -> None:
        if self._dialog is not None:
            self._dialog = None
            self._layer.clear()
            self._layer.set_visibility(False)
            ui.run_javascript(_RELEASE)


class _Dialog:
    """One view.

    Attributes:
        view: What it shows.
        element: The dialog.
    """

    def __init__(self, visit: Visit, view: View) -> None:
        self.view = view
        self._visit = visit
        self._controls = Controls(visit, view, self._complain)
        with box("modal", testid="modal") as self.element:
            self.element.props.update({"role": "dialog", "aria-modal": "true", "tabindex": "-1"})
            self.element.on("keydown", js_handler=_KEYS)
            self._head()
            with box("modal-body", testid="modal-body"):
                self._blocks = BlockList(self._controls)
            self._trouble = markup("", css="modal-trouble", testid="modal-trouble")
            self._trouble.props["role"] = "alert"
            self._foot()
        self._draw(view)

    def show(self, view: View) -> None:
        """Show the view as it is now; what did not change is left alone, so that nobody loses what is being typed."""
        before, self.view = self.view, view
        if before.body != view.body:
            self._draw(view)
        else:
            self._mark(view)
        if view.errors and view.errors != before.errors:
            ui.run_javascript(_TO_ERROR % self.element.id)

    def _draw(self, view: View) -> None:
        body = view.body
        self.element.props["aria-label"] = view.title
        self._title.set_content(mrkdwn.plain_to_html(blocks.plain(body["title"])))
        with self.element:
            self._blocks.show(view.blocks)
        submit = blocks.plain(body.get("submit"))
        close = blocks.plain(body.get("close")) or ("Cancel" if submit else "Close")
        self._close.set_content(mrkdwn.plain_to_html(close))
        self._submit.set_content(mrkdwn.plain_to_html(submit))
        self._submit.set_visibility(bool(submit))
        self._mark(view)

    def _mark(self, view: View) -> None:
        """Show what is wrong, and whether the app is being asked."""
        self._complain(view.trouble)
        for block_id, place in self._controls.errors.items():
            if not place.is_deleted:
                _show_error(place, view.errors.get(block_id, ""))
        _turn(self._submit, "busy", on=view.busy)
        self._submit.props["aria-busy"] = "true" if view.busy else "false"

    def _complain(self, problem: str) -> None:
        """Show what is wrong with the modal as a whole; what Slack itself says of it goes first."""
        if not self._trouble.is_deleted:
            shown = self.view.trouble or problem
            self._trouble.set_content(f"{icon('warning')}<span>{html.escape(shown)}</span>" if shown else "")

    def _head(self) -> None:
        with box("modal-head", tag="header"):
            markup(avatar(self._visit.workspace.bot))
            self._title = markup("", tag="h1", testid="modal-title")
            cross = icon_button("close", "Close", testid="modal-cross")
            cross.on("click", self._closing(whole=True), args=[])

    def _foot(self) -> None:
        with box("modal-foot", tag="footer"):
            self._close = markup("", tag="button", css="btn modal-close", testid="modal-close")
            self._submit = markup("", tag="button", css="btn primary modal-submit", testid="modal-submit")
        self._close.on("click", self._closing(whole=False), args=[])
        self._submit.on("click", self._pressed, js_handler=_TYPED)

    def _closing(self, *, whole: bool) -> Callable[[], None]:
        return lambda: self._visit.close_view(self.view, whole=whole)

    async def _pressed(self, event: events.GenericEventArguments) -> None:
        typed: Any = event.args
        await self._visit.submit(self.view, {(str(b), str(a)): str(value) for b, a, value in typed})


def _show_error(place: ui.html, error: str) -> None:
    place.set_content(f"{icon('warning')}<span>{html.escape(error)}</span>" if error else "")
    holder = place.parent_slot.parent if place.parent_slot else place
    _turn(holder, "bad", on=bool(error))


def _turn(element: ui.element, css: str, *, on: bool) -> None:
    if on:
        element.classes(add=css)
    else:
        element.classes(remove=css)
