"""Talk about the bot itself, and small talk."""

from worker.agent.offline.intent import Intent
from worker.agent.offline.questions import WHAT_I_AM, listed
from worker.agent.offline.steps import Step


def _greet(step: Step) -> str:
    about = f"Hello! I run and follow ML pipelines in this thread. {WHAT_I_AM}"
    return f"{about} You can ask, for example:\n{listed(step.offered)}"


def _who(step: Step) -> str:
    return f"{WHAT_I_AM} I understand, for example:\n{listed(step.offered)}"


def _thanks(_: Step) -> str:
    return "You're welcome."


def _noted(_: Step) -> str:
    return "All right. Say `help` to see what I can do."


def _bye(_: Step) -> str:
    return "Goodbye. Runs that were started go on, and their threads are told how they end."


def _small_talk(_: Step) -> str:
    return f"I have no small talk, sorry. {WHAT_I_AM} Say `help` to see what I can do."


def _stop(step: Step) -> str:
    live = next((run for run in step.dialogue.runs() if run.state in {"RUNNING", "PENDING", "SCHEDULED"}), None)
    goes_on = f" A run that was started goes on: to end `{live.name}`, say `cancel {live.name}`." if live else ""
    return f"All right, I stop here and do nothing further.{goes_on}"


INTENTS = (
    Intent(
        name="who_are_you",
        does="say what I am",
        example="",
        play=_who,
        signs="""
            =what|=who =is =trainmaster @3.3
            =introduce|=present =yourself @3.3
            who =made|=built|=created|=wrote you @3.5
            what model =this !#version !production @2.9
            you =rule|=rules|=rule-based @2.6
            who you =are @3
            who =is =this @2.5
            you bot @2.5
            =are bot =this @2.4
            me bot =talking @2.5
            bot =this @2
            bot =behind|=powers|=powered|=under @2.5
            what bot @2.1
            what model =running|=on|=use|=using =you @3.2
            what model you !production !#version @3
            what =your =name @3
            =your =name @2.5
            what =kind bot @2.5
            =talking =to bot|who|what @2.6
            =introduce you @2.6
            tell you =yourself @2.6
            what =are =you !=up !=doing !=good !=able @2.3
            =rules bot @2.5
            =who|=what =made|=built|=wrote|=runs|=powers =you|bot @2.6
            =version =you @2.2
        """,
    ),
    Intent(
        name="greet_help",
        does="say what I can do",
        example="`help`",
        play=_greet,
        signs="""
            =where|=how =start|=begin me !name !pipeline !run @2.5
            =my =options !name @2.7
            what =possible !name @2.4
            greet @0.6
            help @1.4
            help #short @2
            help me|you|what|how @2
            what =can =you =do|=help|=offer|=handle @3
            what =you =do !run !pipeline !name @2.1
            what =can =i =say|=ask|=do|=type @3
            =how =does|=do =this|=it|=you|bot =work @3.2
            how =use =you|=this|=it|bot @2.6
            what =good =for =you @3
            understand me|you|what @2
            =examples|=example @1.8
            =examples understand @2.6
            what understand @2
            =getting =started @2
            =how =start|=begin !run !pipeline !name !=it @2
            show =commands|capabilities @2.4
            =what =possible @2.1
        """,
    ),
    Intent(
        name="thanks",
        does="",
        example="",
        play=_thanks,
        signs="""
            thanks @1.3
            =you =best =the thanks|#short @3.2
            thanks #short @2.1
            thanks =for @2.2
            =thanks|=thank|=thx|=thank_you|=ty|=cheers|=appreciate|=appreciated|=much_appreciated @1.9
        """,
    ),
    Intent(name="noted", does="", example="", play=_noted, signs="yes #short @0.5\nno #short @0.5"),
    Intent(name="bye", does="", example="", play=_bye, signs="bye @1.5"),
    Intent(
        name="small_talk",
        does="",
        example="",
        play=_small_talk,
        signs="feel @1.2\n=how =are =you @2.4\n=tell =joke @2.5",
    ),
    Intent(
        name="stop",
        does="stop",
        example="`stop`",
        play=_stop,
        signs="""
            #stop @5
            =forget|=ignore|=disregard =what =i !run !name @3.2
            =disregard|=ignore =that|=it|=this|#short|=last|=previous !run !name @3.1
            =not =do =anything|=bother @2.8
            =stop|=halt|=abort|=cancel|=quit =wrong|=mistake|=mistaken|=misunderstood !run !name @3.6
            =stop|=halt|=quit|=cease =working|=doing|=answering|=talking|=asking|=trying|=thinking !run @3.6
            =cancel|=drop|=stop|=abort|=forget|=ignore =request|=question|=message|=order|=thing !run !name @3.6
            =working =drop|=stop|=need|=leave =on @3.6
            =let =it =go|=be @2.6
            =stop =it #short !run !name @2.9
            =stop #short !run !name !pipeline !#run @2.6
            =stop =now !run !name !pipeline @2.7
            =stop =that|=here|=talking|=everything|=working|=doing|=please !run !name !pipeline @2.6
            nevermind !thanks @2.7
            nevermind !run !name !thanks @3
            =leave =it|=that @2.6
            =forget =it|=that|=about @2.6
            =cancel =that =request @2.7
            =do =not =bother @2.6
            =changed =mind @2.6
            =abort|=halt #short !run !name !it @2.6
            =quit #short @2.5
            =enough @2
        """,
    ),
)
