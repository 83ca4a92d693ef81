"""What can be set: one model a table of the configuration file, one field a key.

People may write exactly these fields, plus `X_file` beside every secret `X`; `config.example.toml` shows them
all. A field's description says what to write there. `bot.config` puts it at the end of the sentence about a
wrong value, so that no mistake is told without its remedy.
"""

import json
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    create_model,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from desk import hours
from providers.gateways import KINDS
from providers.wire import check_endpoint

# Telegram signs anonymous administrators, channels and itself with these ids: no person stands behind them.
NOBODY = frozenset({1087968824, 136817688, 777000})

LONGEST = timedelta(days=366)  # nothing here is meant to wait longer; it also keeps dates in their range

# What a gateway's settings have for one account; all else they have is one for all accounts.
CREDENTIALS = ("login", "password", "apikey", "push_secret")

# What /senders takes for something to do, so that no account can be called so.
NO_NAMES = frozenset(
    {"list", "add", "change", "code", "confirm", "delete"}
    | {"список", "добавить", "изменить", "код", "подтвердить", "удалить"}
)

SURPLUS = "surplus"  # the type of an error that has its remedy in it: the key is to go, whatever its value

PLACEHOLDER = "replace-me"  # what config.example.toml has where a secret of one's own belongs


# Kinds of values. A validator says what is wrong; what to write instead is in the field's description.

_DURATION = re.compile(r"(\d{1,9})(ms|s|m|h|d)", re.ASCII)
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(value: object) -> timedelta:
    """`250ms`, `5s`, `2m`, `1h` or `3d` as a time span of at most a year; ValueError for anything else."""
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{shown(value)} is not a duration")
    span = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if span > LONGEST:
        raise ValueError(f"{shown(value)} is longer than a year")
    return span


def shown(value: object) -> str:
    """A value as the file has it, short enough for a sentence."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:39] + "…"


def _positive(span: timedelta) -> timedelta:
    if not span:
        raise ValueError("must be longer than nothing")
    return span


def _whole(value: object) -> object:
    """Keeps out true and 2.0, which pydantic would take for 1 and 2."""
    if isinstance(value, bool | float):
        raise ValueError(f"{shown(value)} is not a whole number")  # noqa: TRY004 - pydantic wants ValueError
    return value


def _money(value: object) -> object:
    """500, 2.5 or "2.50", as a Decimal of what is written, not of its binary float; never negative."""
    text = str(value).strip() if isinstance(value, int | float | str | Decimal) else ""
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,12}(\.\d{1,4})?", text, re.ASCII):
        raise ValueError(f"{shown(value)} is not an amount of money")
    return Decimal(text)


def _numeric_id(value: object) -> int:
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not re.fullmatch(r"-?[1-9]\d{0,15}", text, re.ASCII):
        raise ValueError(f"{shown(value)} is not a numeric id")
    return int(text)


def _person(number: int) -> int:
    if number < 0:
        raise ValueError(f"{number} is the id of a group, not of a person")
    if number in NOBODY:
        raise ValueError(f"{number} is what Telegram shows for anonymous senders, not a person")
    return number


def _somebody(people: tuple[int, ...]) -> tuple[int, ...]:
    if not people:
        raise ValueError("is empty")
    return people


def _address(url: str) -> str:
    """The address without a slash at its end. It is not repeated in the error: a login may stand in it."""
    try:
        check_endpoint(url)
    except ValueError:
        raise ValueError("is not an address the bot may talk to") from None
    return url.rstrip("/")


def _beside(path: Path, info: ValidationInfo) -> Path:
    """A relative path starts at the folder of the config file."""
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / path


def _readable(path: Path) -> Path:
    try:
        path.open("rb").close()
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror})") from None
    return path


def _database(given: SecretStr, info: ValidationInfo) -> SecretStr:
    """`sqlite:///` and an absolute path, or PostgreSQL's address. That has a password: it is not repeated."""
    url = given.get_secret_value()
    if url.startswith("postgres"):
        if re.fullmatch(r"postgres(ql)?://([^/?#]*@)?[^/?#@]*/[^/?#]+(\?[^#]*)?", url) is None:
            raise ValueError("is not the address of a PostgreSQL database")
        return SecretStr(re.sub("^postgres:", "postgresql:", url))
    path = url.removeprefix("sqlite:///")
    if path in {url, "", ":memory:"} or "?" in path:
        raise ValueError("is not the address of a database")
    return SecretStr(f"sqlite:///{_beside(Path(path), info)}")


def _own(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value().rpartition(":")[2] == PLACEHOLDER:
        raise ValueError("is still the placeholder of config.example.toml")
    return secret


def _token(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"\d+:[\w-]+", token.get_secret_value(), re.ASCII):
        raise ValueError("does not look like a bot token")
    return token


def _hook_secret(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[\w-]{16,256}", secret.get_secret_value(), re.ASCII):
        raise ValueError("is too short, or has characters that Telegram does not take")
    return secret


def _region(region: str) -> str:
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"{shown(region)} is not a region")
    return region


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{shown(name)} is not a time zone") from None
    return name


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _hours(text: str) -> str:
    hours.read(text)
    return text


Text = Annotated[str, Field(min_length=1)]
Whole = Annotated[int, BeforeValidator(_whole)]
Money = Annotated[Decimal, BeforeValidator(_money)]
Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Zone = Annotated[str, AfterValidator(_zone)]
Region = Annotated[str, BeforeValidator(_upper), AfterValidator(_region)]
HoursText = Annotated[str, AfterValidator(_hours)]
Pause = Annotated[Duration, AfterValidator(_positive)]
Address = Annotated[str, AfterValidator(_address)]
Secret = Annotated[SecretStr, Field(min_length=1), AfterValidator(_own)]
ChatId = Annotated[int, BeforeValidator(_numeric_id)]
UserId = Annotated[ChatId, AfterValidator(_person)]


# The tables of the file.


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)


class Telegram(_Table):
    token: Annotated[SecretStr, AfterValidator(_own), AfterValidator(_token)] = Field(
        description='what @BotFather gave you, such as "123456:AbC-dEf"'
    )
    api_url: Address = Field(
        "https://api.telegram.org",
        description="an https:// address without login and query (http:// on loopback only)",
    )
    ca_file: Annotated[Path, AfterValidator(_beside), AfterValidator(_readable)] | None = Field(
        None, description="the path of a PEM file with the authority to trust"
    )
    mode: Literal["polling", "webhook"] = Field("polling", description='"polling" or "webhook"')
    webhook_url: Address | None = Field(
        None,
        description='the address where Telegram reaches /telegram, such as "https://desk.example.com/telegram"',
    )
    webhook_secret: Annotated[SecretStr, AfterValidator(_own), AfterValidator(_hook_secret)] | None = Field(
        None, description="16 to 256 random characters of A-Z, a-z, 0-9, _ and -"
    )
    admins: Annotated[tuple[UserId, ...], AfterValidator(_somebody)] = Field(
        description="the numeric user ids of the first administrators, such as [1001]"
    )
    rate: Whole = Field(30, ge=0, description="how many messages a second in all, 0 for no limit of our own")
    group_rate: Whole = Field(20, ge=0, description="how many messages a minute to one group, 0 for no limit")

    @field_validator("webhook_url", "webhook_secret")
    @classmethod
    def _needed(cls, value: object, info: ValidationInfo) -> object:
        if value is None and info.data.get("mode") == "webhook":
            raise ValueError('is missing, and mode is "webhook"')
        return value


class Storage(_Table):
    # A secret, as PostgreSQL's has a password in it.
    url: Annotated[SecretStr, AfterValidator(_database)] = Field(
        SecretStr("sqlite:///smsdesk.db"),
        description='"sqlite:///" and the path of a file, or "postgresql://user:password@host/database"',
    )
    silence: Duration = Field(timedelta(hours=1), description='such as "1h"; "0s" to go on after any pause')
    seen_file: Annotated[Path, AfterValidator(_beside)] | None = Field(
        None, description="the path of a file of this process alone, in a folder that it may write to"
    )

    @property
    def file(self) -> Path | None:
        """The SQLite file; None: it is another database."""
        url = self.url.get_secret_value()
        return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:") else None

    @property
    def where(self) -> str | Path:
        """What `storage.db.open_database` takes."""
        return self.file or self.url.get_secret_value()

    def secrets(self) -> list[str]:
        """The password in the address, as it stands there and as it is meant."""
        told = urlsplit(self.url.get_secret_value()).password
        return [] if self.file is not None or not told else list(dict.fromkeys([told, unquote(told)]))


class Security(_Table):
    key_file: Annotated[Path, AfterValidator(_beside)] = Field(
        Path("smsdesk.key"), description="the path of the file with the keys, made at the first start"
    )


class GatewaySettings(_Table):
    """Where a gateway is reached. None: the vendor's address, the usual authorities."""

    url: Address | None = Field(
        None, description="an https:// address without login and query (http:// on loopback only)"
    )
    ca_file: Annotated[Path, AfterValidator(_beside), AfterValidator(_readable)] | None = Field(
        None, description="the path of a PEM file with the authority to trust"
    )


def _table_of_gateway(kind: str) -> type[GatewaySettings]:
    """The common keys and those of the gateway's own `Config`, but for what each account has of its own."""
    config = KINDS[kind].config.model_fields
    own: dict[str, Any] = {
        name: (_annotation(name, field), Field(field.default, description=_remedy(name, field)))
        for name, field in config.items()
        if name not in CREDENTIALS and name != "url"
    }
    return create_model(kind, __base__=GatewaySettings, **own)


def _annotation(name: str, field: FieldInfo) -> object:
    if name.endswith("url"):
        return Address | None
    if field.annotation is timedelta:
        return Duration
    if field.annotation is bool:
        return Annotated[bool, BeforeValidator(_flag)]
    if all(isinstance(choice, int) for choice in get_args(field.annotation) or (None,)):
        return Annotated[field.rebuild_annotation(), BeforeValidator(_number_if_digits)]
    return field.rebuild_annotation()


def _flag(value: object) -> object:
    """true and false, of which the environment has only the words; no other way to say yes."""
    flag = {"true": True, "false": False}.get(value) if isinstance(value, str) else value
    if not isinstance(flag, bool):
        raise ValueError(f"{shown(value)} is neither true nor false")  # noqa: TRY004 - pydantic wants ValueError
    return flag


def _number_if_digits(value: object) -> object:
    """A whole number, of which the environment has only the digits."""
    digits = isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value)
    return _whole(int(value) if digits else value)  # type: ignore[call-overload]  # digits are text


def _remedy(name: str, field: FieldInfo) -> str | None:
    """What to write there: what the gateway says of it, else what its type allows."""
    if field.description is not None or name.endswith("url"):
        return field.description or GatewaySettings.model_fields["url"].description
    if get_origin(field.annotation) is Literal:
        *others, last = (json.dumps(choice) for choice in get_args(field.annotation))
        return f"{', '.join(others)} or {last}"
    return "true or false" if field.annotation is bool else f"text such as {json.dumps(field.default)}"


class GatewayTables(_Table):
    """One table for each gateway there is; `Gateways` has them as fields."""

    def of(self, kind: str) -> GatewaySettings:
        table: GatewaySettings = getattr(self, kind)
        return table


_TABLES: dict[str, Any] = {kind: (table, table()) for kind in KINDS for table in [_table_of_gateway(kind)]}
Gateways = create_model("Gateways", __base__=GatewayTables, **_TABLES)


class Account(_Table):
    """One login at one gateway, set up by the operator instead of by /connect."""

    name: Text = Field(description="a name of your own, different for each account")
    gateway: Text = Field(description="one of " + ", ".join(KINDS))
    apikey: Secret | None = Field(None, description="the gateway's key, which stands for login and password")
    login: Text | None = Field(None, description="the login at the gateway")
    password: Secret | None = Field(None, description="the password at the gateway")
    push_secret: Secret | None = Field(None, description="the secret that the gateway signs its calls with")
    sender: Text | None = Field(None, description="a sender ID registered at the gateway")
    hours: HoursText | None = Field(
        None, description='hours and, where not all, weekdays, such as "09:00-21:00" or "9:00-18:00 mon-fri"'
    )
    chats: tuple[ChatId, ...] = Field(
        (), description="the numeric ids of the chats that use it, such as [-1001234567890]"
    )

    @field_validator("name")
    @classmethod
    def _free(cls, name: str) -> str:
        if name.lower() in NO_NAMES:
            raise ValueError(f"{shown(name)} is a word of /senders")
        return name

    @field_validator("gateway")
    @classmethod
    def _known(cls, gateway: str) -> str:
        if gateway not in KINDS:
            raise ValueError(f"{shown(gateway)} is not known here")
        return gateway

    @field_validator("apikey", "push_secret")
    @classmethod
    def _taken(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        kind = info.data.get("gateway")
        if secret is not None and kind and info.field_name not in KINDS[kind].config.model_fields:
            raise PydanticCustomError(SURPLUS, "{kind} has no such thing; take it out", {"kind": kind})
        return secret

    @field_validator("login", "password")
    @classmethod
    def _enough(cls, given: str | SecretStr | None, info: ValidationInfo) -> str | SecretStr | None:
        if info.data.get("apikey") is not None and given is not None:
            raise PydanticCustomError(
                SURPLUS, "apikey stands for it and is given as well; take one of them out"
            )
        if "apikey" in info.data and info.data["apikey"] is None and given is None:
            raise ValueError("is missing")
        return given

    def secrets(self) -> dict[str, str]:
        """What opens the gateway, by the names of its settings."""
        given = {name: getattr(self, name) for name in CREDENTIALS}
        return {
            name: value.get_secret_value() if isinstance(value, SecretStr) else value
            for name, value in given.items()
            if value is not None
        }


class Desk(_Table):
    zone: Zone = Field("Europe/Moscow", description='the name of a zone, such as "Europe/Moscow"')


class Tracking(_Table):
    first_check: Pause = Field(timedelta(seconds=5), description="a duration such as 5s")
    longest_pause: Pause = Field(timedelta(minutes=15), description="a duration such as 15m")

    @field_validator("longest_pause")
    @classmethod
    def _grows(cls, longest: timedelta, info: ValidationInfo) -> timedelta:
        if longest < info.data.get("first_check", longest):
            raise ValueError("is shorter than first_check, and pauses only grow")
        return longest


class Doubts(_Table):
    """What becomes of messages whose answer was lost."""

    settle: Pause = Field(timedelta(minutes=10), description="a duration such as 10m")
    remind: Pause = Field(timedelta(hours=1), description="a duration such as 1h")
    remind_every: Pause = Field(timedelta(hours=24), description="a duration such as 24h")


class Inbox(_Table):
    """What customers write, and who has not been answered."""

    every: Pause = Field(timedelta(seconds=30), description="a duration such as 30s")
    overlap: Pause = Field(timedelta(hours=1), description="a duration such as 1h")
    far: Pause = Field(timedelta(days=3), description="a duration such as 3d")
    far_every: Pause = Field(timedelta(hours=1), description="a duration such as 1h")
    remind: Pause = Field(timedelta(minutes=15), description="a duration such as 15m")
    snooze: Pause = Field(timedelta(hours=1), description="a duration such as 1h")
    card_life: Pause = Field(timedelta(days=14), description="a duration such as 14d")
    note: str = Field("//", min_length=1, max_length=8, description="characters such as //")
    stop_confirmation: str | None = Field(
        None, min_length=1, max_length=700, description='the text of an SMS, such as "You get no more SMS."'
    )


class Alerts(_Table):
    """When people are told that something is wrong with an account; what they want to hear is in /alerts."""

    balance_every: Pause = Field(timedelta(minutes=5), description="a duration such as 5m")
    outage: Duration = Field(timedelta(minutes=2), description="a duration such as 2m")
    stuck: Pause = Field(timedelta(minutes=15), description="a duration such as 15m")
    snooze: Pause = Field(timedelta(hours=12), description="a duration such as 12h")


def _messages(whose: str, span: str) -> Any:
    return Field(0, ge=0, description=f"how many messages of one {whose} within {span}, 0 for no limit")


def _money_of(whose: str, span: str) -> Any:
    return Field(
        Decimal(0), description=f'how much money of one {whose} within {span}, such as "500", 0 for no limit'
    )


class Limits(_Table):
    undo: Duration = Field(timedelta(seconds=5), description="a duration such as 5s, 0s for none")
    card_expiry: Pause = Field(timedelta(minutes=15), description="a duration such as 15m")
    recipients: Whole = Field(1000, ge=1, le=100_000, description="how many numbers one /send may have")
    segments: Whole = Field(10, ge=1, le=255, description="how many segments one text may have")
    region: Region = Field("RU", description='two letters of a country, such as "RU"')
    abroad: tuple[Region, ...] = Field((), description='two letters of each country, such as ["BY", "KZ"]')
    hours: HoursText | None = Field(
        None, description='hours and, where not all, weekdays, such as "09:00-21:00" or "9:00-18:00 mon-fri"'
    )
    late: Pause = Field(timedelta(minutes=15), description="a duration such as 15m")
    operator_recipients: Whole = Field(
        100, ge=1, le=100_000, description="how many numbers one /send of an operator may have"
    )
    account_messages: Whole = Field(
        10_000, ge=0, description="how many messages an account may be given in an hour, 0 for no limit"
    )
    account_messages_day: Whole = _messages("account", "24 hours")
    account_messages_month: Whole = _messages("account", "30 days")
    account_money: Money = _money_of("account", "an hour")
    account_money_day: Money = _money_of("account", "24 hours")
    account_money_month: Money = _money_of("account", "30 days")
    person_messages: Whole = _messages("person", "an hour")
    person_messages_day: Whole = _messages("person", "24 hours")
    person_messages_month: Whole = _messages("person", "30 days")
    person_money: Money = _money_of("person", "an hour")
    person_money_day: Money = _money_of("person", "24 hours")
    person_money_month: Money = _money_of("person", "30 days")
    segment_price: Money = Field(
        Decimal(0), description='what a segment costs where no gateway tells, such as "2.50", 0 for not known'
    )
    file_mb: Whole = Field(20, ge=1, le=20, description="how many megabytes a dropped file may have")
    list_recipients: Whole = Field(
        100_000, ge=1, le=1_048_576, description="how many numbers a campaign from a file may go to"
    )
    type_count_over: Whole = Field(
        100, ge=0, description="the most recipients for whom ✅ alone will do, 0 for no such limit"
    )
    approve_over: Whole = Field(
        500, ge=0, description="the most recipients without a second person, 0 for no such limit"
    )
    approve_within: Pause = Field(timedelta(hours=1), description="a duration such as 1h")
    contacts: Whole = Field(100_000, ge=1, le=1_048_576, description="how many contacts a chat may have")
    templates: Whole = Field(100, ge=1, le=1000, description="how many saved texts a chat may have")
    groups: Whole = Field(100, ge=1, le=1000, description="how many groups of contacts a chat may have")
    commands: Whole = Field(
        100, ge=0, description="how many commands, answers and presses a minute of one person, 0 for no limit"
    )
    stranger_pause: Pause = Field(timedelta(minutes=10), description="a duration such as 10m")
    stale: Pause = Field(timedelta(minutes=2), description="a duration such as 2m")


class Submit(_Table):
    retry: Pause = Field(timedelta(seconds=30), description="a duration such as 30s")
    balance_timeout: Pause = Field(timedelta(seconds=10), description="a duration such as 10s")


class Retention(_Table):
    """How long numbers and texts are kept."""

    days: Whole = Field(
        90, ge=0, le=36_500, description="how many days after a campaign's end, 0 for keeping for good"
    )
    contacts_days: Whole = Field(
        365,
        ge=0,
        le=36_500,
        description="how many days a contact stays that nobody writes to, 0 for keeping for good",
    )
    audit_days: Whole = Field(
        0, ge=0, le=36_500, description="how many days the audit goes back, 0 for keeping for good"
    )


def _listen(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if value and not (colon and host and port.isdecimal() and int(port) < 65536):
        raise ValueError(f"{shown(value)} is not a host and a port")
    return value


class Web(_Table):
    """/healthz, /readyz, /metrics, and /push for gateways that call."""

    listen: Annotated[str, AfterValidator(_listen)] = Field(
        "127.0.0.1:8080", description='a host and a port such as "127.0.0.1:8080", or "" to listen nowhere'
    )
    url: Address | None = Field(
        None, description="the https:// address under which the world reaches it, without login and query"
    )


class Log(_Table):
    level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = Field(
        "INFO", description='"DEBUG", "INFO", "WARNING" or "ERROR"'
    )
    format: Literal["text", "json"] = Field("text", description='"text" or "json"')


class Settings(_Table):
    """The whole configuration. Paths are absolute, secrets come from their files and never show."""

    telegram: Telegram
    storage: Storage = Storage()
    security: Security = Security()
    gateways: Gateways = Gateways()
    accounts: tuple[Account, ...] = Field((), description="one [[accounts]] table for each account")
    desk: Desk = Desk()
    tracking: Tracking = Tracking()
    doubts: Doubts = Doubts()
    inbox: Inbox = Inbox()
    alerts: Alerts = Alerts()
    limits: Limits = Limits()
    submit: Submit = Submit()
    retention: Retention = Retention()
    web: Web = Web()
    log: Log = Log()

    def secrets(self) -> list[str]:
        """Every secret in it, for whoever has to hide them."""
        of_accounts = [
            value for one in self.accounts for name, value in one.secrets().items() if name != "login"
        ]
        return [self.telegram.token.get_secret_value(), *self.storage.secrets(), *of_accounts]
