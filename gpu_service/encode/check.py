"""Whether stored bytes are a whole JPEG."""

from __future__ import annotations

import simplejpeg

_START = b"\xff\xd8\xff"
_END = b"\xff\xd9"


def jpeg_problem(body: bytes) -> str | None:
    """What is wrong with a JPEG, in a few words; None for one that decodes to its last line."""
    if not body:
        return "it is empty"
    if not body.startswith(_START):
        return "it is not a JPEG"
    if not body.endswith(_END):
        return "the JPEG is cut off"
    try:
        simplejpeg.decode_jpeg(body, colorspace="RGB", strict=True)
    except ValueError as error:
        return f"the JPEG is damaged: {error}"
    return None
