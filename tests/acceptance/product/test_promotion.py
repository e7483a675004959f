"""A promotion, as people decide it in a browser: the card, a refusal, a rejection with its reason, an approval."""

import re
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient
from playwright.sync_api import Locator, Page, expect

from tests.acceptance.product.conftest import Demo
from tests.fixtures.browser import DESKTOP, PHONE, OpenTab, arrive

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MODEL = "fraud"
READ = 60_000  #: milliseconds for an answer, on two busy cores


def found(place: Page | Locator, name: str) -> Locator:
    return place.locator(f'[data-testid="{name}"]')


def said(page: Page, pattern: str) -> Locator:
    return (
        found(page, "thread-panel").locator('[data-testid="message"]').filter(has_text=re.compile(pattern, re.DOTALL))
    )


@pytest.fixture(scope="module")
def registry(demo: Demo) -> MlflowClient:
    """MLflow with a model of two versions, of which the first one is champion and the second one better."""
    client = MlflowClient(tracking_uri=demo.mlflow, registry_uri=demo.mlflow)
    experiment = client.create_experiment(f"{MODEL}-detection")
    client.create_registered_model(MODEL)
    for depth, auc, loss in ((3, 0.901, 0.31), (5, 0.924, 0.28)):
        run = client.create_run(experiment)
        client.log_param(run.info.run_id, "max_depth", depth)
        client.log_metric(run.info.run_id, "roc_auc", auc)
        client.log_metric(run.info.run_id, "log_loss", loss)
        client.set_terminated(run.info.run_id)
        client.create_model_version(MODEL, f"{run.info.artifact_uri}/model", run_id=run.info.run_id)
    client.set_registered_model_alias(MODEL, "champion", "1")
    return client


def champion(registry: MlflowClient) -> str:
    return str(registry.get_model_version_by_alias(MODEL, "champion").version)


def ask_in_channel(page: Page, words: str) -> None:
    """Ask in the channel, and open the thread of it."""
    found(page, "message-input").fill(words)
    found(page, "send").click()
    message = found(page, "channel-messages").locator('[data-testid="message"]').filter(has_text=words).last
    expect(found(message, "thread-link")).to_be_visible(timeout=READ)
    found(message, "thread-link").click()


def ask_in_thread(page: Page, words: str) -> None:
    found(page, "thread-input").fill(words)
    found(page, "thread-send").click()
    asked = found(page, "thread-messages").locator('[data-testid="message"]').filter(has_text=words)
    expect(asked.last).to_be_visible(timeout=READ)


def press(page: Page, action: str) -> None:
    button = found(found(page, "thread-panel"), f"action-{action}").last
    expect(button).to_be_visible(timeout=READ)
    button.click()


def become(page: Page, person: str) -> None:
    """Act as somebody else, in the thread that is open."""
    arrive(page, re.sub(r"as=\w+", f"as={person}", page.url))
    expect(said(page, "Approval needed|Rejected").first).to_be_visible(timeout=READ)


def test_a_promotion_is_refused_to_its_asker_rejected_with_a_reason_and_then_approved_once(
    demo: Demo, open_tab: OpenTab, registry: MlflowClient, tmp_path: Path
) -> None:
    page = open_tab(f"{demo.workspace}/?as=alice&channel=ml-pipelines", size=DESKTOP)
    ask_in_channel(page, "@trainmaster promote the better one of fraud")
    expect(said(page, r"Promote fraud v2 to champion, in place of v1.*roc_auc\s+0\.901\s+0\.924")).to_be_visible(
        timeout=READ
    )
    page.screenshot(path=tmp_path / "card.png")
    press(page, "proposal.approve")
    expect(said(page, "You asked for this yourself")).to_be_visible(timeout=READ)
    assert champion(registry) == "1"

    become(page, "bob")
    expect(said(page, "You asked for this yourself")).to_have_count(0)
    press(page, "proposal.reject")
    found(page, "modal").locator("textarea").fill("First compare them on last week's data")
    found(page, "modal-submit").click()
    expect(said(page, "Rejected by.*First compare them").first).to_be_visible(timeout=READ)
    expect(found(page, "action-proposal.approve")).to_have_count(0)
    assert champion(registry) == "1"

    become(page, "alice")
    ask_in_thread(page, "@trainmaster promote fraud v2, it is better there, too")
    expect(found(page, "action-proposal.approve")).to_have_count(1, timeout=READ)
    become(page, "bob")
    press(page, "proposal.approve")
    expect(said(page, "Approved and done.*Approved by")).to_be_visible(timeout=READ)
    expect(found(page, "action-model.roll_back")).to_be_visible(timeout=READ)
    assert champion(registry) == "2"
    assert "Traceback" not in demo.log("worker") + demo.log("bot")


def test_on_a_phone_the_whole_card_is_seen_and_its_buttons_can_be_pressed(
    demo: Demo, open_tab: OpenTab, registry: MlflowClient, tmp_path: Path
) -> None:
    assert registry.get_registered_model(MODEL)
    page = open_tab(f"{demo.workspace}/?as=alice&channel=ml-pipelines", size=PHONE)
    ask_in_channel(page, "@trainmaster promote fraud v2 to staging")
    expect(said(page, "Promote fraud v2 to staging").first).to_be_visible(timeout=READ)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.screenshot(path=tmp_path / "phone.png")
    press(page, "proposal.withdraw")
    expect(said(page, "Withdrawn").first).to_be_visible(timeout=READ)
    expect(found(page, "action-proposal.approve")).to_have_count(0)
