"""Damage to files as disks, programs and attackers do it: to the bytes, and to what is packed inside them."""

import zlib
from io import BytesIO
from random import Random
from zipfile import BadZipFile, ZipFile

from tests.support.files import hwp_of, zip_of

ZIPPED = frozenset({".docx", ".odt", ".hwpx", ".xlsx"})
LARGEST_HWP_SECTION = 700
# What parsers stumble over.
TOKENS = (
    b"\0", b"\xff\xfe", b"\r\n", b"<", b">", b"&#0;", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b'"', b"99999999999",
    b"-1", b"{", b"}", b"[", b"\\u-10179?", b"\\bin999999999 ", b"\\'ff", b"-->", b"00:00:0", b"NaN", b"1e999",
    b'"\\ud800"', b"null", b"endobj", b"stream\n", b"<< /Kids [1 0 R] >>", b"/Length 99999999", b"\xed\xa0\x80",
    b"\xb0\xa1", b" " * 50, b"<w:p>" * 30, b"\xff\xff\xff\xff", b"\x0b\0\0\0",
)  # fmt: skip


def damaged(raw: bytes, ending: str, random: Random) -> bytes:
    """Return the file with a few small wounds; for a packed one half the time inside the packing."""
    if random.random() < 0.5:
        if ending in ZIPPED:
            return _damaged_part(raw, random)
        if ending == ".hwp":
            return _damaged_section(random)
    return wounded(raw, random)


def wounded(raw: bytes, random: Random) -> bytes:
    data = bytearray(raw)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(data) + 1)
        length = random.choice((0, 1, 1, 4, 20, 200))
        kind = random.randrange(6)
        if kind == 0:
            data[at : at + length] = random.randbytes(random.randrange(9))
        elif kind == 1:
            data[at:at] = random.choice(TOKENS)
        elif kind == 2:
            data[at:at] = data[at : at + 200] * random.randint(1, 20)
        elif kind == 3:
            del data[at : at + length]
        elif kind == 4 and at < len(data):
            data[at] ^= 1 << random.randrange(8)
        elif random.random() < 0.3:
            del data[at:]
    return bytes(data)


def _damaged_part(raw: bytes, random: Random) -> bytes:
    try:
        with ZipFile(BytesIO(raw)) as archive:
            parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    except BadZipFile:
        return raw
    name = random.choice(sorted(parts))
    content = parts[name]
    assert isinstance(content, bytes)
    parts[name] = wounded(content, random)
    return zip_of(parts)


def _damaged_section(random: Random) -> bytes:
    from tests.support.files import TALK, hwp_paragraph

    section = wounded(b"".join(map(hwp_paragraph, TALK)), random)
    while len(zlib.compress(section, 9)) > LARGEST_HWP_SECTION:
        section = section[: len(section) // 2]
    return hwp_of(section=section)
