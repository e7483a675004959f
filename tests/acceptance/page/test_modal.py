"""Modals as people use them, in a real browser, with an app of a few lines on the other side."""

from concurrent.futures import Future
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from demo.workspace.modals import TROUBLE
from demo.workspace.model import Acknowledgement, Message
from tests.acceptance.page.conftest import Room
from tests.fakes.page_app import JSON, button, section
from tests.fixtures.browser import PHONE
from tests.fixtures.waiting import until

pytestmark = pytest.mark.browser

CARD = [{"type": "actions", "elements": [button("reject", "Reject", style="danger")]}]


def plain(text: str) -> JSON:
    return {"type": "plain_text", "text": text}


def question(block: str, label: str, element: JSON, **more: Any) -> JSON:
    return {
        "type": "input",
        "block_id": block,
        "label": plain(label),
        "element": {"action_id": block, **element},
        **more,
    }


def options(*labels: str) -> list[JSON]:
    return [{"text": plain(label), "value": label.lower()} for label in labels]


TEXT: JSON = {"type": "plain_text_input"}
REASON = question(
    "reason",
    "Reason",
    {**TEXT, "multiline": True, "placeholder": plain("What should change before you would approve?")},
    hint=plain("Everybody in the thread sees it."),
)


def modal(*blocks: JSON, **more: Any) -> JSON:
    shown = list(blocks) or [REASON]
    return {"type": "modal", "title": plain("Reject P-7"), "submit": plain("Reject"), "blocks": shown, **more}


@pytest.fixture
def page(room: Room) -> Page:
    """Alice's tab, with a card whose button opens a modal."""
    opens(room, modal())
    return visit(room)


def opens(room: Room, view: JSON) -> None:
    """Have the card's button open this modal."""

    def clicked(person: Any, message: Message, action: JSON) -> None:
        room.app.opens(person.id, view)

    room.app.on_click = clicked
    if not room.workspace.messages(room.channel):
        room.app.says(room.channel, "card", CARD)


def visit(room: Room, *, size: tuple[int, int] = (1280, 800), dark: bool = False) -> Page:
    page = room.visit("alice", size=size, dark=dark)
    page.get_by_test_id("action-reject").click()
    page.wait_for_function("document.activeElement.closest('[data-testid=modal]') !== null")
    return page


@pytest.fixture(autouse=True)
def _nobody_keeps_a_modal(room: Room) -> Any:
    yield
    for person in room.workspace.humans:
        room.workspace.modals.views.clear(person.id)


def test_a_reason_is_written_refused_corrected_and_taken(room: Room, page: Page) -> None:
    expect(page.get_by_test_id("modal-title")).to_have_text("Reject P-7")
    room.app.acknowledgement = Acknowledgement(
        ok=True, body={"response_action": "errors", "errors": {"reason": "Say a little more."}}
    )
    page.keyboard.type("no")
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("error-reason")).to_have_text("Say a little more.")
    expect(page.get_by_test_id("action-reason")).to_have_value("no")

    room.app.acknowledgement = Acknowledgement(ok=True)
    page.get_by_test_id("action-reason").press_sequentially(", recall fell")
    expect(page.get_by_test_id("error-reason")).to_be_hidden()
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("modal")).to_have_count(0)
    texts = [view.state["reason"]["reason"]["value"] for view in room.app.submissions]
    assert texts == ["no", "no, recall fell"]
    expect(page.get_by_test_id("action-reject")).to_be_focused()


def test_an_empty_field_is_refused_by_the_page_itself(room: Room, page: Page) -> None:
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("error-reason")).to_have_text("Please complete this required field.")
    assert room.app.submissions == []


def test_what_is_typed_and_sent_at_once_is_sent_whole(room: Room) -> None:
    opens(room, modal(question("name", "Name", TEXT)))
    page = visit(room)
    expect(page.get_by_test_id("action-name")).to_be_focused()
    page.keyboard.type("churn")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("modal")).to_have_count(0)
    assert room.app.submissions[0].state["name"]["name"]["value"] == "churn"


def test_enter_makes_a_new_line_in_a_long_text_and_with_control_it_submits(room: Room, page: Page) -> None:
    page.keyboard.type("one")
    page.keyboard.press("Enter")
    page.keyboard.type("two")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("modal")).to_have_count(0)
    assert room.app.submissions[0].state["reason"]["reason"]["value"] == "one\ntwo"


def test_every_kind_of_field_is_filled_in_by_hand(room: Room) -> None:
    menu = {"type": "static_select", "options": options("Staging", "Production")}
    blocks = [
        section("Deploy *churn v4*"),
        {"type": "alert", "text": plain("This takes traffic away from v3."), "level": "warning"},
        question("name", "Endpoint", {**TEXT, "initial_value": "churn-endpoint"}),
        question("where", "Where", {**menu, "placeholder": plain("Choose a target")}),
        question("how", "How", {"type": "radio_buttons", "options": options("Gradual", "At once")}),
        question("checks", "Checks", {"type": "checkboxes", "options": options("Smoke", "Load")}, optional=True),
        question("who", "Tell", {"type": "multi_users_select", "placeholder": plain("Whom?")}),
        question("when", "Day", {"type": "datepicker"}, optional=True),
        question("share", "Traffic", {"type": "number_input", "is_decimal_allowed": False, "max_value": "100"}),
    ]
    opens(room, modal(*blocks, title=plain("Deploy"), submit=plain("Deploy")))
    page = visit(room)
    page.get_by_test_id("action-where").click()
    page.get_by_test_id("option-production").click()
    expect(page.get_by_test_id("action-where")).to_contain_text("Production")
    page.get_by_test_id("option-gradual").check()
    page.get_by_test_id("option-smoke").check()
    page.get_by_test_id("action-who").click()
    page.get_by_test_id("option-U0BOB").click()
    page.get_by_test_id("option-U0CAROL").click()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("action-who")).to_contain_text("Bob Lindqvist, Carol Adeyemi")
    page.get_by_test_id("action-when").fill("2026-05-01")
    page.get_by_test_id("action-share").fill("150")
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("error-share")).to_have_text("Please enter a number of 100 or less.")
    page.get_by_test_id("action-share").fill("10")
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("modal")).to_have_count(0)

    (sent,) = room.app.submissions
    assert {block: next(iter(held.values())) for block, held in sent.state.items()} == {
        "name": {"type": "plain_text_input", "value": "churn-endpoint"},
        "where": {"type": "static_select", "selected_option": options("Production")[0]},
        "how": {"type": "radio_buttons", "selected_option": options("Gradual")[0]},
        "checks": {"type": "checkboxes", "selected_options": options("Smoke")},
        "who": {"type": "multi_users_select", "selected_users": ["U0BOB", "U0CAROL"]},
        "when": {"type": "datepicker", "selected_date": "2026-05-01"},
        "share": {"type": "number_input", "value": "10"},
    }


def test_a_view_changed_by_the_app_keeps_what_is_being_typed(room: Room, page: Page) -> None:
    page.keyboard.type("half a sen")
    (view,) = room.workspace.views_of("alice")
    later = modal({"type": "alert", "text": plain("v4 is worse on recall."), "level": "info"}, REASON)
    room.workspace.modals.views.update(view.id, {**later, "title": plain("Reject P-7 now")})
    expect(page.get_by_test_id("modal-title")).to_have_text("Reject P-7 now")
    expect(page.get_by_test_id("modal")).to_contain_text("worse on recall")
    expect(page.get_by_test_id("action-reason")).to_be_focused()
    page.keyboard.type("tence")
    expect(page.get_by_test_id("action-reason")).to_have_value("half a sentence")


def test_a_pushed_view_leads_back_to_the_one_below_as_it_was(room: Room, page: Page) -> None:
    page.keyboard.type("because")
    above = modal(section("Sure?"), title=plain("Really"), close=plain("Back"))
    room.app.acknowledgement = Acknowledgement(ok=True, body={"response_action": "push", "view": above})
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("modal-title")).to_have_text("Really")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_test_id("modal-title")).to_have_text("Reject P-7")
    expect(page.get_by_test_id("action-reason")).to_have_value("because")


def test_while_the_app_thinks_the_button_says_so_and_sends_once(room: Room, page: Page) -> None:
    room.app.pending = Future()
    page.keyboard.type("because")
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("modal-submit")).to_have_attribute("aria-busy", "true")
    page.keyboard.press("Control+Enter")
    room.app.pending.set_result(Acknowledgement(ok=False, error="operation_timeout"))
    expect(page.get_by_test_id("modal-trouble")).to_have_text(TROUBLE)
    expect(page.get_by_test_id("modal-submit")).to_have_attribute("aria-busy", "false")
    expect(page.get_by_test_id("action-reason")).to_have_value("because")
    assert len(room.app.submissions) == 1


def test_the_keyboard_stays_in_the_modal_and_escape_closes_it(room: Room) -> None:
    opens(room, modal(notify_on_close=True))
    page = visit(room)
    inside = "document.activeElement.closest('[data-testid=modal]') !== null"
    for key in ("Tab", "Shift+Tab"):
        for _ in range(6):
            page.keyboard.press(key)
            assert page.evaluate(inside)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("modal")).to_have_count(0)
    expect(page.get_by_test_id("action-reject")).to_be_focused()
    until(lambda: room.app.closings)
    assert [cleared for _, cleared in room.app.closings] == [False]


def test_the_cross_closes_everything_and_the_page_works_again(room: Room, page: Page) -> None:
    room.workspace.modals.views.push("U0ALICE", modal(title=plain("Second")))
    expect(page.get_by_test_id("modal-title")).to_have_text("Second")
    page.get_by_test_id("modal-cross").click()
    expect(page.get_by_test_id("modal")).to_have_count(0)
    page.get_by_test_id("message-input").press_sequentially("hello")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("message").last).to_contain_text("hello")


def test_a_button_in_a_modal_reaches_the_app_with_what_was_typed_before(room: Room) -> None:
    opens(room, modal(REASON, {"type": "actions", "block_id": "row", "elements": [button("check", "Check")]}))
    page = visit(room)
    page.keyboard.type("because")
    page.get_by_test_id("action-check").click()
    until(lambda: ("U0ALICE", "check") in [(user, action["action_id"]) for user, action in room.app.clicks])
    assert room.workspace.views_of("alice")[0].state["reason"]["reason"]["value"] == "because"


def test_a_modal_is_its_persons_alone(room: Room, page: Page) -> None:
    bob = room.visit("bob")
    expect(bob.get_by_test_id("message")).to_be_visible()
    expect(bob.get_by_test_id("modal")).to_have_count(0)
    page.reload()
    expect(page.get_by_test_id("modal-title")).to_have_text("Reject P-7")


def test_on_a_phone_a_modal_fills_the_screen(room: Room) -> None:
    opens(room, modal(section("word_" * 60), *(question(f"q{n}", f"Question {n}", TEXT) for n in range(12))))
    page = visit(room, size=PHONE)
    assert page.get_by_test_id("modal").bounding_box() == {"x": 0, "y": 0, "width": PHONE[0], "height": PHONE[1]}
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    expect(page.get_by_test_id("modal-submit")).to_be_in_viewport()
    page.get_by_test_id("action-q11").fill("last")
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("error-q0")).to_have_text("Please complete this required field.")
    expect(page.get_by_test_id("action-q0")).to_be_in_viewport()
    expect(page.get_by_test_id("modal-submit")).to_be_in_viewport()


def test_what_the_app_shows_in_a_modal_is_never_run(room: Room) -> None:
    attack = "<img src=x onerror='pwned = 1'>"
    opens(room, modal(question("a", attack, TEXT, hint=plain(attack)), section(attack), title=plain(attack[:24])))
    page = visit(room)
    room.app.acknowledgement = Acknowledgement(ok=True, body={"response_action": "errors", "errors": {"a": attack}})
    page.keyboard.type("x")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("error-a")).to_have_text(attack)
    assert page.evaluate("typeof pwned") == "undefined"


def test_a_user_group_is_mentioned_by_its_handle(room: Room) -> None:
    page = room.visit("bob")
    page.get_by_test_id("message-input").press_sequentially("@ml-a")
    expect(page.get_by_test_id("suggestion")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("message-input")).to_have_value("@ml-approvers ")
    page.get_by_test_id("message-input").press_sequentially("please look")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("message").locator(".mention-me")).to_have_text("@ml-approvers")
    assert room.last().text == "<!subteam^S0APPROVERS> please look"
