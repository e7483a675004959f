"""The modals that are open: for each person a stack of views, of which the last is seen. Gone after a restart."""

import dataclasses
import secrets
from collections.abc import Callable, Sequence

from demo.workspace import blocks as block_kit
from demo.workspace.fields import state_of
from demo.workspace.identifiers import new_id
from demo.workspace.model import JSON, Change, View
from demo.workspace.timeline import NotFound, Timeline

MOST_VIEWS = 3  #: a modal, and two pushed on it


class PushLimit(Exception):
    """A modal takes no further view."""


class DuplicateExternalId(Exception):
    """Another open view has this external id."""


class OpenViews:
    """Every person's stack; safe to use from any thread, and told to the timeline's subscribers as `view`."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._stacks: dict[str, tuple[View, ...]] = {}

    def of(self, user: str) -> tuple[View, ...]:
        """A person's views, the one that is seen last; empty without a modal."""
        with self._timeline.locked():
            return self._stacks.get(user, ())

    def get(self, view_id: str) -> View:
        """An open view as it is now.

        Raises:
            NotFound: It never was, or was closed.
        """
        return self._first(lambda view: view.id == view_id)

    def called(self, external_id: str) -> View:
        """An open view by the id that the app gave it.

        Raises:
            NotFound: There is none.
        """
        return self._first(lambda view: view.body.get("external_id") == external_id)

    def open(self, user: str, body: JSON) -> View:
        """Show a new modal; it takes the place of one that was open.

        Raises:
            DuplicateExternalId: As it says.
        """
        with self._timeline.locked():
            view = self._new(user, body)
            self._show(user, (view,))
            return view

    def push(self, user: str, body: JSON) -> View:
        """Put another view on a person's modal.

        Raises:
            NotFound: There is no modal.
            PushLimit: It has three views already.
            DuplicateExternalId: As it says.
        """
        with self._timeline.locked():
            stack = self.of(user)
            if not stack:
                raise NotFound("not_found")
            if len(stack) >= MOST_VIEWS:
                raise PushLimit
            view = self._new(user, body, below=stack[-1])
            self._show(user, (*stack, view))
            return view

    def update(self, view_id: str, body: JSON) -> View:
        """Show other content in an open view; what stands in fields that are still there stays.

        Raises:
            NotFound: It was closed.
            DuplicateExternalId: As it says.
        """
        with self._timeline.locked():
            now = self.get(view_id)
            body = self._checked(body, but=view_id)
            state = state_of(body["blocks"], now.state)
            return self.put(dataclasses.replace(now, body=body, hash=self._hash(), state=state, errors={}, trouble=""))

    def put(self, view: View) -> View:
        """Show an open view as it became: filled in, busy, with errors; one that was closed stays closed."""
        with self._timeline.locked():
            stack = self.of(view.user)
            if view.id in {known.id for known in stack}:
                self._show(view.user, tuple(view if known.id == view.id else known for known in stack))
            return view

    def drop(self, view: View) -> None:
        """Close a view, and what was pushed on it; the one below is seen again."""
        with self._timeline.locked():
            stack = self.of(view.user)
            places = [place for place, known in enumerate(stack) if known.id == view.id]
            if places:
                self._show(view.user, stack[: places[0]])

    def clear(self, user: str) -> None:
        """Close a person's modal with all its views."""
        with self._timeline.locked():
            self._show(user, ())

    def _show(self, user: str, stack: Sequence[View]) -> None:
        if tuple(stack) != self._stacks.get(user, ()):
            self._stacks[user] = tuple(stack)
            self._timeline.tell(Change("view", user=user))

    def _new(self, user: str, body: JSON, below: View | None = None) -> View:
        body, view_id = self._checked(body), new_id("V")
        root, previous = (below.root, below.id) if below else (view_id, "")
        return View(view_id, user, body, self._hash(), root, previous, state_of(body["blocks"], {}))

    def _checked(self, body: JSON, but: str = "") -> JSON:
        external_id = body.get("external_id")
        others = (view for stack in self._stacks.values() for view in stack if view.id != but)
        if external_id and any(view.body.get("external_id") == external_id for view in others):
            raise DuplicateExternalId
        return {**body, "blocks": list(block_kit.with_ids(body["blocks"]))}

    def _hash(self) -> str:
        return f"{int(self._timeline.now())}.{secrets.token_hex(4)}"

    def _first(self, fits: Callable[[View], bool]) -> View:
        with self._timeline.locked():
            for stack in self._stacks.values():
                for view in stack:
                    if fits(view):
                        return view
        raise NotFound("not_found")
