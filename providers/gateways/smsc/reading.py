"""balance.php and get.php: balance, inbox, history, counts and prices (sections 6 and 9.1)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ...faces import Inbound, Past, Price, Statistics
from ...model import Balance
from ...wire import HttpRequest, HttpResponse, Send, as_decimal, as_int, unreadable
from .codes import STATES
from .config import Config
from .reply import DATE, address, currency, digits, moment, read_list, read_object, word
from .request import Pairs, digest, identical, post, window

SCRIPT = "get"

INBOX_HOURS = 168
INBOX_PAGE = 10_000
INBOX_SLACK = timedelta(hours=12)  # by how much the account's zone may differ from the one we are told
HISTORY_WINDOW = timedelta(days=180)  # half a year
HISTORY_PAGE = 1000
SMS, EMAIL = "0", "8"  # `format` and `type` of a message

Item = Mapping[str, object]


def build_balance(config: Config) -> HttpRequest:
    pace = window(config, "balance", most=10)
    return post(config, "balance", "balance", [("cur", "1")], pace=pace)


def parse_balance(response: HttpResponse) -> Balance:
    """`{"balance", "currency", "credit"}`, amounts as text; credit only where the account has a limit."""
    value = read_object(response, "balance")
    amount = as_decimal(value.get("balance"))
    if amount is None:
        raise unreadable(response, "no balance")
    return Balance(
        amount=amount, currency=currency(value.get("currency")), credit=as_decimal(value.get("credit"))
    )


def _get(config: Config, command: str, pairs: Pairs) -> HttpRequest:
    asked = [(command, "1"), *pairs]
    operation = f"get.{command.removeprefix('get_')}"
    return post(config, operation, SCRIPT, asked, pace=identical(config, SCRIPT, asked, most=3))


def build_inbox(config: Config, hours: int, after: str | None = None) -> HttpRequest:
    page = [("hour", str(hours)), ("cnt", str(INBOX_PAGE))]
    return _get(config, "get_answers", page if after is None else [*page, ("after_id", after)])


async def ask_inbox(
    config: Config, ask: Send, since: datetime, until: datetime, now: datetime
) -> list[Inbound]:
    """The wire counts hours back from now, at most a week; what is older cannot be had.

    Dates come as text without a zone, so an answer is never left out for being too old by its date: the
    server has counted the hours, and `Inbound.key` tells repeats. For being too new it is by INBOX_SLACK.
    """
    hours = min(max(-((since - now) // timedelta(hours=1)), 1), INBOX_HOURS)
    found: list[Inbound] = []
    after: str | None = None
    while True:
        items = read_list(await ask(build_inbox(config, hours, after)), SCRIPT)
        found += [_inbound(config, item, since) for item in items]
        newest = max((number for item in items if (number := as_int(item.get("id")))), default=0)
        if len(items) < INBOX_PAGE or newest <= int(after or 0):
            break
        after = str(newest)
    return sorted((one for one in found if one.at < until + INBOX_SLACK), key=lambda one: one.at)


def _inbound(config: Config, item: Item, since: datetime) -> Inbound:
    """One SMS, of however many segments. One without a date is given rather than lost: as of `since`."""
    sender, to, text = (
        address(item.get("phone")),
        address(item.get("to_phone")),
        word(item.get("message")) or "",
    )
    received = word(item.get("received")) or ""
    return Inbound(
        key=word(item.get("id")) or digest(sender, to, text, received),
        msisdn=sender,
        to=to,
        text=text,
        at=moment(None, received, config.zone) or moment(None, item.get("sent"), config.zone) or since,
    )


def build_history(config: Config, first: datetime, last: datetime, before: str | None = None) -> HttpRequest:
    """The days from `first` to `last`, both included; of them what was sent before the id `before`."""
    page = [*_days(config, first, last), ("format", SMS), ("cnt", str(HISTORY_PAGE))]
    return _get(config, "get_messages", page if before is None else [*page, ("prev_id", before)])


def _days(config: Config, first: datetime, last: datetime) -> Pairs:
    return [("start", _day(config, first).strftime(DATE)), ("end", _day(config, last).strftime(DATE))]


def _day(config: Config, at: datetime) -> datetime:
    """When that day began by the account's clock, whose time dates are (section 13.22)."""
    return at.astimezone(config.zone).replace(hour=0, minute=0, second=0, microsecond=0)


async def ask_history(config: Config, ask: Send, since: datetime, until: datetime) -> list[Past]:
    """Oldest first: window by window of half a year, page by page of what was sent before the last one."""
    found: dict[tuple[str, str | None, datetime | None], Past] = {}
    for first, last in _windows(config, since, until):
        before: str | None = None
        while True:
            items = read_list(await ask(build_history(config, first, last, before)), SCRIPT)
            pasts = [_past(config, item) for item in items if not _is_mail(item)]
            found |= {(one.gateway_id, one.msisdn, one.at): one for one in pasts}
            oldest = min((number for item in items if (number := as_int(item.get("int_id")))), default=None)
            if len(items) < HISTORY_PAGE or oldest is None or (before is not None and oldest >= int(before)):
                break
            before = str(oldest)
    within = [one for one in found.values() if one.at is None or since <= one.at < until]
    return sorted(within, key=lambda one: one.at or since)


def _is_mail(item: Item) -> bool:
    """An e-mail, which a server that does not know `format` may tell of too."""
    return EMAIL in (word(item.get("format")), word(item.get("type"))) or "@" in (
        word(item.get("phone")) or ""
    )


def _windows(config: Config, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The first and the last moment of each; no day is in two of them."""
    start = since
    while start < until:
        end = min(_day(config, start) + HISTORY_WINDOW, until)
        yield start, end - timedelta(microseconds=1)
        start = end


def _past(config: Config, item: Item) -> Past:
    """One message; the number of its state is what `status` has."""
    state = STATES.get(word(item.get("status")) or "")
    return Past(
        gateway_id=word(item.get("id")) or word(item.get("int_id")) or "",
        at=moment(item.get("send_timestamp"), item.get("send_date"), config.zone),
        text=word(item.get("message")) or "",
        sender_id=word(item.get("sender_id")),
        msisdn=digits(item.get("phone")) or None,
        counts={} if state is None else {state: 1},
        cost=as_decimal(item.get("cost")),
    )


def build_statistics(config: Config, first: datetime, last: datetime) -> HttpRequest:
    return _get(config, "get_stat", _days(config, first, last))


async def ask_statistics(config: Config, ask: Send, since: datetime, until: datetime) -> Statistics:
    """Window by window of half a year, which is stated for the history alone, but there is nothing to lose.

    Whole days of the account's zone are counted, and the period that is given back is theirs.
    """
    own: list[Item] = []
    for first, last in _windows(config, since, until):
        own += parse_statistics(config, await ask(build_statistics(config, first, last)))
    costs = [cost for line in own if (cost := as_decimal(line.get("credit"))) is not None]
    currencies = {currency(line.get("currency")) for line in own}
    one_currency = len(currencies) == 1  # sums of several mean nothing
    return Statistics(
        since=_day(config, since).astimezone(UTC),
        until=(_day(config, until - timedelta(microseconds=1)) + timedelta(days=1)).astimezone(UTC),
        total=sum(count for line in own if (count := as_int(line.get("cnt")))),
        cost=sum(costs, Decimal(0)) if one_currency and costs else None,
        currency=currencies.pop() if one_currency else None,
    )


def parse_statistics(config: Config, response: HttpResponse) -> list[Item]:
    """A line a login: those of sub-clients count where ours has none. `credit` is what was spent."""
    lines = read_list(response, SCRIPT)
    return [line for line in lines if word(line.get("login")) == config.login] or lines


def build_prices(config: Config) -> HttpRequest:
    return _get(config, "get_price", [])


def parse_prices(response: HttpResponse) -> list[Price]:
    """`{"zones": [{"zone", "name", and a price for each thing sent}]}`."""
    zones = read_object(response, SCRIPT).get("zones")
    if not isinstance(zones, list):
        raise unreadable(response, "no zones")
    return [
        Price(
            zone=word(zone.get("zone")) or "",
            name=word(zone.get("name")) or "",
            prices={
                name: price
                for name, value in zone.items()
                if name not in {"zone", "name"} and (price := as_decimal(value)) is not None
            },
        )
        for zone in zones
        if isinstance(zone, dict)
    ]
