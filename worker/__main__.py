"""`python -m worker`: answer turns. `… feed`: follow runs. `… doctor`: check configuration and dependencies."""

import sys

from worker.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
