"""Cards and answers: pure functions from what is known to a screen."""

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal

from desk.compose import Offer, Price
from desk.steer import Cancelled
from providers.errors import GatewayError
from providers.model import Balance, MessageState
from providers.sms import mask
from storage.accounts import Account
from storage.campaigns import CampaignView, Line

from .keyboards import Key, Screen
from .words import Html, Words

_S = MessageState

# A mark helps to scan; the word beside it carries the meaning.
MARKS = {
    _S.QUEUED: "⏳",
    _S.SUBMITTING: "⏳",
    _S.ACCEPTED: "📤",
    _S.MODERATION: "📤",
    _S.SENT: "📤",
    _S.DELIVERED: "✔",
    _S.UNDELIVERED: "❗",
    _S.EXPIRED: "❗",
    _S.REJECTED: "❗",
    _S.CANCELLED: "✖",
    _S.SKIPPED: "✖",
    _S.UNCERTAIN: "❓",
    _S.UNTRACKED: "❓",
    _S.ASSUMED_SENT: "📤",
    _S.ABANDONED: "✖",
}
SAMPLES = 3
LISTED = 10
SHOWN_TEXT = 700  # characters of an SMS on a card: Telegram's limit is for the whole card
ROOM = 2500  # UTF-16 units after which a list is cut short: with its last entry it is still below that limit
_ISOLATES = dict.fromkeys(range(0x2066, 0x206A))
# Classes of characters that leave the direction of a line alone (Unicode Standard Annex 9).
_LEFT_TO_RIGHT = frozenset({"L", "EN", "ES", "ET", "CS", "NSM", "BN", "B", "S", "WS", "ON", ""})


def gateway_name(words: Words, gateway: str) -> Html:
    return words(f"gateway-{gateway}")


def trouble(words: Words, kind: str, code: str | None = None) -> Html:
    """What is wrong with a gateway or an account, as the end of a sentence."""
    return words(f"trouble-{kind}", code=code or "?")


def shown_text(text: str) -> str:
    """An SMS as a card shows it: bidirectional marks in it cannot reach the card around it."""
    return isolated(text if len(text) <= SHOWN_TEXT else text[:SHOWN_TEXT] + "…")


def isolated(text: str) -> str:
    """Text with any right-to-left parts kept inside it; isolates of its own, which could end ours, go.

    Plain text stays as it is: the marks would travel along when people copy it.
    """
    if all(unicodedata.bidirectional(char) in _LEFT_TO_RIGHT for char in text):
        return text
    return f"\u2068{text.translate(_ISOLATES)}\u2069"


def _lines(*lines: Html | None) -> Html:
    return Html("\n".join(line for line in lines if line))


# The confirm card


def offer(
    words: Words, offered: Offer, price: Price, *, good_for: timedelta, send: str, dismiss: str
) -> Screen:
    """All a person needs to decide; `send` and `dismiss` are the tokens of the two buttons."""
    msisdns = offered.audience.msisdns
    samples = ", ".join(mask(msisdn) for msisdn in msisdns[:SAMPLES])
    if len(msisdns) > SAMPLES:
        samples += " " + words("offer-more", count=len(msisdns) - SAMPLES)
    html = _lines(
        words(
            "offer",
            gateway=gateway_name(words, offered.gateway),
            account=offered.account,
            sender=offered.sender_id or words("offer-default-sender"),
            count=len(msisdns),
            samples=samples,
            text=shown_text(offered.text),
            alphabet=offered.size.alphabet,
            each=offered.size.segments,
            total=offered.segments,
        ),
        _dropped(words, offered),
        _cost(words, offered, price),
        _balance_after(words, price),
        None
        if price.trouble is None
        else words("offer-trouble", trouble=trouble(words, price.trouble.kind, price.trouble.code)),
        _schedule(words, offered),
        None
        if offered.validity is None
        else words("offer-validity", minutes=int(offered.validity.total_seconds() // 60)),
        words("offer-expires", minutes=int(good_for.total_seconds() // 60)),
    )
    label = "button-send" if offered.send_at is None else "button-schedule"
    keys = (
        Key(label=words.plain(label), token=send),
        Key(label=words.plain("button-dismiss"), token=dismiss),
    )
    return Screen(html=html, rows=(keys,))


def _dropped(words: Words, offered: Offer) -> Html | None:
    dropped = offered.audience.dropped
    if not dropped:
        return None
    listed = [
        words("offer-dropped-one", raw=one.raw[:30], why=words(f"why-{one.why}")) for one in dropped[:LISTED]
    ]
    if len(dropped) > LISTED:
        listed.append(words("offer-dropped-more", count=len(dropped) - LISTED))
    return words("offer-dropped", count=len(dropped), list=Html(", ".join(listed)))


def _cost(words: Words, offered: Offer, price: Price) -> Html:
    quote = price.quote
    if quote is None or quote.cost is None:
        return words("offer-cost-silent" if offered.quotes else "offer-cost-unknown")
    currency = quote.currency or (price.balance.currency if price.balance else None)
    refused = words("offer-cost-refused", count=quote.refused) if quote.refused else None
    return _lines(words("offer-cost", cost=words.money(quote.cost, currency)), refused)


def _balance_after(words: Words, price: Price) -> Html:
    if price.balance is None:
        return words("offer-balance-unknown")
    now = words.money(price.balance.amount, price.balance.currency)
    if price.quote is None or price.quote.cost is None:
        return words("offer-balance", balance=now)
    after = price.balance.amount - price.quote.cost
    if after + (price.balance.credit or Decimal(0)) < 0:
        return words("offer-balance-short", balance=now)
    return words("offer-balance-after", balance=now, after=words.money(after, price.balance.currency))


def _schedule(words: Words, offered: Offer) -> Html | None:
    if offered.send_at is None:
        return None
    key = "offer-at-gateway" if offered.hands_over else "offer-at-desk"
    return words(key, time=words.time(offered.send_at))


# The status card


def campaign(words: Words, view: CampaignView, cancel: str | None) -> Screen:
    """A campaign as it stands; `cancel` is the token of its ✖ while something can still be stopped."""
    html = _lines(
        words(
            "card-title",
            campaign=str(view.id),
            gateway=gateway_name(words, view.gateway),
            account=view.account,
            sender=view.sender_id or words("offer-default-sender"),
        ),
        Html(f"<blockquote>{words.escape(shown_text(view.text))}</blockquote>"),
        Html("\n".join(_line(words, line) for line in view.lines)) if view.total <= LISTED else None,
        words("card-sum", total=view.total, counts=_counts(words, view)),
        None if view.cost is None else words("card-cost", cost=words.money(view.cost)),
        None if view.send_at is None else words("card-scheduled", time=words.time(view.send_at)),
        words("card-held") if view.held else None,
        _card_stopped(words, view),
        words("card-cancelling") if view.cancelling and _recallable(view) else None,
        words("card-uncertain") if view.counts.get(_S.UNCERTAIN) else None,
        words("card-author", name=isolated(view.author), time=words.time(view.created_at)),
    )
    rows = () if cancel is None else ((Key(label=words.plain("button-cancel"), token=cancel),),)
    return Screen(html=html, rows=rows)


def _card_stopped(words: Words, view: CampaignView) -> Html | None:
    if view.stopped is None or not view.counts.get(_S.QUEUED):
        return None
    return words("card-stopped", trouble=trouble(words, view.stopped))


def _recallable(view: CampaignView) -> int:
    return view.counts.get(_S.ACCEPTED, 0) + view.counts.get(_S.MODERATION, 0)


def _line(words: Words, line: Line) -> Html:
    return words("card-line", mark=MARKS[line.state], number=mask(line.msisdn), state=_state(words, line))


def _state(words: Words, line: Line) -> Html:
    state = words(f"state-{line.state}")
    return words("state-read", state=state) if line.read else state


def _counts(words: Words, view: CampaignView) -> Html:
    """Every state that occurs, in the order of a message's life; they add up to the total."""
    return Html(
        " · ".join(
            words("card-count", state=words(f"state-{state}"), count=view.counts[state])
            for state in MessageState
            if view.counts.get(state)
        )
    )


# Announcements


def failed(words: Words, view: CampaignView, lines: Sequence[Line], *, asked: bool) -> Screen:
    """What went wrong, in plain words, whether it was paid for, and what to do.

    `asked`: this gateway can be asked about a message whose answer was lost.
    """
    doubt = all(line.state in {_S.UNCERTAIN, _S.UNTRACKED} for line in lines)
    blocks: dict[tuple[MessageState, str | None, str | None], list[Line]] = {}
    for line in lines:
        blocks.setdefault((line.state, line.reason, line.code), []).append(line)
    parts: list[Html] = []
    left = LISTED
    for (state, reason, code), several in blocks.items():
        if left == 0 or _units(parts) > ROOM:
            break
        shown = several[:left]
        left -= len(shown)
        parts += [words("failed-line", number=mask(one.msisdn), state=_state(words, one)) for one in shown]
        parts.append(_advice(words, state, reason, asked=asked))
        raw = several[0].raw or ""
        if code or raw:
            what = " ".join(
                filter(None, [str(gateway_name(words, view.gateway)), code, raw if raw != code else None])
            )
            parts.append(Html(f"<blockquote expandable>{words.escape(what[:300])}</blockquote>"))
    title = words("failed-doubt" if doubt else "failed-title", campaign=str(view.id), count=len(lines))
    hidden = len(lines) - (LISTED - left)
    more = words("failed-more", count=hidden, campaign=str(view.id)) if hidden > 0 else None
    return Screen(html=_lines(title, *parts, more))


def _units(parts: Sequence[Html]) -> int:
    """Their length as Telegram counts it, in UTF-16 units."""
    return sum(len(part.encode("utf-16-le")) // 2 for part in parts)


def _advice(words: Words, state: MessageState, reason: str | None, *, asked: bool) -> Html:
    if state == _S.UNCERTAIN:
        if reason is not None:
            return words(f"reason-{reason}")
        return words("doubt-asked" if asked else "doubt")
    if state == _S.UNTRACKED:
        return words("untracked")
    if state == _S.EXPIRED:
        reason = "expired"
    # A message may expire before it leaves us, and then nobody charges for it.
    unless = "charged-maybe" if state == _S.EXPIRED else "charged-yes"
    charged = "charged-no" if state == _S.REJECTED else unless
    why = words(f"reason-{reason or 'unexplained'}")
    return Html(f"{why} {words(charged)}")


def cancelled(words: Words, campaign_id: int, what: Cancelled) -> Html:
    """What came of ✖ or /cancel; plain enough for a toast."""
    parts = [words(f"cancel-{part}", count=count) for part, count in asdict(what).items() if count]
    return Html(f"#{campaign_id}: " + " ".join(parts or [words("cancel-nothing")]))


def account_stopped(
    words: Words, *, name: str, gateway: str, kind: str, code: str | None, waiting: int, resume: str
) -> Screen:
    html = words(
        "account-stopped",
        name=name,
        gateway=gateway_name(words, gateway),
        trouble=trouble(words, kind, code),
        waiting=waiting,
    )
    return Screen(html=html, rows=((Key(label=words.plain("button-resume", name=name), token=resume),),))


def late(words: Words, campaign_id: int, send_at: datetime, *, release: str, cancel: str) -> Screen:
    keys = (
        Key(label=words.plain("button-release"), token=release),
        Key(label=words.plain("button-cancel"), token=cancel),
    )
    return Screen(html=words("late", campaign=str(campaign_id), time=words.time(send_at)), rows=(keys,))


# Answers


def recent(words: Words, views: Sequence[CampaignView]) -> Screen:
    if not views:
        return Screen(html=words("recent-none"))
    lines: list[Html] = []
    for view in views:
        if _units(lines) > ROOM:
            break
        text = " ".join(view.text.split())
        line = words(
            "recent-line",
            campaign=str(view.id),
            time=words.time(view.created_at),
            counts=_counts(words, view),
            text=shown_text(text[:40] + ("…" if len(text) > 40 else "")),
        )
        lines.append(line)
    return Screen(html=_lines(words("recent-title"), *lines))


def balances(words: Words, rows: Sequence[tuple[Account, Balance | GatewayError]]) -> Screen:
    """The money of each account, or why it is not known."""
    lines: list[Html] = [words("balance-title")]
    for account, found in rows:
        name, gateway = account.name, gateway_name(words, account.gateway)
        if isinstance(found, GatewayError):
            why = trouble(words, found.kind, found.code)
            lines.append(words("balance-failed", name=name, gateway=gateway, trouble=why))
            continue
        amount = words.money(found.amount, found.currency)
        if found.credit:
            credit = words.money(found.credit, found.currency)
            lines.append(words("balance-credit", name=name, gateway=gateway, amount=amount, credit=credit))
        else:
            lines.append(words("balance-line", name=name, gateway=gateway, amount=amount))
    return Screen(html=_lines(*lines))


def account_list(words: Words, accounts: Sequence[Account], resume: dict[int, str]) -> Screen:
    """The accounts of a chat; `resume` has a token for each stopped one."""
    if not accounts:
        return Screen(html=words("accounts-none"))
    lines = [
        words(
            "accounts-line",
            name=one.name,
            gateway=gateway_name(words, one.gateway),
            tail=one.login_tail,
            sender=one.sender_id or words("offer-default-sender"),
            state=words("account-works")
            if one.stopped is None
            else words("account-is-stopped", trouble=trouble(words, one.stopped)),
        )
        for one in accounts
    ]
    rows = tuple(
        (Key(label=words.plain("button-resume", name=one.name), token=resume[one.id]),)
        for one in accounts
        if one.id in resume
    )
    return Screen(html=_lines(words("accounts-title"), *lines), rows=rows)
