"""The worker that makes campaigns of lists: fetches a file, has it read, gives it a text, shows the card.

One list at a time, the oldest first, by whoever speaks with Telegram. What is to be done stands in the
database, so a list that was being read when the process ended is read anew. The work itself is done aside,
see `desk.aside`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import structlog

from desk import aside, audience, bulk, compose, money, reading, roster, templates
from desk.audience import Frozen
from desk.bulk import BulkOffer, Source
from desk.clock import Bell, Clock
from desk.columns import Columns, may_be_names
from desk.compose import Rules
from desk.leases import Leases
from desk.money import Price
from desk.outage import Halt
from desk.reading import Problem, Request
from desk.switchboard import Switchboard
from desk.tables import BadTable, Limits
from desk.templates import Survey, UnknownFields
from providers.model import Sms
from providers.sms import Alphabet, size
from storage import accounts, audiences, balances, campaigns, contacts, drafts, leases, outbox
from storage.accounts import Account
from storage.audiences import Audience, Kept
from storage.db import Database, Transaction
from storage.fault import fault
from storage.outage import Unavailable
from storage.outbox import Priority

from . import bulk_cards, problems, saved_texts
from .keyboards import Key, Screen
from .settings import Settings
from .words import Html, Words

log = structlog.get_logger(__name__)

SEVERAL = 500  # rows in one transaction, so that nobody waits long for the writer
PAUSE = timedelta(seconds=5)  # after Telegram could not be reached
A_DAY = timedelta(days=1)

T = TypeVar("T")

# A file of Telegram's into a path.
Fetch = Callable[[str, Path], Awaitable[None]]


class NotFetched(Exception):
    """A file did not come. `gone`: it never will."""

    def __init__(self, *, gone: bool) -> None:
        super().__init__("gone" if gone else "not now")
        self.gone = gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the texts of an audience come to, and the text as its campaign keeps it."""

    survey: Survey
    text: str
    sample: Sequence[Sms]


class Lost(Exception):
    """Another process speaks with Telegram now, and reads this list anew."""


class Gatherer:
    """See the module."""

    def __init__(
        self,
        database: Database,
        switchboard: Switchboard,
        clock: Clock,
        bell: Bell,
        leases: Leases,
        fetch: Fetch,
        settings: Settings,
        rules: Rules,
        zone: ZoneInfo,
    ) -> None:
        self._database = database
        self._switchboard = switchboard
        self._clock = clock
        self.bell = bell
        self._leases = leases
        self._fetch = fetch
        self._settings = settings
        self._rules = rules
        self._zone = zone
        self._stopping = Halt()
        self._job: asyncio.Task[None] | None = None
        self._again_at: datetime | None = None
        self.on_said: list[Bell] = []  # whoever shows what was said

    async def run(self) -> None:
        while not self._stopping:
            try:
                if not await self._round():
                    await self.bell.nap(self._again_at)
            except Unavailable as error:
                await self._stopping.rest("gatherer", error)

    async def _round(self) -> bool:
        """Do what is to be done with one list. False: with none, for now. Raises Unavailable."""
        if self._leases.face() is None or (self._again_at is not None and self._again_at > self._clock()):
            return False
        async with self._database.read() as tx:
            todo = await audiences.next_to_do(tx)
        if todo is None:
            return False
        self._again_at = None
        self._job = asyncio.create_task(self._do(todo))
        await asyncio.wait([self._job])
        if not self._job.cancelled():
            self._job.result()
        for bell in self.on_said:
            bell.ring()
        return True

    def stop(self) -> None:
        """What is being read is read anew at the next start."""
        self._stopping.want()
        if self._job is not None:
            self._job.cancel()
        self.bell.ring()

    async def _do(self, todo: Audience) -> None:
        words = self._words(todo)
        try:
            with TemporaryDirectory(prefix="smsdesk-") as folder:
                if todo.state == "to-read" and todo.file_id is None:
                    await self._call_up(todo, Path(folder))
                elif todo.state == "to-read":
                    await self._read(todo, Path(folder))
                else:
                    await self._fill(todo, Path(folder))
        except Problem as problem:
            await self._refuse(todo, problems.html(words, problem))
        except Lost:
            log.info("a list is left to another process", audience=todo.id)
        except NotFetched as error:
            if error.gone:
                await self._refuse(todo, words("list-gone"))
            else:
                self._again_at = self._clock() + PAUSE
        except Unavailable:
            raise
        except Exception:
            # It would break again, and hold up every list behind it.
            log.exception("a list broke", audience=todo.id)
            await self._refuse(todo, words("list-broke"))

    async def _is_ours(self, tx: Transaction) -> None:
        """Raises Lost: another process may be at this list, and writes what comes of it."""
        lease = self._leases.face()
        if lease is None or await leases.commit(tx, lease) is None:
            raise Lost

    # From a file to rows.

    async def _read(self, todo: Audience, folder: Path) -> None:
        words, path = self._words(todo), folder / "file"
        fault("gather.fetch asks")
        await self._fetch(todo.file_id or "", path)
        fault("gather.fetch answered")
        chosen = None if todo.columns is None else Columns.from_json(todo.columns)
        most = Limits(size=self._settings.limits.file_mb * 2**20)
        try:
            read = await aside.read(path, folder, region=self._rules.region, columns=chosen, limits=most)
        except BadTable as error:
            await self._refuse(todo, words(f"table-{error.word}", **error.details))
            return
        if read.frozen is None:
            await self._ask_column(todo, read, read.candidates, "number")
            return
        if not read.frozen.count:
            await self._refuse_empty(todo, read.frozen)
            return
        if todo.purpose == "contacts":
            await self._import(todo, folder, read, read.frozen)
            return
        bulk.check_source(read.frozen.count, allowed=todo.most, most=todo.most)
        await self._store(todo, folder)
        await self._show(todo, read, read.frozen)

    # From contacts and typed numbers to rows.

    async def _call_up(self, todo: Audience, folder: Path) -> None:
        """The contacts of the groups, then the numbers: checked like a file, each line of it a row."""
        words, request = self._words(todo), _request(todo)
        await roster.write_out(
            self._database, todo.chat_id, request, folder / aside.ROWS, region=self._rules.region
        )
        titles = (words.plain("field-number"), words.plain("field-name"))
        columns = Columns(number=0, name=1, header=0, names=titles)
        frozen = await aside.check(folder, columns, region=self._rules.region)
        if not frozen.count:
            await self._refuse_empty(todo, frozen)
            return
        bulk.check_source(frozen.count, allowed=todo.most, most=todo.most)
        await self._store(todo, folder)
        await self._show_called_up(todo, columns, frozen)

    async def _show_called_up(self, todo: Audience, columns: Columns, frozen: Frozen) -> None:
        """Name what was dropped, and have the texts made: all that is asked for is there."""
        words = self._words(todo)
        request = replace(_request(todo), audience=todo.id, groups=(), numbers=())
        kept = {"count": frozen.count, "people": frozen.people, "dropped": dict(frozen.dropped)}
        until = self._until()
        async with self._database.write("gather.called_up") as tx:
            await self._is_ours(tx)
            done = await audiences.settle(
                tx, todo, "ready", expires_at=until, columns=columns.as_json(), reading=kept
            )
            if not done:
                return
            if frozen.dropped:
                await self._say(tx, todo, bulk_cards.called_up(words, todo.name, frozen))
            if sum(frozen.dropped.values()) > bulk_cards.LISTED:
                await self._say_dropped(tx, todo, sum(frozen.dropped.values()))
            await audiences.fill(tx, todo.id, request.as_json(), until)

    # From rows to contacts.

    async def _import(self, todo: Audience, folder: Path, read: aside.Reading, frozen: Frozen) -> None:
        """Save everybody in a file as a contact; where the names stand is asked for when it is not clear."""
        columns = read.columns
        if columns.name is None and todo.columns is None:
            places = may_be_names([cells for _, cells in read.sample], columns)
            if len(places) > 1:
                await self._ask_column(todo, read, places, "name")
                return
            columns = columns.named(places[0] if places else None)
        before = await self._count_contacts(todo)
        await self._store_dropped(todo, folder)
        group = next(iter(_request(todo).groups), None)
        book = roster.Book(chat_id=todo.chat_id, group=group, most=self._settings.limits.contacts)
        with (folder / aside.KEPT).open(encoding="utf-8") as kept:
            for several in in_pieces(audience.recipients(kept), SEVERAL):
                async with self._database.write("gather.contacts") as tx:
                    await self._is_ours(tx)
                    await roster.save(tx, book, columns, several, by=todo.person_id, now=self._clock())
        new = await self._count_contacts(todo) - before
        words, gone = self._words(todo), sum(frozen.dropped.values())
        async with self._database.write("gather.saved") as tx:
            await self._is_ours(tx)
            if not await audiences.settle(tx, todo, "saved"):
                return
            await self._say(tx, todo, bulk_cards.saved(words, todo.name, frozen, new=new, group=group))
            if gone > bulk_cards.LISTED:
                await self._say_dropped(tx, todo, gone)

    async def _count_contacts(self, todo: Audience) -> int:
        async with self._database.read() as tx:
            return await contacts.count(tx, todo.chat_id)

    async def _store(self, todo: Audience, folder: Path) -> None:
        """The rows, piece by piece; what an earlier try has left goes first."""
        await self._store_dropped(todo, folder)
        with (folder / aside.KEPT).open(encoding="utf-8") as kept:
            numbered = enumerate(audience.recipients(kept))
            rows = (
                Kept(place=place, row=one.row, msisdn=one.msisdn, values=one.values)
                for place, one in numbered
            )
            for several in in_pieces(rows, SEVERAL):
                async with self._database.write("gather.keep") as tx:
                    await self._is_ours(tx)
                    await audiences.keep(tx, todo.id, several)

    async def _store_dropped(self, todo: Audience, folder: Path) -> None:
        async with self._database.write("gather.clear") as tx:
            await self._is_ours(tx)
            await audiences.clear(tx, todo.id)
        with (folder / aside.DROPPED).open(encoding="utf-8") as dropped:
            gone = ((one.place, one.raw, one.why) for one in audience.dropped_rows(dropped))
            for start, several_gone in enumerate(in_pieces(gone, SEVERAL)):
                async with self._database.write("gather.drop") as tx:
                    await self._is_ours(tx)
                    await audiences.drop(tx, todo.id, start * SEVERAL, several_gone)

    async def _show(self, todo: Audience, read: aside.Reading, frozen: Frozen) -> None:
        """Say what was found, and ask for what is missing; what came with the file may be all."""
        words, request = self._words(todo), replace(_request(todo), audience=todo.id)
        kept = {"count": frozen.count, "people": frozen.people, "dropped": dict(frozen.dropped)}
        until = self._until()
        async with self._database.write("gather.ready") as tx:
            await self._is_ours(tx)
            done = await audiences.settle(
                tx, todo, "ready", expires_at=until, columns=read.columns.as_json(), reading=kept
            )
            if not done:
                return
            usable = await accounts.of_chat(tx, todo.chat_id)
            question = reading.missing(request, usable)
            shown = bulk_cards.found(words, todo.name, read, frozen, asks=question == "text")
            await self._say(tx, todo, shown)
            if sum(frozen.dropped.values()) > bulk_cards.LISTED:
                await self._say_dropped(tx, todo, sum(frozen.dropped.values()))
            if question is None:
                await audiences.fill(tx, todo.id, request.as_json(), until)
                return
            draft_id = await self._ask(tx, todo, request)
            if question == "text":
                await self._offer_saved_texts(tx, todo)
            if question == "account":
                await self._say(tx, todo, await self._which_account(tx, todo, draft_id, usable))

    async def _ask_column(
        self, todo: Audience, read: aside.Reading, candidates: Sequence[int], sought: str
    ) -> None:
        """Ask which column has the numbers, or the names; names may stand nowhere."""
        words, until, columns = self._words(todo), self._until(), read.columns

        async def token(tx: Transaction, place: int | None) -> str:
            named = sought == "name" or place is None
            chosen = columns.named(place) if named else columns.corrected(number=place or 0)
            subject = {"audience_id": todo.id, "columns": chosen.as_json(), "sought": sought}
            return await self._button(tx, todo, "choose-column", subject)

        async with self._database.write("gather.unsure") as tx:
            await self._is_ours(tx)
            if not await audiences.settle(tx, todo, "unsure", expires_at=until):
                return
            tokens = {place: await token(tx, place) for place in candidates[: bulk_cards.CHOICES]}
            nowhere = await token(tx, None) if sought == "name" else None
            await self._say(
                tx, todo, bulk_cards.which_column(words, todo.name, read, tokens, sought, nowhere)
            )

    async def _refuse_empty(self, todo: Audience, frozen: Frozen) -> None:
        words = self._words(todo)
        parts = (words("list-empty"), bulk_cards.dropped(words, frozen.dropped))
        await self._refuse(todo, Html("\n".join(part for part in parts if part)))

    # From rows and a text to a card.

    async def _fill(self, todo: Audience, folder: Path) -> None:
        words, request = self._words(todo), _request(todo)
        async with self._database.read() as tx:
            usable = await accounts.of_chat(tx, todo.chat_id)
        try:
            account = compose.choose(request, usable)
            filled = await (self._measured(todo) if todo.again_of else self._composed(todo, request, folder))
            await self._offer(todo, request, account, filled)
        except UnknownFields as error:
            known = ", ".join(f"{{{name}}}" for name in error.known[: bulk_cards.FIELDS])
            fields = ", ".join(f"{{{name}}}" for name in error.fields)
            await self._ask_again(todo, words("unknown-fields", fields=fields, known=known))
        except BadTable as error:
            await self._ask_again(todo, words(f"table-{error.word}", **error.details))
        except Problem as problem:
            if todo.again_of:
                raise
            await self._ask_again(todo, problems.html(words, _of_contacts(todo, problem)))

    async def _composed(self, todo: Audience, request: Request, folder: Path) -> Filled:
        """Fill the fields for every recipient and write the texts down. Raises UnknownFields, BadTable."""
        columns = Columns.from_json(todo.columns or {})
        template = templates.parse(request.text)
        await self._lay_out(todo, folder)
        survey = await aside.survey(folder, request.text, columns)
        if template.fields:
            with (folder / aside.TEXTS).open(encoding="utf-8") as texts:
                for several in in_pieces(templates.written(texts), SEVERAL):
                    async with self._database.write("gather.texts") as tx:
                        await self._is_ours(tx)
                        await audiences.give_texts(tx, todo.id, several)
        else:
            async with self._database.write("gather.text") as tx:
                await self._is_ours(tx)
                await audiences.give_one_text(tx, todo.id, survey.worst)
        text = request.text if template.fields else template.literals[0]
        return Filled(survey=survey, text=text, sample=await self._sample(todo, text))

    async def _lay_out(self, todo: Audience, folder: Path) -> None:
        """The recipients as the file that is read aside."""
        start = 0
        with (folder / aside.KEPT).open("w", encoding="utf-8") as kept:
            while True:
                async with self._database.read() as tx:
                    several = await audiences.page(tx, todo.id, start, SEVERAL)
                kept.writelines(
                    json.dumps([one.row, one.msisdn, one.values], ensure_ascii=False) + "\n"
                    for one in several
                )
                start += len(several)
                if len(several) < SEVERAL:
                    return

    async def _measured(self, todo: Audience) -> Filled:
        """Of an audience whose texts have been sent before."""
        async with self._database.read() as tx:
            told = await audiences.measure(tx, todo.id)
        sample = await self._sample(todo, "")
        survey = Survey(
            recipients=told.count,
            segments=told.segments,
            worst=told.worst,
            worst_row=0,
            longest=told.longest,
            # Of many texts only the first are looked at: what is shown of alphabets is of these.
            ucs2=told.count if all(_is_ucs2(one) for one in sample) else int(any(map(_is_ucs2, sample))),
            by_segments=told.by_segments,
        )
        return Filled(survey=survey, text=_request(todo).text, sample=sample)

    async def _sample(self, todo: Audience, text: str) -> tuple[Sms, ...]:
        async with self._database.read() as tx:
            first = await audiences.page(tx, todo.id, 0, bulk.PRICED)
        return tuple(Sms(msisdn=one.msisdn, text=text if one.text is None else one.text) for one in first)

    async def _offer(self, todo: Audience, request: Request, account: Account, filled: Filled) -> None:
        gateway = self._switchboard.gateway(account)
        kept = todo.reading or {}
        source = Source(
            audience_id=todo.id,
            fills=todo.fills,
            name=todo.name,
            count=filled.survey.recipients,
            people=kept.get("people"),
            dropped=kept.get("dropped", {}),
            again_of=todo.again_of,
        )
        bulk.check_source(source.count, allowed=todo.most, most=todo.most)
        asked = replace(request, text=filled.text)
        offered = bulk.offer(
            source,
            asked,
            account,
            gateway.capabilities,
            self._rules,
            filled.survey,
            filled.sample,
            self._clock(),
        )
        asked_at, patience = self._clock(), self._settings.submit.balance_timeout
        async with self._database.read() as tx:
            last = await balances.known(tx, account.id)
            before = await campaigns.last_price(tx, account.id)
        price = await money.price(gateway, offered, patience, known=last, now=asked_at)
        whole = money.reckoned(price, priced=offered.segments, whole=offered.survey.segments, before=before)
        await self._show_offer(todo, offered, whole, asked_at)

    async def _show_offer(self, todo: Audience, offered: BulkOffer, price: Price, asked_at: datetime) -> None:
        good_for, content = self._settings.limits.card_expiry, bulk.as_json(offered)
        now = self._clock()
        async with self._database.write("gather.offer") as tx:
            await self._is_ours(tx)
            if price.balance is not None and price.age is None:
                await balances.keep(tx, offered.account_id, price.balance, asked_at)
            filled = await audiences.settle(
                tx, todo, "filled", expires_at=now + good_for, survey=offered.survey.as_json()
            )
            if not filled:
                return
            draft_id = await drafts.start(
                tx,
                todo.place,
                kind="send",
                state="offered",
                content=content,
                expires_at=now + good_for,
            )
            subject = {"draft_id": draft_id, "version": drafts.version(content)}
            same = content["people"] and await campaigns.same(
                tx, todo.chat_id, people=content["people"], text=offered.text, since=now - A_DAY
            )
            screen = bulk_cards.offer(
                self._words(todo),
                offered,
                price,
                good_for=good_for,
                send=await self._button(tx, todo, "confirm", subject),
                dismiss=await self._button(tx, todo, "dismiss", subject),
                before=same or None,
                undo=self._rules.undo,
                names=await contacts.names(tx, todo.chat_id, [one.msisdn for one in offered.sample]),
            )
            await self._say(tx, todo, screen)

    # What is said.

    def _words(self, todo: Audience) -> Words:
        return Words(todo.language, self._zone)

    def _until(self) -> datetime:
        return self._clock() + self._settings.limits.card_expiry

    async def _refuse(self, todo: Audience, html: Html) -> None:
        """Say why nothing comes of it; the rows go."""
        async with self._database.write("gather.refuse") as tx:
            await self._is_ours(tx)
            if await audiences.settle(tx, todo, "failed"):
                await audiences.clear(tx, todo.id)
                await self._say(tx, todo, Screen(html=html))

    async def _ask_again(self, todo: Audience, html: Html) -> None:
        """Say what is wrong with the text, and let another be written."""
        words = self._words(todo)
        async with self._database.write("gather.again") as tx:
            await self._is_ours(tx)
            if await audiences.settle(tx, todo, "ready", expires_at=self._until()):
                await self._ask(tx, todo, replace(_request(todo), text=""))
                await self._say(tx, todo, Screen(html=html, ask=words.plain("ask-text-placeholder")))
                await self._offer_saved_texts(tx, todo)

    async def _offer_saved_texts(self, tx: Transaction, todo: Audience) -> None:
        """Beside the question for a text, those that the chat has saved."""

        async def button(action: str, subject: Mapping[str, Any]) -> str:
            return await self._button(tx, todo, action, subject)

        screen = await saved_texts.choice(tx, todo.chat_id, self._words(todo), button)
        if screen is not None:
            await self._say(tx, todo, screen)

    async def _ask(self, tx: Transaction, todo: Audience, request: Request) -> int:
        """The next message of this person answers, as it does when a /send is composed."""
        return await drafts.start(
            tx,
            todo.place,
            kind="send",
            state="asking",
            content=request.as_json(),
            expires_at=self._until(),
        )

    async def _which_account(
        self, tx: Transaction, todo: Audience, draft_id: int, usable: Sequence[Account]
    ) -> Screen:
        words = self._words(todo)
        keys = [
            Key(
                label=one.name,
                token=await self._button(
                    tx, todo, "choose-account", {"draft_id": draft_id, "name": one.name}
                ),
            )
            for one in usable
        ]
        return Screen(html=words("ask-account"), rows=tuple((key,) for key in keys))

    async def _button(self, tx: Transaction, todo: Audience, action: str, subject: Mapping[str, Any]) -> str:
        return await drafts.add_button(
            tx,
            action=action,
            chat_id=todo.chat_id,
            person_id=todo.person_id,
            subject=subject,
            expires_at=self._until(),
        )

    async def _say(self, tx: Transaction, todo: Audience, screen: Screen) -> None:
        await self._put(tx, todo, "said", screen.as_json())

    async def _say_dropped(self, tx: Transaction, todo: Audience, count: int) -> None:
        await self._put(tx, todo, "dropped", {"audience_id": todo.id, "name": todo.name, "count": count})

    async def _put(self, tx: Transaction, todo: Audience, kind: str, content: dict[str, Any]) -> None:
        await outbox.say(
            tx,
            chat_id=todo.chat_id,
            thread_id=todo.thread_id,
            kind=kind,
            content=content,
            language=todo.language,
            priority=Priority.ANSWER,
            now=self._clock(),
            reply_to=todo.message_id if todo.chat_id < 0 else None,
        )


def _request(todo: Audience) -> Request:
    return Request.from_json(todo.request or Request().as_json())


def _of_contacts(todo: Audience, problem: Problem) -> Problem:
    """What is to be mended where the rows are contacts, and no file can be dropped again."""
    if problem.word != "empty-field" or todo.file_id is not None:
        return problem
    return Problem("empty-contact-field", **problem.details)


def _is_ucs2(sms: Sms) -> bool:
    return size(sms.text).alphabet is Alphabet.UCS2


def in_pieces(rows: Iterable[T], several: int) -> Iterator[list[T]]:
    """The rows, so many at a time."""
    rest = iter(rows)
    while piece := list(islice(rest, several)):
        yield piece
