"""The command line: what it says, how it exits, and how the bot starts and stops as a process."""

import asyncio
import json
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from telegram import WebhookInfo

from bot.__main__ import main
from bot.app import CannotStart, build, make_bot
from bot.checkup import Finding, _way, examine, look_at_file
from bot.config import Settings
from bot.shell.failures import TROUBLES
from providers import errors
from sandbox.faults import Kind
from storage.db import open_database
from storage.vault import open_vault

from ..flow.desk import ADMIN, LOGIN, PASSWORD, TOKEN, Stands, stands

PATIENCE = 15.0  # seconds in which a process must have stopped


@pytest.fixture
async def world() -> AsyncIterator[Stands]:
    async with stands() as made:
        yield made


def config(world: Stands, folder: Path, password: str = PASSWORD) -> Path:
    """A configuration file with one account that reaches the stand-ins."""
    path = folder / "smsdesk.toml"
    path.touch(mode=0o600)
    path.write_text(
        f"""
        [telegram]
        token = {json.dumps(TOKEN)}
        api_url = {json.dumps(world.telegram.url)}
        admins = [{ADMIN}]
        [web]
        listen = "127.0.0.1:0"
        [gateways.smsc]
        url = {json.dumps(world.smsc.url)}
        [[accounts]]
        name = "main"
        gateway = "smsc"
        login = {json.dumps(LOGIN)}
        password = {json.dumps(password)}
        chats = [{ADMIN}]
        """,
        "utf-8",
    )
    return path


def names_in(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


@asynccontextmanager
async def smsdesk(*arguments: str | Path) -> AsyncIterator[Process]:
    """The program as a process, gone at the end whatever happened."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *map(str, arguments), stdout=PIPE, stderr=PIPE, stdin=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def ended(process: Process, patience: float = PATIENCE) -> tuple[int, str, str]:
    """How the process ended: exit code, what it said, what it complained of."""
    async with asyncio.timeout(patience):
        said, complained = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode(), complained.decode()


# Help and mistakes in the file.


def test_help_names_every_command() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for command in ("run", "check", "demo"):
        assert f"\n  {command} " in result.output


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_bad_configuration_is_told_and_nothing_starts(tmp_path: Path, command: str) -> None:
    path = tmp_path / "smsdesk.toml"
    path.write_text('[telegram]\ntoken = "123456:AbC-dEf"\nadmin = [1]\n[smsk]\n', "utf-8")
    result = CliRunner().invoke(main, [command, "--config", str(path)])
    assert result.exit_code == 1
    complaints = result.stderr.splitlines()
    assert len(complaints) >= 2
    assert all(one.startswith("✖ ") for one in complaints)
    assert "admins" in result.stderr
    assert "AbC-dEf" not in result.output
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_missing_configuration_is_told(tmp_path: Path, command: str) -> None:
    result = CliRunner().invoke(main, [command, "--config", str(tmp_path / "none.toml")])
    assert result.exit_code == 1
    assert "none.toml" in result.stderr
    assert "Traceback" not in result.output
    assert CliRunner().invoke(main, [command]).exit_code == 2


# Check.


async def found(settings: Settings, start: str) -> Finding:
    """The one finding about this key."""
    (finding,) = [one for one in await examine(settings) if one.words.startswith(start)]
    return finding


def settings(world: Stands, folder: Path, password: str = PASSWORD) -> Settings:
    plain = world.settings(folder)
    account = {"name": "main", "gateway": "smsc", "login": LOGIN, "password": password}
    return Settings.model_validate(
        {
            **plain.model_dump(exclude={"telegram": {"token"}}),
            "telegram": {**plain.telegram.model_dump(), "token": TOKEN},
            "accounts": [account],
        }
    )


async def test_check_says_one_line_each_when_all_is_well(world: Stands, tmp_path: Path) -> None:
    async with smsdesk("check", "--config", config(world, tmp_path)) as process:
        code, said, complained = await ended(process)
    assert (code, complained) == (0, "")
    assert said.splitlines() == [
        f"✔ security.key_file: {tmp_path / 'smsdesk.key'} will be made at the first start",
        f"✔ storage.url: {tmp_path / 'smsdesk.db'} will be made at the first start",
        "✔ web.listen: 127.0.0.1:0 is free",
        "✔ telegram.token: the bot is @smsdesk_demo_bot",
        f"✔ accounts.main: balance {world.smsc.balance:f} RUB",
    ]
    assert names_in(tmp_path) == ["smsdesk.toml"], "a check makes nothing"


async def test_check_complains_and_fails(world: Stands, tmp_path: Path) -> None:
    path = config(world, tmp_path, password="not the password")
    async with smsdesk("check", "--config", path) as process:
        code, said, complained = await ended(process)
    assert code == 1
    assert complained.startswith("✖ accounts.main: the gateway refuses login or password")
    assert len(said.splitlines()) == 4
    assert "not the password" not in said + complained


async def test_check_of_a_wrong_token(world: Stands, tmp_path: Path) -> None:
    wrong = Settings.model_validate(
        {"telegram": {"token": "999:WRONG", "api_url": world.telegram.url, "admins": [1]}}
    )
    finding = await found(wrong, "telegram.")
    assert not finding.well
    assert finding.words == "telegram.token: Telegram does not know it; copy it from @BotFather"


async def test_check_of_a_telegram_that_is_away(world: Stands, tmp_path: Path) -> None:
    await world.telegram.stop()
    finding = await found(settings(world, tmp_path), "telegram.")
    assert not finding.well
    assert finding.words.startswith(f"telegram.api_url: {world.telegram.url} cannot be used")
    assert TOKEN.partition(":")[2] not in finding.words


async def test_check_of_a_gateway_that_is_away(world: Stands, tmp_path: Path) -> None:
    made = settings(world, tmp_path)
    await world.smsc.stop()
    finding = await found(made, "accounts.")
    assert not finding.well
    assert finding.words == "accounts.main: the gateway cannot be reached: connection refused"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("auth", "refuses login or password"),
        ("blocked", "has blocked the account"),
        ("throttle", "asks to wait"),
        ("html_200", "no answer of the gateway could be read"),
        ("http_500", "no answer of the gateway could be read"),
    ],
)
async def test_check_says_what_a_gateway_said(world: Stands, tmp_path: Path, kind: Kind, words: str) -> None:
    world.smsc.faults.add(kind=kind, times=9)
    finding = await found(settings(world, tmp_path), "accounts.")
    assert not finding.well
    assert words in finding.words


def test_check_has_words_for_every_trouble() -> None:
    stopped = errors.AccountStopped.__subclasses__()
    kinds = {
        one.kind
        for one in [*errors.GatewayError.__subclasses__(), *stopped]
        if one.__module__ == errors.__name__
    }
    assert set(TROUBLES) == kinds - {"account_stopped", "forged"}


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        (b"nonsense", 0o600, "holds something that is not a Fernet key"),
        (b"", 0o600, "holds something that is not a Fernet key"),
        (None, 0o644, "others may read"),
    ],
    ids=["nonsense", "empty", "open to all"],
)
async def test_check_of_a_bad_key_file(
    world: Stands, tmp_path: Path, content: bytes | None, mode: int, words: str
) -> None:
    path = tmp_path / "smsdesk.key"
    if content is None:
        open_vault(path)
    else:
        path.write_bytes(content)
    path.chmod(mode)
    finding = await found(settings(world, tmp_path), "security.")
    assert not finding.well
    assert words in finding.words


async def test_check_of_a_key_file_that_cannot_be_read(world: Stands, tmp_path: Path) -> None:
    (tmp_path / "smsdesk.key").mkdir()
    finding = await found(settings(world, tmp_path), "security.")
    assert finding == Finding(well=False, words="security.key_file: Is a directory")


async def test_check_of_a_key_file_of_somebody_else(
    world: Stands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "smsdesk.key"
    open_vault(path)
    path.chmod(0o440)
    monkeypatch.setattr("os.geteuid", lambda: path.stat().st_uid + 1)
    finding = await found(settings(world, tmp_path), "security.")
    assert (finding.mark, "it is not ours to change" in finding.words) == ("⚠", True)


async def test_check_of_a_good_key_file_and_database(world: Stands, tmp_path: Path) -> None:
    open_vault(tmp_path / "smsdesk.key")
    async with open_database(tmp_path / "smsdesk.db"):
        in_use = await found(settings(world, tmp_path), "storage.")
    assert in_use.well
    assert in_use.words.endswith("is in use by a running smsdesk")
    assert (await found(settings(world, tmp_path), "storage.")).words.endswith("smsdesk.db is good")
    assert (await found(settings(world, tmp_path), "security.")).words.endswith("smsdesk.key is good")


async def test_check_of_a_key_that_does_not_fit_says_what_run_says(world: Stands, tmp_path: Path) -> None:
    made = settings(world, tmp_path)
    async with build(made):
        pass
    (tmp_path / "smsdesk.key").unlink()
    gone = await found(made, "security.")
    assert (gone.well, "is missing, and the database beside it needs it; put it back" in gone.words) == (
        False,
        True,
    )
    open_vault(tmp_path / "smsdesk.key")
    with pytest.raises(CannotStart) as refused:
        async with build(made):
            pass
    finding = await found(made, "security.")
    assert finding == Finding(well=False, words=str(refused.value))
    assert "accounts/1" in finding.words
    assert "(main, smsc)" in finding.words


@pytest.mark.parametrize(
    ("content", "mode", "warns"),
    [
        ('[telegram]\ntoken = "123456:AbC-dEf"\n', 0o644, True),
        ('[[accounts]]\npassword = "secret"\n', 0o640, True),
        ('[telegram]\ntoken = "123456:AbC-dEf"\n', 0o600, False),
        ('[telegram]\ntoken_file = "token"\n', 0o644, False),
    ],
)
def test_check_warns_of_a_configuration_that_others_may_read(
    tmp_path: Path, content: str, mode: int, warns: bool
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(content, "utf-8")
    path.chmod(mode)
    assert [one.mark for one in look_at_file(path)] == (["⚠"] if warns else [])


async def test_check_of_folders_that_are_not_there(world: Stands, tmp_path: Path) -> None:
    made = settings(world, tmp_path / "none")
    key, database = await found(made, "security."), await found(made, "storage.")
    assert not key.well
    assert f"the folder {tmp_path / 'none'} does not exist" in key.words
    assert not database.well
    assert "cannot write to" in database.words


async def test_check_of_a_file_that_is_no_database_is_told_once(world: Stands, tmp_path: Path) -> None:
    (tmp_path / "smsdesk.db").write_bytes(b"nonsense" * 200)
    open_vault(tmp_path / "smsdesk.key")
    (finding,) = [one for one in await examine(settings(world, tmp_path)) if not one.well]
    assert finding.words.startswith("storage.url: ")
    assert "cannot be opened" in finding.words


async def test_check_of_an_empty_file_says_so_and_leaves_it_empty(world: Stands, tmp_path: Path) -> None:
    path = tmp_path / "smsdesk.db"
    path.touch()
    open_vault(tmp_path / "smsdesk.key")
    (finding,) = [one for one in await examine(settings(world, tmp_path)) if not one.well]
    assert finding.words.startswith(f"storage.url: {path} is empty")
    assert path.stat().st_size == 0
    assert names_in(tmp_path) == ["smsdesk.db", "smsdesk.key"]


def with_(made: Settings, table: str, **values: Any) -> Settings:
    """The same settings but for these of a table."""
    return made.model_copy(update={table: getattr(made, table).model_copy(update=values)})


async def test_check_of_the_address_it_listens_on(world: Stands, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        finding = await found(with_(settings(world, tmp_path), "web", listen=address), "web.")
        assert finding == Finding(
            well=True, warns=True, words=f"web.listen: {address} is taken; by smsdesk, if that is running"
        )
    strange = await found(with_(settings(world, tmp_path), "web", listen="192.0.2.1:8080"), "web.")
    assert not strange.well
    with pytest.raises(ValueError, match="not enough values"):
        await found(with_(settings(world, tmp_path), "web", listen=""), "web.")


async def test_check_of_where_it_keeps_what_it_saw(world: Stands, tmp_path: Path) -> None:
    kept = with_(settings(world, tmp_path), "storage", seen_file=tmp_path / "here")
    assert (await found(kept, "storage.seen_file")).well
    lost = with_(settings(world, tmp_path), "storage", seen_file=tmp_path / "none" / "here")
    finding = await found(lost, "storage.seen_file")
    assert (finding.well, "cannot write to" in finding.words) == (False, True)


@pytest.mark.parametrize(
    ("mode", "at_telegram", "mark", "words"),
    [
        ("polling", "https://old.example.com/telegram", "⚠", "the start of the bot ends that"),
        ("webhook", "https://old.example.com/telegram", "✔", "is told to Telegram at the start"),
        ("webhook", "https://desk.example.com/telegram", "✔", "Telegram calls https://desk.example.com"),
    ],
)
async def test_check_of_how_updates_come(
    world: Stands, tmp_path: Path, mode: str, at_telegram: str, mark: str, words: str
) -> None:
    async with make_bot(settings(world, tmp_path)) as bot:
        await bot.set_webhook(at_telegram)
    wanted = {"mode": mode, "webhook_url": "https://desk.example.com/telegram"}
    (finding,) = [
        one
        for one in await examine(with_(settings(world, tmp_path), "telegram", **wanted))
        if one.words.startswith("telegram.") and "token" not in one.words
    ]
    assert (finding.mark, words in finding.words) == (mark, True)


def test_check_tells_telegrams_last_complaint() -> None:
    made = WebhookInfo("https://desk.example.com/telegram", False, 0, last_error_message="Connection refused")
    telegram = {"token": TOKEN, "admins": [1], "mode": "webhook", "webhook_url": made.url,
                "webhook_secret": "a-secret-of-16-letters"}  # fmt: skip
    (finding,) = _way(Settings.model_validate({"telegram": telegram}), made)
    assert finding.mark == "⚠"
    assert finding.words.endswith("that failed: Connection refused")


# Run.


async def test_run_answers_keeps_others_out_and_stops_at_sigterm(world: Stands, tmp_path: Path) -> None:
    path = config(world, tmp_path)
    async with smsdesk("run", "--config", path) as process:
        await world.telegram.wait_for(lambda: world.telegram.is_polled, timeout=20)
        said = await world.ask("/start")
        assert "Connected here: main" in said.text

        async with smsdesk("run", "--config", path) as second:
            code, _, complained = await ended(second)
        assert code == 1
        assert complained == f"✖ another smsdesk is running on {tmp_path / 'smsdesk.db'}; only one may\n"

        process.send_signal(signal.SIGTERM)
        code, _, complained = await ended(process)
    assert code == 0
    assert "stopping" in complained
    assert "Traceback" not in complained
    assert PASSWORD not in complained
    assert TOKEN not in complained


async def test_run_stops_at_ctrl_c_too_and_goes_on_where_it_was(world: Stands, tmp_path: Path) -> None:
    path = config(world, tmp_path)
    world.chat.say(world.anna, "/help")
    for _ in range(2):
        async with smsdesk("run", "--config", path) as process:
            await world.telegram.wait_for(
                lambda: world.telegram.is_polled and world.chat.bot_messages, timeout=20
            )
            process.send_signal(signal.SIGINT)
            assert (await ended(process))[0] == 0
        await world.telegram.wait_for(lambda: not world.telegram.is_polled)
    assert len(world.chat.bot_messages) == 1


async def test_run_tells_what_keeps_it_from_starting(world: Stands, tmp_path: Path) -> None:
    path = config(world, tmp_path)
    path.write_text(path.read_text("utf-8").replace(TOKEN, "999:WRONG"), "utf-8")
    async with smsdesk("run", "--config", path) as process:
        code, _, complained = await ended(process)
    assert code == 1
    assert complained.splitlines()[-1] == "✖ telegram.token: Telegram does not know it"
    assert "Traceback" not in complained


def _break_database(folder: Path) -> None:
    open_vault(folder / "smsdesk.key")
    (folder / "smsdesk.db").write_text("nonsense" * 200)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "smsdesk.key").write_text("nonsense"), "not a Fernet key"),
        (_break_database, "not a database"),
    ],
    ids=["key", "no database"],
)
async def test_what_is_broken_on_disk_is_told_in_words(
    world: Stands, tmp_path: Path, spoil: Callable[[Path], object], words: str
) -> None:
    spoil(tmp_path)
    with pytest.raises(CannotStart, match=words):
        async with build(settings(world, tmp_path)):
            pass
