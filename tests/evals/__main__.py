"""`python -m tests.evals`: play conversations, and say what came of them."""

import logging
import sys
import warnings

import structlog

from tests.evals.command import main

if __name__ == "__main__":
    logging.disable()  # what went wrong is in the report
    warnings.simplefilter("ignore")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sys.exit(main(sys.argv[1:]))
