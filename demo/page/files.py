"""Files in messages: cards with download, a preview of text, pictures shown."""

import html
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Response

from demo.page.markup import icon, size
from demo.workspace.model import File
from demo.workspace.timeline import NotFound
from demo.workspace.workspace import Workspace

ROUTE: Final = "/page/files"

_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_TEXTS: Final = frozenset(
    {"py", "txt", "md", "log", "csv", "json", "yaml", "yml", "toml", "ini", "cfg", "sql", "sh", "diff"}
)
_PREVIEW_BYTES: Final = 60_000
_PREVIEW_LINES: Final = 120
_COLOURS: Final = {
    "py": "#3572a5",
    "csv": "#1d7a46",
    "json": "#8a6d0b",
    "md": "#555b66",
    "log": "#555b66",
    "png": "#7a3ec8",
}


def serve(app: FastAPI, workspace: Workspace) -> None:
    """Let the page's own links download the workspace's files.

    What people uploaded never runs in the page's origin: only pictures are shown, everything else is a download.
    """

    @app.get(f"{ROUTE}/{{file_id}}/{{name:path}}", include_in_schema=False)
    def download(file_id: str, name: str) -> Response:
        del name  # there for the browser, which takes a file's name from the end of its address
        try:
            file, content = workspace.file(file_id), workspace.content(file_id)
        except NotFound as missing:
            raise HTTPException(404, "This file was deleted.") from missing
        shown = file.mimetype in _PICTURES
        disposition = "inline" if shown else "attachment"
        headers = {
            "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(file.name, safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(content, media_type=file.mimetype if shown else "application/octet-stream", headers=headers)


def cards(files: Iterable[File], content: Callable[[str], bytes]) -> str:
    """The HTML of a message's files.

    Args:
        files: As the message carries them.
        content: The bytes of a file by its id; asked only for files that can be previewed. May raise `NotFound`.
    """
    return "".join(_card(file, content) for file in files)


def badge(name: str) -> str:
    """A small coloured square with a file's ending."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    colour = _COLOURS.get(ending, "#6b6f76")
    shown = html.escape(ending[:4].upper()) if ending else icon("description")
    return f'<span class="file-icon" style="background:{colour}" aria-hidden="true">{shown}</span>'


def address(file: File) -> str:
    """Where the page downloads a file."""
    return f"{ROUTE}/{quote(file.id)}/{quote(file.name, safe='')}"


def _card(file: File, content: Callable[[str], bytes]) -> str:
    name = html.escape(file.name)
    if file.deleted:
        return f'<div class="file"><div class="file-row">{icon("delete")}<i>{name} was deleted.</i></div></div>'
    link = html.escape(address(file))
    if file.mimetype in _PICTURES:
        alt = html.escape(file.alt_text or file.title or file.name)
        return (
            f'<div class="picture-file" data-testid="file" data-file="{name}"><div class="caption">{name}</div>'
            f'<a href="{link}" target="_blank"><img src="{link}" alt="{alt}"></a></div>'
        )
    return (
        f'<div class="file" data-testid="file" data-file="{name}"><div class="file-row">{badge(file.name)}'
        f'<span class="file-name"><b title="{name}">{name}</b><small>{_kind(file)} · {size(file.size)}</small></span>'
        f'<a class="icon-button" data-testid="file-download" href="{link}" download="{name}" title="Download" '
        f'aria-label="Download {name}">{icon("download")}</a></div>{_preview(file, content)}</div>'
    )


def _kind(file: File) -> str:
    return {"python": "Python", "text": "Plain text", "csv": "CSV", "binary": "Binary"}.get(
        file.filetype, html.escape(file.filetype.capitalize())
    )


def _preview(file: File, content: Callable[[str], bytes]) -> str:
    """The first lines of a text file behind "Preview"; nothing for what is not UTF-8 text."""
    if not file.mimetype.startswith("text/") and file.name.rpartition(".")[2].lower() not in _TEXTS:
        return ""
    try:
        start = content(file.id)[:_PREVIEW_BYTES]
    except NotFound:
        return ""
    if b"\0" in start:
        return ""
    # The cut may fall inside a character: up to three bytes at the end may be missing from it.
    text = start.decode("utf-8", errors="ignore")
    if len(start) - len(text.encode()) > (3 if file.size > _PREVIEW_BYTES else 0):
        return ""
    lines = text.splitlines()
    shown = html.escape("\n".join(lines[:_PREVIEW_LINES]))
    cut = len(lines) > _PREVIEW_LINES or file.size > _PREVIEW_BYTES
    note = f'<div class="left-out">The first {_PREVIEW_LINES} lines; download it for the rest.</div>' if cut else ""
    return f'<details><summary>Preview</summary><pre tabindex="0">{shown}</pre>{note}</details>'
