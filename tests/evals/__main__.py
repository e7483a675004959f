"""`python -m tests.evals`: play conversations, and say what came of them."""

import sys

import structlog

from tests.evals.command import main

if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))  # what went wrong is in the report
    sys.exit(main(sys.argv[1:]))
