"""Why something failed, for people: what happened, whether it was probably charged, what to do next.

By the code's entry in the reason dictionary where it has one, else by the few kinds of reasons and of errors.
Pure functions.
"""

import re
from datetime import timedelta
from html import unescape
from math import ceil

from providers.errors import GatewayError, OutcomeUnknown, Throttled
from providers.gateways import ENTRIES
from providers.http import Break
from providers.model import Charged, MessageState
from storage.campaigns import Line

from .words import Html, Words

_S = MessageState
ENDED_BADLY = frozenset({_S.UNDELIVERED, _S.EXPIRED, _S.REJECTED, _S.CANCELLED, _S.UNTRACKED})
# What is written down of messages that were on the wire when the desk stopped, or was found dead.
STOPPED = frozenset({"stopped while sending", "the desk stopped while sending"})
_BREAKS = frozenset(Break)

# What an adapter writes down of a reply, see `HttpResponse.excerpt`; and where gateways put words for people.
_EXCERPT = re.compile(r"(?:.*?: )?HTTP \d{3}:(.*)", re.DOTALL)
_IN_JSON = re.compile(r'"(?:error|desc|descr|description|message)"\s*:\s*"((?:[^"\\]|\\.)+)"', re.IGNORECASE)
_IN_XML = re.compile(r"<(error|desc|descr|faultstring|message)\b[^>]*>([^<]+)</", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(?:u([0-9a-f]{4})|(.))", re.IGNORECASE)
_CONTROLS = {"n": " ", "r": " ", "t": " ", "b": "", "f": ""}


def trouble(words: Words, kind: str, code: str | None = None, entry: str | None = None) -> Html:
    """What is wrong with a gateway or an account, and what to do about it: whole sentences.

    `kind` is that of an error, or a word of our own that has a text.
    """
    if entry in ENTRIES:
        return _sentences(words(f"entry-{entry}"), words(f"entry-{entry}.next"))
    return words(f"trouble-{kind}", code=code or "?")


def of_error(words: Words, error: GatewayError) -> Html:
    """The same of an error as it comes from a gateway, with how long to wait, or what broke, if known."""
    if error.entry is None:
        match error:
            case Throttled(retry_after=timedelta() as pause):
                return words("trouble-throttled-for", seconds=ceil(pause.total_seconds()))
            case OutcomeUnknown(raw=raw) if (why := broken(words, raw)) is not None:
                return words("trouble-unanswered", why=why)
    return trouble(words, error.kind, error.code, error.entry)


def of_message(words: Words, line: Line, *, asked: bool) -> Html:
    """Why a message failed or is in doubt. `asked`: this gateway can be asked about a lost answer."""
    if line.state == _S.UNCERTAIN:
        return _doubt(words, line, asked=asked)
    if line.entry is not None and line.entry in ENTRIES:
        charged = words(f"charged-{ENTRIES[line.entry]}")
        return _sentences(words(f"entry-{line.entry}"), charged, words(f"entry-{line.entry}.next"))
    if line.state == _S.UNTRACKED:
        return words("untracked")
    reason = "expired" if line.state == _S.EXPIRED else line.reason or "unexplained"
    return _sentences(words(f"reason-{reason}"), words(f"charged-{_charged(line.state)}"))


def happened(words: Words, state: MessageState, entry: str | None, reason: str | None) -> Html:
    """What happened to a message that failed, without advice."""
    if entry in ENTRIES:
        return words(f"entry-{entry}")
    key = "expired" if state == MessageState.EXPIRED else reason or "unexplained"
    first, stop, _ = words(f"reason-{key}").partition(". ")
    return Html(first + stop.strip())


def _doubt(words: Words, line: Line, *, asked: bool) -> Html:
    """Never with the entry's own advice: what to do about a doubt depends on whether we can still ask."""
    if line.reason is not None:
        return words(f"reason-{line.reason}")
    advice = words("doubt-asked" if asked else "doubt")
    return _sentences(words(f"entry-{line.entry}"), advice) if line.entry in ENTRIES else advice


def _charged(state: MessageState) -> Charged:
    if state == _S.REJECTED:
        return Charged.NO
    # A message may expire before it leaves us, and then nobody charges for it.
    return Charged.MAYBE if state == _S.EXPIRED else Charged.YES


def small_print(words: Words, gateway: Html, line: Line) -> Html | None:
    """What the gateway itself said, for its support; None if it said nothing."""
    told = said(words, line)
    if told is None:
        return None
    colon = "" if broken(words, line.raw or "") is None else ":"  # those words are not the gateway's
    return Html(f"<blockquote expandable>{words.escape(f'{gateway}{colon} {told}'[:300])}</blockquote>")


def said(words: Words, line: Line) -> str | None:
    """The code and the words of the gateway; None if it said nothing."""
    raw = broken(words, line.raw or "") or _own_words(line.raw or "")
    return " ".join(filter(None, [line.code, raw if raw != line.code else None])) or None


def _own_words(raw: str) -> str:
    """What a gateway says in a reply: its words without JSON, XML and pages around them; perhaps none.

    Not parsed: an excerpt is cut anywhere.
    """
    excerpt = _EXCERPT.fullmatch(raw)
    if excerpt is None:
        return raw
    body = excerpt[1].strip()
    if body[:1] in "{[":
        found = _IN_JSON.search(body)
        return _unescaped(found[1]) if found else ""
    if body[:1] == "<":
        tag = _IN_XML.search(body)
        return unescape(tag[2]).strip() if tag else ""
    return body


def _unescaped(text: str) -> str:
    """A string of JSON; half a surrogate pair, which nothing can show, is replaced."""
    plain = _ESCAPED.sub(lambda one: chr(int(one[1], 16)) if one[1] else _CONTROLS.get(one[2], one[2]), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()


def broken(words: Words, raw: str) -> str | None:
    """What broke between us and a gateway, if `raw` is one of the words of `Break`, or that we stopped."""
    raw = Break.INTERRUPTED if raw in STOPPED else raw
    return words.plain(f"break-{raw.replace(' ', '-')}") if raw in _BREAKS else None


def _sentences(*texts: Html) -> Html:
    return Html(" ".join(texts))
