"""The bot's command line."""

import argparse
import sys

from bot import logs, manifest, policy_file
from bot.serving import CannotServe, serve
from bot.settings import BadSettings, load


def main(arguments: list[str]) -> int:
    """Run one command and give its exit code: 0 well, 1 stopped by itself, 2 cannot start."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="Trainmaster's Slack side.")
    parser.add_argument("command", nargs="?", choices=["serve", "manifest"], default="serve")
    parser.add_argument("--url", default="", help="for manifest: where Slack reaches the bot by HTTP; else Socket Mode")
    given = parser.parse_args(arguments)
    if given.command == "manifest":
        sys.stdout.write(manifest.as_json(request_url=given.url) + "\n")
        return 0
    try:
        settings = load()
        policy_file.check(settings.policy_file)
        logs.configure(level=settings.log_level, form=settings.log_format)
        return serve(settings)
    except (BadSettings, CannotServe) as exc:
        sys.stderr.write(f"Trainmaster's bot cannot start.\n{exc}\n")
        return 2
