"""`python -m demo`: Trainmaster and everything around it on this machine."""

import os
import sys

from demo.run import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
