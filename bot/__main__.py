"""`python -m bot`: serve. `python -m bot manifest`: print the Slack app manifest. `python -m bot audit`: see there."""

import sys

from bot.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
