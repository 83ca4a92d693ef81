"""Answers about accounts: money, sender IDs, counts. Pure functions from what is known to a screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from desk import burn
from desk.statistics import Course, Outcome, Period
from providers.errors import GatewayError
from providers.faces import SenderId, SenderStatus, Statistics
from providers.model import Balance, MessageState
from storage.accounts import Account
from storage.balances import Known
from storage.campaigns import CampaignView

from . import cards, reasons
from .keyboards import Chart, Key, Screen
from .words import Html, Words

LISTED = 30  # sender IDs in one answer
DETAILED = 10  # of which each operator is told
NAMED = 40  # characters of a name that a gateway or an operator gave
CAPTION = 1000  # UTF-16 units below a picture: Telegram takes 1,024


# Money


def balances(
    words: Words,
    rows: Sequence[tuple[Account, Known | None, GatewayError | None]],
    now: datetime,
    rates: Mapping[int, Decimal | None] | None = None,
) -> Screen:
    """The money of each account as last known and since when, and the trouble where it is not told.

    `rates`: what an account spends a day, where that is known; then it is told how long it lasts.
    """
    lines = [
        _lasting(words, known, (rates or {}).get(account.id), _balance(words, account, known, trouble, now))
        for account, known, trouble in rows
    ]
    return Screen(
        html=cards.joined(
            words("balance-title"), *cards.fitting(lines, lambda count: words("accounts-more", count=count))
        )
    )


def _balance(
    words: Words, account: Account, known: Known | None, trouble: GatewayError | None, now: datetime
) -> Html:
    whose = {"name": account.name, "gateway": cards.gateway_name(words, account.gateway)}
    why = None if trouble is None else reasons.of_error(words, trouble)
    if known is None:
        return words("balance-failed", **whose, trouble=why or "")
    told = words("balance-line", **whose, amount=_amount(words, known.balance), age=words.age(now - known.at))
    return told if why is None else words("balance-old", known=told, trouble=why)


def _lasting(words: Words, known: Known | None, rate: Decimal | None, line: Html) -> Html:
    left = None if known is None or not rate else burn.days_left(known.balance, rate)
    if left is None:
        return line
    return words("balance-lasts", known=line, days=words.plain("alert-days", count=int(left)))


def _amount(words: Words, balance: Balance) -> Html:
    amount = words.money(balance.amount, balance.currency)
    if not balance.credit:
        return words("balance-amount", amount=amount)
    return words("balance-credit", amount=amount, credit=words.money(balance.credit, balance.currency))


# Sender IDs


def senders(words: Words, account: Account, names: Sequence[SenderId], *, more: str | None) -> Screen:
    """The sender IDs of an account; `more` is the token of the button that tells what operators say."""
    title = words("senders-title", name=account.name, gateway=cards.gateway_name(words, account.gateway))
    if not names:
        return Screen(html=cards.joined(title, words("senders-none")))
    listed = [
        words("senders-line", sender=_named(one.name), status=_status(words, one.status))
        for one in names[:LISTED]
    ]
    hidden = len(names) - len(listed)
    html = cards.joined(
        title,
        *listed,
        words("senders-more", count=hidden) if hidden > 0 else None,
        words("senders-hint"),
    )
    key = None if more is None else Key(label=words.plain("button-operators"), token=more)
    return Screen(html=html, rows=() if key is None else ((key,),))


def _status(words: Words, status: SenderStatus | None) -> Html:
    return words(f"sender-{status or SenderStatus.UNKNOWN}")


def sender_operators(words: Words, account: Account, names: Sequence[SenderId]) -> Screen:
    """What each operator says of each sender ID; one that says nothing is left out."""
    title = words("senders-title", name=account.name, gateway=cards.gateway_name(words, account.gateway))
    told = [one for one in names if one.operators]
    if not told:
        return Screen(html=cards.joined(title, words("operators-none")))
    parts: list[Html] = []
    shown = 0
    for one in told[:DETAILED]:
        if cards.units(parts) > cards.ROOM:
            break
        parts.append(words("senders-line", sender=_named(one.name), status=_status(words, one.status)))
        parts += _by_status(words, one.operators)
        shown += 1
    hidden = len(told) - shown
    return Screen(
        html=cards.joined(title, *parts, words("senders-more", count=hidden) if hidden > 0 else None)
    )


def _by_status(words: Words, operators: Mapping[str, SenderStatus]) -> list[Html]:
    """A line a status with the operators of whom it is true, as many as there is room for."""
    named: dict[SenderStatus, list[str]] = {}
    for operator, status in operators.items():
        named.setdefault(status, []).append(operator_name(words, operator))
    if len(named) == 1 and len(operators) > 1:
        (status,) = named
        return [words("operators-all", status=_status(words, status), count=len(operators))]
    return [
        words("operators-line", status=_status(words, status), operators=_listed(words, named[status]))
        for status in SenderStatus
        if status in named
    ]


def operator_name(words: Words, operator: str) -> str:
    """An operator and the way to it in words; one that has none yet by the gateway's own name."""
    key = f"operator-{operator}"
    return words.plain(key) if words.has(key) else _named(operator)


def _listed(words: Words, operators: Sequence[str]) -> str:
    hidden = len(operators) - LISTED
    more = [words.plain("senders-more", count=hidden)] if hidden > 0 else []
    return ", ".join([*operators[:LISTED], *more])


def _named(name: str) -> str:
    """A name as a gateway gives it, no longer than a line has room for."""
    return cards.isolated(name if len(name) <= NAMED else name[:NAMED] + "…")


def senders_unable(words: Words, accounts: Sequence[Account]) -> Html:
    """Where else sender IDs are managed, for accounts whose gateways do not let us."""
    lines = [
        words(
            "senders-unable",
            name=one.name,
            gateway=cards.gateway_name(words, one.gateway),
            sender=one.sender_id or words("offer-default-sender"),
        )
        for one in accounts
    ]
    return cards.joined(*cards.fitting(lines, lambda count: words("accounts-more", count=count)))


def confirm_deletion(words: Words, account: Account, name: str, *, delete: str, keep: str) -> Screen:
    """The question before a sender ID is deleted; `delete` and `keep` are the tokens of its two buttons."""
    keys = (
        Key(label=words.plain("button-delete"), token=delete),
        Key(label=words.plain("button-keep"), token=keep),
    )
    return Screen(html=words("sender-delete", sender=_named(name), name=account.name), rows=(keys,))


# Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """An account's messages by state in our ledger, and what its gateway counts. None: it does not count."""

    account: Account
    states: Mapping[MessageState, int]
    gateway: Statistics | GatewayError | None


def statistics(
    words: Words, period: Period, rows: Sequence[Counted], outcomes: Mapping[Outcome, Sequence[int]]
) -> list[Screen]:
    """The counts, and their picture where there is something to draw; two answers where one has no room."""
    title = words(
        "stats-title",
        first=words.date_of(period.first),
        last=words.date_of(period.last),
        days=len(period.days),
        zone=period.zone.key,
    )
    counted = [_counted(words, row) for row in rows]
    more = cards.fitting(counted, lambda count: words("accounts-more", count=count))
    html = cards.joined(title, *more)
    if not outcomes:
        return [Screen(html=html)]
    chart = Chart(
        days=tuple(words.day(day) for day in period.days),
        series=tuple(
            (str(outcome), words.plain(f"outcome-{outcome}"), tuple(counts))
            for outcome, counts in outcomes.items()
        ),
    )
    if cards.units([html]) <= CAPTION:
        return [Screen(html=html, chart=chart)]
    return [Screen(html=html), Screen(html=title, chart=chart)]


def course(words: Words, view: CampaignView, drawn: Course) -> Screen:
    """How the messages of a campaign came to their ends, as a picture."""
    name = words.day if drawn.step >= timedelta(days=1) else words.hour
    title = words(
        "chart-title",
        campaign=str(view.id),
        counts=cards.state_counts(words, view.counts),
        zone=words.zone.key,
    )
    return Screen(
        html=title,
        chart=Chart(
            days=tuple(name(start) for start in drawn.starts),
            series=tuple(
                (str(outcome), words.plain(f"outcome-{outcome}"), tuple(counts))
                for outcome, counts in drawn.outcomes.items()
            ),
        ),
    )


def _counted(words: Words, row: Counted) -> Html:
    whose = {"name": row.account.name, "gateway": cards.gateway_name(words, row.account.gateway)}
    total = sum(row.states.values())
    if total:
        counts = cards.state_counts(words, row.states)
        lines = [words("stats-line", **whose, total=total, counts=counts)]
    else:
        lines = [words("stats-nothing", **whose)]
    if isinstance(row.gateway, GatewayError):
        lines.append(words("stats-gateway-silent", trouble=reasons.of_error(words, row.gateway)))
    elif row.gateway is not None:
        lines.append(_by_gateway(words, row.gateway))
    return cards.joined(*lines)


def _by_gateway(words: Words, told: Statistics) -> Html:
    """The gateway's own figures: only those it has."""
    figures = {
        "sent": told.sent,
        "delivered": told.delivered,
        "undelivered": told.undelivered,
        "expired": told.expired,
        "rejected": told.rejected,
        "in_process": told.in_process,
    }
    parts = [
        words("card-count", state=words(f"counted-{name}"), count=count)
        for name, count in figures.items()
        if count is not None
    ]
    if told.cost is not None:
        parts.append(words("card-cost", cost=words.money(told.cost, told.currency)))
    if not parts:
        return words("stats-gateway-total", total=told.total)
    return words("stats-gateway", total=told.total, counts=Html(" · ".join(parts)))
