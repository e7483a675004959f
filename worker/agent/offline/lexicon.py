"""The words that the offline model knows, by what they stand for.

A concept is what a word can mean in a request; intents are recognised by concepts, never by exact sentences. Words
joined by `_` are fixed phrases. Adding a word here teaches it to every intent that uses the concept.
"""

from worker.agent.offline.ordinary import ORDINARY
from worker.agent.offline.vocabulary import word_set


def _table(concepts: dict[str, str]) -> dict[str, frozenset[str]]:
    """Word → its concepts."""
    found: dict[str, set[str]] = {}
    for concept, words in concepts.items():
        for word in words.split():
            found.setdefault(word, set()).add(concept)
    return {word: frozenset(of) for word, of in found.items()}


#: What is done.
_DO = {
    "start": """
        retrain train launch trigger execute kick_off kickoff fire_up spin_up set_off start_up begin refit rerun
        run_again kick_start fire_off get_going set_going crank_up invoke relaunch restart re-train fire""",
    "cancel": """
        cancel abort kill terminate halt stop interrupt shut_down shutdown call_off pull_the_plug kill_off end
        put_an_end break_off scrap quit cancle""",
    "retry": """
        retry redo try_again have_another_go rerun_failed resubmit re-try give_another_try another_attempt
        give_it_another_try give_it_another_shot repeat have_another_try another_try another_shot""",
    "promote": "promote graduate bless crown elevate advance promotion make_champion",
    "rollback": """
        rollback roll_back revert undo rewind restore go_back switch_back roll_it_back roll_back_to backtrack
        take_back put_back move_back return_to bring_back back_out""",
    "deploy": """
        deploy ship serve host push_out roll_out rollout go_live put_live push_live productionize productionise
        make_available expose bring_online""",
    "undeploy": """
        undeploy take_down tear_down tear_it_down teardown take_offline decommission retire unserve
        remove_from_serving take_it_down take_it_offline pull_down shut_off""",
    "delete": "delete unalias remove erase drop purge get_rid wipe unregister destroy throw_away trash discard",
    "predict": "predict prediction predictions inference infer forecast classify predicts",
    "pause": "pause suspend disable turn_off switch_off hold mute deactivate unschedule",
    "resume": """
        resume unpause enable reactivate turn_on turn_back_on switch_on switch_back_on activate re-enable continue
        reenable unsuspend""",
    "freeze": "freeze lock_down lockdown code_freeze change_freeze block_changes lock_everything",
    "unfreeze": "unfreeze thaw lift unlock lift_the_freeze end_the_freeze",
    "approve": "approve sign_off okay_it lgtm greenlight green-light",
    "reject": "reject decline veto turn_down",
    "onboard": """
        onboard onboarding register add upload import bring_in set_up setup introduce hook_up submit integrate
        plug_in take_on registering enroll enrol create bring_over get_started load adding""",
    "change": "change set update edit adjust move modify alter bump raise lower increase decrease",
    "shift": "shift route split send redirect divert steer",
    "follow": "follow watch subscribe keep_an_eye_on monitor track keep_me_posted notify alert ping",
    "compare": """
        compare comparison versus vs diff difference differences differ comparing contrast side_by_side stack_up
        stacks_up measure_up compares compared against head_to_head better_than different worse_than""",
    "plan": "plan automate timetable",
    "started": "ran running retraining retrained training trained launched executed",
}

#: What is asked.
_ASK = {
    "show": """
        show list display give get see view print fetch bring_up find enumerate look_up dump output pull_up present
        let_me_see shows listing overview show_me let_me_look look_at open rundown run_down pull hand summarize
        summarise summary read share send_me walk_me_through break_down inspect check check_on check_out have_a_look
        take_a_look look glance peek search need want report inventory catalogue catalog run_through""",
    "tell": """
        tell explain describe describing elaborate clarify know let_me_know information info details detail about
        more_about learn introduction outline""",
    "what": "what which whats any",
    "who": "who whom whose by_whom",
    "when": "when what_time how_soon how_often",
    "why": "why how_come what_caused cause causes reason reasons root_cause what_made",
    "where": "where whereabouts",
    "how": "how how_did how_is how_was how_are how_has how_have how_does how_were how_do how_well",
    "howmany": "how_many number count how_much",
    "exist": "there have has exist exists available know_of got registered known onboarded offer offers set_up_here",
    "howdid": "how_did how_is how_was how_are how_has how_have how_does how_were how_do how_goes how_went how_well",
}

#: What is spoken of.
_THING = {
    "pipeline": "pipeline pipelines flow flows workflow workflows dag dags training_code piplines deployments",
    "pipelines": "pipelines flows workflows dags deployments",
    "run": "run runs execution executions job jobs attempt flow_run training build flow_runs retraining jobrun",
    "runs": "runs executions jobs trainings flow_runs builds history",
    "parameter": """
        parameter parameters params param argument arguments args option options setting settings knob knobs input
        inputs hyperparameter hyperparameters configuration config default defaults tunable configurable configure
        tune hyperparams signature""",
    "task": "task tasks step steps stage stages",
    "log": """
        log logs output_log stdout stderr logging console log_lines printed logfile log_file logged prints printout
        log_output console_output""",
    "error": """
        error errors exception traceback stack_trace stacktrace failure problem bug issue fault went_wrong go_wrong
        goes_wrong wrong crash blow_up blew_up fell_over fall_over broke break breaking error_message failures
        problems what_happened choke choked breakage explode exploded bombed culprit""",
    "failed": """
        failed failing fail fails crashed broken unsuccessful red not_successful errored dead died die failures""",
    "done": """
        finished completed done succeed succeeded success successful through complete finish pass passed ok ready
        over ended finishing green successfully work worked out""",
    "live": """
        running active ongoing live in_progress in_flight executing current currently pending queued right_now
        at_the_moment underway going_on busy training_now still""",
    "cancelled": "cancelled canceled aborted stopped killed",
    "scheduled": "scheduled upcoming planned",
    "state": """
        status state progress doing going happening stand standing far look_like coming_along getting_on
        getting_along news update along stage stands situation condition latest_on eta long remaining finished_yet
        up_with up_to percent""",
    "result": """
        result results outcome outcomes perform performed performance turn_out come_out came_out went go fare fared
        turned_out performing come_of quality good well score_of goes do did""",
    "metric": """
        metric metrics accuracy auc f1 loss precision recall rmse mae r2 score scores numbers figures kpi kpis
        roc_auc measurements f1_score logloss log_loss roc evaluation validation mse pr_auc measure values brier""",
    "experiment": "experiment experiments experimental",
    "mlflow": "mlflow tracked tracking ml_flow",
    "best": """
        best top highest lowest winner winning strongest champion_run greatest sorted rank ranked ranking
        leaderboard  worst leading better record      """,
    "model": "model models registry registered_models model_registry",
    "models": "models registry registered_models model_registry",
    "version": "version versions release releases",
    "production": """
        production prod champion live_model in_production serving_now production_model champ incumbent baseline""",
    "challenger": "challenger candidate contender staging",
    "lineage": """
        lineage provenance ancestry origin trace history_of traced trained_by produced came_from come_from derive
        derived derives trained built made source whence trained_from genealogy comes_from originate originates""",
    "endpoint": "endpoint endpoints vertex serving served deployed hosted online",
    "traffic": "traffic canary percent requests load_split",
    "replica": "replica replicas machine machine_type region autoscaling nodes instances",
    "schedule": """
        schedule schedules cron timetable recurring scheduled timer calendar interval automatically automatic""",
    "often": """
        every daily hourly weekly nightly monthly each day monday tuesday wednesday thursday friday saturday sunday
        weekday weekdays weekend night hour morning mondays tuesdays wednesdays thursdays fridays saturdays sundays
        midnight noon once_a_day once_a_week twice am pm week month tomorrow tonight evening o'clock minutes
        every_day every_hour hours regularly periodically evenings mornings nights""",
    "late": """
        late stuck slow delayed hanging hangs hung waiting frozen_up not_starting overdue delay stalled
        taking_so_long take_so_long so_long hang idle held_up holding_up stall pending_forever forever not_moving
        takes_so_long sitting hold_up_with blocked keeping takes_forever too_long this_long sits wait""",
    "approval": """
        approval approvals proposal proposals sign-off signoff approver approvers request requests decision
        decisions permission approve_it card review reviews consent""",
    "approved": """
        approved signed_off authorised authorized allowed accepted okayed rejected permitted greenlit gave_the_go
        green-lit confirmed agreed vetoed approves signed blessed decided promoted rubber-stamped signs""",
    "pendingme": """
        waiting awaiting waits pending open outstanding     queue todo to_do  unresolved
        undecided inbox await   """,
    "health": """
        health healthy system systems services alive up online down reachable working operational broken_down
        connection connected connectivity outage okay ok dependencies everything platform infrastructure infra
        available stack heartbeat respond responding backends backend prefect mlflow redis server servers uptime
        doctor""",
    "workpool": "work_pool work_pools worker workers pool pools work_queue queue queues agents",
    "slots": "limit limits concurrency concurrency_limit concurrency_limits",
    "cost": """
        cost costs spend spending bill billing price expensive budget money spent dollars charges expense expenses
        euros usd pay paying invoice charged burn burning burned""",
    "project": "project gcp google_cloud google account region gcloud cloud location",
    "bucket": "bucket buckets gcs storage blob blobs object objects artifacts cloud_storage files folder gs artifact",
    "file": "file files script scripts code source py module .py notebook",
    "audit": "audit audit_log audit_trail trail who_did did_what",
    "draw": "draw draws drawing drawn bar bars barchart barplot",
    "confusion": "confusion matrix confusion_matrix",
    "chart": "chart plot graph figure curve curves visualize visualise plots charts diagram image",
    "it": "it this that them those these one ones",
    "last": "last latest most_recent recent previous newest recently prior lately just",
    "again": "again once_more another anew one_more_time re-do over_again another_run afresh same",
    "ordinal": "first second third fourth fifth 1st 2nd 3rd 4th 5th",
    "me": "me my mine i we our us myself",
    "you": "you your yourself u",
    "bot": """
        bot robot ai assistant llm gpt gemini claude human chatgpt trainmaster machine_learning_model agent engine
        brain language_model person real""",
    "greet": """
        hi hello hey hiya howdy good_morning good_afternoon good_evening yo greetings heya morning evening sup
        whats_up hullo hallo what_is_up good_day g'day""",
    "bye": "bye goodbye see_you cya good_night see_ya later farewell so_long_then ciao cheerio take_care",
    "thanks": """
        thanks thank thank_you thx cheers ty much_appreciated appreciate appreciated nice_work good_job well_done
        great_job awesome perfect brilliant excellent tysm thankyou grateful lovely amazing fantastic nice cool
        great kudos sweet super wonderful good_bot neat legend rock you_rock
        merci danke gracias arigato obrigado tack nice_one good_work""",
    "help": """
        help commands capabilities instructions manual usage abilities capable able assist can_you_do what_can_you
        tutorial support menu you_can_do can_i_ask can_i_do can_i_say help_me features feature functions""",
    "understand": "understand ask say request possibilities examples example",
    "nevermind": """
        nevermind never_mind forget_it nvm no_matter drop_it leave_it ignore_that ignore_it scratch_that stop_it_all
        that_is_enough that_is_all let_it_be skip_it forget_about_it no_more do_nothing enough stop_talking be_quiet
        shut_up hold_on stand_down stop_that stop_everything cut_it_out cut_that_out knock_it_off cease""",
    "feel": """
        how_are_you how_is_it_going how_are_things how_do_you_do how_have_you_been how_is_your_day joke weather
        sleep funny day lunch weekend_plans bored love feeling""",
    "yes": """
        yes yep yeah yup sure ok okay go_ahead do_it please_do affirmative absolutely correct right aye indeed
        definitely""",
    "no": "no nope nah negative",
    "stopword": "stop",
    "today": "today yesterday since past hours days week last_week this_week 24h tonight this_morning overnight ago",
    "all": "all every everything entire complete whole full",
}

#: Concepts of what is done.
DOING = frozenset(_DO)

#: Words that are something done where a verb can stand, and a thing elsewhere.
VERBS_AND_NOUNS: dict[str, tuple[str, str]] = {
    "run": ("start", "run"),
    "start": ("start", "begun"),
    "schedule": ("plan", "schedule"),
    "release": ("deploy", "version"),
    "force": ("start", "force"),
    "restart": ("start", "restart"),
}

#: After these, such a word is a thing even where a verb could stand: `run history`.
THINGS_HAVE = word_set(
    """
    history status metrics metric logs log details id results result state list name names parameters
    """
)


def _inflected(verb: str) -> tuple[str, ...]:
    """Other forms of a verb: they tell what is or was done, and so never ask for it."""
    stem = verb.removesuffix("e")
    return (
        f"{verb}s",
        f"{stem}ed",
        f"{stem}ing",
        f"{verb}{verb[-1]}ed",
        f"{verb}{verb[-1]}ing",
        f"{verb.removesuffix('y')}ied",
    )


def _words() -> dict[str, frozenset[str]]:
    words = _table({**_DO, **_ASK, **_THING}) | {word: frozenset[str]() for word in VERBS_AND_NOUNS}
    verbs = [word for group in _DO.values() for word in group.split() if "_" not in word]
    for form in (form for verb in (*verbs, *VERBS_AND_NOUNS) for form in _inflected(verb)):
        words.setdefault(form, frozenset())
    return words


WORDS: dict[str, frozenset[str]] = _words()

#: Forms that tell what somebody does: `deploys`, `runs`.
THIRD_PERSON = frozenset(
    f"{verb}s" for verb in (*(word for group in _DO.values() for word in group.split()), *VERBS_AND_NOUNS)
)

_AUXILIARIES = word_set("do does did is are was were has have had could would should must need")
_WITH_IS = word_set("what how who where when why it that there here he she")
_SHORT = """
    can't can not|cant can not|cannot can not|won't will not|wont will not|shan't shall not|ain't is not|aint is
    not|whats what is|hows how is|whos who is|wheres where is|thats that is|theres there is|what're what are|how're
    how are|who're who are|how'd how did|what'd what did|why'd why did|where'd where did|who'd who did|how've how
    have|i'm i am|im i am|i'd i would|i'll i will|i've i have|ive i have|you're you are|you'd you would|you'll you
    will|you've you have|we're we are|we'd we would|we'll we will|we've we have|they're they are|they've they
    have|it'd it would|it'll it will|let's let us|lets let us|wanna want to|gonna going to|gotta got to|lemme let
    me|gimme give me|pls please|plz please|plse please|dunno do not know|u you|ur your|r are|y why|wtf what|didja
    did you|whatcha what are you|ya you
"""

#: What people shorten → in full.
CONTRACTIONS: dict[str, str] = {
    **{f"{word}n't": f"{word} not" for word in _AUXILIARIES},
    **{f"{word}nt": f"{word} not" for word in _AUXILIARIES if word not in {"are", "were", "need", "must"}},
    **{f"{word}'s": f"{word} is" for word in _WITH_IS},
    **{short: full for short, _, full in (pair.partition(" ") for pair in " ".join(_SHORT.split()).split("|"))},
}

PHRASES: frozenset[str] = frozenset(word for word in WORDS if "_" in word)
COMMON: frozenset[str] = (
    ORDINARY
    | {part for phrase in PHRASES for part in phrase.split("_") if part not in WORDS}
    | {word for word in WORDS if not WORDS[word]}
)
