"""What leaves through the one gateway: without secrets, without previews, and nothing that becomes a link by itself."""

import json
from collections.abc import Iterator

import pytest

from bot.enclosures import Enclosure
from bot.hiding import Hiding
from bot.slack import SlackGateway
from bot.views import modals
from bot.views.blocks import message, section
from bot.views.hiding import NOWHERE
from bot.views.reply import Answer, reply
from bot.views.view import View
from tests.fakes.recording_slack import RecordingSlack
from tests.unit.test_manifest import methods_called

KEY = "ghp_" + "a1B2" * 9
MINE = "plain-words-that-are-a-key"
SAID = message(f"text {KEY} {MINE}", section(f"block {KEY} {MINE}"))
#: What is called to learn something, and what carries no words.
WORDLESS = {
    "agents.sessions.setStatus",
    "apps.connections.open",
    "auth.test",
    "chat.getPermalink",
    "chat.stopStream",
    "conversations.history",
    "conversations.replies",
    "files.info",
    "reactions.add",
    "usergroups.list",
    "usergroups.users.list",
    "users.info",
}


@pytest.fixture
def slack() -> Iterator[RecordingSlack]:
    with RecordingSlack() as server:
        yield server


@pytest.fixture
def gateway(slack: RecordingSlack) -> SlackGateway:
    return SlackGateway(token="xoxb-1", api_url=f"{slack.url}/api/", hide=Hiding((MINE,)))


def everything(gateway: SlackGateway, slack: RecordingSlack, view: View) -> None:
    """Say this in every way that there is."""
    gateway.post(channel="C1", thread="1.0", view=view, entry="e")
    gateway.update(channel="C1", ts="1.0", view=view)
    gateway.ephemeral(channel="C1", thread="1.0", user="U1", view=view)
    gateway.respond(f"{slack.url}/respond", view)
    gateway.set_status(channel="C1", thread="1.0", status=view.text)
    gateway.start_stream(channel="C1", thread="1.0", blocks=view.blocks, reader="U1", team="T1")
    gateway.append_stream(channel="C1", ts="1.0", blocks=view.blocks)
    gateway.open_view(trigger="t", view=modals.reject(modals.Asked("P-1", view.text, "about")))
    file = gateway.upload(Enclosure("e", name=view.text, title="", alt=view.text), b"a picture")
    gateway.share(file, title=view.text, text=view.text, channel="C1", thread="1.0")


def test_no_way_of_saying_something_lets_a_secret_out(gateway: SlackGateway, slack: RecordingSlack) -> None:
    everything(gateway, slack, SAID)
    sent = json.dumps(slack.calls)
    assert (KEY in sent, MINE in sent, sent.count("[hidden]")) == (False, False, 32)
    assert {method for method, _ in slack.calls} == methods_called() - WORDLESS | {"respond", "upload"}


def test_nothing_is_previewed_and_no_plain_address_becomes_a_link(gateway: SlackGateway, slack: RecordingSlack) -> None:
    everything(gateway, slack, SAID)
    [post] = slack.asked("chat.postMessage")
    assert (post["unfurl_links"], post["unfurl_media"]) == (False, False)
    for method in ("chat.postMessage", "chat.update", "chat.postEphemeral"):
        [asked] = slack.asked(method)
        assert asked["parse"] == "none"
        assert [block["text"]["verbatim"] for block in asked["blocks"]] == [True]


@pytest.mark.parametrize(
    "written",
    [
        "![chart](https://evil.invalid/a.png?q=data)",
        "[click](https://evil.invalid/?q=data)",
        "<https://evil.invalid/?q=data|click>",
        "<https://evil.invalid/?q=data>",
        "https://evil.invalid/?q=data",
        "[x](https://prefect.example@evil.invalid/)",
        "[x](https://prefect.example.evil.invalid/)",
        "[x](javascript:alert)",
        "[x](//evil.invalid)",
        "| a |\n|---|\n| [x](https://evil.invalid) |",
        "# [x](https://evil.invalid)",
        "> ![x](https://evil.invalid)",
    ],
)
def test_an_address_of_elsewhere_is_words_and_an_image_is_fetched_from_nowhere(
    gateway: SlackGateway, slack: RecordingSlack, written: str
) -> None:
    for view in reply(Answer(written, hosts=("prefect.example",))):
        everything(gateway, slack, view)
    sent = json.dumps([asked for _, asked in slack.calls])
    assert ("<http" in sent, "image" in sent, "<//" in sent, "<javascript" in sent) == (False, False, False, False)
    assert sent


def test_an_address_of_ours_is_a_link_also_where_it_was_to_be_an_image(
    gateway: SlackGateway, slack: RecordingSlack
) -> None:
    [view] = reply(Answer("![chart](https://prefect.example/a.png)", hosts=("prefect.example",)))
    gateway.post(channel="C1", thread=None, view=view, entry="e")
    sent = json.dumps(slack.asked("chat.postMessage"))
    assert "<https://prefect.example/a.png|chart>" in sent
    assert "image" not in sent


def test_an_address_that_is_a_secret_leads_nowhere(gateway: SlackGateway, slack: RecordingSlack) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "url": f"https://x.invalid/{KEY}"}
    gateway.post(channel="C1", thread=None, view=View("x", [{"type": "actions", "elements": [button]}]), entry="e")
    [post] = slack.asked("chat.postMessage")
    assert post["blocks"][0]["elements"][0]["url"] == NOWHERE
