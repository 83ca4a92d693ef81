"""Cards on the way from a list to a campaign: what was found, what is asked, what will be sent."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from desk.aside import Reading
from desk.audience import Frozen
from desk.bulk import SHOWN, BulkOffer
from desk.columns import Columns
from desk.money import Price
from desk.recipients import STOPPED, Dropped
from storage.reach import Before

from . import cards, oddities
from .keyboards import Key, Screen
from .words import Html, Words

LISTED = 10  # dropped rows on a card; more of them come as a file
RAW = 30  # characters of what stood in a cell
FIELDS = 12  # fields that are offered for the text
SAMPLE_TEXT = 160  # characters of a sample
CHOICES = 8  # columns that are offered for the numbers


def found(words: Words, name: str, reading: Reading, frozen: Frozen, *, asks: bool) -> Screen:
    """What came of a file; `asks`: the text is to be written now."""
    columns = reading.columns
    html = cards.joined(
        words("list-found", name=cards.isolated(name), count=frozen.count),
        words("list-columns", number=_title(words, columns, columns.number)),
        words("list-sheet", sheet=cards.isolated(reading.sheet), count=len(reading.sheets))
        if reading.sheet is not None and len(reading.sheets) > 1
        else None,
        words("list-hidden-sheets", count=reading.hidden_sheets) if reading.hidden_sheets else None,
        dropped(words, frozen.dropped),
        _dropped_rows(words, frozen.first_dropped, sum(frozen.dropped.values())),
        Html(f"\n{words('list-ask-text')}") if asks else None,
        _fields(words, columns) if asks else None,
    )
    return Screen(html=html, ask=words.plain("ask-text-placeholder") if asks else None)


def _title(words: Words, columns: Columns, place: int) -> str:
    name = columns.names[place]
    return cards.isolated(name) if columns.header else words.plain("list-column", number=place + 1)


def _fields(words: Words, columns: Columns) -> Html | None:
    names = [name for place, name in enumerate(columns.names) if place != columns.number]
    if not names:
        return None
    shown = " ".join(f"<code>{{{words.escape(name)}}}</code>" for name in names[:FIELDS])
    return words("list-fields", fields=Html(shown))


def dropped(words: Words, reasons: Mapping[str, int]) -> Html | None:
    """Removed rows by reason."""
    if not reasons:
        return None
    parts = [
        words("dropped-reason", why=words(f"why-{why}"), count=count)
        for why, count in sorted(reasons.items(), key=lambda pair: -pair[1])
    ]
    return words("dropped-rows", count=sum(reasons.values()), reasons=Html(", ".join(parts)))


def _left_out(
    words: Words, first: Sequence[str], names: Mapping[str, str], reasons: Mapping[str, int]
) -> Html | None:
    """Who is on the stop-list; `reasons`: how many get nothing, and why."""
    lines = [
        words("left-out", number=cards.called(one, names.get(one)), why=words(f"why-{STOPPED}"))
        for one in first
    ]
    if reasons.get(STOPPED, 0) > LISTED:
        lines.append(words("dropped-in-file", count=sum(reasons.values())))
    return cards.joined(*lines) if lines else None


def _dropped_rows(words: Words, first: Sequence[Dropped], whole: int) -> Html | None:
    lines = [
        words(
            "dropped-row", row=str(one.place), raw=cards.isolated(one.raw[:RAW]), why=words(f"why-{one.why}")
        )
        for one in first[:LISTED]
    ]
    if whole > LISTED:
        lines.append(words("dropped-in-file", count=whole))
    return cards.joined(*lines) if lines else None


def called_up(words: Words, name: str, frozen: Frozen) -> Screen:
    """Who of contacts and typed numbers gets nothing."""
    html = cards.joined(
        words("list-found", name=cards.isolated(name), count=frozen.count),
        dropped(words, frozen.dropped),
        _dropped_rows(words, frozen.first_dropped, sum(frozen.dropped.values())),
    )
    return Screen(html=html)


def saved(words: Words, name: str, frozen: Frozen, *, new: int, group: str | None) -> Screen:
    """What came of a file with contacts; `new`: how many of them were not known before."""
    html = cards.joined(
        words("contacts-saved", name=cards.isolated(name), count=frozen.count, total=new),
        None if group is None else words("contacts-saved-into", group=group),
        dropped(words, frozen.dropped),
        _dropped_rows(words, frozen.first_dropped, sum(frozen.dropped.values())),
    )
    return Screen(html=html)


def stopped(words: Words, name: str, frozen: Frozen, *, new: int) -> Screen:
    """What came of a file for the stop-list; `new`: how many entries were not there before."""
    html = cards.joined(
        words("stoplist-imported", name=cards.isolated(name), count=frozen.count, gone=new),
        dropped(words, frozen.dropped),
        _dropped_rows(words, frozen.first_dropped, sum(frozen.dropped.values())),
    )
    return Screen(html=html)


def which_column(
    words: Words,
    name: str,
    reading: Reading,
    tokens: Mapping[int, str],
    sought: str,
    nowhere: str | None,
) -> Screen:
    """The question which column holds what is sought, number or name, with what stands in the first rows.

    `nowhere`: the token of the answer that none does.
    """
    columns = reading.columns
    parts = []
    for place in tokens:
        cells = [row[place] for _, row in reading.sample if place < len(row) and row[place].strip()]
        seen = ", ".join(cards.isolated(cell[:RAW]) for cell in cells[:3])
        parts.append(words("list-sample", column=_title(words, columns, place), cells=seen))
    keys = tuple((Key(label=_title(words, columns, place), token=token),) for place, token in tokens.items())
    keys += () if nowhere is None else ((Key(label=words.plain("button-no-names"), token=nowhere),),)
    asked = words(f"list-which-{sought}", name=cards.isolated(name))
    return Screen(html=cards.joined(asked, *parts), rows=keys)


def offer(
    words: Words,
    offered: BulkOffer,
    price: Price,
    *,
    good_for: timedelta,
    send: str,
    dismiss: str,
    later: str,
    before: Before | None,
    undo: timedelta,
    names: Mapping[str, str],
    left_out: Sequence[str] = (),
) -> Screen:
    """All a person needs to decide. `before`: the last campaign that took the same text to some of them.

    `left_out`: the first of those on the stop-list. `names`: what the first numbers are called in this chat.
    """
    source, survey = offered.source, offered.survey
    html = cards.joined(
        words(
            "list-offer",
            name=cards.isolated(source.name),
            gateway=cards.gateway_name(words, offered.gateway),
            account=offered.account,
            sender=offered.sender_id or words("offer-default-sender"),
            count=source.count,
        ),
        words("list-again-of", campaign=str(source.again_of)) if source.again_of is not None else None,
        *(
            sample(words, cards.called(one.msisdn, names.get(one.msisdn)), one.text)
            for one in offered.sample[:SHOWN]
        ),
        words(
            "list-size",
            alphabets=" + ".join(offered.alphabets),
            least=min(survey.by_segments, default=survey.worst),
            worst=survey.worst,
            same="yes" if len(survey.by_segments) < 2 else "no",
            total=survey.segments,
        ),
        oddities.braced(words, survey.braced, filled=True),
        oddities.of_text(words, offered.text),
        dropped(words, source.dropped),
        _left_out(words, left_out, names, source.dropped),
        _cost(words, offered, price),
        cards.balance_after(words, price),
        _leaves(words, offered, undo),
        words("offer-put-off") if offered.put_off else None,
        None
        if before is None
        else words(
            "list-before", campaign=str(before.campaign_id), time=words.time(before.at), count=before.count
        ),
        words("offer-expires", minutes=int(good_for.total_seconds() // 60)),
    )
    keys = cards.deciding(words, send, dismiss, later, scheduled=offered.send_at is not None)
    return Screen(html=html, rows=keys)


def sample(words: Words, whom: str, text: str) -> Html:
    """What somebody is to get, or the beginning of it."""
    shown = cards.isolated(text if len(text) <= SAMPLE_TEXT else text[:SAMPLE_TEXT] + "…")
    return Html(f"{words.escape(whom)}:\n<blockquote>{words.escape(shown)}</blockquote>")


def _cost(words: Words, offered: BulkOffer, price: Price) -> Html:
    quote = price.quote
    if quote is None or quote.cost is None:
        return words("offer-cost-silent" if offered.quotes else "offer-cost-unknown")
    currency = quote.currency or (price.balance.currency if price.balance else price.currency)
    return words("list-cost-about" if price.about else "offer-cost", cost=words.money(quote.cost, currency))


def _leaves(words: Words, offered: BulkOffer, undo: timedelta) -> Html:
    if offered.local is not None:
        return cards.by_own_clocks(words, offered.local)
    if offered.send_at is not None:
        return words("offer-at-desk", time=words.time(offered.send_at))
    return words("list-leaves-now", seconds=int(undo.total_seconds()))
