"""What serving costs by the hour, by the table of the policy; what the table does not tell is said to be unknown."""

from tools.desk.client import DeskBackend, MachinePrice
from tools.errors import ToolError
from tools.google.serving import DeployedModel
from tools.prefect import wording

CENT = 0.01
REASONS_SHOWN = 5


def per_hour(desk: DeskBackend, machine: str, replicas: int) -> str:
    """The cost of so many machines in words, with the date of the table."""
    price, why = _priced(desk, machine)
    if price is None:
        return f"unknown: {why}"
    count = f"{replicas} replica{'s' if replicas != 1 else ''}"
    return f"about {_amount(price, replicas)} an hour by your table of {price.as_of}, for {count} of {machine}"


def of_deployed(desk: DeskBackend, deployed: tuple[DeployedModel, ...]) -> tuple[list[str], str]:
    """The cost of each deployed model in a few words, and by which table, or why it is unknown, in a sentence."""
    priced = {each.machine: _priced(desk, each.machine) for each in deployed}
    told = [_spoken(each, priced[each.machine][0]) for each in deployed]
    dates = sorted({str(price.as_of) for price, _ in priced.values() if price})
    reasons = list(dict.fromkeys(why for price, why in priced.values() if price is None))
    if len(reasons) > REASONS_SHOWN:
        reasons[REASONS_SHOWN:] = [f"the same of {len(reasons) - REASONS_SHOWN} more types of machines"]
    sentences = [f"Costs are by your table of {wording.listed(dates)}."] if dates else []
    sentences += [f"Cost unknown: {why}." for why in reasons]
    return told, " ".join(sentences)


def _priced(desk: DeskBackend, machine: str) -> tuple[MachinePrice | None, str]:
    """The price of a type of machine, or why there is none."""
    if not machine:
        return None, "Vertex AI does not tell the machines"
    try:
        price = desk.machine_price(machine)
    except ToolError as error:
        return None, str(error).rstrip(".")
    return price, "" if price else f"the policy has no price for {machine} under [[machines]]"


def _spoken(model: DeployedModel, price: MachinePrice | None) -> str:
    if price is None:
        return "cost unknown"
    if model.most > model.least:
        return f"about {_figure(price, model.least)} to {_amount(price, model.most)} an hour"
    return f"about {_amount(price, model.least)} an hour"


def _amount(price: MachinePrice, replicas: int) -> str:
    return f"{_figure(price, replicas)} {price.currency}"


def _figure(price: MachinePrice, replicas: int) -> str:
    amount = price.hourly * replicas
    return f"{amount:,.2f}" if amount >= CENT or not amount else f"{amount:.2g}"
