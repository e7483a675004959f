"""File types as Slack names them, from a file's name and first bytes."""

from pathlib import PurePosixPath

_TYPES = {
    "py": ("python", "text/x-python", "Python"),
    "txt": ("text", "text/plain", "Plain Text"),
    "md": ("markdown", "text/markdown", "Markdown (raw)"),
    "csv": ("csv", "text/csv", "CSV"),
    "json": ("json", "application/json", "JSON"),
    "yaml": ("yaml", "text/yaml", "YAML"),
    "yml": ("yaml", "text/yaml", "YAML"),
    "log": ("text", "text/plain", "Plain Text"),
    "png": ("png", "image/png", "PNG"),
    "jpg": ("jpg", "image/jpeg", "JPEG"),
    "jpeg": ("jpg", "image/jpeg", "JPEG"),
    "gif": ("gif", "image/gif", "GIF"),
    "svg": ("svg", "image/svg+xml", "SVG"),
    "pdf": ("pdf", "application/pdf", "PDF"),
    "zip": ("zip", "application/zip", "Zip"),
    "html": ("html", "text/html", "HTML"),
    "ipynb": ("ipynb", "application/x-ipynb+json", "Jupyter Notebook"),
}


def file_type(filename: str) -> tuple[str, str, str]:
    """(filetype, mimetype, pretty type) by the name's ending; `binary` for an ending that is not known."""
    suffix = PurePosixPath(filename).suffix.lower().removeprefix(".")
    return _TYPES.get(suffix, ("binary", "application/octet-stream", "Binary"))
