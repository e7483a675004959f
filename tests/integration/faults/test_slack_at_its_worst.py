"""People talk while Slack loses, doubles and refuses: every message is answered once, and in order."""

from collections import Counter
from typing import Any

import pytest

from demo.workspace.faults import FaultSettings
from demo.workspace.model import Message
from tests.fakes.world import CHANNEL, World
from tests.fixtures.waiting import until

pytestmark = pytest.mark.paced

ENVELOPES = {"duplicate_up_to": 2, "reorder": True, "drop_acks": 0.2}
METHODS = {
    "chat.postMessage": {"kind": "reset_after", "times": None, "probability": 0.3},
    "chat.update": {"kind": "rate_limited", "times": None, "probability": 0.3},
    "conversations.replies": {"kind": "server_error", "times": None, "probability": 0.3},
    "conversations.history": {"kind": "server_error", "times": None, "probability": 0.3},
    "chat.postEphemeral": {"kind": "rate_limited", "times": None, "probability": 0.3},
    "assistant.threads.setStatus": {"kind": "reset", "times": None, "probability": 0.3},
    "reactions.add": {"kind": "error", "times": None, "probability": 0.3},
}


def entries(world: World, root: str) -> list[str]:
    """The names of what we said in a thread, in the order in which it stands there."""
    payloads = [(m.metadata or {}).get("event_payload") or {} for m in world.replies(root)]
    return [str(payload.get("entry")) for payload in payloads]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("faults", "seed"),
    [
        ({"methods": METHODS, **ENVELOPES}, 1),
        ({"methods": METHODS, **ENVELOPES}, 2),
    ],
    ids=["mixed", "mixed otherwise"],
)
def test_every_message_is_answered_once_and_in_order(world: World, faults: dict[str, Any], seed: int) -> None:
    threads: dict[str, list[Message]] = {}
    world.slack.faults.change(FaultSettings.model_validate({"seed": seed, **faults}))
    for _ in range(2):
        root = world.posts("@trainmaster hello")
        threads[root.ts] = [root, *(world.posts("@trainmaster hello", thread=root.ts) for _ in range(2))]
    world.settle(seconds=120)
    until(lambda: world.slack.underway == 0, "everything was delivered")
    for root_ts, asked in threads.items():
        said = entries(world, root_ts)
        answers = [f"turn:T0LOCAL-{CHANNEL}-{message.ts}:answer:0" for message in asked]
        assert [entry for entry in said if ":answer:" in entry] == answers
        assert max(Counter(said).values()) == 1
        assert not [entry for entry in said if entry.endswith(":failed")]
