"""When pipelines run by themselves."""

from typing import Any

from worker.agent.offline.intent import Intent
from worker.agent.offline.steps import Step, Told


def _schedule(step: Step) -> str:
    tool = step.tool()
    name = step.pipeline(needed=True)
    when = step.slots.when
    if not when:
        raise Told(f"When shall `{name}` run? For example `every Monday at 9`, or a cron rule such as `0 9 * * 1`.")
    return step.call(tool, **_named(step, name), when=when).text


def _switch(step: Step) -> str:
    tool = step.tool()
    return step.call(tool, **_named(step, step.pipeline(needed=True))).text


def _named(_: Step, name: str) -> dict[str, Any]:
    return {"pipeline": name}


INTENTS = (
    Intent(
        name="pause_schedule",
        does="pause a schedule",
        example="`pause the schedule of churn`",
        play=_switch,
        tools=("pause_schedule", "pause_*"),
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
            =remove|=delete|=drop|=kill schedule @3.4
            =no =more =automatic|=scheduled|=nightly|=daily|=weekly|=hourly @3.3
            =hold =off #when|schedule @3.3
        """,
    ),
    Intent(
        name="resume_schedule",
        does="resume a schedule",
        example="`resume the schedule of churn`",
        play=_switch,
        tools=("resume_schedule", "resume_*"),
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
