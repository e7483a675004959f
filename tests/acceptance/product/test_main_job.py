"""The main job, as a person does it in a browser: file in, live card, metrics out."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.acceptance.product.conftest import ROOT, Demo
from tests.fixtures.browser import DESKTOP, PHONE, OpenTab

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

CHURN = ROOT / "demo" / "pipelines" / "churn_prediction_pipeline.py"
READ = 60_000  #: milliseconds for a file to be read
RUN = 180_000  #: milliseconds for a run to end, on two busy cores


def found(place: Page | Locator, name: str) -> Locator:
    return place.locator(f'[data-testid="{name}"]')


def said(page: Page, pattern: str) -> Locator:
    return found(page, "thread-panel").locator('[data-testid="message"]').filter(has_text=re.compile(pattern))


def share_churn(page: Page, words: str) -> None:
    found(page, "file-input").locator("input[type=file]").set_input_files(CHURN)
    expect(found(page, "attachment")).to_have_count(1)
    found(page, "message-input").fill(words)
    found(page, "send").click()


def open_thread_of(page: Page, words: str) -> None:
    message = found(page, "channel-messages").locator('[data-testid="message"]').filter(has_text=words).last
    expect(found(message, "thread-link")).to_be_visible(timeout=READ)
    found(message, "thread-link").click()
    expect(found(page, "thread-panel")).to_be_visible()


def live_card(page: Page) -> Locator:
    """The message that follows the run, found while the run can be cancelled."""
    messages = found(found(page, "thread-panel"), "message")
    card = messages.filter(has=found(page, "action-run.cancel"))
    expect(card).to_be_visible(timeout=RUN)
    return found(page, "thread-panel").locator(f'[data-testid="message"][data-ts="{card.get_attribute("data-ts")}"]')


def test_a_pipeline_dropped_in_a_thread_is_registered_run_and_followed_live(
    demo: Demo, open_tab: OpenTab, tmp_path: Path
) -> None:
    page = open_tab(demo.workspace, size=DESKTOP)
    share_churn(page, "@trainmaster onboard my churn pipeline")
    open_thread_of(page, "onboard my churn pipeline")
    button = found(page, "action-plan.register_and_run")
    expect(button).to_be_visible(timeout=READ)
    expect(said(page, r"without running it")).to_have_count(1, timeout=READ)  # its arrival moves what is pressed
    button.click()
    card = live_card(page)
    expect(said(page, r"is registered as .* and running as")).to_have_count(1, timeout=READ)
    expect(card).to_contain_text("train_model", timeout=RUN)
    expect(said(page, r"completed in")).to_have_count(1, timeout=RUN)
    expect(said(page, r"roc_auc")).not_to_have_count(0)
    expect(said(page, r"churn v1")).not_to_have_count(0)
    expect(found(card, "action-run.cancel")).to_have_count(0)
    page.screenshot(path=tmp_path / "desktop.png")

    phone = open_tab(page.url, size=PHONE)
    expect(said(phone, r"roc_auc")).not_to_have_count(0, timeout=READ)
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    phone.screenshot(path=tmp_path / "phone.png")
    assert "Traceback" not in demo.log("worker") + demo.log("bot") + demo.log("feed")


def test_on_a_phone_a_question_is_answered_in_its_thread(demo: Demo, open_tab: OpenTab) -> None:
    page = open_tab(demo.workspace, size=PHONE)
    found(page, "message-input").fill("@trainmaster what can you do for me?")
    found(page, "send").click()
    open_thread_of(page, "what can you do for me?")
    expect(said(page, r"how did the last run do")).not_to_have_count(0, timeout=READ)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found(page, "thread-back").click()
    expect(found(page, "composer")).to_be_visible()
