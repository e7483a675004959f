"""The ids of what can be pressed: a view draws them, a listener waits for them."""

PLAN_REGISTER_AND_RUN = "plan.register_and_run"
PLAN_REGISTER = "plan.register"
PLAN_DISCARD = "plan.discard"
PLAN_CHOOSE_FLOW = "plan.choose_flow"  #: a menu; its value is read with `plan.choice_of`
RUN_CANCEL = "run.cancel"
RUN_LOGS = "run.logs"
RUN_RETRY = "run.retry"
TURN_RETRY = "turn.retry"

ALL = (
    PLAN_REGISTER_AND_RUN,
    PLAN_REGISTER,
    PLAN_DISCARD,
    PLAN_CHOOSE_FLOW,
    RUN_CANCEL,
    RUN_LOGS,
    RUN_RETRY,
    TURN_RETRY,
)
