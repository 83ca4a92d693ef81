"""From the rows of an audience and a text to a confirm card: fields filled, measured, priced."""

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from desk import aside, bulk, compose, money, templates
from desk.bulk import BulkOffer, Source, Spread
from desk.columns import Columns
from desk.money import Price
from desk.reading import Problem
from desk.tables import BadTable
from desk.templates import Survey, UnknownFields
from providers.model import Sms
from providers.sms import Alphabet, size
from storage import accounts, audiences, balances, campaigns, contacts, drafts, reach
from storage.accounts import Account
from storage.db import Transaction

from .. import bulk_cards, rations
from ..keyboards import Screen
from ..words import Html
from .clocks import own_clocks
from .leaving_out import LeftOut, leave_out
from .rows import refuse_empty
from .work import SEVERAL, Work, in_pieces

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the texts of an audience come to, and the text as its campaign keeps it."""

    survey: Survey
    text: str
    sample: Sequence[Sms]


async def fill(work: Work) -> None:
    """Give everybody a text and show the card. What is wrong with a text is said, and another is asked for.

    Raises Problem where the texts are those of another campaign; Lost.
    """
    todo, words = work.todo, work.words
    async with work.database.read() as tx:
        usable = await accounts.of_chat(tx, todo.chat_id)
    try:
        account = compose.choose(work.request, usable)
        left_out = await leave_out(work, account)
        if not left_out.stay:
            await refuse_empty(work, left_out.reasons(todo.reading))
            return
        filled = await (_measured(work) if todo.again_of else _composed(work))
        spread = await own_clocks(work, account)
        await _offer(work, account, filled, spread, left_out)
    except UnknownFields as error:
        known = ", ".join(f"{{{name}}}" for name in error.known[: bulk_cards.FIELDS])
        fields = ", ".join(f"{{{name}}}" for name in error.fields)
        await work.ask_again(words("unknown-fields", fields=fields, known=known))
    except BadTable as error:
        await work.ask_again(words(f"table-{error.word}", **error.details))
    except Problem as problem:
        if todo.again_of:
            raise
        await work.ask_again(work.problem(_of_contacts(work, problem)))


async def _composed(work: Work) -> Filled:
    """Fill the fields for every recipient and write the texts down. Raises UnknownFields, BadTable."""
    todo, text = work.todo, work.request.text
    template = templates.parse(text)
    places = await _lay_out(work)
    survey = await aside.survey(work.folder, text, Columns.from_json(todo.columns or {}))
    if template.fields:
        await _store(work, places)
    else:
        text = template.literals[0]
        for several in await work.spans():
            async with work.database.write("gather.text") as tx:
                await work.is_ours(tx)
                await audiences.give_one_text(tx, todo.id, survey.worst, several)
    return Filled(survey=survey, text=text, sample=await _sample(work, text))


async def _store(work: Work, places: Sequence[int]) -> None:
    """The texts that were made aside, piece by piece, each to the place of its line."""
    with (work.folder / aside.TEXTS).open(encoding="utf-8") as texts:
        own = ((places[line], text, segments) for line, text, segments in templates.written(texts))
        for several in in_pieces(own):
            async with work.database.write("gather.texts") as tx:
                await work.is_ours(tx)
                await audiences.give_texts(tx, work.todo.id, several)


async def _lay_out(work: Work) -> Sequence[int]:
    """The recipients as the file that is read aside; of each line, the place in the audience."""
    places = array("I")
    start = 0
    with (work.folder / aside.KEPT).open("w", encoding="utf-8") as kept:
        while True:
            async with work.database.read() as tx:
                several = await audiences.page(tx, work.todo.id, start, SEVERAL)
            kept.writelines(
                json.dumps([one.row, one.msisdn, one.values], ensure_ascii=False) + "\n" for one in several
            )
            places.extend(one.place for one in several)
            if len(several) < SEVERAL:
                return places
            start = several[-1].place + 1


async def _measured(work: Work) -> Filled:
    """Of an audience whose texts have been sent before."""
    async with work.database.read() as tx:
        told = await audiences.measure(tx, work.todo.id)
    sample = await _sample(work, "")
    survey = Survey(
        recipients=told.count,
        segments=told.segments,
        worst=told.worst,
        worst_row=0,
        longest=told.longest,
        # Of many texts only the first are looked at: what is shown of alphabets is of these.
        ucs2=told.count if all(_is_ucs2(one) for one in sample) else int(any(map(_is_ucs2, sample))),
        by_segments=told.by_segments,
        braced=templates.braced("\n".join(one.text for one in sample)),
    )
    return Filled(survey=survey, text=work.request.text, sample=sample)


async def _sample(work: Work, text: str) -> tuple[Sms, ...]:
    async with work.database.read() as tx:
        first = await audiences.page(tx, work.todo.id, 0, bulk.PRICED)
    return tuple(Sms(msisdn=one.msisdn, text=text if one.text is None else one.text) for one in first)


async def _offer(
    work: Work, account: Account, filled: Filled, spread: Spread | None, left_out: LeftOut
) -> None:
    """Check it and have it priced. Raises Problem."""
    tools, todo = work.tools, work.todo
    gateway, kept = tools.switchboard.gateway(account), todo.reading or {}
    source = Source(
        audience_id=todo.id,
        fills=todo.fills,
        name=todo.name,
        count=filled.survey.recipients,
        dropped=left_out.reasons(kept),
        again_of=todo.again_of,
        # Of contacts nothing is kept beside the number: their names may change.
        columns=todo.columns if todo.file_id or todo.again_of else None,
    )
    bulk.check_source(source.count, allowed=todo.most, most=todo.most)
    asked_at, patience = tools.clock(), tools.settings.submit.balance_timeout
    offered = bulk.offer(
        source,
        replace(work.request, text=filled.text),
        account,
        gateway.capabilities,
        work.rules,
        filled.survey,
        filled.sample,
        asked_at,
        spread,
    )
    async with work.database.read() as tx:
        last = await balances.known(tx, account.id)
        before = await campaigns.last_price(tx, account.id)
    price = await money.price(gateway, offered, patience, known=last, now=asked_at)
    whole = money.reckoned(price, priced=offered.segments, whole=offered.survey.segments, before=before)
    await _show(work, offered, whole, asked_at, left_out)


async def _show(work: Work, offered: BulkOffer, price: Price, asked_at: datetime, left_out: LeftOut) -> None:
    todo, now = work.todo, work.tools.clock()
    limits = work.tools.settings.limits
    good_for = limits.card_expiry
    cost = money.cost_of(price, segments=offered.survey.segments, usual=limits.segment_price)
    content = {**bulk.as_json(offered), "cost": cost}
    async with work.database.write("gather.offer") as tx:
        await work.is_ours(tx)
        if price.balance is not None and price.age is None:
            await balances.keep(tx, offered.account_id, price.balance, asked_at)
        full = await rations.refusal(tx, work.words, limits, content, person_id=todo.person_id, now=now)
        if full is not None:
            await _refuse(work, tx, full)
            return
        filled = await audiences.settle(
            tx, todo, "filled", expires_at=now + good_for, survey=offered.survey.as_json()
        )
        if not filled:
            return
        draft_id = await drafts.start(
            tx, todo.place, kind="send", state="offered", content=content, expires_at=now + good_for
        )
        subject = {"draft_id": draft_id, "version": drafts.version(content)}
        same = await reach.before(tx, todo.id, chat_id=todo.chat_id, text=offered.text, since=now - A_DAY)
        screen = bulk_cards.offer(
            work.words,
            offered,
            price,
            good_for=good_for,
            send=await work.button(tx, "confirm", subject),
            later=await work.button(tx, "later", subject),
            dismiss=await work.button(tx, "dismiss", subject),
            before=same,
            undo=work.rules.undo,
            names=await contacts.names(
                tx, todo.chat_id, [*(one.msisdn for one in offered.sample), *left_out.first]
            ),
            left_out=left_out.first,
        )
        await work.say(tx, screen)
        if left_out.count > bulk_cards.LISTED:
            await work.say_dropped(tx, sum(offered.source.dropped.values()))


async def _refuse(work: Work, tx: Transaction, html: Html) -> None:
    """It is too much for now, and the rows go."""
    if await audiences.settle(tx, work.todo, "failed"):
        await audiences.clear(tx, work.todo.id)
        await work.say(tx, Screen(html=html))


def _of_contacts(work: Work, problem: Problem) -> Problem:
    """What is to be mended where the rows are contacts, and no file can be dropped again."""
    if problem.word != "empty-field" or work.todo.file_id is not None:
        return problem
    return Problem("empty-contact-field", **problem.details)


def _is_ucs2(sms: Sms) -> bool:
    return size(sms.text).alphabet is Alphabet.UCS2
