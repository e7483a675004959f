"""The tool that tells all about one version of a model: what people wrote on it, and what goes in and comes out."""

import json
import re
from typing import Any

import yaml  # type: ignore[import-untyped]  # it has no types
from pydantic import ConfigDict, Field

from tools.errors import BadArguments, ToolError
from tools.mlflow import comparing, finding
from tools.mlflow.client import MlflowBackend
from tools.mlflow.models import VersionDetail, detail_of, promotion_in_words
from tools.mlflow.results import ModelVersion
from tools.mlflow.searching import figure
from tools.prefect import wording
from tools.spec import Arguments, Backends, Call, Command, Effect, Result, ToolResult, tool

FILE = "MLmodel"
MOST_OF_THE_FILE = 1_000_000
COLUMNS_SHOWN = 30
TAGS_SHOWN = 20
METRICS_SHOWN = 10
LONGEST_DESCRIPTION = 1_000
LONGEST = 60  # characters of a name or a type
#: Tags of ours are records, told as what they record.
RECORDS = "trainmaster."
#: Places of files that say something to people; a folder on some machine does not.
TELLING = re.compile(r"(?!file:)[a-z][a-z0-9+-]*:/")


class DescribeVersion(Arguments):
    """Which version to describe."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    model: str = Field(min_length=1, max_length=200, description=finding.WHICH_MODEL)
    version: str = Field(default="latest", min_length=1, max_length=100, description=finding.WHICH_VERSION)


class Column(Result):
    """Something that goes into a model, or comes out.

    Attributes:
        name: Its name; empty where it has none.
        type: Its type, such as `double`, or `tensor float32 [-1, 4]`.
        required: Whether it has to be given.
    """

    name: str = ""
    type: str = ""
    required: bool = True


class Signature(Result):
    """What goes into a model and what comes out; none where that is not written down.

    Attributes:
        inputs: What goes in.
        outputs: What comes out.
        params: What can be given beside it.
    """

    inputs: tuple[Column, ...] = ()
    outputs: tuple[Column, ...] = ()
    params: tuple[Column, ...] = ()


class VersionDescribed(Result):
    """All about a version.

    Attributes:
        detail: The version with its run and its promotions.
        signature: What goes in and comes out; None when it has none, or it could not be read.
        unread: Why the signature could not be read; empty when it was.
        note: What was understood.
    """

    detail: VersionDetail
    signature: Signature | None = None
    unread: str = ""
    note: str = ""


@tool(
    permission="mlflow:model:read",
    effect=Effect.READ,
    timeout=30,
    arguments=DescribeVersion,
    result=VersionDescribed,
    command=Command("version", "MODEL [VERSION]", "Show a version's description, tags, inputs and outputs."),
)
def describe_version(args: DescribeVersion, backends: Backends, call: Call) -> ToolResult:
    """Tell all about one version of a registered model: description, tags, inputs and outputs, aliases, metrics, run.

    The latest version unless told otherwise. For all versions of a model use describe_model, for where one comes from
    trace_model.
    """
    found = finding.find_model(backends.mlflow, args.model)
    meant = finding.find_version(backends.mlflow, found.model, args.version)
    signature, unread = _signature(backends.mlflow, meant.version)
    described = VersionDescribed(
        detail=detail_of(backends.mlflow, meant.version),
        signature=signature,
        unread=unread,
        note=wording.joined(found.note, meant.note),
    )
    return ToolResult(_told(described, call), described)


def _told(described: VersionDescribed, call: Call) -> str:
    version = described.detail.version
    name = f"{version.name} v{version.version}"
    aliases = f" ({wording.listed(list(version.aliases))})" if version.aliases else ""
    state = "" if version.status == "READY" else f", {version.status}"
    heading = (
        f"**{f'[{name}]({version.url})' if version.url else name}**{aliases}{state}, registered "
        f"{wording.ago(version.created, now=call.now)}."
    )
    return wording.joined(
        described.note,
        heading,
        wording.shortened(version.description, LONGEST_DESCRIPTION) or "It has no description.",
        "\n".join([_tags(version), *_signature_lines(described), *_made_by(described.detail, call)]),
    )


def _tags(version: ModelVersion) -> str:
    own = [
        f"`{wording.shortened(name, LONGEST)}={wording.shortened(value, LONGEST)}`"
        for name, value in version.tags.items()
        if not name.startswith(RECORDS)
    ]
    return f"- Tags: {wording.listed(own, TAGS_SHOWN) or 'none'}"


def _signature_lines(described: VersionDescribed) -> list[str]:
    if described.unread:
        return [f"- Signature: {described.unread}"]
    if described.signature is None:
        return ["- Signature: none, so what it takes is not written down"]
    told = {
        "Inputs": described.signature.inputs,
        "Outputs": described.signature.outputs,
        "Parameters": described.signature.params,
    }
    return [f"- {label}: {_columns(columns)}" for label, columns in told.items() if columns or label != "Parameters"]


def _columns(columns: tuple[Column, ...]) -> str:
    named = [
        f"{f'`{each.name}` ' if each.name else ''}{each.type}{'' if each.required else ' (may be left out)'}"
        for each in columns
    ]
    return wording.listed(named, COLUMNS_SHOWN) or "not written down"


def _made_by(detail: VersionDetail, call: Call) -> list[str]:
    version, run = detail.version, detail.run
    source = [f"- Source: `{wording.shortened(version.source, 200)}`"] if TELLING.match(version.source) else []
    promoted = [f"- {promotion_in_words(each, now=call.now)}" for each in detail.promotions]
    if run is None:
        return [*source, f"- Run: unknown, {detail.unread.rstrip('.')}", *promoted]
    name = wording.shortened(run.name, LONGEST)
    linked = f"[{name}]({run.url})" if run.url else name
    home = wording.shortened(run.experiment, LONGEST)
    ran = f"- Run: {linked} (`{run.id[:8]}`, {home}), {wording.ago(run.start, now=call.now)}"
    names = comparing.in_order(run.metrics)
    measured = [f"{wording.shortened(each, LONGEST)} {figure(run.metrics[each])}" for each in names]
    return [*source, ran, f"- Metrics: {wording.listed(measured, METRICS_SHOWN) or 'none'}", *promoted]


def _signature(mlflow: MlflowBackend, version: ModelVersion) -> tuple[Signature | None, str]:
    """What goes in and comes out, and why that could not be read."""
    try:
        written = yaml.safe_load(mlflow.file_of(version, FILE, limit=MOST_OF_THE_FILE))
        found = written.get("signature") if isinstance(written, dict) else None
        return (_read(found) if isinstance(found, dict) else None), ""
    except BadArguments:
        return None, "I could not read it: MLflow has no file MLmodel of this version, or it is too large."
    except ToolError as error:
        return None, f"I could not read it: {error}"
    except (yaml.YAMLError, ValueError, RecursionError):
        return None, "I could not read it: its file MLmodel is not written as MLflow writes it."


def _read(written: dict[str, Any]) -> Signature:
    """A signature as MLflow keeps it: each part is JSON in a text.

    Raises:
        ValueError: It is not.
    """
    parts = {name: json.loads(str(written.get(name) or "[]")) for name in ("inputs", "outputs", "params")}
    if not all(isinstance(part, list) and all(isinstance(each, dict) for each in part) for part in parts.values()):
        raise ValueError("no list of columns")
    return Signature.model_validate({name: tuple(map(_column, part)) for name, part in parts.items()})


def _column(written: dict[str, Any]) -> Column:
    required = "default" not in written and written.get("required") is not False
    return Column(
        name=wording.shortened(str(written.get("name") or ""), LONGEST),
        type=wording.shortened(_type(written), LONGEST),
        required=required,
    )


def _type(written: dict[str, Any]) -> str:
    match written:
        case {"tensor-spec": {"dtype": dtype, "shape": shape}}:
            return f"tensor {dtype} {shape}"
        case {"type": "array", "items": {"type": kind}}:
            return f"list of {kind}"
        case {"type": kind}:
            return str(kind)
    return "of unknown type"
