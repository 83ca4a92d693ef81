"""Every word a person sees: complete in both languages, used, well formed, harmless whatever is put in."""

import ast
import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as fluent
from fluent.syntax.visitor import Visitor
from hypothesis import given
from hypothesis import strategies as st

import bot.words
from bot.auditing import ACTIONS as AUDITED
from bot.handlers import COMMANDS
from bot.handlers.basics import EXPLAINED, HELPED
from bot.handlers.bulk import STEERED
from bot.handlers.leaving import ASKED_BY_BUTTONS
from bot.handlers.scheduling import ANSWERED
from bot.handlers.senders import VERBS
from bot.topics import RIGHTS
from bot.words import FILES as TEXTS
from bot.words import LANGUAGES, Html, Words, language_of
from desk.doubts import DECISIONS
from desk.letters import Oddity
from desk.statistics import Outcome
from providers import errors
from providers.faces import SenderStatus
from providers.gateways import ENTRIES, KINDS
from providers.gateways.smsc.codes import OPERATORS
from providers.http import Break
from providers.model import Charged, Kind, MessageState, Reason
from providers.sms import NumberFault
from sandbox.handset import Stage
from sandbox.page.server import STATIC
from sandbox.page.troubles import NAMES as TROUBLES
from sandbox.telegram.html_entities import parse_html
from storage.people import Role

from .test_auditing import EVIDENCE

ROOT = Path(__file__).parents[2]
ZONE = ZoneInfo("Europe/Moscow")
COUNTS = (0, 1, 2, 5, 11, 21, 111)
# Variables that code fills with a number; the others get text.
NUMBERS = frozenset(
    {"accounts", "contacts", "count", "digits", "each", "gone", "latin", "length", "limit", "longest"}
    | {"least", "percent", "size", "worst", "recalled", "segments", "shortest", "stopped", "total", "waiting"}
    | {"minutes", "room"}
)


def words(language: str) -> Words:
    return Words(language, ZONE)


# What the files hold.


class _Variables(Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: fluent.VariableReference) -> None:  # noqa: N802 - fluent's name
        self.names.add(node.id.name)


def _texts(language: str) -> dict[str, frozenset[str]]:
    """The keys of a language's files, each with its variables. A message that does not parse fails here."""
    found: dict[str, frozenset[str]] = {}
    for name in TEXTS:
        source = (ROOT / "bot/texts" / name.format(language=language)).read_text("utf-8")
        for entry in FluentParser().parse(source).body:
            assert not isinstance(entry, fluent.Junk), entry.content
            if isinstance(entry, fluent.Message):
                assert entry.id.name not in found, f"{entry.id.name} stands twice in {language}"
                variables = _Variables()
                variables.visit(entry)
                found[entry.id.name] = frozenset(variables.names)
    return found


RU, EN = _texts("ru"), _texts("en")
FILES = {"ru": RU, "en": EN}


# What the code asks for.


def _values(node: ast.expr, scope: ast.AST) -> Iterator[str]:
    """The texts an argument can be: a literal, either side of a choice, a name given such a value before.

    An f-string comes as its beginning and a star.
    """
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from _values(one, scope)
            yield from _values(other, scope)
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):
            yield f"{start}*"
        case ast.Name(id=name):
            for found in ast.walk(scope):
                if isinstance(found, ast.Assign) and any(
                    isinstance(target, ast.Name) and target.id == name for target in found.targets
                ):
                    yield from _values(found.value, scope)


def _calls(*folders: str) -> Iterator[tuple[ast.Call, str, ast.AST]]:
    """Every call of a plainly named function or method, with that name and the function around it."""
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py") if "." not in folder else [ROOT / folder]:
            for scope in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
                    for call in (one for one in ast.walk(scope) if isinstance(one, ast.Call)):
                        if isinstance(call.func, ast.Attribute):
                            yield call, call.func.attr, scope
                        elif isinstance(call.func, ast.Name):
                            yield call, call.func.id, scope


def _asked_for(*functions: str) -> set[str]:
    return {
        value
        for call, name, scope in _calls("bot")
        if name in functions and call.args
        for value in _values(call.args[0], scope)
    }


def _raised_problems() -> set[str]:
    return {
        value
        for call, name, scope in _calls("desk", "bot")
        if name in {"Problem", "OptionProblem", "BadMoment"}
        for value in _values(call.args[0], scope)
    }


def _bad_tables() -> set[str]:
    return {
        value
        for call, name, scope in _calls("desk")
        if name == "BadTable"
        for value in _values(call.args[0], scope)
    }


def _is_of_steps(call: ast.Call) -> bool:
    """Chats have a `say` too."""
    return isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "steps"


def _tour_steps() -> set[str]:
    place = {"hold": 0, "until": 0, "say": 1, "press": 2}  # of the step among the arguments
    return {
        value
        for call, name, scope in _calls("bot/tour.py")
        if name in place and len(call.args) > place[name] and _is_of_steps(call)
        for value in _values(call.args[place[name]], scope)
    }


def _page_texts() -> set[str]:
    """What the page of the demo asks for: by name, and by a name whose end it makes from what there is."""
    files = (file.read_text("utf-8") for file in STATIC.iterdir() if file.suffix in {".js", ".html"})
    named = {name for text in files for name in re.findall(r"\bpage-([a-z0-9_-]+)", text)}
    stages = {str(one) for one in Stage} - {"delivered"}
    ends: dict[str, set[str]] = {
        "empty-": {"private", "supergroup", "channel"},
        "fate-": {f"0{digit}" for digit in range(8)},
        "kind-": {"private", "supergroup", "channel"},
        "service-": {"users_shared"}
        | {f"forum_topic_{what}" for what in ("created", "edited", "closed", "reopened")},
        "sms-": stages,
        "step-": {"connect", "send", "confirm", "answer", "trouble", "more"},
        "tab-": {"chats", "chat", "phone"},
        "trouble-": {f"{name}{about}" for name in TROUBLES for about in ("", "-about")},
    }
    assert {name for name in named if name.endswith("-")} == set(ends)
    made = {begin + end for begin, all_ends in ends.items() for end in all_ends}
    who = set(re.findall(r'"page-(who-[a-z]+)"', (ROOT / "bot/demo.py").read_text("utf-8")))
    return {name for name in named if not name.endswith("-")} | made | who


KNOWN_KINDS = {one.kind for one in vars(errors).values() if isinstance(one, type) and hasattr(one, "kind")}


def _kinds(error: type[errors.GatewayError]) -> set[str]:
    """The kinds of all errors that callers meet: the leaves of the tree in providers.errors."""
    below = error.__subclasses__()
    return set().union(*map(_kinds, below)) if below else {error.kind} & KNOWN_KINDS


FAMILIES: dict[str, set[str]] = {
    "answered-": set(ANSWERED),
    "break-": {one.replace(" ", "-") for one in Break},
    "cancel-": {"stopped", "recalled", "leaving", "gone"},
    "left-": {
        *("send", "list", "count", "when", "template", "contact", "rename", "group", "connect"),
        *("offer", "answer", "delete-sender", "column", *ASKED_BY_BUTTONS),
    },
    "command-": set(COMMANDS),
    "language-": {*LANGUAGES, "telegram"},
    "button-": set(STEERED),
    "button-doubt-": {"check", "sent", "again", "give-up", "all"},
    "button-talk-": {"reply", "claim", "done", "snooze", "more", "stop"},
    "charged-": set(Charged),
    "column-": {
        *("row", "raw", "why", "number", "name", "state", "reason", "code", "segments", "price"),
        *("accepted", "text"),
    },
    "connect-": {"login", "password", "sender"},
    "counted-": {"sent", "delivered", "undelivered", "expired", "rejected", "in_process"},
    "demo-step-": _tour_steps(),
    "did-": set(AUDITED),
    "whom-": set(EVIDENCE),
    "doubt-decided-": {*DECISIONS, "again"},
    "entry-": set(ENTRIES),
    "evidence-absent-": {"report", "history", "push"},
    "file-reading-": {"send", "contacts", "stop-list"},
    "gateway-": set(KINDS),
    "help-": set(HELPED) | {"options", "try"},
    "help-more-": {*EXPLAINED, "file"},
    "kind-": {one.name.lower() for one in Kind},
    "list-which-": {"number", "name"},
    "odd-": set(Oddity),
    "operator-": set(OPERATORS),
    "outcome-": set(Outcome),
    "people-": {"by-name", "one-at-a-time", "no-bots", "forwarded", "unknown-role"},
    "problem-": _raised_problems(),
    "reason-": set(Reason),
    "right-": set(RIGHTS),
    "role-": {role.word for role in Role},
    "sender-": set(SenderStatus),
    "sender-done-": set(VERBS) - {"list"},
    "state-": set(MessageState),
    # A forged call is counted and refused; nobody in a chat hears of it.
    "trouble-": _kinds(errors.GatewayError) - {"forged"} | {"bad-credentials"},
    "table-": _bad_tables(),
    "why-": {*NumberFault, "duplicate", "hidden", "mangled", "empty"},
}


def test_both_languages_have_the_same_keys() -> None:
    assert set(RU) == set(EN)


@pytest.mark.parametrize("key", sorted(RU))
def test_a_text_has_the_same_variables_in_both_languages(key: str) -> None:
    # A language may leave a number out that another needs for its plural, but never invents one.
    assert RU[key] == EN[key]


def test_every_key_in_the_code_has_its_text_and_every_text_is_used() -> None:
    asked = _asked_for("words", "plain")
    families = {value.removesuffix("*") for value in asked if value.endswith("*")}
    assert families == set(FAMILIES), "an f-string makes keys of a family that this test does not know"
    used = {value for value in asked if not value.endswith("*")}
    used |= {f"{family}{word}" for family, members in FAMILIES.items() for word in members}
    used |= {f"page-{word}" for word in _page_texts()}
    assert used - set(EN) == set(), "asked for, but has no text"
    assert set(EN) - used == set(), "has a text nobody asks for"


@pytest.mark.parametrize(("each", "said"), [(1, "по 1 части"), (2, "по 2 части"), (5, "по 5 частей")])
def test_segments_each_are_told_in_grammatical_russian(each: int, said: str) -> None:
    one = words("ru")("offer-size", alphabet="UCS-2", each=each, total=2 * each)
    many = words("ru")("list-size", alphabets="UCS-2", least=each, worst=each, same="yes", total=2 * each)
    assert said in one
    assert said in many


def test_the_search_for_keys_sees_problems_and_steps() -> None:
    assert {"no-number", "bad-sender", "account-stopped"} <= FAMILIES["problem-"]
    assert {"connect", "cancel-gateway", "cancel-desk"} <= FAMILIES["demo-step-"]
    assert {"auth_failed", "outcome_unknown"} <= FAMILIES["trouble-"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_telegram_shows_as_it_is_has_no_markup(language: str) -> None:
    shown_plainly = {key for key in _asked_for("plain") if not key.endswith("*")}
    for key in shown_plainly:
        assert "<" not in _formatted(language, key, 1), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_key_is_an_error_and_no_text(language: str) -> None:
    with pytest.raises(LookupError):
        words(language)("no-such-key")
    assert words(language).has("help")
    assert not words(language).has("no-such-key")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_forgotten_value_is_an_error(language: str) -> None:
    with pytest.raises(LookupError, match="card-cost"):
        words(language)("card-cost")


# Every text, with numbers.


def _formatted(language: str, key: str, number: int, text: str = "abc") -> Html:
    values: dict[str, str | int] = {
        name: number if name in NUMBERS else text for name in FILES[language][key]
    }
    return words(language)(key, **values)


@pytest.mark.parametrize("number", COUNTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_formats_and_is_good_html(language: str, number: int) -> None:
    for key in FILES[language]:
        text, _ = parse_html(_formatted(language, key, number))
        assert text.strip(), key
        assert not re.search(r"[{}$]", text), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_that_refers_to_another_may_be_the_first_that_is_said(language: str) -> None:
    """Texts are read when they are said."""
    referring = [key for key, text in bot.words._entries(language).items() if re.search(r"\{ *[a-z]", text)]
    assert referring
    for key in referring:
        bot.words._bundle.cache_clear()
        bot.words._message.cache_clear()
        assert words(language)(key)


PLURALS = [
    (
        "offer",
        "count",
        "На 1 номер: / На 2 номера: / На 5 номеров: / На 11 номеров: / На 21 номер: / На 111 номеров:",
    ),
    (
        "offer-size",
        "each",
        "по 1 части / по 2 части / по 5 частей / по 11 частей / по 21 части / по 111 частей",
    ),
    (
        "failed-title",
        "count",
        "не удалось 1 сообщение / не удалось 2 сообщения / не удалось 5 сообщений / "
        "не удалось 11 сообщений / не удалось 21 сообщение / не удалось 111 сообщений",
    ),
    (
        "failed-doubt",
        "count",
        "1 сообщение под вопросом / 2 сообщения под вопросом / 5 сообщений под вопросом / "
        "11 сообщений под вопросом / 21 сообщение под вопросом / 111 сообщений под вопросом",
    ),
    (
        "account-stopped",
        "waiting",
        "ждёт 1 сообщение; оно не отправлено / ждут 2 сообщения; они не отправлены / "
        "ждут 5 сообщений; они не отправлены / ждут 11 сообщений; они не отправлены / "
        "ждёт 21 сообщение; оно не отправлено / ждут 111 сообщений; они не отправлены",
    ),
    (
        "cancel-stopped",
        "count",
        "1 сообщение не уйдёт / 2 сообщения не уйдут / 5 сообщений не уйдут / 11 сообщений не уйдут / "
        "21 сообщение не уйдёт / 111 сообщений не уйдут",
    ),
    (
        "offer-cost-refused",
        "count",
        "не примет 1 номер / не примет 2 номера / не примет 5 номеров / не примет 11 номеров / "
        "не примет 21 номер / не примет 111 номеров",
    ),
    (
        "problem-all-dropped",
        "count",
        "abc — не тот номер / из этих номеров (2) / из этих номеров (5) / из этих номеров (11) / "
        "из этих номеров (21) / из этих номеров (111)",
    ),
    (
        "ask-text",
        "count",
        "на abc? / на эти 2 номера? / на эти 5 номеров? / на эти 11 номеров? / "
        "на этот 21 номер? / на эти 111 номеров?",
    ),
]


@pytest.mark.parametrize(("key", "variable", "said"), PLURALS)
def test_russian_plurals(key: str, variable: str, said: str) -> None:
    for number, expected in zip((1, 2, 5, 11, 21, 111), said.split(" / "), strict=True):
        values: dict[str, str | int] = {name: 3 if name in NUMBERS else "abc" for name in RU[key]}
        assert expected in words("ru")(key, **{**values, variable: number})


# Where a text says "one" instead of 1, or nothing of a 0, every other number must still be said.
COUNTED = sorted(
    (key, name) for key in EN for name in EN[key] & NUMBERS if (key, name) != ("start", "accounts")
)


@pytest.mark.parametrize(("key", "variable"), COUNTED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_above_one_is_said(language: str, key: str, variable: str) -> None:
    """Russian's plural category "one" holds 21 as well: a text that says "one" there is wrong."""
    for number in (2, 5, 11, 21, 111):
        values: dict[str, str | int] = {name: 7 if name in NUMBERS else "abc" for name in EN[key]}
        assert str(number) in words(language)(key, **{**values, variable: number})


# Values come out as they were typed.


TYPED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")) | st.sampled_from(
    [
        "<b>&",
        "&amp;",
        "&#60;",
        "</blockquote>",
        "\"'",
        "😀👩‍👩‍👧",
        "\u202eevil\u2069",
        "{ $text }",
        "<tg-spoiler>",
    ]
)


@pytest.mark.parametrize("language", LANGUAGES)
@given(typed=TYPED)
def test_any_value_comes_out_as_typed(language: str, typed: str) -> None:
    frame = parse_html(words(language)("repeat", text=""))[0]
    text, entities = parse_html(words(language)("repeat", text=typed))
    assert text == frame + typed
    assert entities == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_of_every_text_is_escaped(language: str) -> None:
    nasty = "<i>&lt;</b>"
    for key, variables in FILES[language].items():
        for variable in variables - NUMBERS:
            values: dict[str, str | int] = {
                name: 2 if name in NUMBERS else "abc" for name in FILES[language][key]
            }
            plain = words(language).plain(key, **{**values, variable: nasty})
            text, _ = parse_html(words(language)(key, **{**values, variable: nasty}))
            assert text.count(nasty) == plain.count(nasty), f"{key}, {variable}"


@given(typed=TYPED)
def test_html_is_not_escaped_twice(typed: str) -> None:
    once = words("en")("repeat", text=typed)
    assert words("en")("offer-trouble", trouble=once) == f"⚠ {once}"
    assert parse_html(Words.escape(typed))[0] == typed


def test_a_value_may_be_as_long_as_it_likes() -> None:
    """A repeated card is a value, and Fluent by itself refuses long ones."""
    assert words("en")("repeat", text="<" * 4096) == "(repeat) " + "&lt;" * 4096


def test_a_plain_text_is_what_was_typed() -> None:
    assert words("en").plain("button-resume", name="A&B <x>") == "▶ Resume A&B <x>"
    assert words("en")("resumed", name="A&B <x>") == "▶ A&amp;B &lt;x&gt; works again."


# An error says what failed, what was not done, and what to do.


NOTHING = {"en": "Nothing was sent.", "ru": "Ничего не отправлено."}


@pytest.mark.parametrize("key", sorted(key for key in RU if key.startswith("problem-")))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_problem_says_three_things(language: str, key: str) -> None:
    for number in (1, 5):
        said = html.unescape(_formatted(language, key, number))
        failed, _, remedy = said.partition(NOTHING[language])
        assert len(failed.split()) >= 2, said
        assert len(remedy.split()) >= 2, said


@pytest.mark.parametrize(
    ("key", "nothing"),
    [
        ("connect-failed", {"en": "Nothing was stored.", "ru": "Ничего не сохранено."}),
        ("connect-usage", {"en": "Nothing was stored.", "ru": "Ничего не сохранено."}),
        ("need-text", NOTHING),
        ("unknown-command", {"en": "Nothing was done.", "ru": "Ничего не сделано."}),
        ("toast-gone", {"en": "Nothing was done.", "ru": "Ничего не сделано."}),
        ("toast-not-yours", {"en": "Nothing was done.", "ru": "Ничего не сделано."}),
        ("toast-expired", {"en": "nothing was sent.", "ru": "ничего не отправлено."}),
        ("incident", {"en": "This command had no effect.", "ru": "Команда не подействовала."}),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_says_what_was_not_done(language: str, key: str, nothing: dict[str, str]) -> None:
    assert nothing[language] in _formatted(language, key, 1)


@pytest.mark.parametrize("kind", sorted(FAMILIES["trouble-"] - {"unsupported"}))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_trouble_says_what_to_do(language: str, kind: str) -> None:
    """It stands after a sentence about what failed, and has two: what is wrong, and the remedy."""
    said = words(language)(f"trouble-{kind}", code="7")
    assert re.fullmatch(r".+\. .+\.", said), said


@pytest.mark.parametrize(
    "reason", sorted(set(Reason) - {Reason.CANCELLED, Reason.BUSY, Reason.COUNT_MISMATCH})
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reason_has_its_advice(language: str, reason: Reason) -> None:
    said = words(language)(f"reason-{reason}")
    assert re.fullmatch(r"[^.]+\..+\.", said), said


# Language, time, money.


@pytest.mark.parametrize(
    ("code", "language"),
    [
        (None, "ru"),
        ("", "ru"),
        ("ru", "ru"),
        ("RU", "ru"),
        ("en", "en"),
        ("en-US", "en"),
        ("EN-gb", "en"),
        ("uk", "ru"),
        ("de-DE", "ru"),
        ("eng", "ru"),
        ("-", "ru"),
    ],
)
def test_the_language_for_telegrams_code(code: str | None, language: str) -> None:
    assert language_of(code) == language


@pytest.mark.parametrize(
    ("language", "zone", "said"),
    [
        ("en", "Europe/Moscow", "1 Dec 2026, 10:05 (Europe/Moscow)"),
        ("ru", "Europe/Moscow", "1 дек. 2026, 10:05 (Europe/Moscow)"),
        ("en", "Asia/Vladivostok", "1 Dec 2026, 17:05 (Asia/Vladivostok)"),
        ("ru", "UTC", "1 дек. 2026, 07:05 (UTC)"),
    ],
)
def test_a_time_is_in_the_desks_zone_and_names_it(language: str, zone: str, said: str) -> None:
    moment = datetime(2026, 12, 1, 7, 5, 59, tzinfo=UTC)
    assert Words(language, ZoneInfo(zone)).time(moment) == said


@pytest.mark.parametrize(
    ("language", "amount", "currency", "said"),
    [
        ("en", "1234.5", "RUB", "1,234.50 RUB"),
        ("ru", "1234.5", "RUB", "1\u00a0234,50 RUB"),
        ("en", "0", None, "0.00"),
        ("en", "-3.456", "EUR", "-3.456 EUR"),
        ("en", "0.1234", None, "0.1234"),
        ("ru", "1000000", None, "1\u00a0000\u00a0000,00"),
    ],
)
def test_money_has_two_decimals_or_as_many_as_the_gateway_gives(
    language: str, amount: str, currency: str | None, said: str
) -> None:
    assert words(language).money(Decimal(amount), currency) == said
