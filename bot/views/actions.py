"""The ids of what can be pressed: a view draws them, a listener waits for them."""

PLAN_REGISTER_AND_RUN = "plan.register_and_run"
PLAN_REGISTER = "plan.register"
PLAN_DISCARD = "plan.discard"
PLAN_CHOOSE_FLOW = "plan.choose_flow"  #: a menu; its value is read with `plan.choice_of`
OFFER_LOOK = "offer.look"  #: the value is read with `offer.offer_of`
OFFER_LEAVE = "offer.leave"  #: the same
RUN_ANSWER = "run.answer"  #: the value is the run's id; also the modal's `callback_id`
RUN_CANCEL = "run.cancel"
RUN_CHART = "run.chart"
RUN_LOGS = "run.logs"
RUN_RESUME = "run.resume"
RUN_RETRY = "run.retry"
TURN_RETRY = "turn.retry"
TURN_STOP = "turn.stop"
MODEL_PROMOTE = "model.promote"  #: the value is read with `final.version_of`
MODEL_ROLL_BACK = "model.roll_back"  #: the value is the applied proposal's id
PROPOSAL_APPROVE = "proposal.approve"
PROPOSAL_CONFIRM = "proposal.confirm"  #: approve, once something was typed; also the modal's `callback_id`
PROPOSAL_REJECT = "proposal.reject"  #: the same
PROPOSAL_WITHDRAW = "proposal.withdraw"
PROPOSAL_AGAIN = "proposal.again"

#: What helps against what holds a run, first to last; ids within one row must differ.
DIAGNOSIS_FIXES = tuple(f"diagnosis.fix.{place}" for place in range(3))

#: What is decided about a proposal; the value is its id. Presses on one proposal are taken one after another.
DECISIONS = frozenset({PROPOSAL_APPROVE, PROPOSAL_CONFIRM, PROPOSAL_REJECT, PROPOSAL_WITHDRAW})
#: What asks for a change, which may have to be approved.
ASKS = frozenset({MODEL_PROMOTE, MODEL_ROLL_BACK, PROPOSAL_AGAIN})
#: Presses that open a modal first.
WITH_MODAL = frozenset({PROPOSAL_CONFIRM, PROPOSAL_REJECT, RUN_ANSWER})
ALL = (
    PLAN_REGISTER_AND_RUN,
    PLAN_REGISTER,
    PLAN_DISCARD,
    PLAN_CHOOSE_FLOW,
    OFFER_LOOK,
    OFFER_LEAVE,
    RUN_ANSWER,
    RUN_CANCEL,
    RUN_CHART,
    RUN_LOGS,
    RUN_RESUME,
    RUN_RETRY,
    TURN_RETRY,
    TURN_STOP,
    MODEL_PROMOTE,
    MODEL_ROLL_BACK,
    PROPOSAL_APPROVE,
    PROPOSAL_CONFIRM,
    PROPOSAL_REJECT,
    PROPOSAL_WITHDRAW,
    PROPOSAL_AGAIN,
    *DIAGNOSIS_FIXES,
)
