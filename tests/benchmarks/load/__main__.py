"""`python -m tests.benchmarks.load`: put the product under load and say what held."""

import os
import sys

from tests.benchmarks.load.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
