"""`python -m tests.chaos`: play the scenarios and print the table."""

import signal
import sys

from tests.chaos.command import main

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: the stacks are taken down
    sys.exit(main(sys.argv[1:]))
