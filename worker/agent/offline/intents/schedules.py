"""When pipelines run by themselves."""

from worker.agent.offline import once
from worker.agent.offline.intent import Intent
from worker.agent.offline.intents import pipelines
from worker.agent.offline.steps import Step, Told

#: Words that narrow a schedule down as no rule of ours can; leaving them out would set another one than was asked for.
_NARROWING = ("=except", "=excluding", "=unless", "=besides", "=between", "=until", "=till", "=starting", "=skip")


def _schedule(step: Step) -> str:
    tool = step.tool()
    name = step.pipeline(needed=True)
    when = step.slots.when
    if once.moment_in(step.dialogue.now.said) and step.toolbox.find(("run_pipeline",)):
        return pipelines.run(step)
    if not when:
        example = "Say for example `every Monday at 9`, or a cron rule such as `0 9 * * 1`."
        raise Told(f"{example} When shall `{name}` run?")
    if step.has(*_NARROWING):
        raise Told(
            f"I can let `{name}` run {when}, without exceptions, beginning or end; a cron rule such as "
            "`*/30 9-17 * * 1-5` says more. I have changed nothing yet."
        )
    return step.call(tool, pipeline=name, when=when, timezone=step.slots.timezone).text


def _switch(step: Step) -> str:
    return step.call(step.tool(), pipeline=step.pipeline(needed=True)).text


def _resume(step: Step) -> str:
    """A schedule, unless `it` is a paused run that was spoken of."""
    spoken = step.dialogue.runs()
    run = step.toolbox.find(("resume_run",))
    if run and spoken and spoken[0].state == "PAUSED" and step.has("it") and not step.has("schedule", "name"):
        return step.call(run, run=spoken[0].id).text
    return _switch(step)


def _list(step: Step) -> str:
    tool = step.tool()
    return step.call(tool, pipeline=step.pipeline() or None).text


INTENTS = (
    Intent(
        name="pause_schedule",
        does="pause a schedule",
        example="`pause the schedule of churn`",
        play=_switch,
        tools=("pause_schedule",),
        changes=True,
        instead="Until then, pause it on the deployment's page in Prefect.",
        how="Pausing a schedule keeps it, and starts no runs by itself until it is resumed.",
        signs="""
            pause schedule @3.6
            pause name|pipeline|it !run @3
            pause @2.2
            pause runs =scheduled|=automatic|=nightly|=daily|=weekly|=hourly @3.6
            pause #when @3.4
            =stop|=cancel|=halt|=end schedule @3.5
            =stop|=cancel|=halt|=end #when @3.4
            =off schedule @3.5
            =hold schedule @3.6
            =no =more =automatic|=scheduled|=nightly|=daily|=weekly|=hourly @3.3
            =hold =off #when|schedule @3.3
        """,
    ),
    Intent(
        name="resume_schedule",
        does="resume a schedule",
        example="`resume the schedule of churn`",
        play=_resume,
        tools=("resume_schedule",),
        changes=True,
        instead="Until then, resume it on the deployment's page in Prefect.",
        how="Resuming a schedule lets it start runs again from its next date on.",
        signs="""
            resume @2.5
            resume schedule @3.65
            resume name|pipeline|it @3.05
            =turn|=switch schedule =on @3.65
            =on =schedule =again|=back @3.66
        """,
    ),
    Intent(
        name="remove_schedule",
        does="remove a schedule",
        example="`remove the schedule of churn`",
        play=_switch,
        tools=("remove_schedule", "delete_schedule"),
        changes=True,
        instead="Until then, remove it on the deployment's page in Prefect.",
        how="Removing a schedule lets the pipeline run only when it is asked for; pausing keeps it for later.",
        signs="""
            =remove|=delete|=drop|=kill|=erase|=clear schedule !endpoint @3.65
        """,
    ),
    Intent(
        name="list_schedules",
        does="list when pipelines run by themselves",
        example="`which schedules are there?`",
        play=_list,
        tools=("list_schedules", "describe_pipeline"),
        signs="""
            =schedules !start !why !late @2.6
            =schedules|=schedule|=timetable what|show|exist|tell|howmany|when !#when !why !parameter !late @2.75
            =schedules|=schedule =is|=are|=does|=has|=have|=any !#when !why !late @2.75
            what|show =scheduled|=recurring !runs !why !late !=nothing @2.7
            when =next run|name|it|start !why !late @2.95
        """,
    ),
    Intent(
        name="schedule",
        does="schedule a pipeline",
        example="`run churn every Monday at 9`",
        play=_schedule,
        tools=("schedule_pipeline", "set_schedule", "create_schedule", "schedule_*"),
        changes=True,
        instead="Until then, set a schedule on the deployment's page in Prefect; `run NAME` starts a run now.",
        how="A schedule lets a pipeline run by itself, such as every Monday at 9.",
        signs="""
            #when !name !start !what !show !failed !runs @2.1
            start #when @3.5
            start #when name|pipeline @3.7
            plan name|pipeline|it|run|=training @3.2
            plan #when @3.4
            plan @2.5
            =put|=set|=make|=create schedule name|pipeline|it|#when !parameter !pause !=off @3.3
            =add|=set_up|=need|=want|=give schedule name|pipeline|it|#when !parameter !pause !=off @3.3
            =set|=set_up|=make|=create|=add|=need|=want|=have|=get|=let #when run|name|pipeline @3.5
            =run|=runs #when name|pipeline|it @3.3
            name #when @2.4
            #when it @2.45
            #when =should|=shall|=must|=needs|=make run|name @3.4
            change schedule @3.3
            #when #short @2.3
            =automatically|=regularly|=periodically|=automate|=recurring name|pipeline|run|=training !what !is @3.1
        """,
    ),
)
