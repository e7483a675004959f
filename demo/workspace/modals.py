"""What people do in a modal, and what the app's answer makes of it."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future

from demo.workspace import view_rules
from demo.workspace.elements import find_element, pressed
from demo.workspace.fields import Field, NoSuchField, Value, faults, field_called, fields
from demo.workspace.interactivity import Interactivity, NotAllowed, done, undelivered
from demo.workspace.model import JSON, Acknowledgement, Person, View
from demo.workspace.open_views import DuplicateExternalId, OpenViews, PushLimit
from demo.workspace.timeline import NotFound, Timeline

TROUBLE = "We had some trouble connecting. Try again?"

Name = str | tuple[str, str]
"""A field: its label, action id or block id; or (block id, action id), where those could mean another."""

Values = Mapping[str, Value] | Mapping[tuple[str, str], Value]


class _Unusable(Exception):
    """The app answered with something that Slack does not understand."""


class Modals:
    """The modals that are open, seen from the people in front of them.

    Args:
        timeline: The workspace.
        app: Who takes what is done; None while no app is there.
    """

    def __init__(self, timeline: Timeline, app: Callable[[], Interactivity | None]) -> None:
        self._timeline = timeline
        self._app = app
        self.views = OpenViews(timeline)

    def seen(self, person: Person, view: View) -> View:
        """A view as it is now, if it is the one that the person sees.

        Raises:
            NotAllowed: It is not.
        """
        stack = self.views.of(person.id)
        if not stack or stack[-1].id != view.id:
            raise NotAllowed("This modal is not open any more.")
        return stack[-1]

    def enter(self, person: Person, view: View, values: Values) -> View:
        """Write into fields; the app is not told.

        Raises:
            NotAllowed: There is no such field, or no such option in it.
        """
        return self._enter(person, view, tuple(values.items()))

    def choose(self, person: Person, view: View, name: Name, value: Value) -> "Future[Acknowledgement]":
        """Write into one field, and tell the app where it wants to be told.

        Raises:
            NotAllowed: There is no such field, or no such option in it.
        """
        filled = self._enter(person, view, [(name, value)])
        one, holding = _held(filled, name, value)
        if not one.dispatches:
            return done(Acknowledgement(ok=True))
        return self._act(person, filled, {"block_id": one.block_id, "action_id": one.action_id, **holding})

    def click(
        self, person: Person, view: View, action_id: str, value: str | None, block_id: str | None
    ) -> "Future[Acknowledgement]":
        """Press a button.

        Raises:
            NotAllowed: There is no such button.
        """
        now = self.seen(person, view)
        action = pressed(find_element(now.blocks, action_id, block_id), value)
        if action is None:
            raise NotAllowed("The modal has no such button any more.")
        return self._act(person, now, action)

    def submit(self, person: Person, view: View, values: Values) -> "Future[Acknowledgement]":
        """Write into fields and press the submit button.

        What Slack's client refuses by itself stands as errors under the fields, and the outcome is `incomplete`: the
        app was not told. Otherwise the outcome is known once the modal shows it.

        Raises:
            NotAllowed: There is no such button, field or option, or the app was asked and has not answered yet.
        """
        with self._timeline.locked():
            now = self.seen(person, view)
            if now.busy:
                raise NotAllowed("This is being sent already.")
            if not now.body.get("submit"):
                raise NotAllowed("This modal has no button that submits it.")
            filled = self.enter(person, view, values)
            if found := faults(filled):
                self.views.put(dataclasses.replace(filled, errors=found))
                return done(Acknowledgement(ok=False, error="incomplete"))
            sent = self.views.put(dataclasses.replace(filled, errors={}, trouble="", busy=True))
        app = self._app()
        return _then(app.submitted(person, sent) if app else undelivered(), lambda answer: self._answered(sent, answer))

    def close(self, person: Person, view: View, *, whole: bool) -> "Future[Acknowledgement]":
        """Close a view by its button, or with `whole` all of them by the cross; the app is told where it asked to be.

        Raises:
            NotAllowed: It is not open any more.
        """
        with self._timeline.locked():
            now = self.seen(person, view)
            cleared = whole or bool(now.body.get("clear_on_close"))
            gone = tuple(reversed(self.views.of(person.id))) if cleared else (now,)
            self.views.drop(gone[-1])
        app = self._app()
        told = [app.closed(person, one, cleared=cleared) for one in gone if app and one.body.get("notify_on_close")]
        return told[-1] if told else done(Acknowledgement(ok=True))

    # --- inside --------------------------------------------------------------------------------------------------

    def _enter(self, person: Person, view: View, values: Sequence[tuple[Name, Value]]) -> View:
        with self._timeline.locked():
            now = self.seen(person, view)
            state, errors = {block: dict(held) for block, held in now.state.items()}, dict(now.errors)
            for name, value in values:
                one, holding = _held(now, name, value)
                if state[one.block_id][one.action_id] != holding:
                    errors.pop(one.block_id, None)
                state[one.block_id][one.action_id] = holding
            return self.views.put(dataclasses.replace(now, state=state, errors=errors))

    def _act(self, person: Person, view: View, action: JSON) -> "Future[Acknowledgement]":
        app = self._app()
        self._change(view, trouble="")

        def answered(answer: Acknowledgement) -> Acknowledgement:
            if not answer.ok:
                self._change(view, trouble=TROUBLE)
            return answer

        return _then(app.clicked_in(person, view, action) if app else undelivered(), answered)

    def _answered(self, sent: View, answer: Acknowledgement) -> Acknowledgement:
        with self._timeline.locked():
            try:
                now = self.views.put(dataclasses.replace(self.views.get(sent.id), busy=False))
            except NotFound:
                return answer  # closed by the person, or replaced, while the app was thinking
            if not answer.ok:
                self._change(now, trouble=TROUBLE)
                return answer
            try:
                self._follow(now, answer.body)
            except _Unusable:
                self._change(now, trouble=TROUBLE)
                return Acknowledgement(ok=False, error="invalid_response", body=answer.body)
            return answer

    def _follow(self, view: View, body: JSON) -> None:
        """Do what the app's answer to a submission asks for; an empty one closes the view."""
        if not body:
            self.views.drop(view)
            return
        match body.get("response_action"):
            case "clear":
                self.views.clear(view.user)
            case "errors":
                self.views.put(dataclasses.replace(view, errors=_errors(view, body.get("errors"))))
            case "update":
                self._showing(body, lambda shown: self.views.update(view.id, shown))
            case "push":
                self._showing(body, lambda shown: self.views.push(view.user, shown))
            case _:
                raise _Unusable

    def _showing(self, body: JSON, show: Callable[[JSON], View]) -> None:
        shown = body.get("view")
        if view_rules.too_large(shown) or view_rules.problems(shown):
            raise _Unusable
        try:
            show(body["view"])
        except (PushLimit, DuplicateExternalId) as refused:
            raise _Unusable from refused

    def _change(self, view: View, *, trouble: str) -> None:
        with self._timeline.locked():
            try:
                now = self.views.get(view.id)
            except NotFound:
                return
            self.views.put(dataclasses.replace(now, trouble=trouble))


def _held(view: View, name: Name, value: Value) -> tuple[Field, JSON]:
    try:
        one = field_called(view.blocks, name) if isinstance(name, str) else _field_at(view, *name)
        return one, one.holding(value)
    except NoSuchField as missing:
        raise NotAllowed(str(missing)) from missing


def _field_at(view: View, block_id: str, action_id: str) -> Field:
    for one in fields(view.blocks):
        if (one.block_id, one.action_id) == (block_id, action_id):
            return one
    raise NoSuchField("The modal has no such field any more.")


def _errors(view: View, sent: object) -> dict[str, str]:
    asked = {one.block_id for one in fields(view.blocks) if one.label}
    if not isinstance(sent, dict) or not sent or not set(sent) <= asked:
        raise _Unusable
    if not all(isinstance(text, str) and text for text in sent.values()):
        raise _Unusable
    return dict(sent)


def _then(
    pending: "Future[Acknowledgement]", use: Callable[[Acknowledgement], Acknowledgement]
) -> "Future[Acknowledgement]":
    """The outcome after `use` was made of it."""
    used: Future[Acknowledgement] = Future()
    pending.add_done_callback(lambda known: used.set_result(use(known.result())))
    return used
