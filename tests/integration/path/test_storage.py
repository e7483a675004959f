"""From a thread into a bucket and out again, by words, by command, and under a policy."""

import pytest
from langchain_core.messages import AIMessage

from bot import policy_file
from bot.proposals import State
from bot.views import actions
from tests.fakes.world import CHANNEL, ScriptedThinker, World, calls
from tools.errors import BadArguments
from tools.google.client import NewObject

STORAGE = policy_file.DEFAULT + '\n[storage]\nbuckets = ["other-*"]\n'
TAKING = (
    policy_file.DEFAULT + '\n[[rules]]\nname = "taking"\npermission = "storage:object:download"\napprovers = ["*"]\n'
)


def shares(world: World, content: bytes, text: str) -> str:
    """Alice asks for something with a file; the thread."""
    return world.says(f"<@U0TRAINMSTR> {text}", files=[("churn.csv", content)])


def test_a_file_that_is_shared_with_the_wish_is_kept_as_it_is(world: World) -> None:
    thread = shares(world, b"a,b\n1,2\n", "upload churn.csv to gs://ml-data/exports/")
    found = world.storage.object("ml-data", "exports/churn.csv")
    assert world.storage.read(found, length=99) == b"a,b\n1,2\n"
    assert found.metadata["trainmaster-actor"] == "U0ALICE"
    assert "is kept from the file churn.csv of this thread" in world.texts(thread)[-1]
    [kept] = world.audited(subject="upload_object")
    assert "gs://ml-data/exports/" in kept.details["arguments"]


def test_an_address_that_opens_an_object_is_audited_without_it(world: World) -> None:
    shares(world, b"a,b\n", "upload churn.csv to gs://ml-data")
    assert "X-Goog-Signature" in world.commands("/mlops object url churn.csv minutes=5")
    [signed] = world.audited(subject="sign_object_url")
    assert signed.actor == "U0ALICE"
    assert "churn.csv" in signed.details["arguments"]
    assert "X-Goog" not in str(signed)


def test_what_is_there_stays_until_its_generation_is_named_and_somebody_else_agrees(world: World) -> None:
    shares(world, b"one", "upload churn.csv to gs://ml-data")
    thread = shares(world, b"two", "upload churn.csv to gs://ml-data")
    assert "is there already, and I overwrite nothing" in world.texts(thread)[-1]
    world.think_with(
        ScriptedThinker(calls("upload_object", object="gs://ml-data/churn.csv", generation="1"), AIMessage("asked"))
    )
    world.says("<@U0TRAINMSTR> replace it", thread=thread)
    assert world.proposal.summary == "Replace gs://ml-data/churn.csv with the file churn.csv of this thread."
    assert world.storage.read(world.storage.object("ml-data", "churn.csv"), length=9) == b"one"
    world.presses(world.card(thread, actions.PROPOSAL_APPROVE), actions.PROPOSAL_APPROVE, user="bob")
    assert world.proposal.state is State.APPLIED
    assert world.storage.read(world.storage.object("ml-data", "churn.csv"), length=9) == b"two"


def test_the_policy_says_which_buckets_may_be_worked_with(world: World) -> None:
    assert "`ml-data`" in world.commands("/mlops buckets")
    assert "secrets” is not one of those that may be worked with here: ml-data." in world.commands(
        "/mlops objects secrets"
    )
    world.decides_by(STORAGE)
    assert "not one of those that may be worked with here: other-*." in world.commands("/mlops objects ml-data")
    with pytest.raises(BadArguments):
        world.storage.object("ml-data", "nothing")


def test_an_object_goes_into_the_thread_and_into_the_audit_log(world: World) -> None:
    shares(world, b"a,b\n1,2\n", "upload churn.csv to gs://ml-data/exports/")
    thread = world.says("<@U0TRAINMSTR> download gs://ml-data/exports/churn.csv")
    [file] = [file for reply in world.replies(thread) for file in reply.files]
    assert (file.name, world.workspace.content(file.id)) == ("churn.csv", b"a,b\n1,2\n")
    assert "is in the thread: 8 bytes" in world.texts(thread)[-1]
    [taken] = world.audited(subject="download_object")
    assert taken.actor == "U0ALICE"
    assert "gs://ml-data/exports/churn.csv" in taken.details["arguments"]


def test_a_secret_of_this_installation_never_goes_into_a_thread(world: World) -> None:
    secret = world.settings.slack_bot_token
    assert secret is not None
    put = NewObject(bucket="ml-data", name="dump.bin", content=b"\xff" + secret.get_secret_value().encode())
    world.storage.write(put)
    thread = world.says("<@U0TRAINMSTR> download gs://ml-data/dump.bin")
    assert "holds a secret of this installation" in world.texts(thread)[-1]
    assert not any(reply.files for reply in world.replies(thread))


def test_a_download_by_command_comes_in_a_thread_of_its_own(world: World) -> None:
    world.storage.write(NewObject(bucket="ml-data", name="a.csv", content=b"a\n"))
    world.commands("/mlops object download gs://ml-data/a.csv")
    [root] = [m for m in world.workspace.messages(CHANNEL) if m.user == world.workspace.bot.id and not m.is_reply]
    assert [file.name for reply in world.replies(root.ts) for file in reply.files] == ["a.csv"]


def test_where_the_policy_asks_for_somebody_else_the_file_comes_after_the_approval(world: World) -> None:
    world.decides_by(TAKING)
    world.storage.write(NewObject(bucket="ml-data", name="a.csv", content=b"a\n"))
    thread = world.says("<@U0TRAINMSTR> download gs://ml-data/a.csv")
    assert not any(reply.files for reply in world.replies(thread))
    world.presses(world.card(thread, actions.PROPOSAL_APPROVE), actions.PROPOSAL_APPROVE, user="bob")
    assert world.proposal.state is State.APPLIED
    assert [file.name for reply in world.replies(thread) for file in reply.files] == ["a.csv"]
