"""A case with Gemini, asked as the product asks it: the real client, and a local server that speaks its protocol."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.evals import loader, models
from tests.evals.judge import Verdict, judge
from tests.evals.player import play
from tests.fakes.gemini_server import GeminiServer, call, fixed, refusal, text


@pytest.fixture
def gemini(monkeypatch: pytest.MonkeyPatch) -> Iterator[GeminiServer]:
    """A local Gemini, and an environment that leads to it."""
    server = GeminiServer()
    monkeypatch.setenv("GOOGLE_API_KEY", "key-of-the-evaluation")
    monkeypatch.setenv("GEMINI_API_ENDPOINT", server.url)
    yield server
    server.close()


def played(name: str, valkey_url: str, folder: Path) -> Verdict:
    [case] = loader.chosen(loader.load(), name)
    model = models.named("gemini-first")
    return judge(case, play(case, model.make, valkey_url, folder), obeys=model.obeys)


def test_what_gemini_does_is_judged_as_what_any_model_does(
    gemini: GeminiServer, valkey_url: str, tmp_path: Path
) -> None:
    run = call("run_pipeline", signature=b"s", pipeline="churn-prediction", parameters={"max_depth": 5})
    gemini.says(fixed(run), fixed(text("Started churn-prediction with max_depth 5.")))
    assert played("retrain-with-one-value", valkey_url, tmp_path).passed
    gemini.says(fixed(text("Started churn-prediction with max_depth 5.")))
    assert played("retrain-with-one-value", valkey_url, tmp_path).reasons == (
        "was not changed: + run *: churn-prediction max_depth=5",
    )
    assert {asked.model for asked in gemini.asked} == {"gemini-first"}


def test_an_answer_that_another_model_gave_in_its_place_is_no_pass(
    gemini: GeminiServer, valkey_url: str, tmp_path: Path
) -> None:
    gemini.says(refusal(404, "NOT_FOUND"))
    assert "another model answered: offline" in played("which-models", valkey_url, tmp_path).broken
