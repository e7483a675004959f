"""What is said in one channel is read in no other: not as memory, not as a file, not as a reason."""

import pytest
from langchain_core.messages import AIMessage

from bot.views import actions
from demo.workspace.model import Message
from tests.fakes.churn import BOB, POLICY, asks, form, register, talk
from tests.fakes.world import TEAM, ScriptedThinker, World, calls
from tests.fixtures.waiting import until
from tools.catalogue import CATALOGUE
from tools.spec import Effect

WORD = "xylophone-7"


@pytest.fixture
def churn(world: World) -> World:
    register(world)
    world.decides_by(POLICY)
    return world


def elsewhere(world: World, text: str, *, files: tuple[tuple[str, bytes], ...] = ()) -> Message:
    """Ask in another channel, that Alice, Bob and the bot are in."""
    message = world.workspace.post("alice", "#secret", text, None, files)
    turn = f"{TEAM}-{message.channel}-{message.ts}"
    until(lambda: world.redis.exists(f"tm:{TEAM}:seen:v1:turn:{turn}"))
    world.settle()
    return message


@pytest.fixture
def other(churn: World) -> World:
    members = [churn.workspace.person(name).id for name in ("alice", "bob")] + [churn.workspace.bot.id]
    churn.workspace.create_channel("secret", members, private=True)
    return churn


def test_no_tool_takes_a_channel_or_a_thread_to_read() -> None:
    for tool in (tool for tool in CATALOGUE if tool.effect is Effect.READ):
        names = set(tool.arguments.model_fields)
        assert not names & {"channel", "thread", "thread_ts", "ts", "message", "conversation", "permalink"}, tool.name


def test_what_was_said_in_one_channel_is_no_memory_in_another(other: World) -> None:
    thinker = ScriptedThinker(AIMessage("Noted."), AIMessage("I do not know."))
    other.think_with(thinker)
    elsewhere(other, f"@trainmaster the password of the day is {WORD}")
    assert WORD in str(thinker.asked[0])
    other.says("@trainmaster what was the word that I told you?")
    assert WORD not in str(thinker.asked[1])


def test_a_file_that_was_shared_in_one_channel_is_not_to_be_had_in_another(other: World) -> None:
    elsewhere(other, "@trainmaster look", files=(("plan.csv", WORD.encode()),))
    thinker = ScriptedThinker(calls("upload_object", file="plan.csv", object="gs://ml-data/x.csv"), AIMessage("No."))
    other.think_with(thinker)
    other.says("@trainmaster store plan.csv")
    assert "shared a file in this thread" in str(thinker.asked[-1][-1].content)
    assert WORD.encode() not in [content for _, content in other.storage._objects.values()]


def test_why_somebody_decided_is_read_in_its_own_channel_alone(other: World) -> None:
    here = talk(other)
    proposal = asks(other, here)
    other.receives(form(actions.PROPOSAL_REJECT, proposal, f"because of {WORD}", by=BOB, at=here))
    assert WORD in other.commands(f"/mlops audit {proposal}")
    thinker = ScriptedThinker(calls("read_audit", matching=proposal), AIMessage("Rejected."))
    other.think_with(thinker)
    elsewhere(other, "@trainmaster what became of it?")
    heard = str(thinker.asked[-1])
    assert "said in another channel" in heard
    assert WORD not in heard
