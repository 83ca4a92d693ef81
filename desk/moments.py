"""When a campaign is to go, as people say it: `tomorrow 10:00`, `завтра в 10`, `через 2 часа`.

Every word must be understood or nothing is: a time half guessed sends at the wrong hour. (dateparser 1.5
reads `завтра в 10` as tomorrow at the present hour, and a lone `10` as a day of next year.)
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .wall_clock import moment

FARTHEST = timedelta(days=366)


class BadMoment(ValueError):
    """A time that is not taken. `word` names the text for a person.

    bad-time: not understood; no-hour: a day without an hour; skipped-time: clocks never show it, they are put
    forward then; which-midnight: of a weekday or a date, which has one at either end; past-time, far-time.
    """

    def __init__(self, word: str, typed: str = "") -> None:
        super().__init__(word)
        self.word = word
        self.typed = typed


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A moment in UTC, and what the clocks of the zone show then.

    `fixed`: a delay or a zone was given, so recipients' own clocks have no say. `twice`: the clocks show this
    time twice that night, and the first is taken.
    """

    at: datetime
    wall: datetime
    fixed: bool = False
    twice: bool = False


def read(typed: str, zone: ZoneInfo, now: datetime) -> When:
    """The moment meant, after `now` and within a year. Raises BadMoment.

    An hour alone, a weekday and a date without its year are the next to come; `tomorrow` goes by the calendar
    of the zone. Only what names its day can be past.
    """
    now = now.astimezone(UTC)  # in any other zone what is added would be added to the clock's hands
    try:
        when = _iso(typed.strip(), zone) or _said(_tokens(typed), zone, now)
        if when.at <= now:
            raise BadMoment("past-time")
        if when.at > now + FARTHEST:
            raise BadMoment("far-time")
    except BadMoment as error:
        raise BadMoment(error.word, typed) from None
    except (ValueError, OverflowError):
        raise BadMoment("bad-time", typed) from None
    return when


def shown(wall: datetime, zone: ZoneInfo) -> When:
    """The moment at which the clocks of a zone show this. Raises BadMoment: they never do."""
    at = moment(wall, zone)
    if _wall(at, zone) != wall:
        raise BadMoment("skipped-time")
    return When(at=at, wall=wall, twice=wall.replace(tzinfo=zone, fold=1).astimezone(UTC) != at)


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _iso(typed: str, zone: ZoneInfo) -> When | None:
    """ISO 8601, as machines and `/send at=` have it."""
    if not re.match(r"\d{4}-\d\d-\d\d[Tt ](?! *24:00$)\d", typed):
        return None
    parsed = datetime.fromisoformat(typed.upper())
    if parsed.tzinfo is None:
        return shown(parsed, zone)
    return When(at=parsed.astimezone(UTC), wall=_wall(parsed, zone), fixed=True)


def _table(*lines: str) -> dict[str, int]:
    """Each word with the place of its line."""
    return {word: place for place, line in enumerate(lines) for word in line.split()}


_WEEKDAYS = _table(
    "понедельник пн monday mon",
    "вторник вт tuesday tue tues",
    "среда среду ср wednesday wed",
    "четверг чт thursday thu thur thurs",
    "пятница пятницу пт friday fri",
    "суббота субботу сб saturday sat",
    "воскресенье вс sunday sun",
)
_MONTHS = _table(
    "",
    "январь января янв january jan",
    "февраль февраля фев february feb",
    "март марта мар march mar",
    "апрель апреля апр april apr",
    "май мая may",
    "июнь июня june jun",
    "июль июля july jul",
    "август августа авг august aug",
    "сентябрь сентября сен сент september sep sept",
    "октябрь октября окт october oct",
    "ноябрь ноября ноя november nov",
    "декабрь декабря дек december dec",
)
_DAYS = _table("сегодня today", "завтра tomorrow", "послезавтра")
_STEPS = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1))
_UNITS = _table(
    "минута минуту минуты минут мин м minute minutes min mins m",
    "час часа часов ч hour hours hr hrs h",
    "дня дней д day days d",
    "неделю недели недель нед week weeks w",
)
# Before noon, and after it.
_PARTS = _table("утра ночи am a.m", "дня вечера pm p.m")
_OCLOCK = frozenset({"час", "часа", "часов", "ч", "h", "o'clock", "oclock"})
_NOON = frozenset({"полдень", "полудню", "noon", "midday"})
_MIDNIGHT = frozenset({"полночь", "полуночи", "midnight"})
_AT = frozenset({"в", "к", "at", "by"})
_ON = frozenset({"во", "on", "this", "the", "of", "и", "and", "st", "nd", "rd", "th", "го", "г", "года"})
_IN = frozenset({"через", "in", "after"})
_HALF = {"полчаса": timedelta(minutes=30)}


def _tokens(typed: str) -> list[str]:
    """Words and figures, apart: `9pm` is two, `10:00` and `01.12.2026` are one."""
    text = typed.casefold().replace("ё", "е").replace("half an hour", "полчаса").replace("-го", " го")
    text = text.replace("day after tomorrow", "послезавтра")
    return re.findall(r"\d{4}-\d\d-\d\d|\d+(?:[:.]\d+)*|[^\W\d_]+(?:[.'][^\W\d_]+)*|[^\s,.]", text)


def _said(tokens: list[str], zone: ZoneInfo, now: datetime) -> When:
    if tokens and tokens[0] in _IN:
        return _delayed(tokens[1:], zone, now)
    phrase = _Phrase(tokens, _wall(now, zone))
    phrase.read()
    return phrase.when(zone, now)


def _delayed(tokens: list[str], zone: ZoneInfo, now: datetime) -> When:
    """`через 1 час 30 минут`, `in 2 h`, `через 2 дня в 10:00`.

    `через день` is not taken: half of the people mean every other day by it.
    """
    delay, days, at = timedelta(), timedelta(), 0
    while at < len(tokens) and tokens[at] not in _AT:
        if tokens[at] in _HALF:
            delay, at = delay + _HALF[tokens[at]], at + 1
            continue
        many = int(tokens[at]) if tokens[at].isdecimal() else 1
        at += tokens[at].isdecimal() or tokens[at] in {"a", "an", "один", "одну"}
        step = _STEPS[_UNITS[tokens[at]]] if at < len(tokens) and tokens[at] in _UNITS else None
        if step is None:
            raise BadMoment("bad-time")
        if step >= timedelta(days=1):
            days += many * step
        else:
            delay += many * step
        at += 1
        at += at < len(tokens) and tokens[at] in {"и", "and"}
    if not delay and not days:
        raise BadMoment("bad-time")
    if not days and at == len(tokens):
        return When(at=now + delay, wall=_wall(now + delay, zone), fixed=True)
    # Days go by the calendar: in two days at this hour, whatever the clocks do in between.
    here = _wall(now, zone) + days
    if at == len(tokens):
        return shown(here + delay, zone)
    phrase = _Phrase(tokens[at:], here)
    phrase.read()
    if delay or phrase.day is not None or phrase.clock is None:
        raise BadMoment("bad-time")
    return phrase.on(here.date(), phrase.clock, zone)


class _Phrase:
    """A day and an hour, in either order, each at most once."""

    def __init__(self, tokens: list[str], here: datetime) -> None:
        self.day: date | None = None
        self.clock: time | None = None
        self._tokens, self._at, self._here = tokens, 0, here
        self._rolls = timedelta()  # how much later it may be where it is past already
        self._yearless = False
        self._relative = False  # the day is told by the present one
        self._midnight, self._ends = False, False  # the clock is that of the end of the day

    def read(self) -> None:
        """Every token, or BadMoment."""
        preposition = ""
        while self._at < len(self._tokens):
            token = self._next()
            if token in _AT or token in _ON:
                preposition = token
            elif not (self._is_day(token, preposition) or self._is_clock(token, preposition)):
                raise BadMoment("bad-time")
            else:
                preposition = ""
        if preposition in _AT or (self.day is None and self.clock is None):
            raise BadMoment("bad-time")

    def when(self, zone: ZoneInfo, now: datetime) -> When:
        if self.clock is None:
            raise BadMoment("no-hour")
        if self._midnight and self.day is not None and not self._relative:
            raise BadMoment("which-midnight")
        if self.day is None:
            self.day, self._rolls = self._here.date(), timedelta(days=1)
        found = self.on(self.day, self.clock, zone)
        if found.at > now:
            return found
        if self._yearless:
            return self.on(self.day.replace(year=self.day.year + 1), self.clock, zone)
        return self.on(self.day + self._rolls, self.clock, zone)

    def on(self, day: date, clock: time, zone: ZoneInfo) -> When:
        """On this day. `24:00` and midnight end it: `today at midnight` is still to come."""
        return shown(datetime.combine(day, clock) + timedelta(days=self._ends), zone)

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _skip(self, words: Iterable[str]) -> None:
        if self._peek() in words:
            self._at += 1

    def _is_day(self, token: str, preposition: str) -> bool:
        found = self._day(token, preposition)
        if found is not None and self.day is not None:
            raise BadMoment("bad-time")
        self.day = found or self.day
        return found is not None

    def _day(self, token: str, preposition: str) -> date | None:
        today = self._here.date()
        if token in _DAYS:
            self._relative = True
            return today + timedelta(days=_DAYS[token])
        if token in _WEEKDAYS:
            self._rolls = timedelta(weeks=1)
            return today + timedelta(days=(_WEEKDAYS[token] - today.weekday()) % 7)
        if dotted := re.fullmatch(r"(\d{1,2})\.(\d\d)(?:\.(\d{4}))?", token):
            if preposition in _AT and not dotted[3]:
                return None
            return self._date(int(dotted[1]), int(dotted[2]), dotted[3])
        if re.fullmatch(r"\d{4}-\d\d-\d\d", token):
            return date.fromisoformat(token)
        return self._named(token)

    def _named(self, token: str) -> date | None:
        """`1 декабря 2026 г`, `1st of December`, `Dec 1`."""
        start = self._at
        if token.isdecimal() and len(token) <= 2:
            self._skip(_ON)
            self._skip(_ON)
            if self._peek() in _MONTHS:
                month = _MONTHS[self._next()]
                return self._date(int(token), month, self._year())
        elif token in _MONTHS and self._peek().isdecimal():
            day = int(self._next())
            self._skip(_ON)
            return self._date(day, _MONTHS[token], self._year())
        self._at = start
        return None

    def _year(self) -> str | None:
        if self._peek().isdecimal() and len(self._peek()) == 4:
            year = self._next()
            self._skip(_ON)
            return year
        return None

    def _date(self, day: int, month: int, year: str | None) -> date:
        self._yearless = year is None
        if year is not None:
            return date(int(year), month, day)
        if (month, day) == (2, 29):
            self._yearless = False
            leap = (one for one in range(self._here.year, self._here.year + 9) if _leap(one))
            return next(found for one in leap if (found := date(one, 2, 29)) >= self._here.date())
        return date(self._here.year, month, day)

    def _is_clock(self, token: str, preposition: str) -> bool:
        found = self._clock(token, preposition)
        if found is not None and self.clock is not None:
            raise BadMoment("bad-time")
        self.clock = found or self.clock
        return found is not None

    def _clock(self, token: str, preposition: str) -> time | None:
        if token in _NOON:
            return time(12)
        if token in _MIDNIGHT:
            self._midnight = self._ends = True
            return time(0)
        figures = re.fullmatch(r"(\d{1,2})(?:([:.])(\d\d))?", token)
        if figures is None or (figures[2] == "." and preposition not in _AT):
            return None
        hour, minute = int(figures[1]), int(figures[3] or "0")
        # A lone figure is an hour only where something says so.
        told = figures[2] is not None or preposition in _AT or self.day is not None
        if figures[2] is None and self._peek() in _OCLOCK:
            self._at, told = self._at + 1, True
        if self._peek() in _PARTS:
            part = self._next()
            return time(_twelve(hour, _PARTS[part], part), minute)
        self._ends = told and (hour, minute) == (24, 0)
        return time(0 if self._ends else hour, minute) if told else None


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _twelve(hour: int, half: int, part: str) -> int:
    """The hour of a day of twice twelve. `12 ночи` and `12 am` belong to two days, and are refused."""
    if not 1 <= hour <= 12 or (hour == 12 and half == 0) or (part == "ночи" and hour > 4):
        raise BadMoment("bad-time")
    return hour if half == 0 or hour == 12 else hour + 12
