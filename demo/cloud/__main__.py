"""`python -m demo.cloud FOLDER PORT [BUCKET …]`: the stand-in for Google Cloud as a process."""

import sys
from pathlib import Path

from demo.cloud.server import CloudServer

folder, port, *names = sys.argv[1:]
server = CloudServer(Path(folder), int(port))
for name in names:
    server.buckets.make(name)
server.serve()
