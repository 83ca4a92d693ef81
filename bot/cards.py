"""Cards and answers: pure functions from what is known to a screen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

from desk import templates
from desk.bulk import Spread
from desk.compose import Offer
from desk.money import Price
from desk.steer import Cancelled
from desk.wall_clock import Local
from providers.gateways import ENTRIES, KINDS
from providers.model import FINAL, Balance, Kind, MessageState, Reason
from providers.sms import mask
from storage.accounts import Account
from storage.campaigns import Brief, CampaignView, Line
from storage.reach import UNREACHED

from . import oddities, reasons
from .keyboards import Key, Screen
from .words import Html, Words
from .words import isolated as isolated  # where all the screens look for it

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
NOTED = 120  # characters of what was found out about a number
LISTED = 10
EXPLAINED = 1000  # UTF-16 units of a card's list of messages after which no more reasons are given
SHOWN_NAME = 24  # characters of what a number is called
SHOWN_TEXT = 700  # characters of an SMS on a card: Telegram's limit is for the whole card
ROOM = 2500  # UTF-16 units after which a list is cut short: with its last entry it is still below that limit


def gateway_name(words: Words, gateway: str) -> Html:
    """The vendor's name for it where the texts have one, else our own."""
    key = f"gateway-{gateway}"
    return words(key) if words.has(key) else words.escape(gateway)


def kind_name(words: Words, kind: Kind) -> Html:
    return words(f"kind-{kind.name.lower()}")


def shown_text(text: str) -> str:
    """An SMS as a card shows it: bidirectional marks in it cannot reach the card around it."""
    return isolated(text if len(text) <= SHOWN_TEXT else text[:SHOWN_TEXT] + "…")


def joined(*several: Html | None) -> Html:
    """Those that there are, one below the other."""
    return Html("\n".join(one for one in several if one))


# The confirm card


def offer(
    words: Words,
    offered: Offer,
    price: Price,
    *,
    good_for: timedelta,
    send: str,
    dismiss: str,
    later: str | None = None,
    names: Mapping[str, str] | None = None,
) -> Screen:
    """All a person needs to decide; `send`, `dismiss` and `later` are the tokens of the buttons.

    `names`: what the first numbers are called in this chat.
    """
    msisdns, known = offered.audience.msisdns, names or {}
    samples = ", ".join(called(msisdn, known.get(msisdn)) for msisdn in msisdns[:SAMPLES])
    if len(msisdns) > SAMPLES:
        samples += " " + words("offer-more", count=len(msisdns) - SAMPLES)
    html = joined(
        words(
            "offer",
            gateway=gateway_name(words, offered.gateway),
            account=offered.account,
            sender=offered.sender_id or words("offer-default-sender"),
            count=len(msisdns),
            samples=samples,
        ),
        None if offered.kind == Kind.SMS else words("kind-line", kind=kind_name(words, offered.kind)),
        _quoted(words, offered.text),
        _size(words, offered),
        oddities.braced(words, templates.braced(offered.text), filled=False),
        oddities.of_text(words, offered.text),
        _dropped(words, offered),
        _cost(words, offered, price),
        balance_after(words, price),
        None
        if price.trouble is None
        else words("offer-trouble", trouble=reasons.of_error(words, price.trouble)),
        _schedule(words, offered),
        words("offer-put-off") if offered.put_off else None,
        None
        if offered.validity is None
        else words("offer-validity", minutes=int(offered.validity.total_seconds() // 60)),
        words("offer-expires", minutes=int(good_for.total_seconds() // 60)),
    )
    return Screen(
        html=html, rows=deciding(words, send, dismiss, later, scheduled=offered.send_at is not None)
    )


def deciding(
    words: Words, send: str, dismiss: str, later: str | None, *, scheduled: bool
) -> tuple[tuple[Key, ...], ...]:
    """The keys of a confirm card, by their tokens."""
    first = (
        Key(label=words.plain("button-schedule" if scheduled else "button-send"), token=send),
        Key(label=words.plain("button-dismiss"), token=dismiss),
    )
    return (first,) if later is None else (first, (Key(label=words.plain("button-later"), token=later),))


def _quoted(words: Words, text: str) -> Html | None:
    """The text of an SMS; None for a kind that has none."""
    return Html(f"<blockquote>{words.escape(shown_text(text))}</blockquote>") if text else None


def _size(words: Words, offered: Offer) -> Html | None:
    size = offered.size
    if size is None:
        return None
    if len(offered.audience.msisdns) == 1:
        return words("offer-size-one", alphabet=size.alphabet, each=size.segments)
    return words("offer-size", alphabet=size.alphabet, each=size.segments, total=offered.segments)


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
    currency = quote.currency or (price.balance.currency if price.balance else price.currency)
    refused = words("offer-cost-refused", count=quote.refused) if quote.refused else None
    told = words("list-cost-about" if price.about else "offer-cost", cost=words.money(quote.cost, currency))
    return joined(told, refused)


def balance_after(words: Words, price: Price) -> Html:
    if price.balance is None:
        return words("offer-balance-unknown")
    now = _told(words, price.balance, price.age)
    if price.quote is None or price.quote.cost is None:
        return words("offer-balance", balance=now)
    after = price.balance.amount - price.quote.cost
    if after + (price.balance.credit or Decimal(0)) < 0:
        return words("offer-balance-short", balance=now)
    return words("offer-balance-after", balance=now, after=words.money(after, price.balance.currency))


def _told(words: Words, balance: Balance, age: timedelta | None) -> str:
    """A balance as the gateway told it, with its credit and, where it was told before, how long ago."""
    told = words.money(balance.amount, balance.currency)
    if balance.credit:
        credit = words.money(balance.credit, balance.currency)
        told = words.plain("offer-balance-credit", amount=told, credit=credit)
    return told if age is None else words.plain("offer-balance-aged", amount=told, age=words.age(age))


def _schedule(words: Words, offered: Offer) -> Html | None:
    if offered.send_at is None:
        return None
    if offered.local is not None:
        return _local(words, offered, offered.local)
    key = "offer-at-gateway" if offered.hands_over else "offer-at-desk"
    return words(key, time=words.time(offered.send_at))


def _local(words: Words, offered: Offer, local: Local) -> Html:
    """By the recipients' clocks, and what is to be known of that."""
    if offered.by_recipient_time:
        gateway = gateway_name(words, offered.gateway)
        return words("offer-local-there", time=words.wall(local.wall), gateway=gateway)
    return by_own_clocks(words, local)


def by_own_clocks(words: Words, local: Local | Spread) -> Html:
    """By the recipients' clocks, where we keep the schedule."""
    when = words(
        "offer-local-here",
        time=words.wall(local.wall),
        earliest=words.time(local.earliest),
        latest=words.time(local.latest),
        spread="no" if local.earliest == local.latest else "yes",
    )
    unknown = words("offer-local-unknown", count=local.unknown, zone=local.otherwise.key)
    return joined(when, unknown if local.unknown else None)


# The status card


def campaign(
    words: Words, view: CampaignView, cancel: str | None, tokens: Mapping[str, str] | None = None
) -> Screen:
    """A campaign as it stands; `cancel` is the token of its ✖ while something can still be stopped.

    `tokens`: of the buttons that a campaign to a list has besides, by action.
    """
    html = joined(
        words(
            "card-title",
            campaign=str(view.id),
            gateway=gateway_name(words, view.gateway),
            account=view.account,
            sender=view.sender_id or words("offer-default-sender"),
        ),
        None if view.kind == Kind.SMS else words("kind-line", kind=kind_name(words, view.kind)),
        _quoted(words, view.text)
        if view.purged_at is None
        else words("card-purged", time=words.time(view.purged_at)),
        _message_lines(words, view) if view.total <= LISTED else None,
        None if view.again_of is None else words("list-again-of", campaign=str(view.again_of)),
        _progress(words, view) if tokens else None,
        words("card-sum", total=view.total, counts=state_counts(words, view.counts)),
        words("card-skipped", count=view.counts[_S.SKIPPED])
        if view.counts.get(_S.SKIPPED) and view.total > LISTED
        else None,
        None if view.cost is None else words("card-cost", cost=words.money(view.cost, view.currency)),
        _scheduled(words, view),
        None if view.undo is None else words("card-undo", seconds=int(view.undo.total_seconds())),
        words("card-paused") if view.paused and view.counts.get(_S.QUEUED) else None,
        _held(words, view),
        words("card-recovering") if view.recovering and view.counts.get(_S.QUEUED) else None,
        _card_stopped(words, view),
        words("card-cancelling") if view.cancelling and _recallable(view) else None,
        words("card-uncertain", proves="yes" if KINDS[view.gateway].capabilities.absence else "no")
        if view.counts.get(_S.UNCERTAIN)
        else None,
        words("card-author", name=isolated(view.author), time=words.time(view.created_at)),
    )
    rows = _steering(words, view, cancel, tokens or {})
    return Screen(html=html, rows=rows, calm=bool(tokens))


BAR = 20  # pieces of a progress bar
_UNREACHED = frozenset(UNREACHED)


def _progress(words: Words, view: CampaignView) -> Html:
    """How many have come to an end, as a bar and in words."""
    over = sum(count for state, count in view.counts.items() if state in FINAL)
    full = BAR * over // max(view.total, 1)
    percent = 100 * over // max(view.total, 1)
    return words("card-progress", bar="▓" * full + "░" * (BAR - full), percent=percent)


def _steering(
    words: Words, view: CampaignView, cancel: str | None, tokens: Mapping[str, str]
) -> tuple[tuple[Key, ...], ...]:
    """The keys of a campaign to a list: first those that steer it, then those for afterwards."""

    def key(action: str) -> Key:
        return Key(label=words.plain(f"button-{action}"), token=tokens[action])

    steering = [key("unpause" if view.paused else "pause")] if tokens and view.counts.get(_S.QUEUED) else []
    if cancel is not None:
        # Alone in the row ✖ would lie where ✅ lay on the confirm card, under the finger that taps twice.
        number = f"#{view.id}"
        steering = steering or [Key(label=words.plain("button-copy-number", number=number), copy=number)]
        steering.append(Key(label=words.plain("button-cancel"), token=cancel))
    over = all(state in FINAL for state in view.counts)
    unreached = any(state in _UNREACHED for state in view.counts)
    after = [key("resend")] if tokens and over and unreached and view.purged_at is None else []
    file = [key("report-unreached")] if after and "report-unreached" in tokens else []
    reports = tuple(key(one) for one in ("chart", "report-xlsx", "report-csv") if one in tokens)
    rows = (tuple(steering), reports, tuple(after), tuple(file))
    return tuple(row for row in rows if row)


def _scheduled(words: Words, view: CampaignView) -> Html | None:
    if view.send_at is None:
        return None
    if view.by_recipient_time:
        return words("card-scheduled-there", time=words.wall(view.send_at))
    if view.moments is None:
        return words("card-scheduled", time=words.time(view.send_at))
    earliest, latest = map(words.time, view.moments)
    return words(
        "card-scheduled-local", earliest=earliest, latest=latest, spread="no" if earliest == latest else "yes"
    )


def _held(words: Words, view: CampaignView) -> Html | None:
    if not view.held:
        return None
    if view.by_recipient_time:
        return words("card-held-there", count=view.missed)
    return words("card-held-some", count=view.missed) if view.missed else words("card-held")


def _card_stopped(words: Words, view: CampaignView) -> Html | None:
    if view.stopped is None or not view.counts.get(_S.QUEUED):
        return None
    return words("card-stopped", trouble=reasons.trouble(words, view.stopped))


def _recallable(view: CampaignView) -> int:
    return view.counts.get(_S.ACCEPTED, 0) + view.counts.get(_S.MODERATION, 0)


def _message_lines(words: Words, view: CampaignView) -> Html:
    """Each message, and below those that ended badly what the gateway's code says, while there is room."""
    parts: list[Html] = []
    for (state, entry), alike in groupby(view.lines, key=lambda line: (line.state, line.entry)):
        several = list(alike)
        parts += [_line(words, line) for line in several]
        if entry in ENTRIES and state in reasons.ENDED_BADLY and units(parts) <= EXPLAINED:
            parts.append(words("card-why", why=reasons.of_message(words, several[0], asked=False)))
    return joined(*parts)


def one_message(words: Words, view: CampaignView, line: Line) -> Html:
    """One number of a campaign, and why where it ended badly."""
    asked = KINDS[view.gateway].capabilities.lookup_by_ref
    bad = line.state in reasons.ENDED_BADLY or line.state == _S.UNCERTAIN
    return joined(
        words("status-one", campaign=str(view.id), line=_line(words, line)),
        reasons.of_message(words, line, asked=asked) if bad else None,
    )


def number_of(words: Words, line: Line) -> str:
    """The number of a message, masked, after what it is called; words where it is forgotten."""
    return called(line.msisdn, line.name) if line.msisdn.isdecimal() else words.plain("number-forgotten")


def called(msisdn: str, name: str | None) -> str:
    """A number, masked, after what the chat calls it."""
    if not name:
        return mask(msisdn)
    shown = name if len(name) <= SHOWN_NAME else name[:SHOWN_NAME] + "…"
    return f"{isolated(shown)} · {mask(msisdn)}"


def _line(words: Words, line: Line) -> Html:
    html = words(
        "card-line", mark=MARKS[line.state], number=number_of(words, line), state=_state(words, line)
    )
    return words("card-noted", line=html, note=isolated(line.note[:NOTED])) if line.note else html


def _state(words: Words, line: Line) -> Html:
    state = words(f"state-{line.state}")
    if line.reason == Reason.STOP_LIST:
        return words("state-because", state=state, why=words("why-stop-list"))
    return words("state-read", state=state) if line.read else state


def state_counts(words: Words, counts: Mapping[MessageState, int]) -> Html:
    """Every state that occurs, in the order of a message's life; they add up to the total."""
    return Html(
        " · ".join(
            words("card-count", state=words(f"state-{state}"), count=counts[state])
            for state in MessageState
            if counts.get(state)
        )
    )


# Announcements


def failed(words: Words, view: CampaignView, lines: Sequence[Line], *, asked: bool) -> Screen:
    """What went wrong, in plain words, whether it was paid for, and what to do.

    `asked`: this gateway can be asked about a message whose answer was lost.
    """
    doubt = all(line.state in {_S.UNCERTAIN, _S.UNTRACKED} for line in lines)
    blocks: dict[tuple[str | None, ...], list[Line]] = {}
    for line in lines:
        blocks.setdefault((line.state, line.entry, line.reason, line.code), []).append(line)
    parts: list[Html] = []
    left = LISTED
    for several in blocks.values():
        if left == 0 or units(parts) > ROOM:
            break
        shown = several[:left]
        left -= len(shown)
        parts += [
            words("failed-line", number=number_of(words, one), state=_state(words, one)) for one in shown
        ]
        parts.append(reasons.of_message(words, several[0], asked=asked))
        said = reasons.small_print(words, gateway_name(words, view.gateway), several[0])
        parts += [] if said is None else [said]
    title = words("failed-doubt" if doubt else "failed-title", campaign=str(view.id), count=len(lines))
    hidden = len(lines) - (LISTED - left)
    more = words("failed-more", count=hidden, campaign=str(view.id)) if hidden > 0 else None
    told = reasons.said(words, lines[0])
    copy = () if told is None else ((Key(label=words.plain("button-copy"), copy=told),),)
    return Screen(html=joined(title, *parts, more), rows=copy)


def units(parts: Sequence[Html]) -> int:
    """Their length as Telegram counts it, in UTF-16 units."""
    return sum(len(part.encode("utf-16-le")) // 2 for part in parts)


def fitting(lines: Sequence[Html], more: Callable[[int], Html]) -> list[Html]:
    """As many lines as have room in one message, and a last one that tells how many `more` there are."""
    shown = [line for number, line in enumerate(lines) if units(lines[:number]) <= ROOM]
    hidden = len(lines) - len(shown)
    return [*shown, more(hidden)] if hidden else shown


def cancelled(words: Words, campaign_id: int, what: Cancelled) -> Html:
    """What came of ✖ or /cancel; plain enough for a toast."""
    parts = [words(f"cancel-{part}", count=count) for part, count in asdict(what).items() if count]
    return Html(f"#{campaign_id}: " + " ".join(parts or [words("cancel-nothing")]))


def account_stopped(
    words: Words, *, name: str, gateway: str, trouble: Html, waiting: int, resume: str
) -> Screen:
    html = words(
        "account-stopped",
        name=name,
        gateway=gateway_name(words, gateway),
        trouble=trouble,
        waiting=waiting,
    )
    return Screen(html=html, rows=((Key(label=words.plain("button-resume", name=name), token=resume),),))


def late(
    words: Words,
    campaign_id: int,
    send_at: datetime,
    *,
    release: str,
    cancel: str,
    missed: int = 0,
    there: str | None = None,
) -> Screen:
    """Something missed its time: a whole campaign, or `missed` messages by their recipients' clocks.

    `there`: the gateway that was to see to those clocks. `send_at` is what they show then, perhaps later on.
    """
    keys = (
        Key(label=words.plain("button-release" if there is None else "button-hand-over"), token=release),
        Key(label=words.plain("button-cancel"), token=cancel),
    )
    if there is not None:
        html = words(
            "late-there",
            campaign=str(campaign_id),
            gateway=gateway_name(words, there),
            count=missed,
            time=words.wall(send_at),
        )
    elif missed:
        html = words("late-some", campaign=str(campaign_id), count=missed)
    else:
        html = words("late", campaign=str(campaign_id), time=words.time(send_at))
    return Screen(html=html, rows=(keys,))


def in_vain(
    words: Words, view: CampaignView, line: Line, *, refused: int, unpause: str, cancel: str
) -> Screen:
    """A campaign that was paused because all of it is refused; `line` tells why."""
    html = joined(
        words("in-vain", campaign=str(view.id), refused=refused, waiting=view.counts.get(_S.QUEUED, 0)),
        reasons.of_message(words, line, asked=False),
    )
    keys = (
        Key(label=words.plain("button-unpause"), token=unpause),
        Key(label=words.plain("button-cancel"), token=cancel),
    )
    return Screen(html=html, rows=(keys,))


# Answers


def recent(words: Words, views: Sequence[Brief | CampaignView], *, role: str) -> Screen:
    """The last campaigns, or a hint that `role` can follow."""
    if not views:
        return Screen(html=words("recent-none", role=role))
    lines: list[Html] = []
    for view in views:
        text = " ".join(view.text.split()) or kind_name(words, view.kind)
        line = words(
            "recent-line",
            campaign=str(view.id),
            time=words.time(view.created_at),
            counts=state_counts(words, view.counts),
            text=shown_text(text[:40] + ("…" if len(text) > 40 else "")),
        )
        lines.append(line)
    return Screen(html=joined(words("recent-title"), *lines))


def account_list(
    words: Words,
    accounts: Sequence[Account],
    resume: Mapping[int, str],
    share: Mapping[int, str] | None = None,
) -> Screen:
    """The accounts of a chat; `resume` has a token for each stopped one, `share` for each of one's own."""
    if not accounts:
        return Screen(html=words("accounts-none", role="admin"))
    lines = [
        words(
            "accounts-line",
            name=one.name,
            gateway=gateway_name(words, one.gateway),
            tail=one.login_tail or "apikey",
            sender=one.sender_id or words("offer-default-sender"),
            state=words("account-works")
            if one.stopped is None
            else words("account-is-stopped", trouble=reasons.trouble(words, one.stopped)),
        )
        for one in accounts
    ]
    offered = [
        Key(label=words.plain("button-resume", name=one.name), token=resume[one.id])
        for one in accounts
        if one.id in resume
    ]
    shared = share or {}
    offered += [
        Key(label=words.plain("button-share", name=one.name), token=shared[one.id])
        for one in accounts
        if one.id in shared
    ]
    return Screen(
        html=joined(
            words("accounts-title"), *fitting(lines, lambda count: words("accounts-more", count=count))
        ),
        rows=tuple((key,) for key in offered),
    )


# What customers write


def inbound(words: Words, *, account: str, msisdn: str, to: str, text: str, at: str) -> Screen:
    """An SMS from a handset. The number is whole: it is to be answered."""
    return Screen(
        html=words(
            "inbound",
            number=f"+{msisdn}" if msisdn.isdecimal() else msisdn,
            to=to,
            account=account,
            text=shown_text(text),
            time=words.time(datetime.fromisoformat(at)),
        )
    )
