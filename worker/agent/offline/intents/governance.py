"""Approvals, freezes and the record of who did what."""

from worker.agent.offline.intent import Intent
from worker.agent.offline.intents.plays import relay
from worker.agent.offline.steps import Step


def _decide(_: Step) -> str:
    return "I cannot decide for you: press *Approve* or *Reject* on the approval's card, so that it counts as yours."


INTENTS = (
    Intent(
        name="approvals_waiting",
        does="list the approvals that wait",
        example="`what is waiting for me?`",
        play=relay,
        tools=("list_proposals", "list_approvals", "pending_*", "*approvals*", "*proposals*"),
        instead="A plan card waits where its file was shared.",
        signs="""
            =my =plate|=desk @3
            who|what =needs|=need|=to|=has|=must approve @3.3
            approval show|what|exist|howmany @3
            approval pendingme @3.3
            approval @2.3
            approval =my|=queue|=open|=pending @3.2
            pendingme what|exist|show =me|=my|=us|=mine|=approval !run !model !log @3.5
            =waiting|=waits|=pending|=wait =for|=on =me|=my|=us @3.6
            =sign-off|=signoff|=sign_off|=sign what|show|pendingme|exist @3.4
            approved approval|pendingme =yet|=still|=already|=has|=is|=was !who @3.4
            =has|=did|=is|=was =approved|=rejected|=signed =yet|=already|=my|=request !who @3.3
            =need|=needs|=have =me|=my|=i =to =approve|=decide|=review|=sign @3.4
            what|show =approve|=decide|=review|=sign =can|=to|=should|=must =i|=me @3.3
            =do =i =have =to =approve|=do @2.9
            =anything =me =waiting|=for @2.6
            =my =inbox|=queue|=todo|=list @2.7
        """,
    ),
    Intent(
        name="decide",
        does="decide an approval",
        example="",
        play=_decide,
        signs="""
            approve @2
            approve it|approval @2.8
            =approve|=reject #told !show !what !who !#version @3.25
            =approve|=reject =yourself|=boss|=you @3.6
            reject @2.2
            reject it|approval|#version @2.9
        """,
    ),
    Intent(
        name="unfreeze",
        does="lift a freeze",
        example="`unfreeze`",
        play=relay,
        tools=("unfreeze*", "lift_freeze"),
        changes=True,
        instead="No freeze is known here, so there is none to lift.",
        how="Lifting a freeze lets changes through again.",
        signs="unfreeze @3\nunfreeze freeze @3.5\n=end|=stop|=remove freeze @3.4",
    ),
    Intent(
        name="freeze",
        does="freeze all changes",
        example="`freeze changes: release week`",
        play=relay,
        tools=("freeze*",),
        changes=True,
        instead="Until then, pause the work pool in Prefect.",
        how="A freeze refuses every change until it is lifted; reading goes on.",
        signs="freeze @2.6\nfreeze all|pipeline|runs|production @3.2\n=block|=stop|=no =changes =all|=more|=any @3.2",
    ),
    Intent(
        name="audit",
        does="show who did what",
        example="`show the audit log`",
        play=relay,
        tools=("*audit*",),
        instead="`list runs` shows what was started.",
        signs="""
            audit @2.9
            audit log @3.6
            who =did =what @3
            =who =changed|=deleted|=touched @3
            =who =cancelled|=canceled|=stopped|=paused|=deleted @3
        """,
    ),
)
