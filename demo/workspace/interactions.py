"""Clicks, commands and modals: their payloads, and what becomes of the app's immediate answer to a command."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

from demo.workspace import seed
from demo.workspace.api import ApiError
from demo.workspace.delivery import Outgoing
from demo.workspace.fields import fields
from demo.workspace.model import JSON, Acknowledgement, Channel, Message, Person, View
from demo.workspace.responses import Responses
from demo.workspace.site import Site
from demo.workspace.view_wire import view_json
from demo.workspace.wire import message_json
from demo.workspace.workspace import Workspace

_VERIFICATION = "verification-token-is-obsolete"


class Interactions:
    """The workspace's `Interactivity`: makes payloads of what people do and hands them to the delivery."""

    def __init__(
        self, workspace: Workspace, site: Site, responses: Responses, send: Callable[[Outgoing], None]
    ) -> None:
        self._workspace = workspace
        self._site = site
        self._responses = responses
        self._send = send
        self._inputs: dict[tuple[str, str], JSON] = {}
        self._lock = threading.Lock()

    def clicked(self, person: Person, message: Message, action: JSON) -> "Future[Acknowledgement]":
        """Send a `block_actions` payload."""
        payload = {
            **self._interaction("block_actions", person),
            "container": _container(message),
            "trigger_id": self._workspace.triggers.issue(person.id),
            "channel": {"id": message.channel, "name": _name(self._workspace.channel(message.channel))},
            "message": message_json(message, self._site, self._workspace),
            "state": {"values": self._state(person, message, action)},
            "response_url": self._response_url(person, message.channel, message),
            "actions": [{**action, "action_ts": self._workspace.next_ts()}],
        }
        return self._sent(Outgoing("interactive", payload, Future()))

    def clicked_in(self, person: Person, view: View, action: JSON) -> "Future[Acknowledgement]":
        """Send a `block_actions` payload of a modal."""
        payload = {
            **self._interaction("block_actions", person),
            "container": {"type": "view", "view_id": view.id},
            "trigger_id": self._workspace.triggers.issue(person.id, view.id),
            "view": self._view(view),
            "actions": [{**action, "action_ts": self._workspace.next_ts()}],
        }
        return self._sent(Outgoing("interactive", payload, Future()))

    def submitted(self, person: Person, view: View) -> "Future[Acknowledgement]":
        """Send a `view_submission` payload."""
        payload = {
            **self._interaction("view_submission", person),
            "trigger_id": self._workspace.triggers.issue(person.id, view.id),
            "view": self._view(view),
            "response_urls": self._response_urls(person, view),
        }
        return self._sent(Outgoing("interactive", payload, Future()))

    def closed(self, person: Person, view: View, *, cleared: bool) -> "Future[Acknowledgement]":
        """Send a `view_closed` payload."""
        payload = {**self._interaction("view_closed", person), "view": self._view(view), "is_cleared": cleared}
        return self._sent(Outgoing("interactive", payload, Future()))

    def commanded(self, person: Person, channel: Channel, command: str, text: str) -> "Future[Acknowledgement]":
        """Send a slash command; show its immediate answer, or Slackbot's regret, to the person."""
        payload = {
            "token": _VERIFICATION,
            "team_id": seed.TEAM,
            "team_domain": "local",
            "channel_id": channel.id,
            "channel_name": _name(channel),
            "user_id": person.id,
            "user_name": person.name,
            "command": command,
            "text": text,
            "api_app_id": self._workspace.app.app_id,
            "is_enterprise_install": "false",
            "response_url": self._response_url(person, channel.id, None),
            "trigger_id": self._workspace.triggers.issue(person.id),
        }
        shown: Future[Acknowledgement] = Future()

        def answered(done: "Future[Acknowledgement]") -> None:
            outcome = done.result()
            self._show(person, channel, command, outcome)
            shown.set_result(outcome)

        self._sent(Outgoing("slash_commands", payload, Future())).add_done_callback(answered)
        return shown

    def _interaction(self, kind: str, person: Person) -> JSON:
        """What every interaction says: what happened, who did it, in which workspace, with which app."""
        return {
            "type": kind,
            "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team},
            "api_app_id": self._workspace.app.app_id,
            "token": _VERIFICATION,
            "team": {"id": seed.TEAM, "domain": "local"},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _view(self, view: View) -> JSON:
        return view_json(view, self._workspace.app, self._workspace.bot.bot_id, filled=True)

    def _response_urls(self, person: Person, view: View) -> list[JSON]:
        """One for each menu that asks which conversation to answer in."""
        urls = []
        for one in fields(view.blocks):
            held = view.state[one.block_id][one.action_id]
            channel = held.get("selected_conversation") or held.get("selected_channel")
            if one.element.get("response_url_enabled") and channel:
                url = self._response_url(person, channel, None)
                where = {"block_id": one.block_id, "action_id": one.action_id, "channel_id": channel}
                urls.append({**where, "response_url": url})
        return urls

    def _sent(self, outgoing: Outgoing) -> "Future[Acknowledgement]":
        outcome = outgoing.outcome or Future()
        self._send(outgoing)
        return outcome

    def _show(self, person: Person, channel: Channel, command: str, outcome: Acknowledgement) -> None:
        if not outcome.ok:
            self._regret(person, channel, f"{command} failed with the error `{outcome.error}`.")
        elif outcome.body.get("text") or outcome.body.get("blocks"):
            try:
                self._responses.deliver(person.id, channel.id, None, outcome.body)
            except ApiError as error:
                self._regret(person, channel, f"{command} answered with something Slack refuses: `{error.code}`.")

    def _regret(self, person: Person, channel: Channel, text: str) -> None:
        ts = self._workspace.next_ts()
        self._workspace.show(Message(channel.id, ts, seed.SLACKBOT, text, ephemeral_to=person.id))

    def _response_url(self, person: Person, channel: str, origin: Message | None) -> str:
        return self._site.base_url + self._responses.issue(person.id, channel, origin)

    def _state(self, person: Person, message: Message, action: JSON) -> JSON:
        """What the person has chosen in the message's menus so far."""
        with self._lock:
            values = self._inputs.setdefault((person.id, f"{message.channel}:{message.ts}"), {})
            if action["type"] != "button":
                kept = {k: v for k, v in action.items() if k == "type" or k.startswith("selected_")}
                values.setdefault(action["block_id"], {})[action["action_id"]] = kept
            return {block: dict(actions) for block, actions in values.items()}


def _container(message: Message) -> JSON:
    container = {"type": "message", "message_ts": message.ts, "channel_id": message.channel}
    thread = {"thread_ts": message.thread_ts} if message.thread_ts else {}
    return {**container, "is_ephemeral": message.ephemeral_to is not None, **thread}


def _name(channel: Channel) -> str:
    return {"im": "directmessage", "group": "privategroup"}.get(channel.kind, channel.name)
