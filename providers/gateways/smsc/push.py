"""What SMSC tells by itself: statuses, incoming SMS, numbers confirmed by a call (section 12).

The handler's own address says, in its query, in which charset and format it is called: `charset` is
windows-1251 unless it says otherwise; `fmt` 2 is XML, 3 is JSON, and without it a form comes.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qs, parse_qsl, urlsplit

from lxml import etree

from ...errors import Forged, OutcomeUnknown
from ...faces import Inbound
from ...model import MessageRef, Report
from ...wire import HttpRequest, HttpResponse, parse_json, parse_xml
from .config import Config
from .reply import address, attributes, digits, moment, word
from .request import digest
from .statuses import report

_ENCODINGS = {"utf-8": "utf-8", "koi8-r": "koi8-r"}
_FIELDS_MAX = 100
_EMAIL = "8"
_UNSOUND = re.compile("[\x00\ud800-\udfff]")

Fields = Mapping[str, str]


def parse(config: Config, request: HttpRequest) -> list[Report | Inbound]:
    """What a call tells. Raises Forged where one is not signed as it should be, OutcomeUnknown for nonsense.

    When an SMS came in is not always told; then it is when the call came: our own header `x-received-at`.
    """
    options = {name.lower(): values[-1] for name, values in parse_qs(urlsplit(request.url).query).items()}
    encoding = _ENCODINGS.get(options.get("charset", "").lower(), "cp1251")
    body = request.body or b""
    match options.get("fmt"):
        case "2":
            told = _of_xml(body, encoding)
        case "3":
            told = _of_json(body, encoding)
        case _:
            told = _of_form(body, encoding)
    if not told:
        raise OutcomeUnknown(raw="a push without fields")
    if config.push_secret is not None:
        for fields in told:
            _check_signature(fields, config.push_secret.get_secret_value(), encoding)
    received = _received_at(request)
    return [one for fields in told if (one := _told(config, _sound(fields), received)) is not None]


def query(config: Config) -> str:
    """The query of the handler's address: nothing is signed that does not ask for it there (section 12)."""
    return "charset=utf-8" if config.push_secret is None else "charset=utf-8&md5=1"


def _of_form(body: bytes, encoding: str) -> Sequence[Fields]:
    try:
        pairs = parse_qsl(
            body.decode(encoding, "surrogateescape"),  # loses no byte: the hash is over them
            keep_blank_values=True,
            encoding=encoding,
            errors="surrogateescape",
            max_num_fields=_FIELDS_MAX,
        )
    except ValueError:
        raise OutcomeUnknown(raw="a push of too many fields") from None
    return [dict(pairs)]


def _of_json(body: bytes, encoding: str) -> Sequence[Fields]:
    """Numbers are kept as they are written: the hash is over them. An object, or several in an array."""
    text = body.decode(encoding, "replace")
    value = parse_json(HttpResponse(status=200, body=text.encode("utf-8")))
    items = value if isinstance(value, list) else [value]
    return [
        {name: str(field) for name, field in item.items() if not isinstance(field, dict | list | None)}
        for item in items
        if isinstance(item, dict)
    ]


def _of_xml(body: bytes, encoding: str) -> Sequence[Fields]:
    """The names of elements are those of the form's fields; what is around them is not documented."""
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", body.decode(encoding, "replace"))
    root = parse_xml(HttpResponse(status=200, body=text.encode("utf-8")))
    holders = [one for one in root.iter() if len(one) and not len(one[0])]
    return [{**attributes(one), **_leaves(one)} for one in holders or [root]]


def _leaves(holder: etree._Element) -> Fields:
    return {str(leaf.tag): leaf.text or "" for leaf in holder if not len(leaf)}


def _sound(fields: Fields) -> Fields:
    """With U+FFFD for what no text can hold: bytes that were no character, and NUL."""
    return {name: _UNSOUND.sub("\ufffd", value) for name, value in fields.items()}


def _check_signature(fields: Fields, secret: str, encoding: str) -> None:
    """The hash is over the values as they were received, in the charset of the handler; the secret is last.

    A call without a hash is refused like one with a wrong one. A CRC32 is no signature.
    """
    if "mes" in fields:
        names: tuple[str, ...] = ("phone", "mes", "to")
    elif "waitcall" in fields:
        names = ("phone", "ts")
    else:
        names = ("id", "phone", "status")
    text = ":".join([*(fields.get(name, "") for name in names), secret])
    try:
        signed = text.encode(encoding, "surrogateescape")
    except UnicodeEncodeError:
        raise Forged(raw="not in the charset of the handler") from None
    hashes = {
        "md5": hashlib.md5(signed, usedforsecurity=False).hexdigest(),
        "sha1": hashlib.sha1(signed, usedforsecurity=False).hexdigest(),
    }
    given = {name: fields[name] for name in hashes if name in fields}
    good = [
        hmac.compare_digest(hashes[name].encode(), value.strip().lower().encode("utf-8", "replace"))
        for name, value in given.items()
    ]
    if not good or not all(good):
        raise Forged(raw="no hash" if not good else "a wrong hash")


def _told(config: Config, fields: Fields, received: datetime | None) -> Report | Inbound | None:
    """None: a call that is no business of ours, a number confirmed by a call or the fate of an e-mail."""
    if "mes" in fields:
        return _inbound(config, fields, received)
    if "waitcall" in fields or fields.get("type", "").strip() == _EMAIL or "@" in fields.get("phone", ""):
        return None
    message_id, msisdn = word(fields.get("id")), digits(fields.get("phone"))
    if message_id is None or not msisdn or "status" not in fields:
        raise OutcomeUnknown(raw="a push that is neither a status nor an incoming SMS")
    one = MessageRef(ref=message_id, msisdn=msisdn, gateway_ids=(message_id,))
    return report(one, fields, at=_at(config, fields))


def _at(config: Config, fields: Fields) -> datetime | None:
    """The first of the times it may have, be it Unix time or a date as text."""
    written = (fields.get(name) for name in ("ts", "last_timestamp", "time", "last_date"))
    return next((at for one in written if (at := moment(one, one, config.zone)) is not None), None)


def _inbound(config: Config, fields: Fields, received: datetime | None) -> Inbound:
    """Without an id the content is the key, and with it the time: told, else the hour of the call.

    A call repeated in the next hour shows one SMS twice; the same word written again is not lost.
    """
    sender, to, text = address(fields.get("phone")), address(fields.get("to")), fields["mes"]
    told = _at(config, fields)
    at = told or received
    if not sender or at is None:
        raise OutcomeUnknown(raw="an incoming SMS of nobody or of no time")
    return Inbound(
        key=word(fields.get("id"))
        or digest(sender, to, text, (told or at.replace(minute=0, second=0, microsecond=0)).isoformat()),
        msisdn=sender,
        to=to,
        text=text,
        at=at,
    )


def _received_at(request: HttpRequest) -> datetime | None:
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        at = datetime.fromisoformat(headers.get("x-received-at", ""))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
