"""Words for people: Project Fluent texts in the reader's language, with every value escaped at one point."""

import html
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.resolver import Message
from fluent.runtime.types import FluentType
from fluent.syntax import FluentParser, ast

LANGUAGES = ("ru", "en")
DEFAULT = "ru"
# What people see, the reason dictionary, and the page of the demo; one namespace of keys.
FILES = ("{language}.ftl", "entries.{language}.ftl", PAGE := "page.{language}.ftl")
# Where a text begins: its key stands at the margin, and what belongs to it does not.
_KEY = re.compile(r"^(?=([a-zA-Z][\w-]*) *=)", re.MULTILINE)
_REFERENCE = re.compile(r"\{ *([a-zA-Z][\w-]*)")  # to another text, or to a function
_ISOLATES = dict.fromkeys(range(0x2066, 0x206A))
# Classes of characters that leave the direction of a line alone (Unicode Standard Annex 9).
_LEFT_TO_RIGHT = frozenset({"L", "EN", "ES", "ET", "CS", "NSM", "BN", "B", "S", "WS", "ON", ""})


class Html(str):
    """Text that is Telegram HTML already and must not be escaped again."""

    __slots__ = ()


class _Value(FluentType, str):
    """Text that is filled in at any length; Fluent itself refuses more than 2,500 characters."""

    __slots__ = ()

    def format(self, locale: object) -> str:  # type: ignore[override]  # fluent.runtime has no types
        return self


def isolated(text: str) -> str:
    """Text with any right-to-left parts kept inside it; isolates of its own, which could end ours, go.

    Plain text stays as it is: the marks would travel along when people copy it.
    """
    if all(unicodedata.bidirectional(char) in _LEFT_TO_RIGHT for char in text):
        return text
    return f"\u2068{text.translate(_ISOLATES)}\u2069"


@cache
def _bundle(language: str) -> FluentBundle:
    # Isolation marks around values would travel into copied numbers and commands.
    return FluentBundle([language], use_isolating=False)


@cache
def _entries(language: str) -> dict[str, str]:
    """Each text of a language as it is written, by its key."""
    entries: dict[str, str] = {}
    for name in FILES:
        _, *found = _KEY.split(_source(name, language))
        entries.update(zip(found[::2], found[1::2], strict=True))
    return entries


@cache
def _message(language: str, key: str) -> Message:
    """A text, read when it is first said, with those that it refers to: all of them take 0.3 s."""
    bundle, written = _bundle(language), _entries(language)[key]
    for name in _REFERENCE.findall(written):
        if name in _entries(language):
            _message(language, name)
    bundle.add_resource(FluentResource(written))
    return bundle.get_message(key)


def _source(name: str, language: str) -> str:
    return resources.files("bot.texts").joinpath(name.format(language=language)).read_text("utf-8")


def language_of(code: str | None) -> str:
    """Our language for Telegram's language code (`en-US`); Russian where we have none."""
    known = (code or DEFAULT).split("-")[0].lower()
    return known if known in LANGUAGES else DEFAULT


class Words:
    """Texts in one language, times in one zone."""

    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self.language = language
        self.zone = zone

    def __call__(self, key: str, **values: str | int) -> Html:
        """The text of a key as Telegram HTML; `key.name` is the text of its attribute.

        Raises LookupError for an unknown key.
        """
        return Html(self._format(key, _escaped(values)))

    def plain(self, key: str, **values: str | int) -> str:
        """The same without HTML, for toasts and buttons, which Telegram shows as they are."""
        return self._format(key, values)

    def _format(self, key: str, values: Mapping[str, str | int]) -> str:
        name, _, attribute = key.partition(".")
        message = _message(self.language, name)
        pattern = message.attributes.get(attribute) if attribute else message.value
        if pattern is None:
            raise LookupError(f"{self.language}.ftl, {key}: no text")
        filled_in = {
            name: value if isinstance(value, int) else _Value(value) for name, value in values.items()
        }
        text, errors = _bundle(self.language).format_pattern(pattern, filled_in)
        if errors:
            raise LookupError(f"{self.language}.ftl, {key}: {errors[0]}")
        return str(text)

    @staticmethod
    def escape(text: str) -> Html:
        """Text of a person or a gateway, made harmless for Telegram's HTML."""
        return Html(html.escape(text, quote=False))

    def has(self, key: str) -> bool:
        return key in _entries(self.language)

    def time(self, moment: datetime) -> str:
        """A moment in the desk's zone, to the minute."""
        local = moment.astimezone(self.zone)
        return f"{format_datetime(local, 'd MMM y, HH:mm', locale=self.language)} ({self.zone.key})"

    def moment(self, at: datetime) -> Html:
        """The same as Telegram shows it in each reader's own zone; the words are for clients that cannot."""
        return Html(f'<tg-time unix="{int(at.timestamp())}">{self.escape(self.time(at))}</tg-time>')

    def wall(self, clock: datetime) -> str:
        """What a clock shows, in nobody's zone in particular."""
        return format_datetime(clock.replace(tzinfo=None), "d MMM y, HH:mm", locale=self.language)

    def day(self, day: date) -> str:
        return format_date(day, "d MMM", locale=self.language)

    def hour(self, clock: datetime) -> str:
        """A time of day, as a clock shows it."""
        return format_datetime(clock, "HH:mm", locale=self.language)

    def today(self, now: datetime) -> date:
        """The day it is in the zone."""
        return now.astimezone(self.zone).date()

    def date_of(self, day: date) -> str:
        """A day with its year."""
        return format_date(day, "d MMM y", locale=self.language)

    def age(self, span: timedelta) -> str:
        """How long ago something was."""
        seconds = int(span.total_seconds())
        if seconds < 1:
            return self.plain("age-now")
        if seconds < 60:
            return self.plain("age-seconds", count=seconds)
        if seconds < 3600:
            return self.plain("age-minutes", count=seconds // 60)
        if seconds < 2 * 86400:
            return self.plain("age-hours", count=seconds // 3600)
        return self.plain("age-days", count=seconds // 86400)

    def stamp(self, moment: datetime) -> str:
        """A moment in the desk's zone as tables have it: what is sorted as text is sorted as time."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"

    def figure(self, amount: Decimal) -> str:
        """Money as tables have it, without groups: two decimals, up to four where there are more."""
        return str(format_decimal(amount, format="0.00##", locale=self.language))

    def money(self, amount: Decimal, currency: str | None = None) -> str:
        """Two decimals, or more where the gateway gives more."""
        number = format_decimal(amount, format="#,##0.00##", locale=self.language)
        return f"{number} {currency}" if currency else number


def page_texts(zone: ZoneInfo) -> dict[str, dict[str, str]]:
    """The texts of the demo's page, by language and key."""
    return {
        language: {
            entry.id.name: Words(language, zone).plain(entry.id.name)
            for entry in FluentParser().parse(_source(PAGE, language)).body
            if isinstance(entry, ast.Message)
        }
        for language in LANGUAGES
    }


def _escaped(values: Mapping[str, str | int]) -> dict[str, str | int]:
    return {
        name: value if isinstance(value, int | Html) else html.escape(value, quote=False)
        for name, value in values.items()
    }
