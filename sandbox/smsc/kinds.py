"""What SMSC sends besides a plain SMS, and what it does to a text on the way (sheet 2.1). Pure functions."""

import re
from zlib import crc32

from sandbox.segments import count_segments
from sandbox.smsc.request import Request

# `type` of sheet section 5 by the name of the switch. E-mail, Telegram and binary messages are not spoken.
TYPES = {
    "sms": 0,
    "flash": 1,
    "push": 3,
    "hlr": 4,
    "ping": 5,
    "mms": 6,
    "call": 7,
    "viber": 10,
    "soc": 12,
}
WORDLESS = frozenset({"hlr", "ping"})
_SPLIT = frozenset({"sms", "flash", "push"})
_NOT_SPOKEN = ("bin", "mail", "tg", "bot")
_PREFIXES = {f"__{name.upper()}__": name for name in ("call", "viber", "soc", "ping", "hlr")}
_SYMBOLS_A_SECOND = 15  # of a voice; ours, SMSC does not tell


def read_kind(request: Request) -> tuple[str, Request]:
    """The kind of message, a key of `TYPES`, and the request without the prefix that may have named it.

    ValueError: two kinds at once, or one not spoken here.
    """
    parameters = request.parameters
    if any(request.flag(name) for name in _NOT_SPOKEN):
        raise ValueError("a kind of message this stand-in does not speak")
    named = [name for name in TYPES if name != "sms" and request.flag(name)]
    if len(named) > 1:
        raise ValueError(f"one kind at once, not {named}")
    if named:
        return named[0], request
    for prefix, name in _PREFIXES.items():
        if parameters.get("mes", "").startswith(prefix):
            return name, Request({**parameters, "mes": parameters["mes"].removeprefix(prefix)})
    return "sms", request


def count_parts(kind: str, text: str) -> int:
    """How many times the price of one is paid: parts of an SMS, else one."""
    return count_segments(text) if kind in _SPLIT else 1


def count_told(kind: str, text: str) -> int:
    """What `cnt` counts: parts, but the seconds of a voice call."""
    return -(-len(text) // _SYMBOLS_A_SECOND) if kind == "call" else count_parts(kind, text)


def check_voice(request: Request) -> None:
    """`voice` and `param` of a call. ValueError: no such voice, or out of bounds."""
    voice, param = request.parameters.get("voice"), request.parameters.get("param")
    if voice and not re.fullmatch(r"[mw][234]?(,[a-z]{2})?", voice):
        raise ValueError(f"no such voice: {voice!r}")
    if param:
        wait, gap, tries = map(int, param.split(","))
        if not (0 <= wait <= 99 and 10 <= gap <= 3600 and 1 <= tries <= 9):
            raise ValueError(f"not parameters of a call: {param!r}")


def shape(text: str, request: Request, kind: str) -> str:
    """The text as it leaves: links shortened, transliterated, cut to `maxsms`. ValueError: bad options."""
    style = request.parameters.get("translit") or "0"
    if style not in ("0", "1", "2"):
        raise ValueError(f"no such transliteration: {style!r}")
    if request.flag("tinyurl"):
        text = re.sub(r"https?://\S+", _short, text)
    if style != "0":
        text = text.translate(_SOUNDS if style == "1" else _LOOKS)
    most = int(request.parameters.get("maxsms") or 0)
    if most < 0:
        raise ValueError(f"not a number of parts: {most}")
    while most and count_parts(kind, text) > most:
        text = text[:-1]
    return text


def _short(link: re.Match[str]) -> str:
    return f"https://short.example/{crc32(link[0].encode()):x}"


def _table(written: str) -> dict[int, str]:
    """For `str.translate`, from pairs of a letter and what stands for it; capitals follow."""
    small = dict(pair.split("=") for pair in written.split())
    return str.maketrans(small | {char.upper(): drawn.capitalize() for char, drawn in small.items()})


_SOUNDS = _table(
    "а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f "
    "х=h ц=ts ч=ch ш=sh щ=sch ъ=' ы=y ь=' э=e ю=yu я=ya"
)
# "mpaHc/Ium" is the sheet's example of this style: letters are drawn, not sounded.
_LOOKS = _table(
    "а=a б=6 в=B г=r д=g е=e ё=e ж=>K з=3 и=u й=u к=k л=/I м=M н=H о=o п=n р=p с=c т=m у=y ф=qp "
    "х=x ц=u, ч=4 ш=w щ=w, ъ=b ы=bI ь=b э=3 ю=10 я=9"
)
