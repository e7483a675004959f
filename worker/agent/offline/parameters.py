"""Values for a pipeline's parameters, from wording such as `with max_depth 5`, `depth to 5` or `500 trees`."""

import re
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import OSA

from worker.agent.offline.vocabulary import word_set
from worker.agent.offline.wording import Word

JSON = dict[str, Any]

#: What people say for what libraries write; both ways.
_SYNONYMS = (
    {"trees", "tree", "estimators", "estimator"},
    {"lr", "learning_rate", "learningrate", "eta"},
    {"epochs", "epoch", "iterations", "iteration", "iter", "iters", "rounds"},
    {"rows", "samples", "sample", "row", "records", "customers", "examples", "reviews", "size"},
    {"seed", "random_state", "randomstate", "random"},
    {"depth", "deep"},
    {"threshold", "cutoff", "cut-off"},
    {"test", "holdout", "hold-out", "validation"},
    {"batch", "batchsize"},
    {"regularization", "regularisation", "c", "alpha", "penalty"},
)
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?P<unit>[km%])?", re.IGNORECASE)
SPOKEN = {
    word: number
    for number, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
} | {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100, "thousand": 1000}
_LINKS = word_set("= : to of is be as at equals equal being becomes => into a value set the")
_LEADS = word_set(
    """
    with using where set setting use but and for , at put make change having only by except
    """
)
_STOP = word_set(
    """
    please instead then now again this time thanks ! ? . , and but ; run pipeline retrain train the for
    """
)


class Unfit(ValueError):
    """A value does not fit its parameter; the message says why."""


@dataclass(frozen=True, slots=True)
class Named:
    """A value with the words that name its parameter.

    Attributes:
        names: The words before the value, then those after it: one of the two names the parameter.
        value: The value as typed.
        sure: Whether it was written as an assignment, so that it must name a parameter.
    """

    names: tuple[tuple[str, ...], ...]
    value: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Parameters:
    """What became of the values in a message.

    Attributes:
        values: By parameter, fitting the schema.
        unknown: Words that name no parameter.
        unclear: Words that name several parameters, with those.
        unfit: What is wrong with values that do not fit.
    """

    values: JSON
    unknown: tuple[str, ...] = ()
    unclear: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unfit: tuple[str, ...] = ()


def mentioned(words: tuple[Word, ...]) -> tuple[Named, ...]:
    """Every value that a message seems to give to a parameter."""
    found: list[Named] = []
    for at, word in enumerate(words):
        if _is_value(words, at) and not _is_version(words, at):
            before, linked = _before(words, at)
            after = _after(words, at)
            if before or after:
                found.append(Named(tuple(side for side in (before, after) if side), word.typed, sure=linked))
    return tuple(found)


def _is_value(words: tuple[Word, ...], at: int) -> bool:
    word = words[at]
    if _NUMBER.fullmatch(word.typed) or (word.text in SPOKEN and word.text != "one"):
        return True
    previous = words[at - 1].text if at else ""
    if previous == "=" or (previous in {":", "=>"} and word.text[0].isalnum()):
        return True
    if word.text in {"true", "false", "none", "null"}:
        return True
    return at > 1 and previous in {"to", "as"} and "_" in words[at - 2].typed


def _is_version(words: tuple[Word, ...], at: int) -> bool:
    """Whether a number counts runs or names a version or an hour: `last 5 runs`, `version 4`, `at 9`."""
    before = words[at - 1].text if at else ""
    after = words[at + 1].text if at + 1 < len(words) else ""
    return before in {"last", "latest", "top", "version", "v", "run", "past", "recent", "first"} or after in {
        "runs",
        "lines",
        "times",
        "hours",
        "days",
        "minutes",
        "logs",
        "models",
        "am",
        "pm",
        "ones",
        "executions",
    }


def _before(words: tuple[Word, ...], at: int) -> tuple[tuple[str, ...], bool]:
    """The words that name what the value is for, and whether they are tied to it by `=`, `to` and such."""
    names: list[str] = []
    linked = False
    for word in reversed(words[:at]):
        if not names and word.text in _LINKS:
            linked = linked or word.text in {"=", ":", "to", "=>", "equals", "of", "is", "as"}
            continue
        if word.text in _LEADS or word.text in _STOP or not word.typed[0].isalpha() or len(names) == 3:  # noqa: PLR2004 - no parameter is spoken in more words
            break
        names.insert(0, word.typed.lower())
    return tuple(names), linked and bool(names)


def _after(words: tuple[Word, ...], at: int) -> tuple[str, ...]:
    names: list[str] = []
    for word in words[at + 1 : at + 4]:
        if word.text in _STOP or word.text in _LEADS or not word.typed[0].isalpha():
            break
        if word.text not in _LINKS:
            names.append(word.typed.lower())
    return tuple(names)


def fitted(mentions: tuple[Named, ...], schema: JSON) -> Parameters:
    """The mentioned values as values of the schema's parameters; nothing is guessed."""
    properties: dict[str, JSON] = schema.get("properties", {})
    values: JSON = {}
    unknown, unclear, unfit = [], [], []
    for mention in mentions:
        meant = _meant(mention, tuple(properties))
        words = " ".join(mention.names[0])
        if len(meant) > 1:
            unclear.append((words, meant))
        elif not meant:
            unknown.append(words)
        else:
            try:
                values[meant[0]] = coerced(mention.value, properties[meant[0]], schema)
            except Unfit as error:
                unfit.append(f"`{meant[0]}` {error}")
    return Parameters(values, tuple(unknown), tuple(unclear), tuple(unfit))


def _meant(mention: Named, names: tuple[str, ...]) -> tuple[str, ...]:
    """The parameters that the words may name: one when it is clear, several when they are equally near."""
    scored = [
        (max(_likeness(words, name) - 0.01 * side for side, words in enumerate(mention.names)), name)
        for name in names
        if not _is_another(mention, name)
    ]
    best = max((score for score, _ in scored), default=0.0)
    if best < 0.5:  # noqa: PLR2004 - fewer than half of the words fit
        return ()
    return tuple(name for score, name in scored if score >= best - 0.005)


def _is_another(mention: Named, name: str) -> bool:
    """Whether an identifier was written out that is not this one, nor this one misspelt: `batch_size` for `test_size`.

    People who write an identifier mean it; part of another one is no reason to set that.
    """
    said = mention.names[0][-1]
    if "_" not in said or any(said in group and name.lower() in group for group in _SYNONYMS):
        return False
    return OSA.normalized_similarity(said, name.lower()) < 0.8  # noqa: PLR2004 - a letter or two


def _likeness(words: tuple[str, ...], name: str) -> float:
    """0 to 1: how well words name a parameter; 1 for its very name, at most 0.9 for part of it."""
    wanted = [part for part in re.split(r"[_\-. ]+", name.lower()) if part]
    said = [part for word in words for part in re.split(r"[_\-. ]+", word) if part]
    if said[-len(wanted) :] == wanted or "".join(said) == "".join(wanted):
        return 1.0
    if any("_".join(said[-2:]) in group or said[-1] in group for group in _SYNONYMS if name.lower() in group):
        return 0.95
    tail = said[-1:] + said[:-1]
    hits = [max((_word_likeness(part, piece) for piece in wanted), default=0.0) for part in tail]
    if not hits or max(hits) < 0.75:  # noqa: PLR2004 - no word of it fits
        return 0.0
    covered = sum(hit for hit in hits if hit >= 0.75)  # noqa: PLR2004 - the same
    return min(0.9, 0.5 + 0.4 * covered / max(len(wanted), len(said)))


def _word_likeness(said: str, wanted: str) -> float:
    if said == wanted or said.rstrip("s") == wanted.rstrip("s"):
        return 1.0
    if any(said in group and wanted in group for group in _SYNONYMS):
        return 0.95
    if min(len(said), len(wanted)) >= 4 and (wanted.startswith(said) or said.startswith(wanted)):  # noqa: PLR2004 - shorter beginnings fit too much
        return 0.9
    return float(OSA.normalized_similarity(said, wanted)) if min(len(said), len(wanted)) >= 4 else 0.0  # noqa: PLR2004 - the same


def coerced(typed: str, schema: JSON, root: JSON) -> Any:
    """A typed value as the type that its schema asks for.

    Raises:
        Unfit: It cannot be that type, or is not among the allowed values.
    """
    options = [_resolved(option, root) for option in (schema.get("anyOf") or [schema])]
    choices = [choice for option in options for choice in option.get("enum", ())]
    if choices:
        return _chosen(typed, choices)
    types = [str(option.get("type", "")) for option in options]
    for kind in types:
        value = _as(kind, typed)
        if value is not None:
            return value
    if "null" in types and typed.lower() in {"none", "null"}:
        return None
    if not any(types):
        return _as("number", typed) if _NUMBER.fullmatch(typed) else typed
    wanted = " or ".join(kind for kind in types if kind != "null")
    raise Unfit(f"takes {_article(wanted)}, and `{typed}` is none.")


def _article(kind: str) -> str:
    names = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}
    return names.get(kind, f"a value of type {kind}")


def _chosen(typed: str, choices: list[Any]) -> Any:
    for choice in choices:
        if str(choice).lower() == typed.lower():
            return choice
    raise Unfit(f"takes one of {', '.join(f'`{choice}`' for choice in choices)}, not `{typed}`.")


def _as(kind: str, typed: str) -> Any:
    """The value as one JSON type; None when it is not one."""
    number = SPOKEN.get(typed.lower(), _number(typed))
    if kind == "integer":
        return int(number) if number is not None and float(number).is_integer() else None
    if kind == "number":
        return number
    if kind == "boolean":
        return {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}.get(typed.lower())
    if kind == "array":
        return [part.strip() for part in typed.split(",")]
    return typed if kind == "string" else None


def _number(typed: str) -> float | int | None:
    match = _NUMBER.fullmatch(typed)
    if match is None:
        return None
    factor = {"k": 1e3, "m": 1e6, "%": 0.01}.get((match["unit"] or "").lower(), 1.0)
    number = float(typed.rstrip("kKmM%")) * factor
    return int(number) if number.is_integer() and "." not in typed and "e" not in typed.lower() else number


def _resolved(schema: JSON, root: JSON) -> JSON:
    reference = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
    definitions: JSON = root.get("definitions") or root.get("$defs") or {}
    return dict(definitions.get(reference, schema))
