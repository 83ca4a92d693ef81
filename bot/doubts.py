"""Cards of doubts: pure functions from what is known to a screen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from desk.doubts import Shown, View
from providers.model import MessageState
from storage.doubts import Evidence

from . import cards, reasons
from .keyboards import Key, Screen
from .words import Html, Words

PIECES = 6  # of evidence, the latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Of the buttons under a card; None: there is no such button."""

    check: str
    sent: str
    again: str | None
    give_up: str
    all: str | None = None


def card(words: Words, view: View, tokens: Tokens, *, again: bool = False) -> Screen:
    """Open doubts: all that is known, and what may be decided. `again`: people were shown them before."""
    lines = [line for one in view.open for line in one.lines]
    first = view.open[0]
    html = cards.joined(
        words("doubt-again") if again else None,
        words("failed-doubt", campaign=str(view.campaign.id), count=view.count),
        words(
            "doubt-where",
            gateway=cards.gateway_name(words, view.campaign.gateway),
            account=view.campaign.account,
            time=words.time(first.doubt.started_at),
            attempts=len(view.open),
        ),
        words("doubt-request", request=str(view.before + 1)) if view.before else None,
        *[
            words("failed-line", number=cards.number_of(words, line), state=words(f"state-{line.state}"))
            for line in lines[: cards.LISTED]
        ],
        words("failed-more", count=len(lines) - cards.LISTED, campaign=str(view.campaign.id))
        if len(lines) > cards.LISTED
        else None,
        reasons.of_message(words, lines[0], asked=view.asked),
        reasons.small_print(words, cards.gateway_name(words, view.campaign.gateway), lines[0]),
        *_evidence(words, view.open),
        None
        if view.stake is None
        else words("doubt-stake", cost=words.money(view.stake, view.campaign.currency)),
        _outlook(words, view),
    )
    return Screen(html=html, rows=_rows(words, view, tokens))


def _evidence(words: Words, several: Sequence[Shown]) -> list[Html]:
    """What was learnt, alike pieces of several messages as one, the latest last."""
    alike: dict[tuple[str, str, bool], list[Evidence]] = {}
    for one in several:
        for piece in one.evidence:
            alike.setdefault((piece.source, piece.says, piece.settled), []).append(piece)
    latest = sorted(alike.values(), key=lambda pieces: max(one.last_at for one in pieces))[-PIECES:]
    told = [
        words(
            "evidence-line",
            time=words.time(max(one.last_at for one in pieces)),
            says=says(words, pieces[0].source, pieces[0].says),
            times=max(one.times for one in pieces),
        )
        for pieces in latest
    ]
    return told or [words("evidence-none")]


def says(words: Words, source: str, told: str) -> Html:
    """A piece of evidence in words."""
    if source == "totals":
        counted, known, *others = map(int, told.split("/"))
        return words("evidence-totals", counted=counted, known=known, others=sum(others))
    if told == "absent":
        return words(f"evidence-absent-{source}")
    known = words.has(f"state-{told}")
    return words("evidence-taken", state=words(f"state-{told}")) if known else words("evidence-word")


def _outlook(words: Words, view: View) -> Html | None:
    """What will happen by itself, and what will not."""
    if view.campaign.cancelling:
        return words("doubt-cancelled")
    if view.concludes_at is not None:
        return words("doubt-outlook", time=words.time(view.concludes_at), count=view.count)
    return words("doubt-late") if view.late else None


def _rows(words: Words, view: View, tokens: Tokens) -> tuple[tuple[Key, ...], ...]:
    def key(name: str, token: str, **values: str | int) -> Key:
        return Key(label=words.plain(f"button-doubt-{name}", **values), token=token)

    deciding = [key("sent", tokens.sent)]
    deciding += [] if tokens.again is None else [key("again", tokens.again)]
    rows = [(key("check", tokens.check),), tuple(deciding), (key("give-up", tokens.give_up),)]
    if tokens.all is not None:
        count = len(view.open) + view.others
        rows.append((key("all", tokens.all, campaign=str(view.campaign.id), count=count),))
    return tuple(rows)


def closed(words: Words, view: View) -> Screen:
    """Doubts that are no more: what became of them, and who said so."""
    return Screen(html=cards.joined(*(_ending(words, view, one) for one in view.several)))


def _ending(words: Words, view: View, one: Shown) -> Html:
    campaign, count = str(view.campaign.id), len(one.messages)
    parts = [words("doubt-was", campaign=campaign, count=count)]
    if one.doubt.decision is not None:
        name = cards.isolated(one.doubt.decided_by or "?")
        parts.append(words(f"doubt-decided-{one.doubt.decision}", name=name))
        return Html(" ".join(parts))
    replaced = sum(message.over for message in one.messages)
    states: Mapping[MessageState, int] = Counter(
        message.state for message in one.messages if not message.over
    )
    if states:
        parts.append(words("doubt-settled", counts=cards.state_counts(words, states)))
    if replaced:
        parts.append(words("doubt-not-sent", count=replaced))
    return Html(" ".join(parts))


def first(words: Words, screen: Screen, doubtful: Mapping[int, int], tokens: Mapping[int, str]) -> Screen:
    """Open doubts, by campaign, before all else; some with a button that shows their card again."""
    if not doubtful:
        return screen

    def label(campaign: int) -> str:
        return words.plain("button-doubt-every", campaign=str(campaign), count=doubtful[campaign])

    keys = [(Key(label=label(campaign), token=token),) for campaign, token in tokens.items()]
    title = words("doubts-first", count=sum(doubtful.values()))
    return replace(screen, html=cards.joined(title, screen.html), rows=(*keys, *screen.rows))


def send_again(words: Words, view: View, *, yes: str, no: str) -> Screen:
    """The question before the second tap: it repeats the count, and what it may mean."""
    keys = (
        Key(label=words.plain("button-doubt-again-now", count=view.count), token=yes),
        Key(label=words.plain("button-doubt-keep"), token=no),
    )
    html = words("doubt-sure", campaign=str(view.campaign.id), count=view.count)
    return Screen(html=html, rows=(keys,))


def contradiction(
    words: Words, campaign_id: int, number: str, *, says: str, over: bool, stopped: bool
) -> Screen:
    """Something came too late. `over`: for a decision without sending; `stopped`: it goes no second time."""
    if over:
        outcome = words("doubt-late-over")
    else:
        outcome = words("doubt-late-stopped" if stopped else "doubt-late-twice")
    html = words(
        "doubt-contradiction",
        campaign=str(campaign_id),
        number=number,
        says=words(f"state-{says}") if words.has(f"state-{says}") else words("evidence-word"),
        outcome=outcome,
    )
    return Screen(html=html)
