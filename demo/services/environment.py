"""What a child process gets to know: an allow-list, never a copy of our own environment.

A Prefect run inherits the whole environment of the worker that starts it, so a secret given to that worker is a
secret given to every pipeline. The home folder is one of ours as well: the person's own holds cloud credentials.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

#: What every process may inherit: locale, clock, and where certificates and temporary files are.
KEPT = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")

#: The variable by which a process of a demo is known again; its value is the state folder.
MARK = "TRAINMASTER_DEMO"


def child_environment(inherited: Mapping[str, str], *, state: Path, home: Path) -> dict[str, str]:
    """The environment every child starts from.

    Args:
        inherited: The environment of this process.
        state: The state folder of this demo, which marks its processes.
        home: The child's home folder; made when missing.

    Returns:
        A fresh dictionary. Bytecode may be written, whatever this process was told: a Prefect run starts in 2 s
        with it and in 5 s without.
    """
    home.mkdir(parents=True, exist_ok=True)
    programs = str(Path(sys.executable).parent)
    return {
        **{name: inherited[name] for name in KEPT if name in inherited},
        "PATH": f"{programs}:{inherited.get('PATH', '/usr/local/bin:/usr/bin:/bin')}",
        "HOME": str(home),
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
        MARK: mark(state),
    }


def mark(state: Path) -> str:
    """What `MARK` says in the processes of the demo whose state is kept in `state`."""
    return str(state.resolve())
