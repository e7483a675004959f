"""The points of a turn, as they look on the wire.

Every step of the product that lasts is one Lua script, sent by its digest with the keys it works on; so what a process
is about to do can be told from the bytes it sends, and it can be stopped or killed right there.
"""


def script(*kinds: str, then: str = "") -> bytes:
    """A pattern for a script that works on keys of these kinds, in this order, and no others.

    Args:
        kinds: The part of each key that names what it holds, as `mailbox` in `tm:T1:mailbox:v1:…`.
        then: What the arguments look like.
    """
    keys = "".join(rf"\$\d+\r\n[^\r\n]*:{kind}:v1[^\r\n]*\r\n" for kind in kinds)
    return rf"EVALSHA\r\n\$40\r\n[0-9a-f]{{40}}\r\n\$\d+\r\n{len(kinds)}\r\n{keys}{then}".encode()


#: Of all messages only an answer to a turn.
_ANSWERS = (rb":outbox:v1[^\r\n]*", rb":outbox:v1:turn:[^\r\n]*:answer:[^\r\n]*")

#: The bot takes a message in: dedupe mark, box, ready mark, in one step.
ACCEPT_MESSAGE = script("seen", "mailbox", "mailbox", "joined")
#: The bot takes a click or a command in.
ACCEPT_OTHER = script("seen", "mailbox", "mailbox")
#: A worker asks for the lease of a box.
TAKE = script("lease", "mailbox")
#: A worker has answered, and takes the item off its box.
FINISH = script("lease", "mailbox", "mailbox")
#: A tool call is about to be made.
JOURNAL_BEGIN = script("journal", "lease", then=r"(?=.*\$7\r\nstarted\r\n)")
#: A tool call was made; its result is about to be noted.
JOURNAL_END = script("journal", "lease", then=r"(?!.*\$7\r\nstarted\r\n)")
#: A step of the loop is about to be kept.
CHECKPOINT = script("checkpoint", "checkpoint", "checkpoint", "checkpoint", "lease")
#: An answer is about to be recorded for delivery.
RECORD_ANSWER = script("outbox", "lane", "due", "lease").replace(*_ANSWERS)
#: An answer was posted; that it was is about to be noted.
SETTLE_ANSWER = script("outbox", "lane", "due").replace(*_ANSWERS)
#: A worker is about to hold what a proposal changes (the same keys are let go of without a time).
HOLD_RESOURCE = script("resource", then=r"\$\d+\r\nP-[^\r\n]*\r\n\$\d+\r\n\d+\r\n")
#: That enough people have approved a proposal is about to be kept. A record may be too long to be sent with its keys.
PROPOSAL_APPROVED = rb'"state":"approved","decisions":\[\{'
#: That a worker has taken up an approved proposal is about to be kept.
PROPOSAL_CLAIMED = rb'"state":"applying","decisions":\[.*"begun":false'
#: That a proposal's change may have happened from now on is about to be kept.
PROPOSAL_BEGUN = rb'"state":"applying","decisions":\[.*"begun":true'
#: That a proposal was applied is about to be kept.
PROPOSAL_APPLIED = rb'"state":"applied","decisions":\[.*"announced":false'
#: That all of its end was told is about to be kept.
PROPOSAL_ANNOUNCED = rb'"state":"applied","decisions":\[.*"announced":true'
#: That a proposal was applied is about to be written into the audit log.
WRITE_DOWN_APPLIED = rb":audit:v1:once:P-[A-Z0-9]+:proposal\.applied\r\n"
#: The outcome of a proposal is about to be recorded for delivery.
RECORD_OUTCOME = script("outbox", "lane", "due").replace(_ANSWERS[0], rb":outbox:v1:proposal:[^\r\n]*:told")
#: A worker is about to let go of what a proposal changed.
RELEASE_RESOURCE = script("resource", then=r"\$\d+\r\nP-[^\r\n]*\r\n(?!\$)")
#: MLflow is asked to move an alias.
SET_ALIAS = rb"POST /api/2.0/mlflow/registered-models/alias "
#: MLflow is asked to note that an alias was moved, or who approved that.
NOTE_MOVE = rb"trainmaster\.alias\.champion\.(done|approvers)"
#: Slack is asked to post an answer (headers and body travel separately; this is the body).
POST_ANSWER = rb"trainmaster_message.*turn:[^\"]*:answer:"
#: Prefect is asked for something, as a reading tool does.
PREFECT_READ = rb"POST /api/[a-z_]+/(filter|count|paginate)"
#: Prefect is asked to start a run.
PREFECT_START = rb"POST /api/deployments/[0-9a-f-]+/create_flow_run"
#: Gemini is asked for the next message.
MODEL_CALL = rb"POST /[^ ]*:generateContent"
