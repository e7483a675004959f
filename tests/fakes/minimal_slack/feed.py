"""Which events a message sets off."""

from collections.abc import Callable

from tests.fakes.minimal_slack import payloads
from tests.fakes.minimal_slack.delivery import Delivery, Kind
from tests.fakes.minimal_slack.elements import JSON
from tests.fakes.minimal_slack.workspace import Message, Workspace


class Feed:
    """Tells the app about messages, its own included, as Slack does.

    Args:
        workspace: Where the messages stand.
        deliver: Sends one body to the app.
    """

    def __init__(self, workspace: Workspace, deliver: Callable[[Kind, JSON], Delivery]) -> None:
        self._workspace = workspace
        self._deliver = deliver

    def posted(self, message: Message) -> list[Delivery]:
        """A new message: `message`, and `app_mention` besides when it names the bot outside of a direct message."""
        workspace = self._workspace
        events = [payloads.message_event(message, workspace.identity, site=workspace.site)]
        names_bot = f"<@{workspace.identity.bot_user_id}>" in message.text
        if names_bot and not message.by_bot and not message.channel.startswith("D"):
            events.insert(0, payloads.mention_event(message, workspace.identity))
        return [self._send(event) for event in events]

    def edited(self, new: Message, old: Message) -> None:
        """A new version of a message: `message_changed`."""
        workspace = self._workspace
        self._send(payloads.changed_event(new, old, workspace.identity, site=workspace.site, ts=workspace.new_ts()))

    def _send(self, event: JSON) -> Delivery:
        event_id = self._workspace.new_id("Ev")
        return self._deliver("events_api", payloads.event_body(event, self._workspace.identity, event_id=event_id))
