"""The bot's command line."""

import argparse
import sys

import structlog

from bot import audit_command, export_command, logs, manifest, policy_file
from bot.reloading import on_hangup
from bot.serving import CannotServe, serve
from bot.settings import BadSettings, Settings, load, load_for_audit

log = structlog.get_logger()


def main(arguments: list[str]) -> int:
    """Run one command and give its exit code: 0 well, 1 stopped by itself or found faults, 2 cannot start."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="Trainmaster's Slack side.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("serve", help="hear Slack; what happens without a command")
    printed = commands.add_parser("manifest", help="print the Slack app manifest; with --url for signed HTTP")
    printed.add_argument("--url", default="", help="where Slack reaches the bot by HTTP; else Socket Mode")
    audit_command.describe(commands.add_parser("audit", help="verify or export the audit log"))
    export_command.describe(commands.add_parser("export", help="print all that is stored about one person"))
    given = parser.parse_args(arguments)
    if given.command == "manifest":
        sys.stdout.write(manifest.as_json(request_url=given.url) + "\n")
        return 0
    try:
        if given.command == "audit":
            return audit_command.run(given, load_for_audit())
        if given.command == "export":
            return export_command.run(given, load_for_audit())
        settings = load()
        policy_file.check(settings.policy_file)
        logs.configure(level=settings.log_level, form=settings.log_format)
        on_hangup(lambda: _check_again(settings))
        return serve(settings)
    except (BadSettings, CannotServe) as exc:
        looks = {"audit": "The audit log was not looked at.", "export": "Nothing was exported."}
        what = looks.get(given.command or "", "Trainmaster's bot cannot start.")
        sys.stderr.write(f"{what}\n{exc}\n")
        return 2


def _check_again(settings: Settings) -> None:
    """Say whether the policy's file makes sense; what is in force is for a worker or the feed to change."""
    policy_file.check(settings.policy_file)
    log.info("policy_checked", remedy="send SIGHUP to a worker or to the feed, which put it in force")
