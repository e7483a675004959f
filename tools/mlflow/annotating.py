"""The tools that tag and describe a registered model or one of its versions."""

from dataclasses import dataclass

from pydantic import ConfigDict, Field

from tools import names
from tools.errors import BadArguments
from tools.mlflow import finding
from tools.mlflow.client import MlflowBackend
from tools.mlflow.promotion import understood
from tools.mlflow.results import ModelVersion, RegisteredModel
from tools.prefect import wording
from tools.spec import (
    Arguments,
    Backends,
    Call,
    Command,
    Difference,
    Done,
    Effect,
    Evidence,
    Fact,
    NotDone,
    Plan,
    Probed,
    Result,
    ToolResult,
    tool,
)

WHICH = f"{finding.WHICH_VERSION} Empty means the model itself."
#: Tags of MLflow and of ours, which tell what happened and what a file is; nobody writes them by hand.
KEPT = ("mlflow.", "trainmaster.")
SHOWN = 200  #: characters of a value that a plan shows


class TagModel(Arguments):
    """Which tag to write on what."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    model: str = Field(min_length=1, max_length=200, description=finding.WHICH_MODEL)
    tag: str = Field(
        min_length=1, max_length=250, pattern=r"^[\w\-. /:]+$", description="The tag's name, such as `team`."
    )
    value: str = Field(default="", max_length=1000, description="Its value; empty takes the tag off.")
    version: str = Field(default="", max_length=100, description=WHICH)


class WriteDescription(Arguments):
    """What to write about what."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    model: str = Field(min_length=1, max_length=200, description=finding.WHICH_MODEL)
    text: str = Field(default="", max_length=4000, description="The description; empty takes it away.")
    version: str = Field(default="", max_length=100, description=WHICH)


class Annotated(Result):
    """A model or a version after something was written on it.

    Attributes:
        model: The registered model.
        version: The version; empty when it is about the model itself.
        name: The tag's name; empty for the description.
        before: What was there.
        after: What is there now; empty when it was taken away.
        note: What was understood.
    """

    model: str
    version: str = ""
    name: str = ""
    before: str = ""
    after: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is written on."""

    model: RegisteredModel
    version: ModelVersion | None
    note: str

    @property
    def number(self) -> str:
        """The version's number; empty for the model itself."""
        return self.version.version if self.version else ""

    @property
    def called(self) -> str:
        """`churn v4`, or `churn`."""
        return f"{self.model.name} v{self.number}" if self.version else self.model.name

    @property
    def link(self) -> str:
        """The same as a link."""
        url = self.version.url if self.version else self.model.url
        return f"[{self.called}]({url})" if url else self.called

    @property
    def description(self) -> str:
        """What is written about it."""
        return self.version.description if self.version else self.model.description

    def tag(self, name: str) -> str | None:
        """The value of a tag; None without that tag."""
        return (self.version.tags if self.version else self.model.tags).get(name)


def plan_tag(args: TagModel, backends: Backends, _: Call) -> Plan:
    """Which tag would be written on what, and what is there."""
    on, name = _subject(args.model, args.version, backends.mlflow), _tag_name(args.tag)
    before, after = on.tag(name), args.value.strip()
    if before is None and not after:
        raise BadArguments(f"{on.called} has no tag {name}; there is nothing to take off. A tag needs a value.")
    does = f"Tag {on.called} with {name} = {_short(after)}." if after else f"Take the tag {name} off {on.called}."
    back = f"Tag it with {name} = {_short(before)} again." if before is not None else f"Take the tag {name} off again."
    return _plan(on, does, name=name, before=before or "", after=after, rollback=back, arguments={"tag": name})


def probe_tag(args: TagModel, backends: Backends, _: Call) -> Probed:
    """Whether the tag has the value; writing it twice changes nothing."""
    on, name = _subject(args.model, args.version, backends.mlflow), _tag_name(args.tag)
    if (on.tag(name) or "") != args.value.strip():
        return NotDone()
    return Done(_told(on, name=name, before="", after=args.value.strip()))


@tool(
    permission="mlflow:model:tag",
    effect=Effect.CHANGE,
    timeout=30,
    arguments=TagModel,
    result=Annotated,
    command=Command("tag", "MODEL TAG [VALUE…]", "Tag a model, or with `version=4` a version; no value takes it off."),
    plan=plan_tag,
    probe=probe_tag,
)
def tag_model(args: TagModel, backends: Backends, _: Call) -> ToolResult:
    """Write a tag on a registered model, or on one of its versions when one is given; an empty value takes it off.

    Tags that begin with `mlflow.` or `trainmaster.` are records and cannot be written. For an alias such as champion
    use promote_model.
    """
    mlflow = backends.mlflow
    on, name, value = _subject(args.model, args.version, mlflow), _tag_name(args.tag), args.value.strip()
    before = on.tag(name)
    if on.version and value:
        mlflow.set_version_tag(on.model.name, on.number, name, value)
    elif on.version:
        mlflow.delete_version_tag(on.model.name, on.number, name)
    elif value:
        mlflow.set_model_tag(on.model.name, name, value)
    else:
        mlflow.delete_model_tag(on.model.name, name)
    return _told(on, name=name, before=before or "", after=value)


def plan_description(args: WriteDescription, backends: Backends, _: Call) -> Plan:
    """What would be written about what, and what is there."""
    on = _subject(args.model, args.version, backends.mlflow)
    after = args.text.strip()
    if not after and not on.description:
        raise BadArguments(f"{on.called} has no description; there is nothing to take away. Say what it is.")
    does = f"Describe {on.called}: {_short(after)}" if after else f"Take the description of {on.called} away."
    back = "Write the description that it has now again." if on.description else "Take the description away again."
    return _plan(on, does, name="", before=on.description, after=after, rollback=back, arguments={})


def probe_description(args: WriteDescription, backends: Backends, _: Call) -> Probed:
    """Whether the description says so; writing it twice changes nothing."""
    on = _subject(args.model, args.version, backends.mlflow)
    if on.description != args.text.strip():
        return NotDone()
    return Done(_told(on, name="", before="", after=on.description))


@tool(
    permission="mlflow:model:describe",
    effect=Effect.CHANGE,
    timeout=30,
    arguments=WriteDescription,
    result=Annotated,
    command=Command("describe", "MODEL [TEXT…]", "Say what a model is, or with `version=4` a version."),
    plan=plan_description,
    probe=probe_description,
)
def write_description(args: WriteDescription, backends: Backends, _: Call) -> ToolResult:
    """Write the description of a registered model, or of one of its versions; it takes the place of the one there is.

    Write what the person said, in their words. To read about a model use describe_model.
    """
    on = _subject(args.model, args.version, backends.mlflow)
    backends.mlflow.describe(on.model.name, on.number, args.text.strip())
    return _told(on, name="", before=on.description, after=args.text.strip())


def _subject(model: str, version: str, mlflow: MlflowBackend) -> _Subject:
    found = finding.find_model(mlflow, model)
    if not version.strip():
        return _Subject(found.model, None, found.note)
    named = finding.find_version(mlflow, found.model, version)
    return _Subject(found.model, named.version, wording.joined(found.note, named.note))


def _tag_name(text: str) -> str:
    name = text.strip()
    if name.lower().startswith(KEPT):
        raise BadArguments(
            f"Tags such as “{names.shown(name)}” are records of MLflow's or mine, and are not written by hand. "
            "Take another name."
        )
    return name


def _plan(
    on: _Subject, summary: str, *, name: str, before: str, after: str, rollback: str, arguments: dict[str, str]
) -> Plan:
    what = f"tag {name}" if name else "description"
    shown = Evidence(
        facts=(Fact(label="On", value=on.called, url=on.version.url if on.version else on.model.url),),
        differences=(Difference(name=what, before=_short(before), after=_short(after)),),
    )
    return Plan(
        arguments={"model": on.model.name, "version": on.number, "value" if name else "text": after, **arguments},
        summary=summary,
        resources=(f"mlflow:model:{on.model.name}",),
        evidence=understood(shown, on.note),
        preconditions={f"{what} of {on.called}": before},
        facts={"model": on.model.name, "version": on.number},
        rollback=rollback,
    )


def _told(on: _Subject, *, name: str, before: str, after: str) -> ToolResult:
    what = f"tag `{name}`" if name else "description"
    was = f" Before, it said: {_short(before)}" if before and before != after else ""
    if after:
        text = f"The {what} of {on.link} says now: {_short(after)}{'.' if was else ''}{was}"
    else:
        text = f"Took the {what} of {on.link} away.{was}"
    done = Annotated(model=on.model.name, version=on.number, name=name, before=before, after=after, note=on.note)
    return ToolResult(wording.joined(on.note, text), done)


def _short(text: str) -> str:
    return wording.shortened(text, SHOWN)
