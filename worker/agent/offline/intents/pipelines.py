"""Pipelines: bringing one in, seeing which there are, and running one."""

import re
from dataclasses import replace
from typing import Any

from worker.agent.offline import once, slots, wording
from worker.agent.offline.dialogue import runs_in
from worker.agent.offline.intent import Intent
from worker.agent.offline.intents.plays import FOLLOWED, relay
from worker.agent.offline.parameters import Parameters, fitted
from worker.agent.offline.steps import WHICH_PARAMETER, Step, Told, either

#: What became of a file, as the note says it: `churn.py — plan card shown`.
_FATE = re.compile(r"(?:^|; )([^;]+?) — (plan card shown|refused|could not be fetched)")


def _onboard(_: Step) -> str:
    return (
        "Drop the pipeline's `.py` file into this thread. I read it without running it and show a card with its flows, "
        "parameters, imports and warnings; its buttons register it, run it or discard it."
    )


def about_files(note: str) -> str:
    """The answer to a message that came with files; `note` says what became of each."""
    fates = dict(_FATE.findall(note))
    shown = [name for name, fate in fates.items() if fate == "plan card shown"]
    left = [name for name, fate in fates.items() if fate != "plan card shown"]
    said = []
    if shown:
        said.append(
            f"I read {either(shown, 'and')} without running {'it' if len(shown) == 1 else 'them'}. "
            f"{'The card' if len(shown) == 1 else 'Each card'} says what I found, and nothing is registered or started "
            "before you press its buttons."
        )
    if left:
        refused = any(fates[name] == "refused" for name in left)
        verb = "refused" if refused else "could not fetch"
        said.append(f"I {verb} {either(left, 'and')}; my message above says why and what to do.")
    return " ".join(said) or f"About what you shared: {note}."


def _describe(step: Step) -> str:
    return step.call(step.tool(), pipeline=step.pipeline(needed=True)).text


def run(step: Step) -> str:
    """Start a run, now or at the moment that is named."""
    tool = step.tool("run_pipeline")
    name = step.pipeline(needed=True)
    at = once.moment_in(step.dialogue.now.said)
    timed = _without(step, at) if at else step
    values = _same(timed, name) | _values(timed, name)
    return f"{step.call(tool, pipeline=name, parameters=values or None, at=at or None).text}\n\n{FOLLOWED}"


def _without(step: Step, moment: str) -> Step:
    """The same wish with the values that are left when the moment is not read as one of them."""
    said = step.dialogue.now.said.replace(moment, " ")
    left = slots.extract(wording.read(said).words, said)
    return replace(step, slots=replace(step.slots, values=left.values, unread=left.unread))


def _values(step: Step, name: str) -> dict[str, Any]:
    """The parameters that were named, fitting the pipeline's schema; anything unclear is asked."""
    if step.slots.unread:
        raise Told(
            f"I could not read “{step.slots.unread}” as values. Please write them as `parameter=value`; "
            f"`parameters of {name}` lists what there is. I have not started it yet."
        )
    if not step.slots.values:
        return {}
    described = step.call(step.tool("describe_pipeline"), pipeline=name)
    schema = described.data.get("parameter_schema") or {}
    found = fitted(step.slots.values, schema)
    if found.unclear or found.unknown or found.unfit:
        raise Told(_doubts(found, name, tuple(schema.get("properties", {}))))
    return found.values


def _doubts(found: Parameters, name: str, names: tuple[str, ...]) -> str:
    """Why the run was not started, and what to say instead."""
    lines = [f"{WHICH_PARAMETER} is “{said}”: {either(near)}?" for said, near in found.unclear]
    lines += [f"`{name}` has no parameter “{said}”." for said in found.unknown]
    lines += list(found.unfit)
    known = f" It takes {either(names, 'and')}." if names and found.unknown else ""
    return f"{' '.join(lines)}{known} I have not started it yet."


def _same(step: Step, name: str) -> dict[str, Any]:
    """The values of the run before, when the wording asks for the same again."""
    if not step.has("again", "=same"):
        return {}
    known = [run for run in step.dialogue.runs() if run.pipeline == name]
    if not known and step.has("=same"):
        known = list(runs_in(step.call(step.tool("list_runs"), pipeline=name, limit=1)))
    return dict(known[0].parameters) if known else {}


def _remove(step: Step) -> str:
    return step.call(step.tool(), pipeline=step.pipeline(needed=True)).text


INTENTS = (
    Intent(
        name="remove_pipeline",
        does="remove a pipeline",
        example="`remove the pipeline churn`",
        play=_remove,
        tools=("remove_pipeline", "delete_pipeline"),
        changes=True,
        instead="Until then, delete its deployment in Prefect.",
        how="Removing a pipeline ends its schedules too; its past runs and its kept source stay.",
        signs="""
            =delete|=remove|=unregister|=erase|=purge pipeline !file !schedule !endpoint !model !runs !where @3.1
            =delete|=remove|=erase|=purge pipeline name !file !schedule !endpoint !model !runs !where @3.3
            =unregister|=deregister name|it !model !#version !endpoint @3.2
        """,
    ),
    Intent(
        name="run_pipeline",
        does="start a run",
        example="`run churn-prediction` or `retrain churn with max_depth 5`",
        play=run,
        tools=("run_pipeline",),
        changes=True,
        how=(
            "To run a pipeline, say `run NAME`, or `run NAME with parameter=value` to set parameters; "
            "it starts one run on the work pool."
        ),
        signs="""
            =let|=want|=need|=get name run|started|=started|=begun|=going @2.8
            =do =training again|=again name @3
            =do|=make|=want|=need|=start =run name @2.85
            =needs|=need started name @2.6
            start name @2.6
            start name model @2.9
            start name again @3.3
            start name =with|=using|=on parameter !what !show !tell @3.25
            start pipeline @2.4
            start model @2.3
            start run @2.2
            start run name @3
            start @1.6
            start #set @2.6
            start #values name @3.1
            start it @2
            start it #set @3.4
            start again #set @3.4
            again #set @3
            again #values @2.9
            =go =run|=train|=retrain|=start @2.4
            =again|=fresh|=another|=new run|model name =need|=want|=make|=do|=get|=give|=please @2.6
            =new|=fresh|=another run =of @2.7
            =another =run @2.2
            =give name =go|=spin|=whirl|=try|=shot @2.7
            =try name #set @2.8
            =make|=get|=set name =run|=running|=going @2.9
            =needs =retraining|=training|=run name @2.5
            =run =through @2.2
            started #supposed|#how @2.2
            started name #supposed|#how @2.7
        """,
    ),
    Intent(
        name="describe_pipeline",
        does="describe a pipeline: its parameters, schedule and last runs",
        example="`describe churn-prediction` or `which parameters does churn take?`",
        play=_describe,
        tools=("describe_pipeline",),
        signs="""
            what name =needs|=need|=input|=inputs @2.7
            =can =i|=we|=you =set|=tune|=change|=adjust|=configure|=pass name @2.8
            parameter @2
            parameter show|tell|what|how|where|howmany @2.6
            parameter name|pipeline|model @2.7
            parameter name|pipeline|it what|show|tell @3.1
            what =tune|=set|=change|=adjust|=configure|=pass|=tweak|=override name|pipeline @3
            what =can =i =tune|=set|=change|=adjust|=configure|=pass|=tweak @3.1
            tell pipeline @2.2
            =describe|=explain #ordinal|it|name !error !run @2.6
            tell name !model !run !result !metric @2.3
            tell pipeline name @2.9
            show pipeline name !pipelines @2.7
            show name #short !model !#version !models @2
            what name|pipeline =do|=does !run|runs @2.6
            what pipeline name =do|=does @3.1
            what =does name =do @3
            how name|pipeline =work|=works|=built @2.9
            =what =is|=about name !metric !state !production !model !error @2.1
            what =inside|=contain|=contains|=consist|=steps|=tasks name|pipeline @2.9
            task name|pipeline what|show|howmany|tell @2.7
            =details|=detail|=info|=describe|=description name|pipeline !model !run @2.8
            =when|=what|=show|=which|=is|=how =schedule|=schedules|=scheduled|=schedule name !pause !change @2.7
            when name =next =run|=runs @2.9
            how =often name @3
        """,
    ),
    Intent(
        name="list_pipelines",
        does="list the pipelines",
        example="`list pipelines`",
        play=relay,
        tools=("list_pipelines",),
        signs="""
            what =registered|=onboarded !model @2.5
            pipeline =list !name @2.6
            what started =can|=could|=be !name !#version !production @2.6
            pipelines @2
            pipelines show|what|exist|howmany|tell @2.7
            pipeline show|what all|exist|howmany|registered !name @2.6
            pipeline exist @2.3
            what start =i|=we|=you|=me|=there|=here !name !failed @2.5
            what =can =i|=we|=you start|=run|=train !name @2.9
            what =available|=trainable =train|=run|=start|pipeline @2.9
            =available =train|=run|=start @2.6
            what run =set_up|=registered|=available|=configured|=deployed|=exist @3.1
            what run =set =up @3
            what =is|=have =registered|=onboarded|=deployed =here !model !production @2.6
            what =jobs|=trainings !failed !last !live @2.2
            show =registered =code|=scripts|=files @2.5
            =what =do =we =have !#version !model !run !experiment @2.1
        """,
    ),
    Intent(
        name="onboard",
        does="take in a pipeline file",
        example="`onboard my pipeline`, then drop its `.py` file",
        play=_onboard,
        signs="""
            =take|=adopt|=import file @2.8
            how|howdid =write|=create|=build|=make pipeline @3.4
            onboard @2.1
            onboard pipeline|file|name|it|model|run !schedule !endpoint !#when @2.7
            onboard pipeline name !schedule @3.2
            onboard =new @2.6
            =bring|=get|=put|=have|=take pipeline|file =in|=onto|=into|=on|=here|=platform|=system @2.8
            =take|=use|=make file @2.5
            =take =file pipeline @3
            =make =pipeline file|it @2.9
            =new pipeline @2.3
            =have|=got|=wrote|=written|=built|=made =new|=own|=my pipeline|file|model @2.5
            =wrote|=written pipeline|file @2.6
            =here file|pipeline @2.3
            =here =is pipeline|file|model @2.6
            =deploy =my pipeline|file @2.6
            =add|=register|=upload|=import|=onboard pipeline|file|name @3.1
            =how =add|=get =pipeline @3
            file pipeline @2
            =get|=bring|=want =running|=run =here|=platform name|pipeline|file @2.9
            =productionize|=productionise pipeline|file @2.8
        """,
    ),
)
