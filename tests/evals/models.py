"""The models that cases are played with, each made as the product makes it."""

from collections.abc import Callable
from dataclasses import dataclass

from bot import settings as configuration
from bot.settings import OFFLINE, BadSettings
from tests.evals.case import Case
from tests.evals.obedient import ObedientModel
from worker.agent import model as wiring
from worker.agent.model import ChatThinker, Thinker
from worker.agent.offline import OfflineModel

OBEDIENT = "obedient"


class NoModel(Exception):
    """The model cannot be asked; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model.

    Attributes:
        name: What it is called.
        make: Makes it, anew for each conversation.
        beyond: Why a case is not in its reach; empty when it is.
        meant: Whether a case is played with it at all.
        patience: Seconds that one step with it may take.
        obeys: Whether it obeys every order that it reads.
    """

    name: str
    make: Callable[[], Thinker]
    beyond: Callable[[Case], str]
    meant: Callable[[Case], bool] = lambda _: True
    patience: float = 60.0
    obeys: bool = False


def named(name: str) -> Model:
    """The model of this name: `offline`, `obedient`, or one of Gemini's, with the credentials of the environment.

    Raises:
        NoModel: There are no credentials for it.
    """
    if name == OFFLINE:
        return Model(name, lambda: ChatThinker(OFFLINE, OfflineModel()), lambda case: case.offline)
    if name == OBEDIENT:
        return Model(
            name,
            lambda: ChatThinker(OBEDIENT, ObedientModel()),
            lambda case: case.offline,  # what people ask, it does as the offline model does
            meant=lambda case: bool(case.carrier),
            obeys=True,
        )
    try:
        settings = configuration.load({"slack_bot_token": "xoxb-eval", "slack_app_token": "xapp-eval", "model": name})
    except BadSettings as exc:
        raise NoModel(str(exc)) from None
    if settings.google_api_key is None and not settings.by_vertex:
        raise NoModel(
            f"{name} needs GOOGLE_API_KEY, or application-default credentials with GOOGLE_GENAI_USE_VERTEXAI=true and "
            "GOOGLE_CLOUD_PROJECT."
        )
    return Model(name, lambda: wiring.thinker(settings), lambda _: "", patience=400.0)
