"""`python -m bot`: serve. `manifest` prints the Slack app manifest; for `audit` and `export` see there."""

import sys

from bot.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
