"""The registry's book-keeping: registering, tagging, describing and deleting versions of models."""

import re

from worker.agent.offline import registered
from worker.agent.offline.intent import Intent
from worker.agent.offline.steps import Step, Told

_SET = re.compile(
    r"(?:\b(?:with|as|tag)\s+)?[\"'`]?(?P<tag>[\w.\-]+)[\"'`]?\s*(?:=|:|\bto\b)\s*[\"'`]?(?P<value>[^\"'`,;]+)",
    re.IGNORECASE,
)
_MARKED = re.compile(r"\b(?:as|with)\s+[\"'`]?(?P<tag>[\w.\-]+)[\"'`]?\s*$", re.IGNORECASE)
_SAID = re.compile(r"(?::|\bas\b|\bto\b|\bsay(?:s|ing)?\b)\s*[\"“'`]?(?P<text>[^\"”]+?)[\"”'`]?\s*$", re.IGNORECASE)
_NEW_MODEL = re.compile(
    r"\b(?:as|under)\s+(?:a\s+|the\s+)?(?:new\s+)?(?:model\s+)?[\"'`]?(?P<name>[\w.\-]+)", re.IGNORECASE
)
_RUN = re.compile(r"\b(?:run|register)\s+[\"'`]?(?P<run>[0-9a-f]{7,32}|\w+-[\w-]+)\b", re.IGNORECASE)
_NO_NAMES = frozenset({"a", "the", "new", "version", "model", "next", "it"})


def _register(step: Step) -> str:
    """A run's model as the next version: of the model that is named, else of one of the name that was said."""
    tool = step.tool()
    said = step.dialogue.now.said
    new = _NEW_MODEL.search(said)
    fresh = new["name"] if new and "new" in step.slots.said and new["name"].lower() not in _NO_NAMES else ""
    model = fresh or registered.model(step)
    named = _RUN.search(said)
    run = {"run": named["run"]} if named else step.run(tool)
    return step.call(tool, model=model, new=True if fresh else None, **run).text


def _tag(step: Step) -> str:
    tool = step.tool()
    said = step.dialogue.now.said
    if found := _SET.search(said):
        tag, value = found["tag"], found["value"].strip()
    elif marked := _MARKED.search(said):
        tag, value = marked["tag"], "true"
    else:
        raise Told("Which tag, and what does it say? Say for example `tag churn v4 with team=fraud`.")
    return step.call(
        tool, model=registered.model(step), version=registered.version(step) or None, tag=tag, value=value
    ).text


def _describe(step: Step) -> str:
    tool = step.tool()
    found = _SAID.search(step.dialogue.now.said)
    text = step.slots.quoted or (found["text"].strip() if found else "")
    if not text:
        raise Told('What shall it say? For example `describe churn v4 as "trained on the data of May"`.')
    return step.call(tool, model=registered.model(step), version=registered.version(step) or None, text=text).text


def _delete(step: Step) -> str:
    version = registered.version(step)
    if not version:
        raise Told("Which version? Say for example `delete version 3 of churn`.")
    return step.call(step.tool(), model=registered.model(step), version=version).text


INTENTS = (
    Intent(
        name="delete_version",
        does="delete a version of a model",
        example="`delete version 3 of churn`",
        play=_delete,
        tools=("delete_version", "delete_model_version"),
        changes=True,
        instead="Until then, delete it in MLflow itself.",
        how="Deleting a version cannot be undone, and takes somebody else's approval; its run and files stay.",
        signs="""
            delete #version !#environment !endpoint !traffic @3.6
            delete =version|=versions !#environment !endpoint @3.5
        """,
    ),
    Intent(
        name="register_version",
        does="register a run's model as a version",
        example="`register the model of the last run as a version of churn`",
        play=_register,
        tools=("register_version", "register_model", "register_model_version"),
        changes=True,
        instead="Until then, register it in MLflow itself.",
        how="Registering makes the next version of a model from what a run logged; no alias is moved.",
        signs="""
            =register model run @4
            =register model|=version last @4
            =register =version @3.6
            =register run =as @3.8
        """,
    ),
    Intent(
        name="tag_model",
        does="tag a model or a version",
        example="`tag churn v4 with team=fraud`",
        play=_tag,
        tools=("tag_model", "tag_version", "set_*_tag"),
        changes=True,
        instead="Until then, set the tag in MLflow itself.",
        how="A tag is a name and a value on a model or a version; an empty value takes it off.",
        signs="""
            =tag #version|model|name|version @3.6
        """,
    ),
    Intent(
        name="write_description",
        does="describe a model or a version",
        example='`describe churn v4 as "trained on the data of May"`',
        play=_describe,
        tools=("write_description", "set_description", "update_description"),
        changes=True,
        instead="Until then, write it in MLflow itself.",
        how="A description takes the place of the one there is.",
        signs="""
            =describe #quoted =as @4
            =describe #quoted #version|model @4
            =description =set|=write|=add|=change|=update|=give #quoted @4
            =description =set|=write|=add|=change|=update #version|model @3.9
        """,
    ),
)
