"""`python -m tools`: prints `docs/tools.md`."""

import sys

from tools.catalogue import CATALOGUE
from tools.reference import page

if __name__ == "__main__":
    sys.stdout.write(page(CATALOGUE))
