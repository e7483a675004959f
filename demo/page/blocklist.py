"""The blocks of one message, changed in place when the message is edited."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from nicegui import ui

from demo.page import blocks
from demo.page.controls import Controls
from demo.page.markup import box, markup

Key = tuple[str, int]

_ROWS: Final = frozenset({"actions", "context_actions"})


class BlockList:
    """Block Kit under a message.

    An edit touches only what differs: a block keeps its element while there is a block of its type at its place among
    those of that type. So a card that changes every few seconds neither flickers nor loses an open menu or the focus
    on a button that stayed.
    """

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._holder = box("blocks")
        self._shown: dict[Key, _Shown] = {}

    def show(self, wanted: Sequence[blocks.Block]) -> None:
        """Show these blocks instead of what was shown before."""
        keyed = _keyed(wanted)
        for key in [key for key in self._shown if key not in keyed]:
            self._shown.pop(key).holder.delete()
        for place, (key, block) in enumerate(keyed.items()):
            shown = self._shown.get(key)
            if shown is None:
                with self._holder:
                    shown = self._shown[key] = _Shown(self._controls)
            shown.show(block)
            if self._holder.default_slot.children.index(shown.holder) != place:
                shown.holder.move(self._holder, place)


class _Shown:
    """One block in its element."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._block: blocks.Block | None = None
        self._static: ui.html | None = None
        self.holder = box("blk")

    def show(self, block: blocks.Block) -> None:
        if block == self._block:
            return
        self._block = block
        if not _has_controls(block):
            self._show_static(blocks.to_html(block, self._controls.visit.names))
            return
        self.holder.clear()
        self._static = None
        with self.holder:
            self._draw(block)

    def _show_static(self, content: str) -> None:
        if self._static is not None:
            self._static.set_content(content)
            return
        self.holder.clear()
        with self.holder:
            self._static = markup(content)

    def _draw(self, block: blocks.Block) -> None:
        if block["type"] in _ROWS:
            self._controls.row(block)
        elif block["type"] == "input":
            self._controls.field(block)
        else:
            with box("b-row"):
                markup(blocks.to_html(block, self._controls.visit.names))
                self._controls.element(block["accessory"], str(block.get("block_id", "")))


def _has_controls(block: blocks.Block) -> bool:
    kind, accessory = block.get("type"), block.get("accessory")
    return kind in _ROWS or kind == "input" or (kind == "section" and _is_control(accessory))


def _is_control(accessory: Any) -> bool:
    return isinstance(accessory, dict) and accessory.get("type") != "image"


def _keyed(wanted: Sequence[blocks.Block]) -> dict[Key, blocks.Block]:
    """Each block under its type and its number among the blocks of that type."""
    seen: Counter[str] = Counter()
    keyed: dict[Key, blocks.Block] = {}
    for block in wanted:
        kind = str(block.get("type"))
        keyed[kind, seen[kind]] = block
        seen[kind] += 1
    return keyed
