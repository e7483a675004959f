"""From bytes that somebody dropped into a thread to text that may be parsed."""

import codecs
import io
import re
import sys
import tokenize
from collections.abc import Collection

from tools.pipelines.unreadable import Unreadable

LINE_ENDS = re.compile(r"\r\n|\r|\n")
"""What Python's parser takes for the end of a line; `str.splitlines` knows more, which would shift line numbers."""

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MAGIC = {
    b"PK\x03\x04": "a ZIP archive",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"%PDF": "a PDF document",
    b"\x7fELF": "a program for Linux",
    b"MZ\x90": "a program for Windows",
    b"\x1f\x8b": "a gzip archive",
    b"\x93NUMPY": "a NumPy array",
    b"\x80\x04\x95": "a pickle",
    b"\x80\x05\x95": "a pickle",
    b"SQLite format 3": "an SQLite database",
    b"PAR1": "a Parquet table",
}
_OWN_NAMES = frozenset({"prefect", "mlflow", "trainmaster_pull", "trainmaster_origin"})
_LONGEST_STEM = 80
_TEXT_ENCODINGS = frozenset({"utf-8", "utf-8-sig", "ascii"})


def safe_filename(filename: str, *, taken: Collection[str] = ()) -> str:
    """The name under which a file is kept and named in an entrypoint.

    Prefect reads entrypoints as `file:function`, fills `{{ … }}` in whatever a pull step is given, and puts the
    file's folder first on the import path. So the name holds letters, digits and `_` only, and never hides a module of
    Python's or one in `taken`: `mlflow.py` becomes `mlflow_pipeline.py`.

    Args:
        filename: The name as shared.
        taken: Top-level modules that the file imports.
    """
    base = re.split(r"[/\\]", filename)[-1]
    stem = re.sub(r"[^A-Za-z0-9_]+", "_", base.removesuffix(".py")).strip("_")[:_LONGEST_STEM] or "pipeline"
    if stem[0].isdigit():
        stem = f"pipeline_{stem}"
    if stem in taken or stem in sys.stdlib_module_names or stem in _OWN_NAMES:
        stem = f"{stem}_pipeline"
    return f"{stem}.py"


def worth_fetching(filename: str, size: int, *, max_bytes: int) -> None:
    """Refuse a file by what is known of it before its content is.

    Args:
        filename: Its name as shared.
        size: Its size in bytes.
        max_bytes: The largest size that is taken.

    Raises:
        Unreadable: It is not called `.py`, or is too large.
    """
    if not filename.endswith(".py"):
        raise Unreadable("The file's name does not end in .py.", "Give it a name such as train.py.")
    if size > max_bytes:
        raise Unreadable(
            f"The file has {size:,} bytes; {max_bytes:,} is the most I take.",
            "Keep data and models outside of the file and load them in a task.",
        )


def decoded(source: bytes, filename: str, *, max_bytes: int) -> str:
    """The file's text, without a byte-order mark.

    Args:
        source: The file's bytes.
        filename: Its name as shared.
        max_bytes: The largest size that is taken.

    Raises:
        Unreadable: The file is not called `.py`, is too large, is empty, or is not UTF-8 text.
    """
    worth_fetching(filename, len(source), max_bytes=max_bytes)
    if not source.strip():
        raise Unreadable("The file is empty.", "Save it in your editor; the upload may have been cut short.")
    _refuse_binary(source)
    _refuse_other_encoding(source)
    text = _utf8(source)
    if not text.strip():
        raise Unreadable("The file holds nothing but white space.", "Write the pipeline into it and save it.")
    return text


def lines_of(text: str) -> list[str]:
    """The text's lines as Python's parser counts them, without their ends."""
    return LINE_ENDS.split(text)


def encodable(text: str) -> str:
    """The text without lone surrogates, which an escape in a string can make and no encoding can carry."""
    return text.encode("utf-8", errors="replace").decode()


def _line_at(source: bytes, position: int) -> int:
    return len(re.findall(rb"\r\n|\r|\n", source[:position])) + 1


def _refuse_binary(source: bytes) -> None:
    if source.startswith(_UTF16):
        raise Unreadable("The file is saved as UTF-16.", "Save it as UTF-8 in your editor.", line=1)
    for magic, what in _MAGIC.items():
        if source.startswith(magic):
            raise Unreadable(f"This is {what} with a name that ends in .py.", "Take the Python source itself.", line=1)
    position = source.find(b"\0")
    if position >= 0:
        raise Unreadable(
            "The file holds a null byte, so it is not Python source.",
            "Remove the byte, or take the source instead of a compiled or binary file.",
            line=_line_at(source, position),
        )


def _refuse_other_encoding(source: bytes) -> None:
    """A `# coding:` line is what Python would go by; another reading than ours would let code hide from us."""
    remedy = "Remove the coding line and save the file as UTF-8."
    try:
        name, first_lines = tokenize.detect_encoding(io.BytesIO(source).readline)
        known = codecs.lookup(name).name
    except (SyntaxError, LookupError):
        if _declares_encoding(source):
            raise Unreadable("The coding line names an encoding that I cannot take.", remedy, line=1) from None
        return  # no such line: what is wrong with the bytes is said with its place by the caller
    if known not in _TEXT_ENCODINGS:
        raise Unreadable(
            f"The file declares the encoding {name[:40]}; I take UTF-8 only.", remedy, line=max(1, len(first_lines))
        )


def _declares_encoding(source: bytes) -> bool:
    return any(re.match(rb"[ \t\f]*#.*?coding[:=]", line) for line in source.split(b"\n", 2)[:2])


def _utf8(source: bytes) -> str:
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        # the codec counts behind the byte-order mark
        position = exc.start + (len(codecs.BOM_UTF8) if source.startswith(codecs.BOM_UTF8) else 0)
        byte = source[position]
        raise Unreadable(
            f"The file is not UTF-8: it holds the byte 0x{byte:02X}, as Latin-1 or Windows-1252 files do.",
            "Save it as UTF-8 in your editor.",
            line=_line_at(source, position),
        ) from None
