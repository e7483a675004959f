"""Which parameter of a run is worth another value; pure."""

from collections.abc import Mapping

#: Words of names that choose a random draw, not a model.
SEEDS = frozenset({"seed", "seeds", "state", "random"})
#: Words of names that say how much data there is: another value tells little about the model.
AMOUNTS = frozenset({"customers", "rows", "samples", "size", "records", "examples", "users", "items", "limit"})
NUMBERS = frozenset({"integer", "number"})


def parameter_to_vary(schema: Mapping[str, object], given: Mapping[str, object]) -> str:
    """The name of a number of the pipeline's to try another value of; empty when none stands out.

    One that was given in this run goes first: somebody was varying it. Of the others, seeds and amounts of data are
    not suggested.

    Args:
        schema: JSON Schema of the pipeline's parameters.
        given: The values that the run was given.
    """
    properties = schema.get("properties")
    known = properties if isinstance(properties, Mapping) else {}
    numbers = [name for name, wanted in known.items() if _is_number(wanted) and not _words(name) & SEEDS]
    telling = [name for name in numbers if not _words(name) & AMOUNTS]
    candidates = [
        *(name for name in telling if name in given),
        *(name for name in numbers if name in given),
        *telling,
    ]
    return candidates[0] if candidates else ""


def _is_number(wanted: object) -> bool:
    if not isinstance(wanted, Mapping):
        return False
    either = wanted.get("anyOf")
    return wanted.get("type") in NUMBERS or (isinstance(either, list) and any(map(_is_number, either)))


def _words(name: str) -> set[str]:
    return set(name.casefold().replace("-", "_").split("_"))
