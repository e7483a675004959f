"""How a story is told and judged; a scripted app stands where Trainmaster will."""

import threading
from collections.abc import Callable, Iterator

import pytest

from demo.stories import catalogue, sources, visible
from demo.stories.stage import Chapter, Conversation, Stage
from demo.workspace import seed
from demo.workspace.model import Acknowledgement, Change, Message
from demo.workspace.workspace import Workspace
from tests.fakes.page_app import PageApp

Answer = Callable[[Message], str | None]


class App:
    """Answers what people write in a thread, as a real app would: later, and in a thread of its own."""

    def __init__(self, workspace: Workspace, answer: Answer) -> None:
        self.workspace = workspace
        self.answer = answer
        workspace.subscribe(self.told)

    def told(self, change: Change) -> None:
        message = change.message
        if change.kind == "posted" and message is not None and message.user != seed.BOT:
            threading.Thread(target=self.reply, args=(message,)).start()

    def reply(self, message: Message) -> None:
        text = self.answer(message)
        if text is not None:
            self.workspace.add(
                Message(message.channel, self.workspace.next_ts(), seed.BOT, text, thread_ts=message.root, bot_id="B0")
            )


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    workspace = Workspace()
    yield workspace
    workspace.close()


def perform(workspace: Workspace, chapters: dict[str, Chapter]) -> tuple[bool, list[str]]:
    said: list[str] = []
    held = catalogue.perform("tale", chapters, workspace, say=said.append, stop=threading.Event())
    return held, said


def asks(pattern: str, *, within: float = 5.0) -> Chapter:
    def chapter(stage: Stage) -> None:
        thread = stage.open("alice", "#ml-pipelines", "@trainmaster hello")
        thread.expect("there is an answer", pattern, within=within)

    return chapter


def test_a_story_whose_every_expectation_holds_is_held(workspace: Workspace) -> None:
    App(workspace, lambda _: "Hello, Alice")
    held, said = perform(workspace, {"Greeting": asks("hello, alice")})
    assert held
    assert [line for line in said if "✓ there is an answer" in line]
    assert said[-1].strip() == "tale: 1 of 1 expectations held."


def test_a_story_with_one_broken_expectation_is_not_held_and_the_sentence_is_named(workspace: Workspace) -> None:
    App(workspace, lambda _: "Hello, Alice")
    held, said = perform(workspace, {"Wrong": asks("goodbye", within=0.2), "Right": asks("hello")})
    assert not held
    assert [line for line in said if "✗ there is an answer (not within 0 s)" in line]
    assert [line for line in said if "✓ there is an answer" in line], "the next chapter is played all the same"


def test_a_stopped_story_is_not_held(workspace: Workspace) -> None:
    stop = threading.Event()
    stop.set()
    assert not catalogue.perform("tale", {"A": asks("x")}, workspace, say=lambda _: None, stop=stop)


def test_an_answer_that_came_before_the_question_does_not_count(workspace: Workspace) -> None:
    App(workspace, lambda message: "the answer" if "first" in message.text else None)

    def chapter(stage: Stage) -> None:
        thread = stage.open("alice", "#ml-pipelines", "@trainmaster first")
        thread.expect("the first answer comes", "the answer", within=5)
        thread.says("alice", "@trainmaster second")
        thread.expect("a second answer comes", "the answer", within=0.3)

    held, said = perform(workspace, {"Twice": chapter})
    assert not held
    assert [line for line in said if "✗ a second answer comes" in line]


def test_a_stack_trace_in_an_answer_breaks_the_story(workspace: Workspace) -> None:
    App(workspace, lambda _: "Traceback (most recent call last): boom")

    def chapter(stage: Stage) -> None:
        thread: Conversation = stage.open("alice", "#ml-pipelines", "@trainmaster hello")
        thread.expect("there is an answer", "boom", within=5)
        thread.expect_clean()

    held, _ = perform(workspace, {"Leak": chapter})
    assert not held


def test_the_transcript_shows_who_wrote_what_where(workspace: Workspace) -> None:
    App(workspace, lambda _: "Hello <@U0ALICE>, see <https://example.com|this> &amp; that")
    _, said = perform(workspace, {"Greeting": asks("hello")})
    assert [line for line in said if "alice in #ml-pipelines: @U0TRAINMSTR hello" in line]
    assert [line for line in said if "trainmaster: Hello @U0ALICE, see this & that" in line]


REJECT = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Reject P-7"},
    "submit": {"type": "plain_text", "text": "Reject"},
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "reason"},
        }
    ],
}


def test_a_modal_is_filled_in_corrected_and_told_in_the_transcript(workspace: Workspace) -> None:
    app = PageApp(workspace)
    workspace.connect(app)

    def chapter(stage: Stage) -> None:
        thread = stage.open("alice", "#ml-pipelines", "@trainmaster promote it")
        app.opens("bob", REJECT)
        app.acknowledgement = Acknowledgement(
            ok=True, body={"response_action": "errors", "errors": {"why": "Say a little more."}}
        )
        thread.submits("bob", "Reject P-7", {"Reason": "no"})
        thread.expect_errors("bob", "the app asks for more", {"Reason": "a little more"})
        app.acknowledgement = Acknowledgement(ok=True)
        thread.submits("bob", "Reject P-7", {"reason": "recall fell"})
        thread.expect_no_modal("bob")

    held, said = perform(workspace, {"Rejecting": chapter})
    assert held, said
    assert [line for line in said if "(over bob's page) Reject P-7" in line]
    assert [view.state["why"]["reason"]["value"] for view in app.submissions] == ["no", "recall fell"]


def test_a_modal_with_something_missing_breaks_the_story(workspace: Workspace) -> None:
    app = PageApp(workspace)
    workspace.connect(app)

    def chapter(stage: Stage) -> None:
        thread = stage.open("alice", "#ml-pipelines", "@trainmaster promote it")
        app.opens("bob", REJECT)
        thread.submits("bob", "Reject P-7", {})

    held, _ = perform(workspace, {"Rejecting": chapter})
    assert not held
    assert app.submissions == []


def test_what_is_visible_are_words_and_button_labels_and_not_their_values() -> None:
    blocks = (
        {"type": "section", "text": {"type": "mrkdwn", "text": "*churn* &lt;3"}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "small print"}]},
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": "run.cancel",
                    "value": "secret-id",
                    "text": {"type": "plain_text", "text": "Cancel"},
                }
            ],
        },
    )
    message = Message("C0MLPIPE", "1.0", seed.BOT, "fallback", blocks=blocks)
    assert visible.words(message) == "*churn* <3\nsmall print"
    assert visible.buttons(message) == {"Cancel": ("run.cancel", "secret-id")}


def test_a_change_to_a_demo_pipeline_that_would_change_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not hold"):
        sources.changed(sources.CHURN, "no such line", "x")
