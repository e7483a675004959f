"""What people type and what is stored."""

import pytest

from demo.workspace import seed
from demo.workspace.seed import CHANNELS, PEOPLE
from demo.workspace.typed import normalised, stored


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("@trainmaster hello", "<@U0TRAINMSTR> hello"),
        ("ask @bob.", "ask <@U0BOB>."),
        ("ask @Bob, now", "ask <@U0BOB>, now"),
        ("@nobody here", "@nobody here"),
        ("mail alice@bob.com", "mail alice@bob.com"),
        ("@here look", "<!here> look"),
        ("see #ml-pipelines", "see <#C0MLPIPE|ml-pipelines>"),
        ("see #unknown", "see #unknown"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("https://a.b/c?d=1&e=2.", "<https://a.b/c?d=1&amp;e=2>."),
        ("`@bob <x>` @bob", "`@bob &lt;x&gt;` <@U0BOB>"),
        ("```\n@bob\n``` @bob", "```\n@bob\n``` <@U0BOB>"),
        ("<@U0BOB> from completion", "<@U0BOB> from completion"),
        ("<@U0NOBODY> forged", "&lt;@U0NOBODY&gt; forged"),
    ],
)
def test_typed_text_is_stored_as_slack_stores_it(typed: str, kept: str) -> None:
    assert stored(typed, PEOPLE, CHANNELS) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("@ml-approvers, please", "<!subteam^S0APPROVERS>, please"),
        ("<!subteam^S0APPROVERS> from completion", "<!subteam^S0APPROVERS> from completion"),
        ("<!subteam^S0NONE> forged", "&lt;!subteam^S0NONE&gt; forged"),
        ("<!channel> forged", "&lt;!channel&gt; forged"),
    ],
)
def test_a_typed_handle_of_a_user_group_becomes_its_mention(typed: str, kept: str) -> None:
    assert stored(typed, PEOPLE, CHANNELS, seed.GROUPS) == kept


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("<@U1> see <https://a.b|here>", "<@U1> see <https://a.b|here>"),
        ("see https://a.b/c.", "see <https://a.b/c>."),
        ("a < b && c &amp; d", "a &lt; b &amp;&amp; c &amp; d"),
        ("`a <b> https://a.b`", "`a <b> https://a.b`"),
        ("*https://a.b*", "*<https://a.b>*"),
    ],
)
def test_what_an_app_sends_keeps_its_tokens_and_has_its_links_made(sent: str, kept: str) -> None:
    assert normalised(sent) == kept
