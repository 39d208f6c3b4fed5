"""Triton as it is called to compile ahead of time."""

from __future__ import annotations

import inspect

from tests.support.wheels import wheel


def test_signatures() -> None:
    triton = wheel("triton")
    compiler, backends = wheel("triton.compiler"), wheel("triton.backends.compiler")
    source = inspect.signature(compiler.ASTSource).parameters
    assert list(source)[:4] == ["fn", "signature", "constexprs", "attrs"]
    assert {"src", "target", "options"} <= set(inspect.signature(triton.compile).parameters)
    target = inspect.signature(backends.GPUTarget).parameters
    assert list(target) == ["backend", "arch", "warp_size"]
