"""The tools that were bound, and how their arguments are filled from what a person said.

Nothing here knows a tool's signature: a tool is found by its name, and its arguments by the names and types in its own
schema. So a tool that is bound tomorrow is filled as well as its arguments are named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from worker.agent.offline.vocabulary import word_set

JSON = dict[str, Any]

#: What a value is to the conversation → the names that a tool may give such an argument, best first.
ROLES: Mapping[str, tuple[str, ...]] = {
    "pipeline": ("pipeline", "pipeline_name", "flow", "flow_name", "deployment", "pipelines"),
    "run": ("run", "run_id", "flow_run", "flow_run_id", "prefect_run", "id"),
    "tracked": ("run", "run_id", "mlflow_run", "mlflow_run_id", "id"),
    "runs": ("runs", "run_ids"),
    "parameters": ("parameters", "params", "values"),
    "limit": ("limit", "count", "lines", "last", "max_results"),
    "state": ("state", "states", "status"),
    "since": ("since", "since_hours", "hours", "after", "days"),
    "level": ("level", "min_level", "minimum_level"),
    "search": ("contains", "search", "text", "query"),
    "experiment": ("experiment", "experiments", "experiment_name"),
    "metric": ("metric", "metrics", "metric_name"),
    "metrics": ("metrics",),
    "order": ("order_by", "order", "sort", "sort_by"),
    "where": ("where", "filter", "filter_string"),
    "model": ("model", "model_name", "registered_model", "name"),
    "version": ("version", "model_version", "to_version"),
    "versions": ("versions",),
    "alias": ("alias", "to", "target_alias"),
    "endpoint": ("endpoint", "endpoint_name", "target", "environment"),
    "traffic": ("traffic", "traffic_percent", "percent", "split"),
    "when": ("when", "schedule", "cron", "rule"),
    "schedule": ("schedule", "schedule_id"),
    "timezone": ("timezone", "time_zone", "tz"),
    "who": ("who", "actor", "asked_by"),
    "reason": ("reason", "why", "comment"),
    "inputs": ("inputs", "instances", "input", "data"),
    "bucket": ("bucket", "bucket_name"),
    "prefix": ("prefix", "path", "folder"),
    "proposal": ("proposal", "proposal_id"),
    "digest": ("digest", "source", "file"),
}


#: What to say to a tool that knows fewer states than Prefect has.
_NEAR = {
    "crashed": "failed",
    "pending": "waiting",
    "scheduled": "waiting",
    "paused": "waiting",
    "cancelling": "cancelled",
}


@dataclass(frozen=True, slots=True)
class BoundTool:
    """A tool as its schema tells it."""

    name: str
    description: str
    properties: Mapping[str, JSON]
    required: frozenset[str]
    definitions: Mapping[str, JSON]

    def takes(self, role: str) -> str:
        """The argument that holds such a value; empty when there is none."""
        return next((name for name in ROLES.get(role, (role,)) if name in self.properties), "")

    def filled(self, values: Mapping[str, Any]) -> JSON:
        """Arguments made of the values that are known and that the tool has a place for."""
        arguments: JSON = {}
        for role, value in values.items():
            name = self.takes(role)
            if not name or name in arguments or value is None or value in ("", ()):
                continue
            shaped = self._shaped(name, value)
            if shaped is not None:
                arguments[name] = shaped
        return arguments

    def most(self, role: str) -> int | None:
        """The greatest number that an argument takes; None when there is no such argument or no bound."""
        most = self.properties.get(self.takes(role), {}).get("maximum")
        return int(most) if isinstance(most, int | float) else None

    def missing(self, arguments: JSON) -> list[str]:
        """Arguments that the tool cannot do without and that are not there."""
        return sorted(self.required - arguments.keys())

    def _shaped(self, name: str, value: Any) -> Any:
        schema = self._resolved(self.properties[name])
        options = [self._resolved(option) for option in (*schema.get("anyOf", ()), schema)]
        types = {str(option["type"]) for option in options if "type" in option}
        allowed = [choice for option in options for choice in _choices(option, self.definitions)]
        if allowed and (value := _allowed(value, allowed)) is None:
            return None
        if isinstance(value, int) and "maximum" in schema:
            value = min(value, int(schema["maximum"]))
        if "array" in types and not isinstance(value, list | tuple) and "string" not in types:
            return [value]
        if isinstance(value, tuple):
            return list(value)
        if types and types <= {"integer", "null"} and isinstance(value, str):
            digits = "".join(character for character in value if character.isdigit())
            return int(digits) if digits else value
        return str(value) if types and types <= {"string", "null"} else value

    def _resolved(self, schema: JSON) -> JSON:
        reference = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
        return dict(self.definitions.get(reference, schema))


def _choices(schema: JSON, definitions: Mapping[str, JSON]) -> list[Any]:
    items = schema.get("items", {})
    items = definitions.get(str(items.get("$ref", "")).rsplit("/", 1)[-1], items) if isinstance(items, dict) else {}
    return [*schema.get("enum", ()), *items.get("enum", ())]


def _allowed(value: Any, allowed: list[Any]) -> Any:
    """The allowed spelling of a value or of its nearest in meaning; None when there is none: `FAILED` as `failed`."""
    if isinstance(value, list | tuple):
        return [each for each in (_allowed(one, allowed) for one in value) if each is not None] or None
    spellings = {str(choice).lower(): choice for choice in allowed}
    said = str(value).lower()
    return spellings.get(said, spellings.get(_NEAR.get(said, "")))


#: First words of names of tools that change something.
_CHANGING = word_set(
    """
    add apply approve cancel clear create decide delete deploy drop freeze lift make move pause promote register reject
    remove restart restore resume retry revert roll rollback schedule set shift start stop tag undeploy unfreeze update
    upload withdraw write
    """
)


@dataclass(frozen=True, slots=True)
class Toolbox:
    """All bound tools."""

    tools: tuple[BoundTool, ...]

    def find(self, patterns: Sequence[str], *, reading: bool = False) -> BoundTool | None:
        """The tool that fits the earliest pattern, such as `promote_*`; None when none is bound.

        Args:
            patterns: Names or patterns, best first.
            reading: Leave out tools whose name says that they change something: `*bucket*` is no `delete_bucket`.
        """
        for pattern in patterns:
            for tool in self.tools:
                if fnmatchcase(tool.name, pattern) and not (reading and tool.name.split("_")[0] in _CHANGING):
                    return tool
        return None


def from_schemas(schemas: Sequence[JSON]) -> Toolbox:
    """The tools that OpenAI-style schemas describe, as `bind_tools` makes them."""
    return Toolbox(tuple(_tool(schema.get("function", schema)) for schema in schemas))


def _tool(function: JSON) -> BoundTool:
    parameters = function.get("parameters") or {}
    return BoundTool(
        name=str(function["name"]),
        description=str(function.get("description", "")),
        properties=dict(parameters.get("properties", {})),
        required=frozenset(parameters.get("required", ())),
        definitions=dict(parameters.get("$defs", parameters.get("definitions", {}))),
    )
