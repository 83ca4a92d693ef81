"""What gateways tell by themselves: taken in once, in order, also what comes before its receipt or twice."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from desk.clock import Bell
from desk.pushes import BATCH, GIVE_UP, PushReader
from desk.switchboard import Switchboard
from providers.errors import OutcomeUnknown
from providers.faces import Inbound
from providers.model import MessageState, Report
from providers.wire import HttpRequest
from storage import ledger, pushes, queues
from storage.schema import conversation_cards, events, inbound, messages, outbox
from storage.schema import pushes as table
from storage.vault import Vault

from ..storage.seeds import CHAT, NOON, SECRETS, VAULT, add_account, campaign, rows
from .rig import FIRST_CHECK, Rig, at_work, rig
from .scripted_gateway import ScriptedGateway, capable

SENT, DELIVERED, QUEUED = MessageState.SENT, MessageState.DELIVERED, MessageState.QUEUED
UNDELIVERED, UNCERTAIN = MessageState.UNDELIVERED, MessageState.UNCERTAIN


class Telling(ScriptedGateway):
    """Pushes are JSON here: fields of a report, or of an incoming SMS where there is a key."""

    def parse_push(self, request: HttpRequest) -> list[Report | Inbound]:
        told = json.loads(request.body or b"")
        if told == "unreadable":
            raise OutcomeUnknown(raw="unreadable")
        if "key" in told:
            return [Inbound(**told, at=NOON)]
        return [Report(**told)]

    def push_query(self) -> str:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    rig: Rig
    reader: PushReader

    async def push(self, told: object) -> None:
        call = {"method": "POST", "url": "/push?", "content_type": "", "body": json.dumps(told)}
        async with self.rig.database.write() as tx:
            await pushes.store(tx, self.rig.account.id, call, VAULT, self.rig.clock())
        self.reader.bell.ring()

    async def report(self, state: MessageState, **particulars: Any) -> None:
        (message,) = await rows(self.rig.database, messages)
        told = {"ref": message.ref, "msisdn": message.msisdn, "state": state, "raw": state.value}
        await self.push(told | particulars)

    async def settled(self) -> list[str]:
        """Wait until nothing new is left, with the reader at work; where each call ended."""

        async def nothing_new() -> bool:
            return all(row.state != "new" for row in await rows(self.rig.database, table))

        async with at_work(self.reader):
            await self.rig.until(nothing_new)
        return [row.state for row in await rows(self.rig.database, table)]


def reader_of(rig: Rig) -> PushReader:
    telling = Telling(rig.gateway.capabilities, rig.news)
    switchboard = Switchboard(VAULT, lambda *_: telling)
    made = PushReader(
        rig.database,
        VAULT,
        switchboard,
        rig.clock,
        Bell(rig.clock),
        rig.leases,
        first_check=FIRST_CHECK,
        remind=timedelta(minutes=15),
    )
    made.on_moved = [rig.news]
    return made


@pytest.fixture
async def pushed(where: str | Path) -> AsyncIterator[Pushed]:
    async with rig(where, capable(lookup_by_ref=True)) as made:
        yield Pushed(rig=made, reader=reader_of(made))


async def test_a_report_moves_its_message_and_asking_ends(pushed: Pushed) -> None:
    await pushed.rig.campaign()
    await pushed.rig.send()
    await pushed.report(DELIVERED)
    assert await pushed.settled() == ["handled"]
    assert await pushed.rig.states() == [DELIVERED]
    assert await pushed.rig.next_check() is None
    assert [(row.source, row.told) for row in await rows(pushed.rig.database, events)][-1] == (
        "push",
        "delivered",
    )


async def test_on_the_way_the_gateway_is_still_asked(pushed: Pushed) -> None:
    await pushed.rig.campaign()
    await pushed.rig.send()
    await pushed.report(SENT)
    await pushed.settled()
    assert await pushed.rig.states() == [SENT]
    assert await pushed.rig.next_check() == pushed.rig.clock() + FIRST_CHECK


async def test_a_failure_is_announced_once_however_often_it_is_told(pushed: Pushed) -> None:
    await pushed.rig.campaign()
    await pushed.rig.send()
    for _ in range(3):
        await pushed.report(UNDELIVERED)
    assert await pushed.settled() == ["handled"] * 3
    assert [kind for kind, _ in await pushed.rig.notices()] == ["failed"]


async def test_a_state_that_goes_backwards_or_contradicts_moves_nothing(pushed: Pushed) -> None:
    await pushed.rig.campaign()
    await pushed.rig.send()
    for state in (DELIVERED, SENT, UNDELIVERED):
        await pushed.report(state)
    await pushed.settled()
    assert await pushed.rig.states() == [DELIVERED]
    kept = [(row.told, row.moved) for row in await rows(pushed.rig.database, events)][-2:]
    assert kept == [("sent", False), ("undelivered", False)]


async def test_a_report_before_its_receipt_waits_for_it(pushed: Pushed) -> None:
    """The gateway is quicker than its own answer: the message is still on the wire in the ledger."""
    await pushed.rig.campaign()
    early: list[MessageState] = []

    async def tell_first(submission: Any) -> Any:
        await pushed.report(DELIVERED)
        async with at_work(pushed.reader):
            await pushed.rig.until(postponed)
        early.extend(await pushed.rig.states())
        raise OutcomeUnknown(raw="and then no answer")

    async def postponed() -> bool:
        (row,) = await rows(pushed.rig.database, table)
        if row.due_at > row.received_at:
            return True
        pushed.reader.bell.ring()
        pushed.rig.news.ring()
        return False

    pushed.rig.gateway.on_submit = tell_first
    await pushed.rig.send()
    assert early == [MessageState.SUBMITTING]
    assert await pushed.rig.states() == [UNCERTAIN]
    pushed.rig.clock.now += timedelta(seconds=5)
    restarted = reader_of(pushed.rig)
    assert await Pushed(rig=pushed.rig, reader=restarted).settled() == ["handled"]
    assert await pushed.rig.states() == [DELIVERED]


async def test_a_report_of_nothing_we_sent_is_given_up_at_once(pushed: Pushed) -> None:
    """Where nothing is on the wire it cannot be early; a login shared with others brings many of these."""
    await pushed.rig.campaign()
    await pushed.rig.send()
    await pushed.report(DELIVERED, ref="somebody else's")
    assert await pushed.settled() == ["failed"]
    assert DELIVERED not in await pushed.rig.states()


async def test_the_right_id_with_the_number_of_another_moves_nothing(pushed: Pushed) -> None:
    await pushed.rig.campaign()
    await pushed.rig.send()
    await pushed.report(DELIVERED, msisdn="79039999999")
    assert await pushed.settled() == ["failed"]
    assert DELIVERED not in await pushed.rig.states()


async def test_another_account_cannot_speak_of_our_message(pushed: Pushed) -> None:
    await pushed.rig.campaign()
    await pushed.rig.send()
    (message,) = await rows(pushed.rig.database, messages)
    async with pushed.rig.database.write() as tx:
        stranger = await add_account(tx, name="stranger")
        told = {"ref": message.ref, "msisdn": message.msisdn, "state": DELIVERED, "raw": "1"}
        call = {"method": "POST", "url": "/push?", "content_type": "", "body": json.dumps(told)}
        await pushes.store(tx, stranger.id, call, VAULT, pushed.rig.clock())
    assert await pushed.settled() == ["failed"]
    assert DELIVERED not in await pushed.rig.states()


async def test_what_waits_for_its_receipt_does_not_hold_up_what_has_one(pushed: Pushed) -> None:
    await pushed.rig.campaign()
    await pushed.rig.send()
    async with pushed.rig.database.write() as tx:  # a second request, still on the wire
        new = campaign(pushed.rig.account.id, 1, msisdns=("79039999999",))
        await ledger.create(tx, new, NOON)
        await queues.claim(tx, pushed.rig.account.id, limit=1, ref="on the wire", now=NOON)
    for _ in range(2 * BATCH):
        await pushed.push({"ref": "on the wire", "msisdn": "79039999999", "state": DELIVERED, "raw": "1"})
    (message, _) = await rows(pushed.rig.database, messages)
    told = {"ref": message.ref, "msisdn": message.msisdn, "state": DELIVERED, "raw": "1"}
    await pushed.push(told)

    async def ours_is_in() -> bool:
        return (await pushed.rig.states())[0] == DELIVERED

    async with at_work(pushed.reader):
        await pushed.rig.until(ours_is_in)
    waiting = [row for row in await rows(pushed.rig.database, table) if row.state == "new"]
    assert len(waiting) == 2 * BATCH
    assert all(row.due_at > row.received_at for row in waiting)


async def test_one_that_breaks_ends_neither_the_worker_nor_the_others(pushed: Pushed) -> None:
    """It is tried again for a while: what broke may have been the moment. Then it is put aside."""
    await pushed.rig.campaign()
    await pushed.rig.send()
    async with pushed.rig.database.write() as tx:
        call = {"method": "POST", "url": "/push?", "content_type": "", "body": "{}"}
        await pushes.store(tx, pushed.rig.account.id, call, VAULT, NOON)
        await tx.execute(table.update().values(sealed=Vault([Fernet.generate_key()]).seal("pushes/1", call)))
    await pushed.report(DELIVERED)

    async def ours_is_in() -> bool:
        return await pushed.rig.states() == [DELIVERED]

    async with at_work(pushed.reader):
        await pushed.rig.until(ours_is_in)
    assert [row.state for row in await rows(pushed.rig.database, table)] == ["new", "handled"]
    pushed.rig.clock.now += GIVE_UP
    again = Pushed(rig=pushed.rig, reader=reader_of(pushed.rig))
    assert await again.settled() == ["failed", "handled"]


async def test_read_is_learnt_after_delivery(pushed: Pushed) -> None:
    await pushed.rig.campaign()
    await pushed.rig.send()
    await pushed.report(DELIVERED)
    await pushed.report(DELIVERED, read=True)
    await pushed.settled()
    (message,) = await rows(pushed.rig.database, messages)
    assert (message.state, message.read) == (DELIVERED, True)


async def test_an_incoming_sms_is_stored_and_told_once(pushed: Pushed) -> None:
    sms = {"key": "47436134", "msisdn": "79031234567", "to": "79037654321", "text": "Когда привезёте?"}
    for _ in range(2):
        await pushed.push(sms)
    assert await pushed.settled() == ["handled"] * 2
    (stored,) = await rows(pushed.rig.database, inbound)
    assert (stored.key, stored.msisdn, stored.text, stored.at) == (
        sms["key"],
        sms["msisdn"],
        sms["text"],
        NOON,
    )
    (notice,) = await rows(pushed.rig.database, outbox)
    assert (notice.kind, notice.chat_id, notice.content) == ("inbound", CHAT, {})
    (card,) = await rows(pushed.rig.database, conversation_cards)
    assert (card.notice_id, card.inbound_id, card.chat_id) == (notice.id, stored.id, CHAT)


async def test_what_cannot_be_read_any_more_holds_up_nobody(pushed: Pushed) -> None:
    await pushed.rig.campaign()
    await pushed.rig.send()
    await pushed.push("unreadable")
    await pushed.report(DELIVERED)
    assert await pushed.settled() == ["failed", "handled"]


async def test_what_was_pushed_is_sealed_and_then_forgotten(pushed: Pushed, where: str | Path) -> None:
    await pushed.push({"key": "1", "msisdn": "79031234567", "to": "ACME", "text": "my secret question"})
    (stored,) = await rows(pushed.rig.database, table)
    assert "question" not in stored.sealed
    assert SECRETS["password"] not in stored.sealed
    await pushed.settled()
    (stored,) = await rows(pushed.rig.database, table)
    assert stored.sealed == ""
    async with pushed.rig.database.write() as tx:
        await pushes.forget(tx, pushed.rig.clock() + timedelta(seconds=1))
    assert await rows(pushed.rig.database, table) == []
