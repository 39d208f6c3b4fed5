"""A wheel that is installed, as far as its metadata goes."""

from __future__ import annotations

from pathlib import Path

import pytest


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, wheel: str) -> None:
    """Version 9.9 of it, before any other that is here."""
    metadata = folder / f"{wheel.replace('-', '_')}-9.9.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.1\nName: {wheel}\nVersion: 9.9\n")
    monkeypatch.syspath_prepend(str(folder))
