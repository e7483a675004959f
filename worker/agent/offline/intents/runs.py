"""Runs in Prefect: how they do, why they failed, and ending or repeating them."""

import re

from worker.agent.offline.dialogue import runs_in
from worker.agent.offline.intent import Intent
from worker.agent.offline.intents.plays import FOLLOWED
from worker.agent.offline.steps import Step, Told, either
from worker.agent.offline.vocabulary import word_set

_LIVE = word_set("SCHEDULED PENDING RUNNING PAUSED CANCELLING")

_GIVEN = re.compile(r"(?P<name>[A-Za-z_]\w*)\s*=\s*[\"'`]?(?P<value>[^\s\"'`,;]+)")

_ENDED_WELL = "COMPLETED"


def _status(step: Step) -> str:
    tool = step.tool()
    reply = step.call(tool, **step.run(tool))
    metrics = step.toolbox.find(("run_metrics",))
    runs = runs_in(reply)
    if metrics is None or not runs or runs[0].state != _ENDED_WELL or not step.has("result", "howdid", "metric"):
        return reply.text
    measured = step.attempt(metrics, metrics.filled({"tracked": runs[0].id}))
    return f"{reply.text}\n\n{measured.text}"


def _list(step: Step) -> str:
    return _listed(step, state=step.slots.state or None)


def _list_failed(step: Step) -> str:
    return _listed(step, state=step.slots.state or "FAILED")


def _listed(step: Step, *, state: str | None) -> str:
    tool = step.tool()
    slots = step.slots
    pipeline = step.pipeline() or None
    reply = step.call(
        tool,
        pipeline=pipeline,
        state=state,
        since=slots.hours or None,
        who="me" if step.has("=my", "=mine") else None,
        limit=slots.limit or None,
        planned=True if _planned(step) and tool.takes("planned") else None,
    )
    if slots.hours and not tool.takes("since"):
        return f"{reply.text}\n\nI cannot narrow this down by time; each line tells when it was."
    return reply.text


def _planned(step: Step) -> bool:
    """Whether it is the runs to come that are asked about."""
    return step.has("=planned", "=upcoming", "=scheduled") and step.slots.state in {"", "SCHEDULED"}


def _logs(step: Step) -> str:
    tool = step.tool()
    level = "warning" if step.has("=warnings", "=warning") else "error" if step.has("error") else None
    return step.call(tool, **step.run(tool), limit=step.slots.limit or None, level=level).text


def _why_failed(step: Step) -> str:
    tool = step.tool()
    if not step.run_id() and (step.pipeline() or step.has("last")):
        failed = runs_in(step.newest(pipeline=step.pipeline() or None, state="FAILED", limit=1))
        if failed:
            return step.call(tool, run=failed[0].id).text
    return step.call(tool, **step.run(tool)).text


def _of_run(step: Step) -> str:
    tool = step.tool()
    return step.call(tool, **step.run(tool)).text


def _resume(step: Step) -> str:
    """With the values that the run waits for, where some are written as `name=value`."""
    tool = step.tool()
    given = {found["name"]: found["value"] for found in _GIVEN.finditer(step.dialogue.now.said)}
    return step.call(tool, **step.run(tool), parameters=given or None).text


def _cancel(step: Step) -> str:
    return step.call(step.tool(), run=_live(step)).text


def _live(step: Step) -> str:
    """The run to end: the one that was named or spoken of, else the only one that has not ended."""
    named = step.run_id()
    if named:
        return named
    spoken = step.dialogue.runs()
    if spoken and not step.slots.free_names and step.has("it") and not step.has("all"):
        return spoken[0].id
    if odd := [name for name in step.slots.pointed if "-" in name and not step.pipeline()]:
        return odd[0]  # a run's name that has not come up here
    pipeline = step.pipeline(needed=bool(step.slots.free_names))
    reply = step.newest(pipeline=pipeline or None, state="LIVE")
    live = [run for run in runs_in(reply) if run.state in _LIVE]
    vague = step.has("it") and not pipeline and not step.has("run", "runs", "live")
    if vague and live:  # nothing was spoken of that `it` could be
        raise Told(f"Which run do you mean: {either([run.name for run in live])}?")
    if len(live) == 1 and not step.has("all"):
        return live[0].id
    if not live:
        raise Told(
            f"There is no run{f' of `{pipeline}`' if pipeline else ''} that could be cancelled: none is going on."
        )
    raise Told(f"I cancel one run at a time. Which one do you mean: {either([run.name for run in live])}?")


def _retry(step: Step) -> str:
    tool = step.tool()
    meant = {"run": _failed(step)} if step.has("failed") and not step.run_id() else step.run(tool)
    return f"{step.call(tool, **meant).text}\n\n{FOLLOWED}"


def _failed(step: Step) -> str:
    """The newest failed run."""
    pipeline = step.pipeline() or None
    failed = runs_in(step.newest(pipeline=pipeline, state="FAILED", limit=1))
    if not failed:
        raise Told(f"There is no failed run{f' of `{pipeline}`' if pipeline else ''} to repeat.")
    return failed[0].id


INTENTS = (
    Intent(
        name="explain_failure",
        does="say why a run failed",
        example="`why did the last run fail?`",
        play=_why_failed,
        tools=("explain_failure", "run_status"),
        signs="""
            where|when =fail|=failed|=crash|=break it|run|name @3
            why failed|error @3.2
            why =fail|=failed|=crash|=crashed|=break|=die|=broke|=stop|=stopped|=abort @3.4
            why cancelled @2.8
            =root_cause|=what_caused @3
            what error @2.4
            what error run|it|name|last|pipeline @2.9
            =what =wrong|=went_wrong|=happened|=what_happened @2.6
            =what =wrong|=went_wrong|=happened run|it|name @3
            =what_happened|=what_caused @2.4
            error show|tell|see @2.5
            error show|tell run|it|name|last @3
            =blew_up|=blow_up|=fell_over|=broke =what_happened|=figure @3.2
            =what =wrong|=went_wrong name|run|it #since !runs @3.1
            =diagnose|=diagnosis|=debug|=investigate|=troubleshoot|=analyse|=analyze|=triage @2.5
            =diagnose|=diagnosis|=debug|=investigate failed|error|run|name @3.3
            =troubleshoot|=analyse|=analyze|=triage failed|error|run|name @3.3
            =explain|tell =failure|=error|=crash|=exception|=failed @3.1
            failed =reason|=reasons|=cause @3.2
            which|what =task failed|=broke|=crashed @3.2
            =traceback|=stacktrace|=stack_trace|=exception @2.6
            =make|=made it|run|name =fail @3
            how failed =come @3
        """,
    ),
    Intent(
        name="why_late",
        does="say why a run does not start or takes so long",
        example="`why is it late?`",
        play=_of_run,
        tools=("why_late", "run_status"),
        signs="""
            =nothing =happens|=happening @2.8
            what =waiting =for =we|=it @2.9
            =does|=do =not =start|=move|=begin|=run !what !me !#negated @3
            =taking|=takes|=take =long|=forever|=ages|=while @2.9
            why =nothing|=happening @2.8
            why late @3.3
            late run|it|name @2.5
            =stuck @2.4
            =stuck =pending|why|run|name @2.9
            why =queue|=queued|=waiting|=holding|=hold|=held|=pending @3.25
            =scheduled|=pending|=queued =nothing|=not @3.2
            =supposed =start|=run|=begin =ago|=hour|=already @3.2
            why =not =started|=starting|=start|=begin|=begun|=running|=moving|=run @3.3
            =not =started|=starting|=begun|=starting run|it|name @2.9
            =has|=have =not =started|=begun @2.8
            what =waiting|=wait|=blocking|=holding|=keeping|=blocks =it|=for|run|name !me !=my !=us @2.9
            why =long|=slow|=delayed|=pending|=queued|=scheduled|=waiting @3.1
            why =take|=takes|=taking @3
            =worker|=workers =picking|=pick|=picked|=taking run|it|name @3.3
            =why|=what =holding|=hold|=held =up @3
            workpool run =pick|=take|=idle|=busy @3
            =still =pending|=scheduled|=queued|=waiting @2.6
            =when =will =start|=begin it|run|name @2.8
        """,
    ),
    Intent(
        name="resume_run",
        does="let a paused run go on",
        example="`resume the run` or `resume the run with rows=5`",
        play=_resume,
        tools=("resume_run",),
        changes=True,
        how="To let a paused run go on, say `resume the run` or `resume NAME-OF-RUN`; to one that "
        "waits for input give it as `name=value`.",
        signs="""
            resume run !schedule !scheduled !often !#when !pipeline @3.2
            resume =paused|=suspended run|it|last !schedule !scheduled !often !#when @3.3
        """,
    ),
    Intent(
        name="run_artifacts",
        does="show what a run published",
        example="`show the artifacts of the last run`",
        play=_of_run,
        tools=("run_artifacts",),
        signs="""
            =artifacts|=artifact run|last|it|name !where !=stored !=bucket !=buckets !=gcs !model @3.25
            =artifacts|=artifact show|what !where !=stored !=bucket !=buckets !=gcs !model @3.25
        """,
    ),
    Intent(
        name="retry_run",
        does="retry a run",
        example="`retry the last run`",
        play=_retry,
        tools=("retry_run",),
        changes=True,
        how="To repeat a run as it was, say `retry the last run` or press *Retry* on its card; it starts a new run.",
        signs="""
            start failed again @3.4
            retry @2.6
            retry run|it|last|name @3
            start again it !name !#set @3.2
            start again run|last !name !#set @3.2
            start it =again @3.2
            start failed run @3.4
            start failed !#set @2.9
            start last run !#set !#when !=with !live @3.1
            =do it again @3
            =do =over it @2.8
            again it #short !#values @2.4
            again #short !#values !name @2.1
            =same =again @2.2
            =one =more =time @2.6
            =rerun|=relaunch|=restart it|failed|last @2.9
            =try|=go again|=again !#values @2.6
            =try|=give it =again|=another @2.9
            =give run|last|failed =another|=second =try|=shot|=go|=chance|=another_try @3.2
            =give run|last|failed retry @3.2
        """,
    ),
    Intent(
        name="cancel_run",
        does="cancel a run",
        example="`cancel it` or `cancel the last run of churn`",
        play=_cancel,
        tools=("cancel_run",),
        changes=True,
        how=(
            "To end a run, say `cancel it` or `cancel the last run of NAME`, or press *Cancel* on its card; "
            "what it has done so far stays."
        ),
        signs="""
            =rid run|it @2.7
            cancel @2
            cancel run|it|name|pipeline|last @2.8
            cancel run name|live|last @3.2
            cancel name live @3.2
            cancel it run|name @3.1
            cancel task|=training|all @2.5
            =make|=let|=have|=get it|run|name =stop @2.8
            =pull =plug @2.8
        """,
    ),
    Intent(
        name="read_logs",
        does="show the log of a run",
        example="`show me the logs`",
        play=_logs,
        tools=("read_logs",),
        signs="""
            log @2.5
            log show|what|tell|see @2.8
            log run|it|name|last @3.1
            =tail|=cat @2.1
            =tail log @3
            =warnings|=warning @2.1
            =warnings|=warning log|run|name @3.1
            error log @3.2
            what run|it|name =print|=printed|=say|=output|=write|=wrote|=logged @2.8
            output run|it|name =show|=see|=give @2.5
            =output =run|=training|=of @2.5
        """,
    ),
    Intent(
        name="list_failed_runs",
        does="list the runs that failed",
        example="`which runs failed today?`",
        play=_list_failed,
        tools=("list_runs",),
        signs="""
            howmany|=often|=many failed|=fail !why @3.4
            =not =succeed|=succeeded|=successful|=finish|=complete runs @3.1
            failed =anything|=something @2.9
            failed pipelines|pipeline what|show @3.05
            =crash|=fail|=break runs|=any|=anything !why @3.1
            runs error show|what|exist @3.25
            failed runs @3
            failed run what|show|all|exist|howmany|how @3.05
            failed run name @2.7
            failed what|show|exist|howmany #since|last|run|name|=lately|=recently !why @3.06
            failed what|exist|show !why !=it !log @2.4
            =failures @2.5
            =failures what|show|exist|howmany|#since|last @3.1
            =crashes|=failing @2.4
            =red #since|what|exist|run|runs @3
            error #since @2.6
            =fail|=failed|=broke|=break|=crashed #since|=anything|=something @2.9
            =went_wrong|=wrong|=broke #since @3.05
            =not =succeed|=succeeded|=successful|=finish|=complete|=make =which|=what runs|run @3.1
        """,
    ),
    Intent(
        name="list_runs",
        does="list runs",
        example="`last 5 runs of churn`",
        play=_list,
        tools=("list_runs",),
        signs="""
            runs @2.1
            runs show|what|exist|howmany|tell|all|last @2.7
            runs name @2.5
            runs name show|what|last @2.9
            runs #limit @2.75
            runs live|scheduled|done|cancelled @2.8
            run =history @2.9
            =history name|run|pipeline|=of @2.7
            run #limit last @2.75
            what run|name live !it @2.55
            what =running|=executing|=active !=you !=on !model @2.6
            =anything|=something =running|=executing|=run|=ran|=executed @2.6
            what =ran|=executed|=run|=started|=happened #since !it @2.8
            =executed|=ran|=launched|=started #since @2.6
            =ran|=executed|=retrain|=retrained|=trained|=run =today|=yesterday|=night|=lately|=recently|#since @2.3
            when name =last|=latest =run|=ran|=trained|=retrained|start @2.8
            when name =ever|=recently|=lately =run|=ran @2.8
            when =last =run|=ran|=trained @2.5
            who start|=ran|=started|=triggered|=launched @2.6
            howmany run|=times @2.5
            =activity|=recent =runs|=activity @2.2
            show last run #limit @2.8
            =latest|=recent|=last|=newest =runs|=trainings|=executions|=jobs @2.72
        """,
    ),
    Intent(
        name="run_status",
        does="say how a run is doing",
        example="`how did the last run do?`",
        play=_status,
        tools=("run_status",),
        signs="""
            what =came|=become run|it|name @2.6
            howdid run|it|last|name @2.5
            howdid run result|state|last|name @2.8
            howdid pipeline|=training|=retraining @2.5
            how it|run|last|name =did|=does|=went|=goes|=is|=was|=do|=performs|=performed @2.6
            state @1.5
            state #short @2
            state run|it|last|name|=training|pipeline @2.65
            state run|it|name howdid|what|show|tell @2.8
            =progress|=eta @2.4
            =progress run|it|name @2.8
            run result @2
            result last run @2.7
            what result run|last|name|it !metric @2.5
            done run|it|=training|=yet !failed !runs @2.3
            done name #asked|#how @2.4
            done run|it|name =is|=did|=has|=was|=already|=yet !runs @2.75
            =is|=did|=has it|name|run =done|=finish|=finished|=succeed|=complete|=completed @2.85
            =is|=did|=has it|name|run =work|=through|=ready|=over|=pass|=fail|=failed @2.85
            =is|=are it|name|run|=training =running|=still @2.7
            =still =running|=going|=training|=alive @2.6
            =there =yet @2.4
            =there =yet run|=training|it|name @2.8
            =how =far @2.6
            =how =long =left|=until|=remaining|=more @2.6
            =when =will|=be =done|=finish|=finished|=ready|=complete @2.6
            =update|=news run|it|name|=me|=training @2.5
            =check|=check_on|=check_in run|it|name|last @2.4
            =where =are =we|=is|run @2
            =what =doing|=happening|=up|=going|=going_on run|it|name|=training @2.7
            =how =going|=doing|=coming|=coming_along @2.3
            show|tell =last|=latest|=current run !runs !#limit !log !metric @2.4
            =did =work @2.5
        """,
    ),
)
