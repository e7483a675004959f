"""`python -m demo.cloud FOLDER PORT [BUCKET …]`: the stand-in for Google Cloud as a process."""

import sys
from pathlib import Path

from demo.cloud.server import CloudServer

folder, port, *names = sys.argv[1:]
server = CloudServer(Path(folder), int(port))
server.vertex.takes = 8.0  # long enough to be followed, and short enough to be waited for
for name in names:
    server.buckets.make(name)
server.serve()
