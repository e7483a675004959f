"""What a first turn builds and keeps, built before the fork: the children share it, and their first answer is quick."""

from importlib import import_module

from langchain_core.messages import HumanMessage

from bot.queue import ATTEND
from bot.settings import Settings
from tools import punctual
from tools.catalogue import CATALOGUE
from tools.mlflow import connection as mlflow
from tools.prefect import schemas
from worker.agent import prompts
from worker.agent.model import ChatThinker, thinker
from worker.agent.offline import OfflineModel


def rehearse(settings: Settings) -> None:
    """Have the job, the clients' classes and plugins, certificates, prompts, descriptions of tools and models ready.

    Opens nothing.
    """
    import_module(ATTEND.rpartition(".")[0])  # RQ calls it by this name
    thinker(settings)
    punctual.authorities()
    schemas.complete()
    mlflow.rehearse()
    for name in prompts.NAMES:
        prompts.prompt(name)
    ChatThinker("offline", OfflineModel()).think([HumanMessage("which pipelines are there?")], CATALOGUE)
