"""A world whose model is Gemini: the real client, with a local server."""

from dataclasses import replace

from bot import settings as configuration
from tests.fakes.gemini_server import GeminiServer
from tests.fakes.world import World
from worker.agent.gemini.patience import Patience
from worker.agent.gemini.thinker import geminis
from worker.agent.model import ChatThinker, FirstToAnswer
from worker.agent.offline import OfflineModel

SOON = Patience(first=0.01, spread=lambda: 0.0)


def with_gemini(world: World, gemini: GeminiServer, models: str = "gemini-first") -> None:
    """Have Gemini think, and the offline model in its place."""
    settings = configuration.load(
        {
            "slack_bot_token": "xoxb-1",
            "slack_app_token": "xapp-1",
            "google_api_key": "key-1",
            "gemini_api_endpoint": gemini.url,
            "model": models,
        }
    )
    asked = tuple(replace(model, patience=SOON) for model in geminis(settings))
    world.think_with(FirstToAnswer(asked, ChatThinker("offline", OfflineModel())))
