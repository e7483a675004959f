"""The page about all tools, made of the catalogue; `python -m tools` prints it."""

import inspect
import json
import re
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from tools.spec import Command, Effect, Tool

SYSTEMS = {
    "google": "Google Cloud",
    "mlflow": "MLflow",
    "prefect": "Prefect",
    "storage": "Cloud Storage",
    "system": "The installation",
    "trainmaster": "Trainmaster itself",
    "vertex": "Vertex AI",
}
EFFECTS = {
    Effect.READ: "reads",
    Effect.CHANGE: "changes something that can be changed back",
    Effect.DESTROY: "ends or removes something",
}
#: What an example says for each name of a command's usage; a name that is missing here stands for itself.
SAMPLES = {
    "A": "3",
    "ALIAS": "challenger",
    "B": "4",
    "BUCKET": "ml-data",
    "DIGEST": "3f2a9c1b4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8",
    "ENDPOINT": "churn-staging",
    "EXPERIMENT": "churn",
    "FILE": "train.csv",
    "FLOW": "churn-prediction",
    "LIMIT": "2",
    "MATCHING": "promote",
    "METRIC": "roc_auc",
    "METRICS": "test_log_loss",
    "MODEL": "churn",
    "NAME": "churn",
    "OF": "pipeline",
    "OBJECT": "gs://ml-data/churn/train.csv",
    "PERSON": "me",
    "PIPELINE": "churn",
    "PREFIX": "churn/",
    "PROPOSAL": "P-7K2MNQ4T",
    "REASON": "the release on Friday",
    "RUN": "last churn",
    "RUNS": "a1b2c3d4 e5f6a7b8",
    "SEARCH": "churn",
    "SPLIT": "churn v3: 90, churn v4: 10",
    "THREAD": "https://acme.slack.com/archives/C0MLPIPE/p1764212345678900",
    "VERSION": "4",
    "VERSIONS": "3 4",
    "WHEN": "every Monday at 9",
}
PARAMETERS = "[name=value …]"
INTRODUCTION = """\
# The tools

All that Trainmaster can do, made of the code by `python -m tools > docs/tools.md`; a test keeps it true.

Each tool is there in plain language, and by exact command with no model; cards have buttons for what is next.
Whoever asks, and by whatever way, [the policy](policy.md) says by permission who may, and who has to approve.
A model never reads more than 8,000 characters of an answer, and an answer says what it left out.
Any argument may be given as `name=value` in a command; one in `[…]` may be left out.
"""
LIMITS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {:,} characters",
    "minimum": "from {}",
    "maximum": "to {:,}",
    "exclusiveMinimum": "above {}",
    "exclusiveMaximum": "below {}",
    "minItems": "at least {} of them",
    "maxItems": "at most {} of them",
    "maxProperties": "at most {} of them",
    "pattern": "like `{}`",
}
NOT_SAID = {("minLength", 1)}  #: that it must not be empty is said by its having no default


def page(catalogue: tuple[Tool, ...]) -> str:
    """The whole page as Markdown."""
    parts = [INTRODUCTION, _overview(catalogue)]
    ordered = sorted(catalogue, key=lambda tool: (_system(tool), tool.name))
    for system, tools in groupby(ordered, key=_system):
        parts += [f"## {SYSTEMS.get(system, system)}\n", *(_told(tool) for tool in tools)]
    return "\n".join(parts).rstrip() + "\n"


def example(command: Command) -> str:
    """A command as somebody could type it, without `/mlops`."""
    return " ".join([command.words, *_spoken(command.usage.replace(PARAMETERS, "").split()), *_free(command)])


def _spoken(places: Iterable[str]) -> list[str]:
    names = [place.strip("[]…") for place in places]
    return [SAMPLES.get(name, name.lower()) for name in names]


def _free(command: Command) -> list[str]:
    return ["max_depth=5"] if PARAMETERS in command.usage else []


def _overview(catalogue: tuple[Tool, ...]) -> str:
    rows = (
        f"| [`{tool.name}`](#{tool.name}) | {_command(tool)} | `{tool.permission}` | {tool.effect.value} |"
        for tool in catalogue
    )
    return "\n".join(["| tool | command | permission | effect |", "|---|---|---|---|", *rows, ""])


def _told(tool: Tool) -> str:
    seconds = f"{tool.timeout:g} s"
    lines = [
        f"### {tool.name}\n",
        f"{inspect.cleandoc(tool.description)}\n",
        f"- Permission `{tool.permission}`; {EFFECTS[tool.effect]}; given up after {seconds}.",
    ]
    if tool.command:
        lines.append(f"- {tool.command.help}")
        lines.append(f"- {_command(tool)}, for example `/mlops {example(tool.command)}`")
    if tool.by_hand:
        lines.append("- By hand only: no model calls it unless the person's own message begins with asking for it.")
    return "\n".join([*lines, "", *_arguments(tool)])


def _command(tool: Tool) -> str:
    return f"`{f'/mlops {tool.command.words} {tool.command.usage}'.strip()}`" if tool.command else ""


def _arguments(tool: Tool) -> list[str]:
    schema = tool.arguments.model_json_schema()
    if not schema["properties"]:
        return ["It takes no arguments.\n"]
    rows = [_row(name, field, schema) for name, field in schema["properties"].items()]
    return ["| argument | what it takes | what it is |", "|---|---|---|", *rows, ""]


def _row(name: str, field: dict[str, Any], schema: dict[str, Any]) -> str:
    needed = name in schema.get("required", ())
    default = field.get("default")
    stated = f"default `{json.dumps(default)}`" if default else "may be left out"
    said = "needed" if needed else stated
    takes = ", ".join([_type(field, schema), *_limits(field), said])
    return f"| `{name}` | {_cell(takes)} | {_cell(str(field.get('description', '')))} |"


def _type(field: dict[str, Any], schema: dict[str, Any]) -> str:
    if options := field.get("anyOf"):
        return " or ".join(_type(option, schema) for option in options if option.get("type") != "null")
    if reference := field.get("$ref"):
        return _type(schema["$defs"][str(reference).rpartition("/")[2]], schema)
    if values := field.get("enum"):
        return " or ".join(f"`{value}`" for value in values)
    kind = str(field.get("type", "anything"))
    if kind == "array":
        return f"several: {_type(field.get('items', {}), schema)}"
    return {"string": "text", "integer": "whole number", "object": "values by name", "boolean": "true or false"}.get(
        kind, kind
    )


def _limits(field: dict[str, Any]) -> list[str]:
    """What the values have to keep to, those of an optional one included."""
    found = {key: value for option in (field, *field.get("anyOf", ())) for key, value in option.items()}
    return [
        words.format(found[key]) for key, words in LIMITS.items() if key in found and (key, found[key]) not in NOT_SAID
    ]


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


def _system(tool: Tool) -> str:
    return tool.permission.partition(":")[0]
