"""Which registered model and which of its versions are meant; only tools know which there are."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from tools.mlflow import quality
from worker.agent.offline.dialogue import JSON, Dialogue, Reply, walk
from worker.agent.offline.names import nearest
from worker.agent.offline.steps import Step, Told, either
from worker.agent.offline.vocabulary import word_set

_NEWEST = word_set("latest newest")
_NEWEST_OF = frozenset(
    (adjective, noun) for adjective in ("last", "new", "recent") for noun in ("version", "model", "one")
)
_BETTER = word_set("better stronger higher winner")
_BEST = word_set("best top strongest")
_TWO = 2
_OLDER = "I weighed the two newest; “promote the best one” weighs older ones as well."


@dataclass(frozen=True, slots=True)
class Choice:
    """A version that was chosen by its figures.

    Attributes:
        version: Its number.
        reason: Which metric decided, in words.
    """

    version: str
    reason: str


def model(step: Step, *, needed: bool = True) -> str:
    """The registered model that is meant; empty when none is clear and none is needed.

    Raises:
        Pending: The names that exist must be read first.
        Told: None is clearly meant, although one is needed.
    """
    slots = step.slots
    tool = step.toolbox.find(("list_models",))
    if tool is None:
        return slots.names[0] if slots.names else ""
    names = models_in(step.call(tool, limit=tool.most("limit")))
    match = nearest(slots.said, slots.names, names)
    if match.one:
        return match.one
    if match.found:
        raise Told(f"Which model do you mean: {either(match.found)}?")
    if slots.free_names and needed:
        return slots.free_names[0]  # the tool says which there are
    focus = _focus(step.dialogue)
    if not needed or focus in names or len(names) == 1:
        return (focus if focus in names else "") or (names[0] if len(names) == 1 else "")
    raise Told(f"Which model do you mean: {either(names)}?" if names else "MLflow has no registered models yet.")


def version(step: Step) -> str:
    """The version that is meant, as tools take it: a number, `latest`, or `challenger` in its place."""
    if step.slots.versions:
        return step.slots.versions[0]
    said = step.slots.said
    if _NEWEST & set(said) or _NEWEST_OF & set(pairwise(said)):
        return "latest"
    return "challenger" if "challenger" in said else ""


def chosen(step: Step, name: str) -> Choice | None:
    """The better or the best version, where that was asked for instead of naming one.

    `The better one` is the better of the two that were named, else of the two newest; `the best one` is the best of
    the newest that can be told of at once.

    Raises:
        Pending: Their figures must be read first.
        Told: The figures do not decide; the text shows them and asks.
    """
    said, named = set(step.slots.said), step.slots.versions
    if len(named) == 1 or not (_BETTER | _BEST) & said:
        return None
    if len(named) >= _TWO:
        return _better(step, name, named[0], named[1])
    described = step.tool("describe_model")
    held = _versions(step.call(described, model=name, limit=described.most("limit")).data)
    if not held:
        raise Told(f"{name} has no versions yet.")
    if len(held) == 1:
        only = str(held[0]["version"]["version"])
        return Choice(only, f"v{only} is the only version of {name}.")
    if _BEST & said and len(held) > _TWO:
        return _best(step, held)
    older, newer = (str(each["version"]["version"]) for each in (held[1], held[0]))
    choice = _better(step, name, older, newer)
    return replace(choice, reason=f"{choice.reason} {_OLDER}") if len(held) > _TWO else choice


def _better(step: Step, name: str, one: str, other: str) -> Choice:
    tool = step.tool("compare_versions")
    reply = step.attempt(tool, tool.filled({"model": name, "a": one, "b": other}))
    if reply.failed:
        raise Told(reply.text)
    better, metric = _decided(reply.data, step.slots.metric, one, other)
    if not better:
        raise Told(f"{reply.text}\n\nI have changed nothing. Which version do you mean: `v{one}` or `v{other}`?")
    return Choice(better, f"Of v{one} and v{other}, v{better} is the better one by `{metric}`.")


def _decided(data: JSON, wanted: str, one: str, other: str) -> tuple[str, str]:
    """The better of two compared versions and the metric that says so; the named metric, else the first they share."""
    if not wanted:
        return str(data.get("better", "")), str(data.get("decided_by", ""))
    for change in data.get("metrics", ()):
        name, before, after = str(change["name"]), change["before"], change["after"]
        if wanted in name.lower() and before is not None and after is not None:
            worse = quality.better(name, before, after)
            return (one if worse else other if quality.better(name, after, before) else ""), name
    return "", ""


def _best(step: Step, held: list[JSON]) -> Choice:
    """The best of some versions by the metric that was named, else by the first that people look at."""
    figures = {str(each["version"]["version"]): dict((each.get("run") or {}).get("metrics") or {}) for each in held}
    known = [name for metrics in figures.values() for name in metrics if quality.number(metrics, name) is not None]
    wanted = [name for name in known if step.slots.metric and step.slots.metric in name.lower()]
    metric = quality.first(wanted or known)
    if not metric:
        raise Told("Which version is the best I cannot tell: no metric of theirs says by its name which way is better.")
    ranked = {number: value for number, each in figures.items() if (value := quality.number(each, metric)) is not None}
    best = [
        number
        for number, value in ranked.items()
        if not any(quality.better(metric, other, value) for other in ranked.values())
    ]
    if len(best) > 1:
        raise Told(
            f"By `{metric}` several are the best. Which one do you mean: {either([f'v{each}' for each in best])}?"
        )
    return Choice(best[0], f"Of the newest {len(held)} versions, v{best[0]} is the best one by `{metric}`.")


def models_in(reply: Reply) -> tuple[str, ...]:
    """The names of the registered models that an answer tells of."""
    return tuple(dict.fromkeys(name for found in walk(reply.data) if (name := _model_name(found))))


def _focus(dialogue: Dialogue) -> str:
    """The model spoken of last; empty when none or several came up together."""
    for reply in reversed(dialogue.replies):
        named = {name for found in walk(reply.data) if (name := _model_name(found) or _model_of(found))}
        if len(named) == 1:
            return named.pop()
    return ""


def _model_name(found: JSON) -> str:
    return str(found["name"]) if {"name", "aliases", "latest"} <= found.keys() else ""


def _model_of(found: JSON) -> str:
    if {"name", "version", "run_id"} <= found.keys():
        return str(found["name"])
    return str(found["model"]) if {"model", "alias", "version"} <= found.keys() else ""


def _versions(data: JSON) -> list[JSON]:
    held: Any = data.get("versions", ())
    return [each for each in held if isinstance(each, dict) and "version" in each]
