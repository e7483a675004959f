"""The card of a lineage: in the thread beside the answer, whatever the model makes of it in words."""

from bot.events import Thread
from bot.views import lineage
from bot.views.view import View
from tools.mlflow.lineage import Lineage
from tools.spec import Tool
from worker import naming
from worker.agent.journal import Outcome, Status
from worker.services import Services, Work


def card(services: Services, tool: Tool, outcome: Outcome) -> View | None:
    """The card of what a call gave; None when that is no lineage of one version."""
    if tool.result is not Lineage or outcome.status is not Status.DONE or outcome.data is None:
        return None
    found = Lineage.model_validate(outcome.data)
    if found.version is None:
        return None
    hops = tuple(
        lineage.Hop(hop.what, naming.named(services, hop.value), hop.url, naming.named(services, hop.missing))
        for hop in found.hops
    )
    title = f"{found.version.name} v{found.version.version}"
    return lineage.lineage(lineage.Lineage(title=title, hops=hops, hosts=services.hosts))


def show(services: Services, view: View, thread: Thread, call: str, work: Work) -> None:
    """Post a card into a thread; doing it again after a crash posts nothing twice.

    Raises:
        bot.errors.Stale: The lease has passed to somebody else.
    """
    services.outbox.post(f"call:{call}:lineage", services.address(thread), view, fence=work.fence)
