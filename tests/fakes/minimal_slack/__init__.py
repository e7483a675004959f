"""A second, minimal Slack, to show that the app needs Slack and not our own local workspace.

Why two: the local workspace and the app grow up together and could share a misreading. This one was written from
Slack's documentation alone. It has the Web API methods that an app cannot live without, and answers
`unknown_method` to all others; it is as strict as Slack about lengths, blocks, rates and acknowledgements.
"""

from tests.fakes.minimal_slack.delivery import Delivery, Patience
from tests.fakes.minimal_slack.slack import MinimalSlack
from tests.fakes.minimal_slack.web_api import Call
from tests.fakes.minimal_slack.workspace import File, Identity, Message

__all__ = ["Call", "Delivery", "File", "Identity", "Message", "MinimalSlack", "Patience"]
