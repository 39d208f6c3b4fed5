"""What a file that is no video seems to be, so that whoever sent it knows it again."""

from __future__ import annotations

from gpu_service.decode.input import InputFile

_HEAD_BYTES = 512
_SHOWN_CHARACTERS = 40
_SHOWN_BYTES = 8
_TEXT_SHARE = 0.95

_KNOWN = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"%PDF", "a PDF"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "an SQLite database"),
)


def what_it_seems(file: InputFile) -> str:
    """A few words on the first bytes: ``a ZIP archive``, ``a text that begins '…'``."""
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    for magic, words in _KNOWN:
        if head.startswith(magic):
            return f"it seems to be {words}"
    if not head.strip(b"\0"):
        return "it begins with zeros"
    text = head.decode("utf-8", errors="ignore")
    plain = sum(character.isprintable() or character.isspace() for character in text)
    if len(text.encode()) >= _TEXT_SHARE * len(head) and plain >= _TEXT_SHARE * len(text):
        shown = " ".join(text.split())[:_SHOWN_CHARACTERS]
        return f"it seems to be a text that begins {shown!r}"
    return f"no known format (it begins with the bytes {head[:_SHOWN_BYTES].hex(' ')})"
