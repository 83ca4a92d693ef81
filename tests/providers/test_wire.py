"""Readers of replies that survive anything, and redaction that misses nothing."""

import html
import json
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from providers.errors import GatewayError, OutcomeUnknown, Throttled
from providers.wire import (
    MAX_DEPTH,
    HttpRequest,
    HttpResponse,
    as_decimal,
    as_int,
    check_endpoint,
    check_status,
    decode,
    form_body,
    is_loopback,
    parse_json,
    parse_retry_after,
    parse_xml,
    redact,
    redacted_head,
    unreadable,
)


def reply(body: bytes | str, status: int = 200, **headers: str) -> HttpResponse:
    raw = body.encode() if isinstance(body, str) else body
    return HttpResponse(
        status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=raw
    )


# --- Redaction ---------------------------------------------------------------------------------------


def lower_percent(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


# How wires write a secret down. The names tell which of them failed.
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "form": quote_plus,
    "percent": lambda text: quote(text, safe=""),
    "path": quote,
    "encodeURIComponent": lambda text: quote(text, safe="!*'()"),
    "percent in lower case": lower_percent,
    "html": html.escape,
    "html of PHP": lambda text: html.escape(text).replace("&#x27;", "&#039;"),
    "json": lambda text: json.dumps(text)[1:-1],
    "json in upper case": lambda text: "".join(
        f"\\u{ord(each):04X}" if ord(each) < 0x10000 else each for each in text
    ),
    "json of PHP": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "json in UTF-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "xml": escape,
    "xml attribute": lambda text: quoteattr(text)[1:-1],
    "xml in ASCII": lambda text: escape(text).encode("ascii", "xmlcharrefreplace").decode(),
    "xml in hexadecimal": lambda text: "".join(f"&#x{ord(each):X};" for each in text),
}

# What surrounds it; none of it looks like a secret by itself, so that the pattern for those does not help.
FRAMES = ("{}", "a={}&b=c", '{{"a": "{}", "b": 1}}', "<a>{}</a>", '<a b="{}"/>', "a {} b")

secrets = st.text(min_size=3, max_size=30).filter(lambda text: "*" not in text)


@settings(max_examples=600, deadline=None)
@given(secrets, st.sampled_from(sorted(FORMS)), st.sampled_from(FRAMES))
def test_a_secret_survives_in_no_form(secret: str, form: str, frame: str) -> None:
    written = FORMS[form](secret)
    assume(written not in frame.replace("{}", "***"))
    shown = redact(frame.format(written), [secret])
    assert written not in shown
    assert "***" in shown


@given(st.text(alphabet="pa$+ &=%<>\"'/\\Яё€😀\n\t", min_size=3, max_size=12), st.data())
def test_a_secret_survives_in_no_mixture_of_forms(secret: str, data: st.DataObject) -> None:
    chosen = [data.draw(st.sampled_from(["percent", "html", "json", "xml in ASCII"])) for _ in secret]
    written = "".join(FORMS[form](each) for form, each in zip(chosen, secret, strict=True))
    assert redact(f"[[{written}]]", [secret]) == "[[***]]"


@pytest.mark.parametrize("form", sorted(FORMS))
def test_an_awkward_secret_survives_in_no_form(form: str) -> None:
    secret = "pa$$ +&=%<word>\"'/\\*~Я😀"
    assert redact(f"key:{FORMS[form](secret)};", [secret]) == "key:***;"


def test_a_cyrillic_secret_in_windows_1251() -> None:
    secret = "пароль!"
    assert redact(f"a={quote(secret.encode('cp1251'))}&b", [secret]) == "a=***&b"


def test_a_secret_that_ends_in_a_percent_sign_leaves_nothing_of_its_code() -> None:
    assert redact("a=abc%25&b", ["abc%"]) == "a=***&b"


def test_the_longer_of_two_secrets_goes_first() -> None:
    assert redact("secret-and-more", ["secret", "secret-and-more"]) == "***"


def test_an_empty_secret_hides_nothing() -> None:
    assert redact("text", ["", "unseen"]) == "text"


@pytest.mark.parametrize("secret", ["\\" * 60, "&" * 60, "%25" * 30, "+ " * 30, "a" * 200])
def test_no_secret_takes_long(secret: str) -> None:
    started = time.perf_counter()
    for text in (secret[:-1], json.dumps(secret[:-1]), quote(secret[:-1]), html.escape(secret[:-1]) * 40):
        redact(text, [secret])
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("login=acme&psw=Zz9&mes=Hello", "login=***&psw=***&mes=Hello"),
        ('{"Login": "acme", "apikey":"k-1"}', '{"Login": "***", "apikey":"***"}'),
        ("<password>Zz9</password>", "<password>***</password>"),
        ("<x:sessionID>1</x:sessionID>", "<x:sessionID>***</x:sessionID>"),
        ("/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe", "/bot***/getMe"),
        ("/bot110201543%3AAAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe", "/bot***/getMe"),
        ("to 79031234567, 779031234567 and 7903123456", "to 7903****567, 7790****567 and 7903****456"),
        ("380501234567, 998901234567890", "3805****567, 9989****890"),
        ("phone=%2079031234567&to=%2B380501234567", "phone=%207903****567&to=%2B3805****567"),
        ("to=79031234567%2C79031234568&", "to=7903****567%2C7903****568&"),
        ("579700854169272358 and 903123456", "579700854169272358 and 903123456"),
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_hidden_unasked(text: str, shown: str) -> None:
    assert redact(text) == shown


@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from(["json", "percent", "plain", "html"]))
def test_a_cut_leaves_no_part_of_a_secret(before: int, limit: int, form: str) -> None:
    secret = "Яse<ret&"
    written = FORMS[form](secret)
    shown = redacted_head(("." * before + written + "." * 1000).encode(), limit, [secret])
    assert shown.strip(".") in {"", "***"}
    assert shown.startswith("." * min(before, limit))
    assert ("***" in shown) == (before < limit)


@pytest.mark.parametrize("form", ["plain", "percent", "json", "xml in ASCII"])
def test_a_cut_through_a_long_form_leaves_no_part_of_it(form: str) -> None:
    secret = "😀" * 50
    body = (".." + FORMS[form](secret) + "..").encode()
    assert redacted_head(body, 3, [secret]) == "..***"


def test_an_excerpt_is_one_line_redacted_and_cut() -> None:
    response = HttpResponse(status=500, body=b"Bad\r\n\tpassword  Zz9 " + b"x" * 1000, secrets=("Zz9",))
    assert response.excerpt(20) == "HTTP 500: Bad password *** xxx"


def test_an_excerpt_can_be_written_down() -> None:
    response = HttpResponse(status=200, body=b"a\x00b\xff\xed\xa0\x80")
    assert response.excerpt() == "HTTP 200: a\ufffdb\ufffd\ufffd\ufffd\ufffd"


def test_an_excerpt_of_a_secret_reply_shows_nothing() -> None:
    assert HttpResponse(status=200, body=b'"C0FFEE"', secret=True).excerpt() == "HTTP 200: ***"


def test_repr_shows_neither_bodies_nor_headers_nor_secrets() -> None:
    request = HttpRequest(
        operation="send", method="POST", url="u", headers={"k": "Zz9"}, body=b"Zz9", secrets=("Zz9",)
    )
    response = HttpResponse(status=200, headers={"k": "Zz9"}, body=b"Zz9", secrets=("Zz9",))
    assert "Zz9" not in repr(request) + repr(response)


# --- Any bytes at all --------------------------------------------------------------------------------

SAMPLE_JSON = '{"Code": 0, "Result": [{"Id": 9007199254740993, "Price": 1.10, "Text": "Привет"}]}'.encode()
SAMPLE_XML = '<?xml version="1.0" encoding="utf-8"?><r xmlns="u:x"><a id="1">Привет</a><!--c--></r>'.encode()
TOKENS = [
    *(b"<", b">", b"</r>", b"<?", b"?>", b"&", b"&x;", b"<!DOCTYPE", b"<![CDATA[", b"encoding='utf-16'"),
    *(b"{", b"}", b"[", b"]", b'"', b",", b"-", b"NaN", b"1e999999999", b"\\u", b"\\ud800"),
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf"),
]


@st.composite
def mutated(draw: st.DrawFn, sample: bytes) -> bytes:
    """The sample with pieces taken out, doubled, or replaced by what parsers dislike."""
    body = sample
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 20)))
        body = body[:start] + draw(st.sampled_from([b"", body[start:end] * 2, *TOKENS])) + body[end:]
    return body


bodies = st.one_of(
    st.binary(max_size=200),
    st.lists(st.sampled_from(TOKENS), max_size=30).map(b"".join),
    mutated(SAMPLE_JSON),
    mutated(SAMPLE_XML),
)
statuses = st.sampled_from([200, 204, 301, 400, 404, 429, 500, 502])


@pytest.mark.parametrize("parse", [parse_json, parse_xml])
@settings(max_examples=700, deadline=timedelta(seconds=1))
@given(body=bodies, status=statuses)
def test_any_bytes_are_read_or_refused(
    parse: Callable[[HttpResponse], object], body: bytes, status: int
) -> None:
    error = refusal(parse, reply(body, status))
    if isinstance(error, Throttled):
        assert status == 429
    elif error is not None:
        assert type(error) is OutcomeUnknown
        assert error.code == str(status)
        assert len(error.raw) < 400
        assert error.__cause__ is None


def refusal(parse: Callable[[HttpResponse], object], response: HttpResponse) -> GatewayError | None:
    try:
        check_status(response)
        parse(response)
    except GatewayError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("parse", "body"),
    [
        (parse_json, b"[" * 4_000_000),
        (parse_json, b"[" * 1_000 + b"]" * 1_000),
        (parse_json, b'{"a":' * 1_000_000),
        (parse_json, b"1" * 8_000_000),
        (parse_json, b"1e99999999999999999999"),
        (parse_xml, b"<a>" * 2_000_000),
        (parse_xml, b"<a" + b' b="c"' * 100_000 + b"/>"),
        (parse_xml, b"<a>" + b"&lt;" * 2_000_000),
        (parse_xml, b"<?xml " * 1_000_000),
    ],
    ids=lambda value: value[:6].decode() if isinstance(value, bytes) else "",
)
def test_a_hostile_body_is_refused_quickly(parse: Callable[[HttpResponse], object], body: bytes) -> None:
    started = time.perf_counter()
    with pytest.raises(OutcomeUnknown):
        parse(reply(body))
    assert time.perf_counter() - started < 2


# --- JSON --------------------------------------------------------------------------------------------


def test_json_numbers_stay_exact() -> None:
    value = parse_json(reply(SAMPLE_JSON))
    assert value == {
        "Code": 0,
        "Result": [{"Id": 9007199254740993, "Price": Decimal("1.10"), "Text": "Привет"}],
    }


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf "x" \r\n', "x"),
        (b'\r\n \xef\xbb\xbf"x"', "x"),
        (rb'"\ud83d\ude00 \u0001"', "😀 \x01"),
        (rb'["\ud83d", "\u0000", {"a\uDC00": "\\ud83d"}]', ["\ufffd", "\ufffd", {"a\ufffd": r"\ud83d"}]),
        (b"[" + b"[]," * MAX_DEPTH + b"[]]", [[]] * (MAX_DEPTH + 1)),
        ('"Привет"'.encode("cp1251"), "Привет"),
        (b"null", None),
        (b"-1", -1),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, json.loads("[" * MAX_DEPTH + "]" * MAX_DEPTH)),
    ],
)
def test_json_as_real_servers_send_it(body: bytes, value: object) -> None:
    assert parse_json(reply(body)) == value


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b" \n", b"\xef\xbb\xbf", b"NaN", b"[Infinity]", b"-Infinity"),
        *(b'{"a":1', b"{}{}", b"<html>", b"'x'", b"\xff\xfe{"),
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1),
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        parse_json(reply(body))


# --- XML ---------------------------------------------------------------------------------------------

RUSSIAN = "<r>Сообщение отправлено</r>"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(RUSSIAN.encode(), id="no declaration"),
        pytest.param(b"\xef\xbb\xbf" + RUSSIAN.encode(), id="byte-order mark"),
        pytest.param(b"\xef\xbb\xbf<?xml version='1.0'?>" + RUSSIAN.encode(), id="mark and declaration"),
        pytest.param(b"\r\n <?xml version='1.0'?>" + RUSSIAN.encode(), id="blanks before it"),
        pytest.param(
            b"\n\xef\xbb\xbf<?xml version='1.0' encoding='windows-1251'?>" + RUSSIAN.encode("cp1251"),
            id="blanks before the mark",
        ),
        pytest.param(
            b'<?xml version="1.0" encoding="windows-1251"?>' + RUSSIAN.encode("cp1251"), id="windows-1251"
        ),
        pytest.param(b'<?xml version="1.0" encoding="UTF-8"?>' + RUSSIAN.encode("cp1251"), id="wrong label"),
        pytest.param(RUSSIAN.encode("cp1251"), id="windows-1251 without label"),
        pytest.param(b'<?xml version="1.0" encoding="utf-16"?>' + RUSSIAN.encode(), id="says UTF-16"),
        pytest.param(b"<?xml version='1.0'?><?style x?><!-- c -->" + RUSSIAN.encode(), id="a prologue"),
    ],
)
def test_xml_as_real_servers_send_it(body: bytes) -> None:
    assert parse_xml(reply(body)).text == "Сообщение отправлено"


def test_short_text_in_labelled_windows_1251_is_not_taken_for_utf8() -> None:
    body = "<r>Р°</r>".encode("cp1251")  # these two bytes are also UTF-8
    assert parse_xml(reply(b'<?xml version="1.0" encoding="windows-1251"?>' + body)).text == "Р°"


def test_every_child_is_an_element() -> None:
    root = parse_xml(reply("<r><!-- c --><?pi x?><a/>t<![CDATA[<b>]]><c/></r>"))
    assert [child.tag for child in root] == ["a", "c"]
    assert root[0].tail == "t<b>"


BOMB = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 10))


@pytest.mark.parametrize(
    "body",
    [
        f'<!DOCTYPE r [<!ENTITY e0 "x">{BOMB}]><r>&e9;</r>'.encode(),
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r>&x;</r>',
        b'<!DOCTYPE r SYSTEM "http://127.0.0.1/x.dtd"><r/>',
        b'<?xml version="1.0"?>\n<!DOCTYPE r><r/>',
        '<!DOCTYPE r [<!ENTITY x "y">]><r>&x;</r>'.encode("utf-16"),
        '<!DOCTYPE r [<!ENTITY x "y">]><r>&x;</r>'.encode("utf-16-le"),
        b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE r+AD4APA-r/+AD4-',
        b"<r>&x;</r>",
    ],
)
def test_entities_and_doctypes_are_refused(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        parse_xml(reply(body))


def test_an_include_is_not_followed() -> None:
    body = '<r xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/hostname"/></r>'
    root = parse_xml(reply(body))
    assert etree.tostring(root, encoding="unicode") == body


@pytest.mark.parametrize(
    ("depth", "fits"), [(MAX_DEPTH, True), (MAX_DEPTH + 1, False), (250, False), (10_000, False)]
)
def test_xml_may_be_nested_only_so_deep(depth: int, fits: bool) -> None:
    response = reply(b"<a>" * depth + b"</a>" * depth)
    if fits:
        assert parse_xml(response).tag == "a"
    else:
        with pytest.raises(OutcomeUnknown):
            parse_xml(response)


@pytest.mark.parametrize(
    "body", [b"", b" ", b"\xef\xbb\xbf", b"<r>", b"<r></s>", b"OK", b"<r/><r/>", b"<r>\x00</r>", b"{}"]
)
def test_what_is_no_xml_is_refused(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        parse_xml(reply(body))


# --- Numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("12.50", "12.50"),
        (" 12,50 ", "12.50"),
        ("1 234,50", "1234.50"),
        ("1\xa0234.50", "1234.50"),
        ("1\u202f234.50", "1234.50"),
        ("-0.5", "-0.5"),
        ("+3", "3"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1E-05", "0.00001"),
        (0, "0"),
        (7, "7"),
        (1.5, "1.5"),
        (Decimal("1.10"), "1.10"),
    ],
)
def test_money_is_read(value: object, amount: str) -> None:
    assert as_decimal(value) == Decimal(amount)


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "12.5 RUB", "1,234.50", "1_000", "١٢", "NaN", "sNaN", "Infinity", "-inf", "--1", "0x10"),
        *("1e99", "1" * 5000, 10**40, Decimal("1e999999")),
        *(float("nan"), float("inf"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity")),
        *(None, True, False, [], {}, b"1"),
    ],
)
def test_what_is_no_money_is_none(value: object) -> None:
    assert as_decimal(value) is None


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=4))
def test_money_goes_through_text_unchanged(amount: Decimal) -> None:
    assert as_decimal(str(amount)) == amount
    assert as_decimal(f"{amount:,}".replace(",", " ").replace(".", ",")) == amount


@given(st.one_of(st.none(), st.text(), st.floats(), st.decimals(), st.integers(), st.binary(), st.booleans()))
def test_a_number_or_none_comes_of_anything(value: object) -> None:
    amount, whole = as_decimal(value), as_int(value)
    assert amount is None or amount.is_finite()
    assert whole is None or type(whole) is int


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, 5),
        ("5", 5),
        (" -5\n", -5),
        ("007", 7),
        (True, None),
        ("5.0", None),
        (Decimal(5), None),
        (5.0, None),
        ("", None),
        ("٥", None),
        ("+5", None),
        ("1_0", None),
        ("9" * 31, None),
        (None, None),
    ],
)
def test_integers_are_read_strictly(value: object, number: int | None) -> None:
    assert as_int(value) == number


# --- The rest ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5),
        (" 5 ", 5),
        ("0", 0),
        ("9999999", 86400),
        ("-1", None),
        ("", None),
        (None, None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("²", None),
        ("1" * 5000, None),
    ],
)
def test_retry_after(value: str | None, seconds: int | None) -> None:
    assert parse_retry_after(value) == (None if seconds is None else timedelta(seconds=seconds))


def test_429_is_throttled_with_its_pause() -> None:
    with pytest.raises(Throttled) as caught:
        check_status(reply("slow down", 429, retry_after="7"))
    assert caught.value.retry_after == timedelta(seconds=7)
    assert caught.value.code == "429"


@pytest.mark.parametrize("status", [201, 204, 302, 400, 401, 403, 404, 500, 503])
def test_any_other_status_answers_nothing(status: int) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        check_status(reply("<html>", status))
    assert caught.value.code == str(status)


def test_200_passes() -> None:
    check_status(reply(""))


def test_unreadable_says_why_and_shows_the_beginning() -> None:
    error = unreadable(reply("what is this", 200), "not JSON")
    assert error.raw == "not JSON: HTTP 200: what is this"


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://smsc.ru/sys/", "https://smsc.ru/sys/"),
        ("https://smsc.ru/sys", "https://smsc.ru/sys/"),
        (" https://smsc.ru// ", "https://smsc.ru/"),
        ("http://127.0.0.1:8081/x", "http://127.0.0.1:8081/x/"),
        ("http://localhost/", "http://localhost/"),
        ("http://[::1]:80/", "http://[::1]:80/"),
    ],
)
def test_a_gateway_address_ends_in_one_slash(url: str, clean: str) -> None:
    assert check_endpoint(url) == clean


@pytest.mark.parametrize(
    "url",
    ["", "smsc.ru", "ftp://smsc.ru/", "https://", "http://smsc.ru/", "http://10.0.0.1/", "http://127.0.0.1.example/",
     "http://localhost.example/", "https://user:hunter22@smsc.ru/", "ftp://user:hunter22@smsc.ru/", "https://smsc.ru/?a=b",
     "https://smsc.ru/?", "https://smsc.ru/#", "https://smsc.ru:99999/", "https://smsc.ru:x/", "https://[::1"],
)  # fmt: skip
def test_what_is_no_gateway_address_is_refused_without_showing_a_login(url: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are for people
        check_endpoint(url)
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "loops"),
    [("localhost", True), ("127.9.9.9", True), ("::1", True), ("0.0.0.0", False), ("example.org", False)],
)
def test_loopback(host: str, loops: bool) -> None:
    assert is_loopback(host) is loops


def test_a_form_keeps_order_repeats_and_plus() -> None:
    assert form_body([("a", "1+1 = 2"), ("b", "Я"), ("a", "&")]) == b"a=1%2B1+%3D+2&b=%D0%AF&a=%26"


@given(st.text())
def test_utf8_is_read_as_it_is(text: str) -> None:
    assert decode(text.encode()) == text.removeprefix("\ufeff")


def test_what_is_not_utf8_is_read_as_windows_1251() -> None:
    assert decode("Привет".encode("cp1251")) == "Привет"
    assert decode(b"\x98\xff") == "\ufffdя"


def test_names_that_garbage_brings_do_not_stay_for_good() -> None:
    """libxml2's dictionary takes some 200 MB of names a thread; past that it would read no XML any more."""
    filler = "x" * 40_000
    for number in range(9_000):
        name = f"n{number}{filler}"
        parse_xml(HttpResponse(status=200, body=f"<a><{name}/></a>".encode()))
    assert parse_xml(HttpResponse(status=200, body=b"<never_seen/>")).tag == "never_seen"
