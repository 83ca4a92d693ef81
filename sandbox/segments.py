"""How many SMS a text fills (3GPP TS 23.038 and 23.040): the unit in which every gateway charges.

GSM-7: 160 septets in one SMS, 153 in each part of a longer text; a character of the extension table takes
two and is never torn apart. Any other character turns the whole text into UCS-2: 70 UTF-16 units, or 67,
pairs never torn apart.
"""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")


def count_segments(text: str) -> int:
    """Number of SMS the text is sent as; an empty text still is one."""
    if all(char in _BASIC or char in _EXTENSION for char in text):
        return _fill([2 if char in _EXTENSION else 1 for char in text], single=160, part=153)
    return _fill([2 if ord(char) > 0xFFFF else 1 for char in text], single=70, part=67)


def _fill(widths: list[int], *, single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1
    segments, used = 1, 0
    for width in widths:
        if used + width > part:
            segments, used = segments + 1, 0
        used += width
    return segments
