"""Who vouches for whom we talk to: the certificate authorities."""

import ssl
from functools import cache


@cache
def authorities() -> ssl.SSLContext:
    """The machine's certificate authorities, read once for a process.

    Slack's SDK reads them anew for each call and each socket, which costs up to a tenth of a second of processor time.
    """
    return ssl.create_default_context()
