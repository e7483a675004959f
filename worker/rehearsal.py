"""What a first turn builds and keeps, built before the fork: the children share it, and their first answer is quick."""

from langchain_core.messages import HumanMessage

from tools.catalogue import CATALOGUE
from tools.prefect import schemas
from worker.agent import prompts
from worker.agent.model import ChatThinker
from worker.agent.offline import OfflineModel


def rehearse() -> None:
    """Have Prefect's classes, the prompt, the descriptions of tools and the offline model ready; opens nothing."""
    schemas.complete()
    prompts.render("answer", today="", person="", pool="")
    ChatThinker("offline", OfflineModel()).think([HumanMessage("which pipelines are there?")], CATALOGUE)
