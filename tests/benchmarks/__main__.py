"""`python -m tests.benchmarks`: measure, and write the page of results."""

import os
import sys

from tests.benchmarks.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
