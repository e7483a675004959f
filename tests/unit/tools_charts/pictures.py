"""What a picture is, read from its bytes."""

import struct

from tools.charts.sheet import DPI, LONGEST_ALT, WIDTH, Picture


def height_of(picture: Picture) -> int:
    """The height of a PNG in pixels; it has the width of every sheet, and words of a length that Slack takes."""
    assert picture.png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture.png[16:24])
    assert width == WIDTH * DPI
    assert len(picture.png) < 1_000_000
    assert 0 < len(picture.alt) <= LONGEST_ALT
    assert picture.title
    assert picture.takeaway
    return int(height)
