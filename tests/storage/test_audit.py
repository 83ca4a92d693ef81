"""The audit: entries are added, never changed, and whoever tampers with them is found out."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy.exc import IntegrityError

from providers.wire import redact
from storage import audit, keyed
from storage.audit import Breach, By, Entry, Wanted
from storage.db import Database, Transaction, open_database
from storage.schema import audit as table
from storage.schema import audit_ends, hash_keys
from storage.vault import Vault

from .seeds import CHAT, NOON, ON_POSTGRESQL, PERSON, VAULT, msisdns, rows

ANNA = By(person_id=PERSON, person="Анна", chat_id=CHAT)
BORIS = By(person_id=1002, person="Boris", chat_id=CHAT)
(NUMBER,) = msisdns(1)


async def write(database: Database, count: int = 1, *, by: By = ANNA, **whom: Any) -> None:
    async with database.write() as tx:
        for number in range(count):
            now = NOON + timedelta(minutes=number)
            await audit.record(
                tx,
                VAULT,
                by,
                whom.get("action", "confirm"),
                now=now,
                **{name: value for name, value in whom.items() if name != "action"},
            )


async def verified(database: Database, vault: Vault = VAULT) -> Breach | None:
    async with database.read() as tx:
        return await audit.verify(tx, vault)


async def found(
    database: Database, *, limit: int = 100, below: int | None = None, **wanted: Any
) -> list[Entry]:
    async with database.read() as tx:
        return await audit.find(tx, Wanted(**wanted), limit=limit, below=below)


async def test_an_entry_holds_who_what_whom_when_and_where(database: Database) -> None:
    await write(database, campaign_id=12, account_id=3, other_id=5, number=NUMBER, evidence={"messages": 7})
    (entry,) = await found(database)
    assert (entry.id, entry.at, entry.person_id, entry.person, entry.action, entry.chat_id) == (
        1, NOON, PERSON, "Анна", "confirm", CHAT,
    )  # fmt: skip
    assert (entry.campaign_id, entry.account_id, entry.other_id) == (12, 3, 5)
    assert entry.evidence == {"messages": 7}
    (row,) = await rows(database, table)
    assert NUMBER not in str(row)
    assert entry.number_mask == "+7 903 *** 00 00"
    assert len(entry.number_hash or "") == 32


async def test_equal_numbers_have_equal_hashes_and_other_databases_others(
    database: Database, tmp_path: Path
) -> None:
    await write(database, 2, number=NUMBER)
    first, second = await found(database)
    assert first.number_hash == second.number_hash
    async with open_database(tmp_path / "other.db") as other:
        await write(other, number=NUMBER)
        (elsewhere,) = await found(other)
    assert elsewhere.number_hash != first.number_hash


async def test_what_is_rolled_back_is_not_in_it(database: Database) -> None:
    await write(database)

    async def fail() -> None:
        async with database.write() as tx:
            await audit.record(tx, VAULT, ANNA, "cancel", now=NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await write(database, action="release")
    assert [entry.action for entry in await found(database)] == ["release", "confirm"]
    assert await verified(database) is None


async def test_an_untouched_chain_is_whole(database: Database) -> None:
    assert await verified(database) is None
    await write(database, 5, evidence={"name": "=1+1", "none": None, "count": -1})
    await write(database, by=By(person_id=None, person="shell \U0001f600"))
    assert await verified(database) is None


async def test_the_end_can_be_compared_with_a_log_that_masks_numbers(database: Database) -> None:
    await write(database, 2)
    mac = "65fab974879031234662dcab" + "0" * 40  # the digits in it look like a number
    async with database.write() as tx:
        await tx.execute(audit_ends.update().values(mac=mac))
    async with database.read() as tx:
        end = await audit.end(tx)
    assert end["entry"] == 2
    assert str(end["mac"]).replace("-", "") == mac
    assert redact(f"entry={end['entry']} mac={end['mac']}") == f"entry={end['entry']} mac={end['mac']}"


@ON_POSTGRESQL
async def test_it_cannot_be_emptied_at_once_either(database: Database) -> None:
    await write(database, 2)
    with pytest.raises(IntegrityError, match="never"):
        async with database.write() as tx:
            await tx.exec_driver_sql("TRUNCATE audit")
    assert len(await found(database)) == 2


@pytest.mark.parametrize("statement", [table.update().values(person="Nobody"), table.delete()])
async def test_the_database_itself_refuses(database: Database, statement: Any) -> None:
    await write(database, 2)

    async def tamper() -> None:
        async with database.write() as tx:
            await tx.execute(statement)

    with pytest.raises(IntegrityError, match="never"):
        await tamper()
    assert len(await found(database)) == 2


async def drop(tx: Transaction, *triggers: str) -> None:
    for trigger in triggers:
        of_table = "" if tx.dialect.name == "sqlite" else " ON audit"
        await tx.exec_driver_sql(f"DROP TRIGGER {trigger}{of_table}")


def forged(**values: Any) -> dict[str, Any]:
    plain = {"id": 6, "at": NOON, "person": "X", "action": "x", "evidence": {}, "mac": "0" * 64}
    return plain | values


TAMPERED: dict[str, tuple[list[Any], int]] = {
    **{
        name: ([table.update().where(table.c.id == 3).values(**{name: value})], 3)
        for name, value in {
            "at": NOON, "person_id": 2, "person": "X", "action": "dismiss", "chat_id": 1, "campaign_id": 13,
            "account_id": 4, "other_id": 1, "number_hash": "0", "number_mask": "x", "evidence": {"n": 2},
            "mac": "0" * 64,
        }.items()
    },
    "one taken out": ([table.delete().where(table.c.id == 3)], 3),
    "the first taken out": ([table.delete().where(table.c.id == 1)], 1),
    "the last taken out": ([table.delete().where(table.c.id == 5)], 5),
    "the last taken out, and the end moved": (
        [table.delete().where(table.c.id == 5), audit_ends.update().values(entry_id=4)], 4,
    ),
    "all taken out": ([table.delete()], 1),
    "one added": ([table.insert().values(**forged())], 6),
    "the end taken away": ([audit_ends.delete()], 6),
    "all and the end taken away": ([table.delete(), audit_ends.delete()], 1),
    "the key taken away": ([hash_keys.delete()], 0),
}  # fmt: skip


@pytest.mark.parametrize("how", TAMPERED)
async def test_whoever_tampers_with_the_file_is_found_out(database: Database, how: str) -> None:
    """Somebody who can write to the file can drop triggers too; the key is what they lack."""
    await write(database, 5, campaign_id=12, evidence={"n": 1})
    statements, where = TAMPERED[how]
    async with database.write() as tx:
        await drop(tx, "audit_never_changes", "audit_is_never_cut")
        for statement in statements:
            await tx.execute(statement)
    assert await verified(database) == Breach(entry_id=where)


async def test_what_is_written_later_does_not_heal_it(database: Database) -> None:
    await write(database, 3)
    async with database.write() as tx:
        await drop(tx, "audit_is_never_cut")
        await tx.execute(table.delete())
        await tx.execute(audit_ends.delete())
    await write(database, 2)
    assert await verified(database) == Breach(entry_id=1)


async def test_swapped_entries_are_found_out(database: Database) -> None:
    await write(database, 4)
    async with database.write() as tx:
        await drop(tx, "audit_never_changes")
        for was, becomes in ((2, 99), (3, 2), (99, 3)):
            await tx.execute(table.update().where(table.c.id == was).values(id=becomes))
    assert await verified(database) == Breach(entry_id=2)


async def test_an_audit_that_vanished_whole_is_found_out_and_stays_broken(database: Database) -> None:
    await write(database, number=NUMBER)
    async with database.write() as tx:
        await drop(tx, "audit_is_never_cut")
        of_audit = hash_keys.c.name == keyed.AUDIT
        for gone in (table.delete(), audit_ends.delete(), hash_keys.delete().where(of_audit)):
            await tx.execute(gone)
    assert await verified(database) == Breach(entry_id=0)
    async with database.write() as tx:
        await audit.begin(tx, VAULT)  # as at every start
    await write(database)
    assert await verified(database) is not None


async def test_another_key_does_not_open_the_chain(database: Database) -> None:
    await write(database)
    other = Vault([Fernet.generate_key()])
    async with database.write() as tx:
        sealed = other.seal(keyed.owner(keyed.AUDIT), {"key": "00" * 32})
        await tx.execute(hash_keys.update().where(hash_keys.c.name == keyed.AUDIT).values(sealed=sealed))
    assert await verified(database, other) == Breach(entry_id=1)


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({}, [5, 4, 3, 2, 1]),
        ({"person": PERSON}, [3, 2, 1]),
        ({"person": 1002}, [5, 4, 3]),  # also what was done to them
        ({"person": "АНН"}, [3, 2, 1]),
        ({"person": "nobody"}, []),
        ({"action": "deny"}, [3]),
        ({"campaign_id": 12}, [5]),
        ({"since": NOON + timedelta(minutes=1)}, [2]),
        ({"until": NOON + timedelta(minutes=1)}, [5, 4, 3, 1]),
        ({"person": 1002, "campaign_id": 12}, [5]),
    ],
)
async def test_filters(database: Database, wanted: dict[str, Any], ids: list[int]) -> None:
    await write(database, 2)
    await write(database, action="deny", other_id=1002)
    await write(database, by=BORIS)
    await write(database, by=BORIS, campaign_id=12)
    assert [entry.id for entry in await found(database, **wanted)] == ids
    assert [entry.id for entry in await found(database, limit=2, below=4, **wanted)] == [
        one for one in ids if one < 4
    ][:2]


async def forget(database: Database, minutes: int) -> int:
    async with database.write() as tx:
        return await audit.forget(tx, VAULT, NOON + timedelta(minutes=minutes))


async def test_retention_moves_the_beginning_and_the_chain_stays_whole(database: Database) -> None:
    await write(database, 5)
    assert await forget(database, 0) == 0
    assert await forget(database, 2) == 2
    assert [entry.id for entry in await found(database)] == [5, 4, 3]
    assert await verified(database) is None
    assert await forget(database, 60) == 3
    assert await forget(database, 60) == 0
    assert await verified(database) is None
    await write(database)
    assert [entry.id for entry in await found(database)] == [6]
    assert await verified(database) is None


async def test_a_beginning_that_we_did_not_move_is_found_out(database: Database) -> None:
    await write(database, 3)
    (last,) = await rows(database, table, table.c.id == 2)
    async with database.write() as tx:
        fake = {"name": "begin", "entry_id": 2, "mac": last.mac, "seal": "0" * 64}
        await tx.execute(audit_ends.insert().values(**fake))
        await tx.execute(table.delete().where(table.c.id <= 2))
    assert await verified(database) == Breach(entry_id=2)
