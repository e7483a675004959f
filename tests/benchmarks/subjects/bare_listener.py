"""Bolt's own way to listen, and nothing done: `python -m tests.benchmarks.subjects.bare_listener API_URL`."""

import re
import sys

from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
from slack_sdk import WebClient


def main(api_url: str) -> None:
    """Acknowledge mentions and clicks until SIGTERM."""
    app = App(client=WebClient("xoxb-bench", base_url=api_url))

    @app.event("app_mention")
    def nothing() -> None:
        pass

    @app.action(re.compile(".*"))
    def pressed(ack: Ack) -> None:
        ack()

    SocketModeHandler(app, "xapp-bench").start()  # type: ignore[no-untyped-call]  # Bolt's own code is untyped here


if __name__ == "__main__":
    main(sys.argv[1])
