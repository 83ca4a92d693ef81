"""`smsdesk check`: does everything that can be checked without sending anything, and says it in words."""

import errno
import os
import socket
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError
from telegram import WebhookInfo
from telegram.error import InvalidToken, TelegramError

from providers.errors import GatewayError
from storage import audit, hold, keyed
from storage.db import DatabaseInUseError, look_into, open_database, shown, trouble
from storage.hold import Cause
from storage.outage import Unavailable
from storage.vault import VaultError, open_vault

from . import reasons
from .app import make_bot, seen_file, unopened
from .gateways import reach
from .logs import hide_token
from .settings import Account, Settings
from .shell.failures import TROUBLES
from .words import Words

WORDS = Words("en", ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`warns`: nothing that keeps the bot from working, but something to mend."""

    well: bool
    words: str
    warns: bool = False

    @property
    def mark(self) -> str:
        return "⚠" if self.warns else "✔" if self.well else "✖"


# Why everything is held.
HELD = {
    Cause.COPIED: "this database is a copy, or came from elsewhere",
    Cause.BACKWARDS: "this database is as it was at an earlier time",
    Cause.FAILOVER: "another server serves this database, which may lack what was written last",
    Cause.SILENT: "nobody had worked with this database for long",
}

# The names under which a configuration holds a secret itself instead of naming a file that does.
SECRET = frozenset({"token", "password", "apikey", "push_secret", "webhook_secret"})


def look_at_file(config: Path) -> list[Finding]:
    """A warning where others may read a configuration that holds secrets, else nothing."""
    content = tomllib.loads(config.read_text("utf-8"))
    if not config.stat().st_mode & 0o077 or not _holds_secret(content):
        return []
    words = f"{config}: others may read it, and it holds a secret; run chmod 600 on it"
    return [Finding(well=True, warns=True, words=words)]


def _holds_secret(content: object) -> bool:
    if isinstance(content, dict):
        return any(key in SECRET or _holds_secret(value) for key, value in content.items())
    return isinstance(content, list) and any(_holds_secret(one) for one in content)


async def examine(settings: Settings) -> list[Finding]:
    """One finding each for key, database, the file beside it, address and Telegram, and one an account."""
    database = await _database(settings)  # it brings an older one up to date
    findings = [await _key(settings, database), database]
    if database.well:
        findings += [*await _audit(settings), *await _hold(settings)]
    findings += [*_seen(settings), *_listen(settings), *await _telegram(settings)]
    async with reach(settings.gateways) as open_gateway:
        for account in settings.accounts:
            try:
                gateway = open_gateway(account.gateway, account.secrets(), account.name)
                balance = await gateway.balance()
            except (GatewayError, ValueError) as error:
                findings.append(_account_trouble(account, error))
            else:
                money = f"{balance.amount} {balance.currency or ''}".strip()
                findings.append(Finding(well=True, words=f"accounts.{account.name}: balance {money}"))
    return findings


def _account_trouble(account: Account, error: GatewayError | ValueError) -> Finding:
    if not isinstance(error, GatewayError):
        return Finding(well=False, words=f"accounts.{account.name}: login or password cannot be used")
    code = f" (code {error.code})" if error.code else ""
    why = TROUBLES[error.kind]
    how = reasons.broken(WORDS, error.raw)
    return Finding(well=False, words=f"accounts.{account.name}: {why}{code}{f': {how}' if how else ''}")


async def _key(settings: Settings, database: Finding) -> Finding:
    """Whether there is a key file, for us alone, whose keys open all that the database holds.

    Where the database is not well that is told of the database, and nothing is looked for in it.
    """
    path, file = settings.security.key_file, settings.storage.file
    try:
        new = await _is_new(settings) if database.well else file is not None and not file.exists()
        if new and not path.exists():
            if path.parent.is_dir():
                return Finding(well=True, words=f"security.key_file: {path} will be made at the first start")
            return Finding(well=False, words=f"security.key_file: the folder {path.parent} does not exist")
        if file is None and not database.well and not path.exists():
            words = f"security.key_file: {path} is not there; whether the database needs one cannot be seen"
            return Finding(well=True, warns=True, words=words)
        vault = open_vault(path, make=False)
        shut = None
        if database.well and not new:
            async with look_into(settings.storage.where) as tx:
                shut = await unopened(tx, vault)
    except (VaultError, OSError, SQLAlchemyError, Unavailable) as error:
        return Finding(well=False, words=f"security.key_file: {_reason(error)}")
    if shut is not None:
        return Finding(well=False, words=f"security.key_file: {shut}")
    standing = path.stat()
    if standing.st_mode & 0o077 and standing.st_uid != os.geteuid():
        # A secret of Kubernetes cannot be had otherwise.
        words = f"security.key_file: {path} is good; others may read it, and it is not ours to change that"
        return Finding(well=True, warns=True, words=words)
    if standing.st_mode & 0o077:
        return Finding(well=False, words=f"security.key_file: others may read {path}; run chmod 600 on it")
    return Finding(well=True, words=f"security.key_file: {path} is good")


async def _is_new(settings: Settings) -> bool:
    """Whether the first start, which makes the key, is still to come."""
    file = settings.storage.file
    if file is not None:
        return not file.exists()
    async with look_into(settings.storage.where) as tx:
        return await keyed.none_yet(tx)


async def _database(settings: Settings) -> Finding:
    where = settings.storage.where
    new = None if settings.storage.file is None else _new_database(settings.storage.file)
    if new is not None:
        return new
    try:
        async with open_database(where):
            return Finding(well=True, words=f"storage.url: {shown(where)} is good")
    except DatabaseInUseError:
        return Finding(well=True, words=f"storage.url: {shown(where)} is in use by a running smsdesk")
    except Exception as error:  # noqa: BLE001 - whatever it is, the person asked to hear of it
        return Finding(well=False, words=f"storage.url: {shown(where)} cannot be opened ({trouble(error)})")


async def _audit(settings: Settings) -> list[Finding]:
    """Whether the chain of the audit is whole; nothing where there is no database, or none that opens."""
    file, key_file = settings.storage.file, settings.security.key_file
    if (file is not None and not file.exists()) or not key_file.exists():
        return []
    try:
        vault = open_vault(key_file)
        async with look_into(settings.storage.where) as tx:
            breach, end = await audit.verify(tx, vault), await audit.end(tx)
    except (VaultError, OSError, SQLAlchemyError, Unavailable) as error:
        return [Finding(well=False, words=f"audit: it cannot be read ({trouble(error)})")]
    if breach is not None:
        words = f"audit: the chain is broken at entry {breach.entry_id}: somebody changed the database"
        return [Finding(well=False, words=words)]
    where = f" and ends at {end['entry']}, {end['mac']}" if end["entry"] else ""
    return [Finding(well=True, words=f"audit: the chain is whole{where}")]


async def _hold(settings: Settings) -> list[Finding]:
    """A warning where everything is held; nothing else."""
    if settings.storage.file is not None and not settings.storage.file.exists():
        return []
    try:
        async with look_into(settings.storage.where) as tx:
            held = await hold.held(tx)
    except (OSError, SQLAlchemyError, Unavailable) as error:
        return [Finding(well=False, words=f"hold: it cannot be read ({trouble(error)})")]
    if held is None:
        return []
    since, why = f"{held.since:%Y-%m-%d %H:%M} UTC", HELD[held.cause]
    words = f"hold: nothing is sent since {since}, because {why}; decide on the card, or by release-hold"
    return [Finding(well=True, warns=True, words=words)]


def _new_database(path: Path) -> Finding | None:
    """A finding about a database that is not there yet, or has nothing in it; None when it is there."""
    if path.exists():
        if path.is_file() and path.stat().st_size == 0:
            words = (
                f"storage.url: {path} is empty; put back a copy, or remove it, and the start makes a new one"
            )
            return Finding(well=False, words=words)
        return None
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            return Finding(well=True, words=f"storage.url: {path} will be made at the first start")
    except OSError as error:
        return Finding(well=False, words=f"storage.url: cannot write to {path.parent} ({error.strerror})")


def _seen(settings: Settings) -> list[Finding]:
    """Whether it can be kept what was last seen of the database: the bot does not start where it cannot.

    Nothing where that lies beside the database's own file.
    """
    if settings.storage.file is not None and settings.storage.seen_file is None:
        return []
    path = seen_file(settings)
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            return [Finding(well=True, words=f"storage.seen_file: {path} can be written")]
    except OSError as error:
        words = f"storage.seen_file: cannot write to {path.parent} ({error.strerror})"
        return [Finding(well=False, words=words)]


def _listen(settings: Settings) -> list[Finding]:
    """Whether its address is free; nothing where it listens nowhere."""
    address = settings.web.listen
    if not address:
        return []
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    try:
        with socket.create_server((host, int(port)), family=_family(host)):
            return [Finding(well=True, words=f"web.listen: {address} is free")]
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            return [Finding(well=False, words=f"web.listen: {address}: {_reason(error)}")]
    words = f"web.listen: {address} is taken; by smsdesk, if that is running"
    return [Finding(well=True, warns=True, words=words)]


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


async def _telegram(settings: Settings) -> list[Finding]:
    """Whether the bot is one, and what Telegram says of the way updates come."""
    bot = make_bot(settings)
    try:
        async with bot:
            me = Finding(well=True, words=f"telegram.token: the bot is @{bot.username}")
            return [me, *_way(settings, await bot.get_webhook_info())]
    except InvalidToken:
        words = "telegram.token: Telegram does not know it; copy it from @BotFather"
    except TelegramError as error:
        words = f"telegram.api_url: {settings.telegram.api_url} cannot be used ({hide_token(str(error))})"
    return [Finding(well=False, words=words)]


def _way(settings: Settings, told: WebhookInfo) -> list[Finding]:
    """Updates come by polling, or Telegram calls the address of the configuration."""
    if settings.telegram.mode == "polling":
        if not told.url:
            return []
        words = f"telegram.mode: Telegram calls {told.url}; the start of the bot ends that"
        return [Finding(well=True, warns=True, words=words)]
    if told.url != settings.telegram.webhook_url:
        words = f"telegram.webhook_url: {settings.telegram.webhook_url} is told to Telegram at the start"
        return [Finding(well=True, words=words)]
    if told.last_error_message is None:
        return [Finding(well=True, words=f"telegram.webhook_url: Telegram calls {told.url}")]
    # It may be long ago, and mended since: Telegram keeps the last one.
    words = f"telegram.webhook_url: Telegram's last call to {told.url} that failed: {told.last_error_message}"
    return [Finding(well=True, warns=True, words=words)]


def _reason(error: Exception) -> str:
    """Without the name of the file, which is told beside it."""
    return error.strerror or "no access" if isinstance(error, OSError) else trouble(error)
