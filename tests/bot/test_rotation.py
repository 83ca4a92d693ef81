"""rotate-keys: a new key for every row, wherever it is killed, and never while the bot runs."""

import asyncio
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from cryptography.fernet import Fernet

from bot.__main__ import main
from bot.app import CannotStart, build
from bot.rotation import CannotRotate, rotate
from bot.settings import Settings
from desk.clock import utc_now
from storage import audit, drafts, pushes, sealed, updates
from storage.audit import Wanted
from storage.db import open_database
from storage.drafts import Place
from storage.schema import accounts as accounts_table
from storage.schema import metadata
from storage.updates import StoredUpdate
from storage.vault import Vault, key_name, open_vault, read_keys, write_keys

from ..flow.desk import Stands
from ..storage.seeds import CHAT, NOON, PERSON, add_account
from .test_main import PATIENCE, config, ended, names_in, smsdesk, world  # noqa: F401 - a fixture

ANEW = "select count(*) from updates where sealed <> '' and sealed not like :old"
ROWS = 8  # that `fill` seals: the account, three updates, a push, a draft, a button, the audit's key


def settings_in(folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "telegram": {"token": "1:x", "admins": [1]},
            "storage": {"url": f"sqlite:///{folder / 'smsdesk.db'}"},
            "security": {"key_file": folder / "smsdesk.key"},
        }
    )


async def fill(folder: Path, count: int = 3) -> Vault:
    """A database with every kind of sealed row."""
    vault = open_vault(folder / "smsdesk.key")
    async with open_database(folder / "smsdesk.db") as database, database.write() as tx:
        account = await add_account(tx, vault=vault)
        batch = [
            StoredUpdate(id=one, lane=1, sealed=vault.seal(sealed.update_owner(one), {"n": one}))
            for one in range(1, count + 1)
        ]
        await updates.store(tx, [*batch, StoredUpdate(id=999, lane=1, sealed="")], NOON)
        await pushes.store(tx, account.id, {"body": "x"}, vault, NOON)
        place = Place(chat_id=CHAT, thread_id=0, person_id=PERSON)
        typed = vault.seal(sealed.draft_owner(CHAT, 0, PERSON), {"login": "acme"})
        await drafts.start(
            tx, place, kind="connect", state="asking", content={"sealed": typed}, expires_at=NOON
        )
        subject = {"sealed": vault.seal(sealed.button_owner(CHAT), {"msisdn": "7"}), "more": 1}
        await drafts.add_button(
            tx, action="forget", chat_id=CHAT, person_id=PERSON, subject=subject, expires_at=NOON
        )
        await audit.begin(tx, vault)
    return vault


async def opened(folder: Path) -> dict[str, dict[str, Any]]:
    """What every sealed row holds, by the keys that are in the file."""
    vault = open_vault(folder / "smsdesk.key")
    async with open_database(folder / "smsdesk.db") as database, database.read() as tx:
        return {row.owner: vault.open(row.owner, row.sealed) for row in await sealed.rows(tx)}


def keys_in(folder: Path) -> list[bytes]:
    return read_keys(folder / "smsdesk.key")


async def count_sealed_by(folder: Path, key: bytes) -> int:
    async with open_database(folder / "smsdesk.db") as database, database.read() as tx:
        return sum(row.sealed.startswith(key_name(key)) for row in await sealed.rows(tx))


async def test_a_key_that_was_put_back_does_not_pass_for_an_unfinished_run(tmp_path: Path) -> None:
    await fill(tmp_path)
    before, (known_to_others,) = await opened(tmp_path), keys_in(tmp_path)
    write_keys(tmp_path / "smsdesk.key", [known_to_others, Fernet.generate_key()])
    rotated = await rotate(settings_in(tmp_path), utc_now)
    assert (rotated.rows, rotated.resumed) == (ROWS, False)
    (new,) = keys_in(tmp_path)
    assert new != known_to_others
    assert await opened(tmp_path) == before


async def test_every_row_gets_the_new_key_and_the_old_one_goes(tmp_path: Path) -> None:
    await fill(tmp_path)
    before, (old,) = await opened(tmp_path), keys_in(tmp_path)
    assert len(before) == ROWS
    rotated = await rotate(settings_in(tmp_path), utc_now)
    assert (rotated.rows, rotated.damaged, rotated.resumed) == (ROWS, (), False)
    (new,) = keys_in(tmp_path)
    assert new != old
    assert await opened(tmp_path) == before
    assert stat.S_IMODE((tmp_path / "smsdesk.key").stat().st_mode) == 0o600
    assert not [name for name in names_in(tmp_path) if ".new" in name]


async def test_the_audit_goes_on_and_says_so(tmp_path: Path) -> None:
    await fill(tmp_path)
    await rotate(settings_in(tmp_path), utc_now)
    vault = open_vault(tmp_path / "smsdesk.key")
    async with open_database(tmp_path / "smsdesk.db") as database, database.read() as tx:
        (entry,) = await audit.find(tx, Wanted(), limit=10)
        assert await audit.verify(tx, vault) is None
    assert (entry.action, entry.person_id, entry.evidence["rows"]) == ("rotate-keys", None, ROWS)


class _Killed(BaseException):
    """What SIGKILL is to a process: nothing catches it."""


@pytest.fixture(params=range(ROWS + 3))
def killed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Dies at the n-th step: writing the key file, sealing a row, or dropping the old key."""
    left = [request.param]

    def step() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise _Killed

    async def seal_anew(tx: Any, row: Any, vault: Any) -> None:
        step()
        await whole(tx, row, vault)

    def write(*arguments: Any) -> None:
        step()
        write_keys(*arguments)

    whole = sealed.seal_anew
    monkeypatch.setattr(sealed, "seal_anew", seal_anew)
    monkeypatch.setattr("bot.rotation.write_keys", write)
    yield
    monkeypatch.undo()


async def test_it_may_be_killed_at_any_step(
    tmp_path: Path, killed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(tmp_path)
    before, (old,) = await opened(tmp_path), keys_in(tmp_path)
    try:
        await rotate(settings_in(tmp_path), utc_now)
        died = False
    except _Killed:
        died = True
    monkeypatch.undo()
    left = keys_in(tmp_path)
    now = await opened(tmp_path)
    assert now == before
    begun = len(left) == 2 and await count_sealed_by(tmp_path, old) > 0
    if died:
        rotated = await rotate(settings_in(tmp_path), utc_now)
        assert rotated.resumed is begun
    (new,) = keys_in(tmp_path)
    assert new != old
    if not died or begun:
        assert left[0] == new
    assert await opened(tmp_path) == before


async def test_a_process_killed_between_rows_is_carried_on(
    world: Stands,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    await fill(tmp_path, 400)
    before, (old,) = await opened(tmp_path), keys_in(tmp_path)
    path = config(world, tmp_path)
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'smsdesk.db'}")
    async with smsdesk("rotate-keys", "--config", path) as process:
        async with asyncio.timeout(PATIENCE):
            sealed_anew = 0
            while sealed_anew < 5:
                await asyncio.sleep(0)
                with engine.connect() as connection:
                    sealed_anew = (
                        connection.execute(sa.text(ANEW), {"old": f"{key_name(old)}.%"}).scalar() or 0
                    )
        process.send_signal(signal.SIGKILL)
        await process.wait()
    engine.dispose()
    assert len(keys_in(tmp_path)) == 2, "it was too fast to be killed"
    assert await opened(tmp_path) == before
    async with smsdesk("rotate-keys", "--config", path) as process:
        code, said, complained = await ended(process)
    assert (code, complained) == (0, "")
    assert "carried on" in said
    (new,) = keys_in(tmp_path)
    assert new != old
    assert await opened(tmp_path) == before


async def test_not_while_the_bot_runs(tmp_path: Path) -> None:
    await fill(tmp_path)
    was = keys_in(tmp_path)
    async with open_database(tmp_path / "smsdesk.db"):
        with pytest.raises(CannotRotate, match=r"is running .* stop it"):
            await rotate(settings_in(tmp_path), utc_now)
    assert keys_in(tmp_path) == was


async def test_without_a_database_there_is_nothing_to_rotate(tmp_path: Path) -> None:
    with pytest.raises(CannotRotate, match="nothing to rotate"):
        await rotate(settings_in(tmp_path), utc_now)
    assert names_in(tmp_path) == []


async def test_a_missing_key_is_named_and_nothing_changes(tmp_path: Path) -> None:
    await fill(tmp_path)
    (old,) = keys_in(tmp_path)
    other = Fernet.generate_key()
    write_keys(tmp_path / "smsdesk.key", [other])
    with pytest.raises(CannotRotate, match=f"accounts/1: it needs the key {key_name(old)}"):
        await rotate(settings_in(tmp_path), utc_now)
    assert keys_in(tmp_path) == [other]


async def test_a_damaged_row_keeps_no_key_alive(tmp_path: Path) -> None:
    vault = await fill(tmp_path)
    async with open_database(tmp_path / "smsdesk.db") as database, database.write() as tx:
        broken = vault.seal("updates/1", {})[:-6]
        await tx.execute(sa.text("update updates set sealed = :broken where id = 1"), {"broken": broken})
    rotated = await rotate(settings_in(tmp_path), utc_now)
    assert (rotated.rows, rotated.damaged) == (ROWS - 1, ("updates/1",))
    assert len(keys_in(tmp_path)) == 1


async def test_what_was_sealed_before_keys_had_names_is_sealed_anew(tmp_path: Path) -> None:
    await fill(tmp_path)
    before = await opened(tmp_path)
    async with open_database(tmp_path / "smsdesk.db") as database, database.write() as tx:
        old = accounts_table.update().values(sealed=sa.func.substr(accounts_table.c.sealed, 10))
        await tx.execute(old)
    assert await opened(tmp_path) == before
    rotated = await rotate(settings_in(tmp_path), utc_now)
    assert rotated.rows == ROWS
    assert await opened(tmp_path) == before


@pytest.mark.parametrize("owner", ["updates/1", "pushes/1", "hash_keys/audit", "accounts/1"])
async def test_the_bot_does_not_start_without_the_key_of_a_row_and_names_both(
    tmp_path: Path, owner: str
) -> None:
    await fill(tmp_path)
    table, _, name = owner.partition("/")
    stranger = Fernet.generate_key()
    async with open_database(tmp_path / "smsdesk.db") as database, database.write() as tx:
        alien = Vault([stranger]).seal(owner, {"x": 1})
        place = metadata.tables[table]
        (key,) = place.primary_key.columns
        value = name if table == "hash_keys" else int(name)
        await tx.execute(place.update().where(key == value).values(sealed=alien))
    needs = f"no key opens {owner}: it needs the key {key_name(stranger)}"
    with pytest.raises(CannotStart, match=needs):
        async with build(settings_in(tmp_path)):
            pass


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "smsdesk.toml"
    path.write_text('[telegram]\ntoken = "123456:AbC-dEf"\nadmins = [1]\n', "utf-8")
    result = CliRunner().invoke(main, ["rotate-keys", "--config", str(path)])
    assert result.exit_code == 1
    assert "nothing to rotate" in result.stderr
