"""Log text for people: without the frames of libraries and the folders of a machine. Pure."""

import ast
import re
from collections.abc import Iterable, Iterator

from tools.credentials import WORDS, hidden

_FRAME = re.compile(r'(?P<margin>[ |]*\s)File "(?P<path>[^"\n]+)"(?P<rest>, line \d+.*)')
_BEGIN = "Traceback (most recent call last):"
_CHAINED = ("The above exception was the direct cause", "During handling of the above exception")
#: What is installed, or Python's own; `<frozen …>` is, a person's `<string>` is not.
_LIBRARY = re.compile(
    r"[/\\](?:site|dist)-packages[/\\]|[/\\]lib(?:64)?[/\\](?:python|pypy)3[^/\\]*[/\\]|\\Lib\\|python3\d+\.zip"
    r"|^<(?!string>|stdin>)"
)
#: Up to and with the last folder that Python's `tempfile` named: a run's folder is one, and may lie in another.
_TEMPORARY = re.compile(r"^.*[/\\](?:trainmaster-|tmp)[a-z0-9_]{8}(?:prefect)?[/\\]")
_PATH = re.compile(r"(?<![\w/\\.])(?:[A-Za-z]:)?(?:[/\\][^\s/\\'\"`()<>|:,;]+){2,}")
#: How Prefect wraps what went wrong while it loaded a file.
_WRAPPED = re.compile(r"Script at .{1,500}? encountered an exception: (?P<exception>.+)", re.DOTALL)
_REPR = re.compile(r"(?P<kind>[A-Za-z_][\w.]*)\((?P<said>(?P<quote>['\"]).*(?P=quote))\)", re.DOTALL)


def readable(text: str) -> str:
    """A log message without frames of installed packages and of Python itself; says in place how many there were.

    The person's own frames and every exception line stay whole; of a path on the machine that ran it only the file's
    own name stays. Paths that are no library's and no run folder's (`/data/rows.csv`) are the person's, and stay.
    """
    lines = text.split("\n")
    folders = tuple(dict.fromkeys(filter(None, map(_folder, lines))))
    shown: list[str] = []
    dropped, margin, at = 0, "", 0
    while at < len(lines):
        frame = _FRAME.match(lines[at])
        if frame and _LIBRARY.search(frame["path"]):
            dropped, margin, at = dropped + 1, frame["margin"], _end(lines, at, frame["margin"])
            continue
        shown += _counted(dropped, margin)
        dropped = 0
        named = f'{frame["margin"]}File "{_own_name(frame["path"])}"{frame["rest"]}' if frame else lines[at]
        shown.append(without_machine_paths(named, folders))
        at += 1
    return "\n".join([*shown, *_counted(dropped, margin)])


def without_machine_paths(text: str, folders: Iterable[str] = ()) -> str:
    """The text with paths into libraries and temporary folders as names of files; `folders` are cut off as well."""
    for folder in folders:
        text = text.replace(folder, "")
    return _PATH.sub(lambda path: _shown(path[0]), text)


def exceptions(text: str) -> tuple[str, ...]:
    """The exceptions of a log message with tracebacks, such as `ValueError: no rows`; causes come first."""
    found: list[str] = []
    for part in text.split(_BEGIN)[1:]:
        lines = part.split("\n")
        start = next((at for at, line in enumerate(lines) if line and not line[0].isspace()), None)
        if start is not None:
            end = next((at for at, line in enumerate(lines) if line.startswith(_CHAINED)), len(lines))
            found.append("\n".join(lines[start : max(end, start + 1)]).strip())
    return tuple(found)


def loading(exception: str) -> bool:
    """Whether this is how Prefect says that a file could not be loaded."""
    return _WRAPPED.search(exception) is not None


def unwrapped(exception: str) -> str:
    """The exception that Prefect wrapped when it could not load a file; any other one as it is."""
    wrapped = _WRAPPED.search(exception)
    if not wrapped:
        return exception
    inner = wrapped["exception"].strip()
    plain = _REPR.fullmatch(inner)
    return f"{plain['kind']}: {_said(plain['said'])}" if plain else inner


def _said(literal: str) -> str:
    try:
        return str(ast.literal_eval(literal))
    except (ValueError, SyntaxError):
        return literal[1:-1]


def once(messages: Iterable[str]) -> tuple[str, ...]:
    """Log messages of which only the first shows the traceback of an exception: Prefect logs it two or three times."""
    told: set[str] = set()
    shown: list[str] = []
    for message in messages:
        last = (exceptions(message) or ("",))[-1]
        again = bool(last) and last in told
        told.add(last)
        shown.append(
            f"{message.partition(chr(10))[0]} … traceback of the same exception left out" if again else message
        )
    return tuple(shown)


def fitting(text: str, longest: int) -> str:
    """At most about `longest` characters; what was cut is counted in place.

    The message's first line, the person's last frame and the exception stay before anything else does.
    """
    if len(text) <= longest:
        return text
    lines = text.split("\n")
    if len(lines) == 1:
        return _ends(text, longest)
    lines = [_ends(line, max(longest // 4, 80)) for line in lines]
    kept: set[int] = set()
    room = longest
    for at in _by_weight(lines):
        room -= 0 if at in kept else len(lines[at]) + 1
        if room < 0:
            break
        kept.add(at)
    return "\n".join(_with_gaps(lines, kept))


def _by_weight(lines: list[str]) -> Iterator[int]:
    """Places of lines, those that tell most first."""
    last = len(lines) - 1
    yield 0
    frames = [at for at, line in enumerate(lines) if _FRAME.match(line)]
    if frames:
        end = _end(lines, frames[-1], _margin(lines[frames[-1]]))
        yield from range(frames[-1], end)
        yield next((at for at in range(end, last) if lines[at][:1].strip()), last)  # the exception
        yield from range(frames[-1] - 1, 0, -1)
        yield from range(end, last + 1)
    else:
        yield from range(last, 0, -1)


def _with_gaps(lines: list[str], kept: set[int]) -> Iterator[str]:
    gap = 0
    for at, line in enumerate(lines):
        if at in kept:
            if gap:
                yield _gap(gap)
            yield line
            gap = 0
        else:
            gap += 1
    if gap:
        yield _gap(gap)


def _gap(lines: int) -> str:
    return f"… {lines} line{'' if lines == 1 else 's'} left out …"


def _ends(line: str, longest: int) -> str:
    if len(line) <= longest:
        return line
    line, half = hidden(line, WORDS), longest // 2  # half of a secret could not be recognised any more
    return f"{line[:half]} … {len(line) - 2 * half:,} characters left out … {line[-half:]}"


def _end(lines: list[str], at: int, margin: str) -> int:
    """Where the frame that starts at a line has ended: after its code, its carets and its repetitions."""
    at += 1
    while at < len(lines) and lines[at].startswith((f"{margin}  ", f"{margin}[Previous line repeated")):
        at += 1
    return at


def _margin(line: str) -> str:
    frame = _FRAME.match(line)
    return frame["margin"] if frame else ""


def _counted(dropped: int, margin: str) -> list[str]:
    if not dropped:
        return []
    return [f"{margin}… {dropped} {'frame' if dropped == 1 else 'frames'} inside libraries left out"]


def _folder(line: str) -> str:
    """The folder, with its separator, of a frame of the person's; empty for every other line."""
    frame = _FRAME.match(line)
    if not frame or _LIBRARY.search(frame["path"]):
        return ""
    folder = frame["path"].removesuffix(_last_part(frame["path"]))
    return folder if len(folder) > 1 else ""


def _shown(path: str) -> str:
    if _LIBRARY.search(path):
        return _own_name(path)
    inside = _TEMPORARY.sub("", path)
    return inside if inside != path else path


def _own_name(path: str) -> str:
    name = _last_part(path)
    package = _last_part(path.removesuffix(name).rstrip("/\\"))
    return f"{package}/{name}" if name == "__init__.py" and package else name


def _last_part(path: str) -> str:
    return re.split(r"[/\\]", path)[-1]
