"""What pybind11 writes about a function: its signatures begin its docstring, one an overload."""

from __future__ import annotations

import re

_MODULES = re.compile(
    r"\b(_PyNvVideoCodec|nvidia\.nvimgcodec\.nvimgcodec_impl|typing|collections\.abc)\."
)


def signatures(docstring: str) -> list[str]:
    """Each from its first parameter to its result, without the names of modules."""
    lines = re.findall(r"^(?:\d+\. )?\w+(\(.*\) -> .+)$", docstring, re.MULTILINE)
    return [_MODULES.sub("", line) for line in lines]
