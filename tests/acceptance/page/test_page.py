"""The page as people use it, in a real browser, with an app of a few lines on the other side."""

import dataclasses
import re
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, JSHandle, Locator, Page, WebSocketRoute, expect

from demo.workspace.model import Acknowledgement, Message, Status
from demo.workspace.workspace import LONGEST_MESSAGE
from tests.acceptance.page.conftest import Room, message
from tests.fakes.page_app import JSON, button, section
from tests.fixtures.browser import PHONE, arrive
from tests.fixtures.waiting import until

pytestmark = pytest.mark.browser

SOURCE = b"from prefect import flow\n\n@flow\ndef churn(rows: int = 10) -> None:\n    print(rows < 3)\n"


def write(page: Page, text: str, *, where: str = "message-input") -> None:
    """Type as a person does, key by key."""
    page.get_by_test_id(where).press_sequentially(text)


def question_and_answer(room: Room) -> None:
    """Put a thread of two messages into the channel."""
    root = room.workspace.post("alice", room.channel, "how is churn?")
    room.app.says(room.channel, "fine", thread=root.ts)


class SlowConnection:
    """The connection of a page that is about to be opened: what its server says can be held back."""

    def __init__(self, page: Page) -> None:
        self._held: list[str | bytes] | None = None
        page.route_web_socket("**/socket.io/**", self._opened)

    def hold(self) -> None:
        """From now on nothing that the server tells the page to do reaches it."""
        self._held = []

    def release(self) -> None:
        """Now all of it comes."""
        held, self._held = self._held or [], None
        for said in held:
            self._page_side.send(said)

    def _opened(self, page_side: WebSocketRoute) -> None:
        self._page_side = page_side
        page_side.connect_to_server().on_message(self._said)

    def _said(self, said: str | bytes) -> None:
        if self._held is not None and str(said).startswith('42["'):  # an event of Socket.IO: not its own housekeeping
            self._held.append(said)
        else:
            self._page_side.send(said)


def dropped(page: Page, files: dict[str, bytes]) -> JSHandle:
    """What a browser hands over when these files are dropped."""
    return page.evaluate_handle(
        """(files) => {
            const dropped = new DataTransfer();
            for (const [name, content] of Object.entries(files))
                dropped.items.add(new File([new Uint8Array(content)], name));
            return dropped;
        }""",
        {name: list(content) for name, content in files.items()},
    )


def test_a_message_sent_with_enter_reaches_everybody_at_once(room: Room) -> None:
    alice, bob = room.visit("alice"), room.visit("bob")
    write(alice, "first line")
    alice.keyboard.press("Shift+Enter")
    write(alice, "and *second*")
    alice.keyboard.press("Enter")

    shown = bob.get_by_test_id("message")
    expect(shown).to_contain_text("Alice Moreau")
    expect(shown.locator("strong")).to_have_text("second")
    expect(alice.get_by_test_id("message")).to_have_count(1)
    expect(alice.get_by_test_id("message-input")).to_have_value("")
    assert room.last().text == "first line\nand *second*"


def test_a_mention_is_completed_from_its_first_letters(room: Room) -> None:
    page = room.visit()
    write(page, "hey @tra")
    expect(page.get_by_test_id("suggestion")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("message-input")).to_have_value("hey @trainmaster ")
    write(page, "run it")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("message")).to_contain_text("hey @trainmaster run it")
    assert room.last().text == "hey <@U0TRAINMSTR> run it"


def test_files_dropped_on_the_page_go_with_the_message(room: Room, tmp_path: Path) -> None:
    page = room.visit()
    page.get_by_test_id("channel-pane").dispatch_event(
        "drop", {"dataTransfer": dropped(page, {"churn.py": SOURCE, "rows.csv": b"a,b\n1,2\n"})}
    )
    expect(page.get_by_test_id("attachment")).to_have_count(2)
    write(page, "@trainmaster onboard these")
    page.keyboard.press("Enter")

    card = page.locator('[data-testid="file"][data-file="churn.py"]')
    card.get_by_text("Preview").click()
    expect(card.locator("pre")).to_contain_text("print(rows < 3)")
    with page.expect_download() as download:
        card.get_by_test_id("file-download").click()
    download.value.save_as(tmp_path / "churn.py")
    assert (tmp_path / "churn.py").read_bytes() == SOURCE
    assert download.value.suggested_filename == "churn.py"
    sent = room.last()
    assert [(file.name, room.workspace.content(file.id)) for file in sent.files] == [
        ("churn.py", SOURCE),
        ("rows.csv", b"a,b\n1,2\n"),
    ]
    expect(page.get_by_test_id("attachment")).to_have_count(0)


def test_a_message_waits_for_a_file_that_is_still_uploading(room: Room) -> None:
    page = room.visit()
    large = b"#" * 5_000_000
    page.locator('[data-testid="file-input"] input[type=file]').set_input_files(
        FilePayload(name="large.py", mimeType="text/x-python", buffer=large)
    )
    page.get_by_test_id("send").click()
    expect(page.locator('[data-testid="file"][data-file="large.py"]')).to_be_visible()
    assert [file.size for file in room.last().files] == [len(large)]


def test_the_same_file_can_be_sent_twice(room: Room) -> None:
    page = room.visit()
    for count in (1, 2):
        page.locator('[data-testid="file-input"] input[type=file]').set_input_files(
            FilePayload(name="again.py", mimeType="text/x-python", buffer=SOURCE)
        )
        expect(page.get_by_test_id("attachment")).to_contain_text("again.py")
        page.get_by_test_id("send").click()
        expect(page.get_by_test_id("message")).to_have_count(count)


def top(shown: Locator) -> float:
    """How far down the screen something is, in pixels."""
    box = shown.bounding_box()
    assert box
    return box["y"]


def card(done: str = "") -> list[JSON]:
    """A card that shows a button until something is done."""
    last = (
        section(done)
        if done
        else {"type": "actions", "elements": [button("plan.register_and_run", "Register & run", style="primary")]}
    )
    return [section("Found one flow"), last]


def test_a_pressed_button_is_told_to_the_app_and_the_card_changes_in_place(room: Room) -> None:
    posted = room.app.says(room.channel, "plan", card())

    def register(person: object, clicked: Message, action: JSON) -> None:
        room.workspace.replace(dataclasses.replace(clicked, blocks=tuple(card("Registered by Alice"))))

    room.app.on_click = register
    alice, bob = room.visit("alice"), room.visit("bob")
    unchanged = message(bob, posted.ts).get_by_text("Found one flow").element_handle()
    alice.get_by_test_id("action-plan.register_and_run").click()

    expect(message(bob, posted.ts)).to_contain_text("Registered by Alice")
    expect(alice.get_by_test_id("action-plan.register_and_run")).to_have_count(0)
    assert unchanged.is_visible(), "an edit must leave alone what did not change"
    assert [(who, action["action_id"]) for who, action in room.app.clicks] == [("U0ALICE", "plan.register_and_run")]


def test_edits_and_new_messages_do_not_move_what_a_person_reads(room: Room) -> None:
    for number in range(40):
        room.workspace.post("bob", room.channel, f"message {number}\nwith a second line")
    live = room.app.says(room.channel, "run", [section("step 0")])
    page = room.visit()
    expect(page.get_by_text("step 0")).to_be_in_viewport()  # a channel opens at its newest message
    read = page.get_by_text("message 15")
    read.scroll_into_view_if_needed()
    page.mouse.move(600, 400)
    page.mouse.wheel(0, -60)
    page.wait_for_function("(e) => e.getBoundingClientRect().top > 150", arg=read.element_handle())
    before = top(read)

    steps = "\n".join(f"step {number}" for number in range(12))
    room.workspace.replace(dataclasses.replace(live, blocks=(section(steps),)))
    room.workspace.post("carol", room.channel, "one more")
    expect(page.get_by_test_id("message")).to_have_count(42)
    expect(message(page, live.ts)).to_contain_text("step 11")
    assert top(read) == pytest.approx(before, abs=2)  # browsers scroll by whole pixels


def test_a_reader_at_the_end_sees_what_arrives(room: Room) -> None:
    for number in range(40):
        room.workspace.post("bob", room.channel, f"message {number}")
    page = room.visit()
    expect(page.get_by_text("message 39")).to_be_in_viewport()
    room.app.says(room.channel, "the newest")
    expect(page.get_by_text("the newest")).to_be_in_viewport()


def test_a_question_is_asked_first_where_a_button_carries_one(room: Room) -> None:
    text = {"type": "plain_text", "text": "Discard?"}
    confirm = {"title": text, "text": text, "confirm": {"type": "plain_text", "text": "Discard"}, "style": "danger"}
    room.app.says(
        room.channel, "x", [{"type": "actions", "elements": [button("plan.discard", "Discard", confirm=confirm)]}]
    )
    page = room.visit()
    page.get_by_test_id("action-plan.discard").click()
    page.get_by_test_id("confirm-no").click()
    expect(page.get_by_test_id("confirm")).to_have_count(0)
    assert room.app.clicks == []
    page.get_by_test_id("action-plan.discard").click()
    page.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("confirm")).to_have_count(0)
    until(lambda: room.app.clicks)
    assert [action["action_id"] for _, action in room.app.clicks] == ["plan.discard"]


@pytest.mark.parametrize("kind", ["static_select", "overflow"])
def test_an_option_is_chosen_from_a_menu(room: Room, kind: str) -> None:
    options = [{"text": {"type": "plain_text", "text": name}, "value": name} for name in ("train", "score")]
    element = {"type": kind, "action_id": "flow", "options": options}
    placeholder = {} if kind == "overflow" else {"placeholder": {"type": "plain_text", "text": "Which flow?"}}
    room.app.says(room.channel, "x", [section("Two flows", accessory=element | placeholder)])
    page = room.visit()
    page.get_by_test_id("action-flow").click()
    page.get_by_test_id("option-score").click()
    expect(page.get_by_test_id("option-score")).to_have_count(0)
    until(lambda: room.app.clicks)
    assert [action["selected_option"]["value"] for _, action in room.app.clicks] == ["score"]


def test_a_click_that_the_app_did_not_take_says_so_under_the_message(room: Room) -> None:
    room.app.acknowledgement = Acknowledgement(ok=False, error="operation_timeout")
    posted = room.app.says(room.channel, "plan", card())
    page = room.visit()
    page.get_by_test_id("action-plan.register_and_run").click()
    expect(message(page, posted.ts).get_by_test_id("message-app-error")).to_contain_text(
        "did not answer within 3 seconds"
    )


def test_a_command_is_answered_to_the_person_who_gave_it_alone(room: Room) -> None:
    room.app.on_command = lambda person, channel, text: room.app.says(
        channel.id, f"you asked: {text}", only_to=person.id
    )
    alice, bob = room.visit("alice"), room.visit("bob")
    write(alice, "/ml")
    expect(alice.get_by_test_id("suggestion")).to_contain_text("/mlops")
    alice.keyboard.press("Tab")
    expect(alice.get_by_test_id("message-input")).to_have_value("/mlops ")
    write(alice, "runs churn")
    alice.keyboard.press("Enter")

    expect(alice.get_by_test_id("only-you")).to_have_text("Only visible to you")
    expect(alice.get_by_test_id("message")).to_contain_text("you asked: runs churn")
    assert room.app.commands == [("U0ALICE", "/mlops", "runs churn")]
    room.workspace.post("carol", room.channel, "everybody sees this")
    expect(bob.get_by_test_id("message")).to_have_count(1)

    alice.get_by_test_id("message").first.hover()
    alice.get_by_test_id("dismiss").click()
    expect(alice.get_by_test_id("only-you")).to_have_count(0)


def test_enter_sends_what_was_typed_faster_than_the_list_of_suggestions_closes(room: Room) -> None:
    room.app.on_command = lambda person, channel, text: room.app.says(channel.id, "answered", only_to=person.id)
    page = room.visit()
    write(page, "/ml")
    expect(page.get_by_test_id("suggestion")).to_be_visible()
    page.get_by_test_id("message-input").evaluate(
        """(area) => {
            area.value = '/mlops runs';
            area.setSelectionRange(11, 11);
            area.dispatchEvent(new Event('input', {bubbles: true}));
            area.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true}));
        }"""
    )
    expect(page.get_by_test_id("message")).to_contain_text("answered")
    expect(page.get_by_test_id("message-input")).to_have_value("")
    assert room.app.commands == [("U0ALICE", "/mlops", "runs")]


def test_an_unknown_command_is_refused_and_what_was_typed_comes_back(room: Room) -> None:
    page = room.visit()
    write(page, "/deploy now")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("composer-error").first).to_contain_text("/deploy is not a valid command")
    expect(page.get_by_test_id("message-input")).to_have_value("/deploy now")
    assert room.workspace.messages(room.channel) == []
    page.get_by_test_id("message-input").fill("")
    expect(page.get_by_test_id("composer-error").first).to_have_text("")


def test_one_tab_can_act_as_everybody_in_turn(room: Room) -> None:
    page = room.visit("alice")
    for name, real_name in (("bob", "Bob Lindqvist"), ("carol", "Carol Adeyemi")):
        page.get_by_test_id(f"act-as-{name}").click()
        expect(page.get_by_test_id(f"act-as-{name}")).to_have_attribute("aria-checked", "true")
        write(page, f"I am {name}")
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("message").last).to_contain_text(real_name)
        assert room.last().user == f"U0{name.upper()}"
    page.reload()
    expect(page.get_by_test_id("act-as-carol")).to_have_attribute("aria-checked", "true")
    expect(page.get_by_test_id("message")).to_have_count(2)


def test_a_thread_is_read_and_answered_beside_the_channel(room: Room) -> None:
    root = room.workspace.post("alice", room.channel, "@trainmaster how is churn?")
    page = room.visit()
    room.app.says(room.channel, "It is *fine*.", thread=root.ts)
    expect(message(page, root.ts).get_by_test_id("thread-link")).to_contain_text("1 reply")
    page.get_by_test_id("thread-link").click()
    panel = page.get_by_test_id("thread-panel")
    expect(panel.get_by_test_id("message")).to_have_count(2)
    write(page, "thanks", where="thread-input")
    page.keyboard.press("Enter")
    expect(panel.get_by_test_id("message").last).to_contain_text("thanks")
    expect(message(page, root.ts).get_by_test_id("thread-link")).to_contain_text("2 replies")
    assert [reply.text for reply in room.workspace.replies(room.channel, root.ts)] == ["It is *fine*.", "thanks"]

    write(page, "/mlops runs", where="thread-input")
    page.keyboard.press("Enter")
    expect(panel.get_by_test_id("composer-error")).to_contain_text("not supported in threads")
    page.reload()
    expect(page.get_by_test_id("thread-panel").get_by_test_id("message")).to_have_count(3)
    page.get_by_test_id("thread-close").click()
    expect(page.get_by_test_id("thread-panel")).to_be_hidden()


def test_on_a_phone_a_thread_fills_the_screen_and_leads_back(room: Room) -> None:
    root = room.workspace.post("alice", room.channel, "a_very_long_word_" * 20, files=[("f" * 120 + ".py", SOURCE)])
    wide = [{"type": "raw_text", "text": f"column {number}"} for number in range(12)]
    room.app.says(room.channel, "x", [{"type": "table", "rows": [wide, wide]}], thread=root.ts)
    page = room.visit(size=PHONE)
    page.get_by_test_id("thread-link").click()
    expect(page.get_by_test_id("thread-panel")).to_be_visible()
    box = page.get_by_test_id("thread-panel").bounding_box()
    assert box == {"x": 0, "y": 0, "width": PHONE[0], "height": PHONE[1]}
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    page.get_by_test_id("thread-back").click()
    expect(page.get_by_test_id("thread-panel")).to_be_hidden()

    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    page.get_by_test_id("open-navigation").click()
    page.get_by_test_id("room-random").click()
    expect(page.get_by_test_id("channel-title")).to_have_text("# random")
    expect(page.get_by_test_id("sidebar")).to_be_hidden()


def test_what_people_write_is_shown_and_never_run(room: Room) -> None:
    attack = "<script>pwned = 1</script><img src=x onerror='pwned = 1'>"
    page = room.visit()
    write(page, attack)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("message")).to_contain_text(attack)
    room.workspace.post("bob", room.channel, "look", files=[(f"{attack}.py", attack.encode())])
    shown = room.app.says(
        room.channel, "x", [section(attack), {"type": "header", "text": {"type": "plain_text", "text": attack}}]
    )
    room.app.says(room.channel, "x", [{"type": "actions", "elements": [button("a", attack, url="javascript:pwned=1")]}])
    expect(message(page, shown.ts)).to_contain_text(attack)
    page.locator("details summary").click()
    page.get_by_test_id("action-a").click()
    expect(page.get_by_test_id("message")).to_have_count(4)
    assert page.evaluate("typeof pwned") == "undefined"


def test_a_status_is_shown_while_the_app_works_on_an_answer(room: Room) -> None:
    root = room.workspace.post("alice", room.channel, "@trainmaster hello")
    page = room.visit()
    expires = room.workspace.now() + 60
    room.workspace.set_status(room.channel, root.ts, Status(room.channel, root.ts, "is thinking…", expires=expires))
    expect(page.get_by_test_id("thread-link")).to_contain_text("Trainmaster is thinking…")
    page.get_by_test_id("thread-link").click()
    status = page.get_by_test_id("thread-panel").get_by_test_id("status")
    expect(status).to_have_text("Trainmaster is thinking…")
    room.workspace.set_status(room.channel, root.ts, None)
    expect(status).to_have_text("")


def test_a_message_grows_before_the_readers_eyes_and_says_so_until_it_is_complete(room: Room) -> None:
    root = room.workspace.post("alice", room.channel, "@trainmaster hello")
    begun = room.workspace.now()
    sent = Message(
        room.channel,
        room.workspace.next_ts(),
        room.workspace.bot.id,
        "one",
        blocks=(section("The first line."),),
        thread_ts=root.ts,
        bot_id=room.workspace.bot.bot_id,
        streaming=begun,
    )
    room.workspace.add(sent)
    page = room.visit()
    page.get_by_test_id("thread-link").click()
    shown = page.get_by_test_id("thread-panel").get_by_test_id("message").last
    expect(shown).to_contain_text("The first line.")
    expect(shown.get_by_title("still being written")).to_be_visible()
    longer = dataclasses.replace(sent, blocks=(*sent.blocks, section("The second line.")))
    room.workspace.replace(longer)
    expect(shown).to_contain_text("The second line.")
    room.workspace.replace(dataclasses.replace(longer, streaming=0.0))
    expect(shown.get_by_title("still being written")).to_have_count(0)
    expect(shown).to_contain_text("The second line.")


def test_messages_in_another_channel_are_counted_until_it_is_opened(room: Room) -> None:
    page = room.visit("alice")
    other = room.workspace.create_channel(f"{room.workspace.channel(room.channel).name}-other", ["alice", "bob"])
    room.workspace.post("bob", other.id, "one")
    room.workspace.post("bob", other.id, "two")
    entry = page.get_by_test_id(f"room-{other.name}")
    expect(entry.get_by_test_id("unread")).to_have_text("2")
    entry.click()
    expect(page.get_by_test_id("message")).to_have_count(2)
    expect(entry.get_by_test_id("unread")).to_have_count(0)


def test_edits_deletions_and_reactions_show_at_once(room: Room) -> None:
    first = room.workspace.post("bob", room.channel, "helo")
    second = room.workspace.post("bob", room.channel, "gone soon")
    page = room.visit()
    room.workspace.edit("bob", first, "hello")
    expect(message(page, first.ts)).to_contain_text("hello (edited)")
    room.workspace.add_reaction("carol", first, "rocket")
    expect(message(page, first.ts).get_by_title("Carol Adeyemi reacted with :rocket:")).to_have_text("🚀 1")
    room.workspace.delete("bob", second)
    expect(page.get_by_test_id("message")).to_have_count(1)


def test_a_new_person_is_told_what_to_do_first(room: Room) -> None:
    page = room.visit("alice")
    expect(page.get_by_test_id("intro")).to_contain_text("Drop a pipeline file")
    page.get_by_test_id("chip").filter(has_text="what can you do?").click()
    expect(page.get_by_test_id("message")).to_contain_text("@trainmaster what can you do?")
    page.get_by_test_id("chip").filter(has_text="/mlops runs").click()
    page.get_by_test_id("chip").filter(has_text="Share churn_prediction_pipeline.py").click()
    expect(page.locator('[data-testid="file"][data-file="churn_prediction_pipeline.py"]')).to_be_visible()
    until(lambda: room.app.commands)
    assert room.app.commands == [("U0ALICE", "/mlops", "runs")]
    page.get_by_test_id("room-random").click()
    expect(page.get_by_test_id("intro")).to_contain_text("/invite @trainmaster")
    expect(page.get_by_test_id("chip")).to_have_count(0)


def test_a_direct_message_needs_no_mention_and_is_seen_by_its_owner_alone(room: Room) -> None:
    alice, bob = room.visit("alice"), room.visit("bob")
    alice.get_by_test_id("room-dm").click()
    expect(alice.get_by_test_id("channel-title")).to_have_text("Trainmaster")
    write(alice, "for your eyes")
    alice.keyboard.press("Enter")
    expect(alice.get_by_test_id("message").last).to_contain_text("for your eyes")
    bob.get_by_test_id("room-dm").click()
    expect(bob.get_by_test_id("intro")).to_contain_text("Bob Lindqvist and the agent alone")
    expect(bob.get_by_text("for your eyes")).to_have_count(0)


def test_a_permalink_opens_its_thread_as_the_person_who_followed_it(room: Room) -> None:
    root = room.workspace.post("alice", room.channel, "look here")
    address = f"{room.url}/?channel={room.channel}&thread={root.ts}"
    room.workspace.post("alice", room.channel, f"see {address}")
    page = room.visit("bob")
    with page.expect_popup() as opened:
        page.get_by_role("link", name=address).click()
    followed = opened.value
    expect(followed.get_by_test_id("act-as-bob")).to_have_attribute("aria-checked", "true")
    expect(followed.get_by_test_id("thread-panel").get_by_test_id("message")).to_contain_text("look here")
    followed.close()


def test_a_thread_is_opened_answered_and_closed_without_a_mouse(room: Room) -> None:
    question_and_answer(room)
    page = room.visit()
    page.get_by_test_id("thread-link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("thread-input")).to_be_focused()
    page.keyboard.type("thanks")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("thread-panel").get_by_test_id("message")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("thread-panel")).to_be_hidden()
    expect(page.get_by_test_id("message-input")).to_be_focused()


def test_a_page_that_is_slow_to_come_up_leaves_the_focus_where_somebody_put_it(room: Room) -> None:
    question_and_answer(room)
    page = room.open_tab("about:blank")
    connection = SlowConnection(page)
    connection.hold()
    arrive(page, room.address())
    page.get_by_test_id("thread-link").focus()
    connection.release()
    page.wait_for_function("window.nextMessageId >= 2")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("thread-input")).to_be_focused()


def test_a_thread_that_is_slow_to_open_leaves_the_focus_to_who_writes_meanwhile(room: Room) -> None:
    question_and_answer(room)
    page = room.open_tab("about:blank")
    connection = SlowConnection(page)
    arrive(page, room.address())
    connection.hold()
    page.get_by_test_id("thread-link").click()
    write(page, "hel")
    connection.release()
    expect(page.get_by_test_id("thread-panel")).to_be_visible()
    expect(page).to_have_url(re.compile("thread="))
    page.keyboard.type("lo")
    expect(page.get_by_test_id("message-input")).to_have_value("hello")


def test_what_is_refused_late_comes_back_and_leaves_the_focus_to_who_writes_meanwhile(room: Room) -> None:
    question_and_answer(room)
    page = room.open_tab("about:blank")
    connection = SlowConnection(page)
    arrive(page, room.address())
    page.get_by_test_id("thread-link").click()
    expect(page.get_by_test_id("thread-input")).to_be_focused()
    write(page, "/deploy now")
    connection.hold()
    page.get_by_test_id("send").click()
    write(page, "next")
    write(page, "hel", where="thread-input")
    connection.release()
    expect(page.get_by_test_id("message-input")).to_have_value("next\n/deploy now")
    page.keyboard.type("lo")
    expect(page.get_by_test_id("thread-input")).to_have_value("hello")


def test_the_files_of_a_message_that_is_refused_come_back_with_it(room: Room) -> None:
    page = room.visit()
    page.locator('[data-testid="file-input"] input[type=file]').set_input_files(
        FilePayload(name="churn.py", mimeType="text/x-python", buffer=SOURCE)
    )
    expect(page.get_by_test_id("attachment")).to_contain_text("churn.py")
    too_long = "a" * (LONGEST_MESSAGE + 1)
    page.get_by_test_id("message-input").fill(too_long)
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("composer-error").first).to_contain_text("at most 40,000 characters")
    expect(page.get_by_test_id("message-input")).to_have_value(too_long)
    expect(page.get_by_test_id("attachment")).to_contain_text("churn.py")
    page.get_by_test_id("message-input").fill("shorter")
    page.get_by_test_id("send").click()
    expect(page.locator('[data-testid="file"][data-file="churn.py"]')).to_be_visible()
    assert [file.name for file in room.last().files] == ["churn.py"]
    expect(page.get_by_test_id("attachment")).to_have_count(0)


def test_the_page_loads_nothing_from_anywhere_else(room: Room) -> None:
    room.app.says(room.channel, "plan", card())
    page = room.open_tab("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(room.address())
    expect(page.get_by_test_id("message")).to_be_visible()
    assert asked
    assert [url for url in asked if not url.startswith((room.url, "data:", room.url.replace("http", "ws")))] == []
