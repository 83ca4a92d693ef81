"""Which account a name means: one of the configuration, else one that a chat has connected."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from sqlalchemy.exc import SQLAlchemyError

from storage import accounts, pushes
from storage.accounts import Account
from storage.db import look_into, shown, trouble
from storage.vault import VaultError, open_vault

from ..settings import Settings


class NoAccount(Exception):
    """No account, or not one, that can be used by this name; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An account and what opens it. `sender_id`: whom its messages come from unless told otherwise."""

    name: str
    gateway: str
    sender_id: str | None
    secrets: Mapping[str, str] = field(repr=False)


async def find(settings: Settings, name: str) -> Found:
    """The account of this name; `NAME/ID` where several chats have one. Raises NoAccount.

    The database is only looked into: the bot may be at work in it, or may never have been started.
    """
    for one in settings.accounts:
        if one.name == name:
            return Found(name=one.name, gateway=one.gateway, sender_id=one.sender, secrets=one.secrets())
    connected = [one for one in await _stored(settings) if not one.provisioned]
    named = [one for one in connected if name in {one.name, numbered(one)}]
    if len(named) > 1:
        choice = ", ".join(map(numbered, named))
        raise NoAccount(f"{len(named)} accounts are called {name}; write one of {choice}")
    if not named:
        known = [one.name for one in settings.accounts] + [numbered(one) for one in connected]
        raise NoAccount(f"there is no account {name}{_nearest(name, known)}")
    return Found(
        name=numbered(named[0]),
        gateway=named[0].gateway,
        sender_id=named[0].sender_id,
        secrets=_opened(settings, named[0]),
    )


async def push_path(settings: Settings, name: str) -> str:
    """The path at which the bot awaits the calls of this account's gateway. Raises NoAccount.

    It ends in a secret: whoever knows it can tell us news.
    """
    in_file = name in {one.name for one in settings.accounts}
    for one in await _stored(settings):
        if name == (one.name if in_file else numbered(one)) and one.provisioned == in_file:
            async with look_into(settings.storage.where) as tx:
                token = await pushes.token(tx, one.id)
            if token is not None:
                return f"/push/{one.id}/{token}"
    raise NoAccount(f"{name} has no address for its gateway yet; the bot gives it one when it starts")


def numbered(account: Account) -> str:
    """The name under which an account is the only one."""
    return f"{account.name}/{account.id}"


async def _stored(settings: Settings) -> list[Account]:
    where, file = settings.storage.where, settings.storage.file
    if file is not None and not file.exists():
        return []
    try:
        async with look_into(where) as tx:
            return await accounts.every(tx)
    except (SQLAlchemyError, OSError, ModuleNotFoundError) as error:
        why = type(error).__name__ if file is not None else trouble(error)
        raise NoAccount(f"{shown(where)} cannot be read as smsdesk's database ({why})") from None


def _opened(settings: Settings, account: Account) -> dict[str, str]:
    try:
        vault = open_vault(settings.security.key_file, make=False)
        return vault.open(accounts.owner(account.id), account.sealed)
    except (VaultError, OSError) as error:
        raise NoAccount(f"security.key_file: {error}") from None


def _nearest(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are: {', '.join(known) or 'none'}"
