"""The shell: what is typed becomes what a gateway is asked, and what it answers becomes text and JSON."""

import asyncio
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import pytest
from click.testing import CliRunner
from sqlalchemy.exc import DBAPIError

from bot.__main__ import main
from bot.config import Settings
from bot.shell import answer
from bot.shell.checks import check
from bot.shell.failures import Doubt, Failure, changing, failure
from bot.shell.inputs import read_period, read_refs, read_submission
from bot.shell.lookup import NoAccount, find, push_path
from bot.shell.output import dumps, to_json, to_text
from providers.errors import (
    AccountBlocked,
    AccountStopped,
    AuthFailed,
    InsufficientFunds,
    NotReached,
    OutcomeUnknown,
    RequestRefused,
    Unsupported,
)
from providers.faces import SenderId, SenderStatus
from providers.gateways import ENTRIES, KINDS
from providers.model import Capabilities, Kind, MessageState, Reason, Report, Sms, Submission
from storage.db import look_into, open_database
from storage.vault import open_vault

from ..storage.seeds import SECRETS, add_account

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")


# Output.


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("1E+3"), "1000"),
        (Decimal("0.1000"), "0.1000"),
        (datetime(2026, 12, 1, 15, tzinfo=MOSCOW), "2026-12-01T12:00:00Z"),
        (timedelta(hours=48), "2d"),
        (timedelta(minutes=90), "90m"),
        (timedelta(milliseconds=1500), "1500ms"),
        (timedelta(), "0s"),
        (MessageState.MODERATION, "in_moderation"),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({Kind.SMS: (1, None, True, 0.5)}, {"sms": [1, None, True, 0.5]}),
    ],
)
def test_values_in_json(value: object, shown: object) -> None:
    assert to_json(value) == shown
    assert json.loads(json.dumps(to_json(value))) == shown


def test_a_dataclass_in_json_has_all_its_fields() -> None:
    sender = SenderId(name="ACME", status=SenderStatus.ALLOWED, operators={"mts": SenderStatus.OFF})
    assert to_json([sender]) == [
        {"name": "ACME", "id": None, "status": "allowed", "operators": {"mts": "off"}}
    ]


def test_what_has_no_shape_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match="object has no shape"):
        to_json(object())


def test_words_are_aligned_and_leave_out_what_is_not_known() -> None:
    reports = [
        Report(msisdn="79031234567", state=MessageState.SENT, raw="0"),
        Report(msisdn="7903", state=MessageState.DELIVERED, raw="1", price=Decimal("2.5")),
    ]
    assert to_text(to_json({"ref": "abc", "gateway_id": None, "reports": reports})).splitlines() == [
        "ref  abc",
        "",
        "msisdn       state      raw  price",
        "79031234567  sent       0",
        "7903         delivered  1    2.5",
    ]
    assert to_text({"inbox": []}) == "no inbox"


STEERING = "a\x1b[31mred\x07\x7f\x9b2J\nb\u202e\u2066c\U000e0041\ud800"


def test_what_a_handset_wrote_does_not_steer_the_terminal() -> None:
    assert to_text({"text": STEERING}) == "text  a[31mred2J bc"
    assert to_text({"na\x9bme\n": "x"}) == "name   x"
    assert to_text({"rows": [{"na\x1bme": STEERING}]}) == "name\na[31mred2J bc"


def test_json_is_the_same_value_and_steers_no_terminal() -> None:
    told = dumps({"na\x9bme": STEERING})
    assert json.loads(told) == {"na\x9bme": STEERING}
    assert not [char for char in told if char != "\n" and unicodedata.category(char)[0] == "C"]
    assert dumps({"text": "Ж é 😀"}).splitlines()[1] == '  "text": "Ж é 😀"'


def test_what_a_gateway_said_of_a_failure_does_not_steer_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused = RequestRefused(code="7\x1b", raw=f"no\n✖ {STEERING}", reason=Reason.TEXT)
    for error in (refused, Doubt("jobs", ref="r\x07", cause=OutcomeUnknown(raw=STEERING))):
        answer._print(failure(error), as_json=False)
        told = capsys.readouterr().err
        assert told.count("✖ ") == told.startswith("✖ ") + (error is refused)
        assert len(told.splitlines()) == 2 + (error is not refused)
        assert not [char for char in told if char != "\n" and unicodedata.category(char)[0] == "C"]


# Input.


def typed(**given: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {
        "to": (), "text": None, "text_for": (), "sender_id": None, "kind": "sms", "at": None,
        "by_recipient_time": False, "validity": None, "options": (), "ref": "", "ids": (), "since": None,
        "until": None,
    }  # fmt: skip
    return nothing | given


def submission(**given: Any) -> Any:
    return read_submission("r", typed(**given), sender_id="ACME", region="RU", zone=MOSCOW)


def test_a_submission_has_what_was_typed() -> None:
    made = submission(
        to=("+7 903 123-45-67",),
        text="Hello",
        text_for=(("89031234568", "Anna"),),
        at="2026-12-01T10:00",
        validity="2h",
        kind="flash",
        options=("translit=1", "subj=a=b"),
    )
    assert [(one.msisdn, one.text) for one in made.sms] == [("79031234567", "Hello"), ("79031234568", "Anna")]
    assert made.send_at == datetime(2026, 12, 1, 7, tzinfo=UTC)
    assert (made.ref, made.sender_id, made.kind, made.validity) == (
        "r",
        "ACME",
        Kind.FLASH,
        timedelta(hours=2),
    )
    assert made.options == (("translit", "1"), ("subj", "a=b"))


def test_by_the_recipients_time_the_digits_count() -> None:
    made = submission(to=("+79031234567",), text="x", at="2026-12-01T10:00", by_recipient_time=True)
    assert made.send_at == datetime(2026, 12, 1, 10, tzinfo=UTC)


def test_an_own_sender_and_a_kind_without_text() -> None:
    made = submission(to=("+79031234567",), kind="hlr", sender_id="SHOP")
    assert (made.sms[0].text, made.sender_id) == ("", "SHOP")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"to": ("123",), "text": "x"}, "'123' is not a number"),
        ({"to": ("+4915112345678",), "text": "x"}, "foreign"),
        ({"to": ("+79031234567",)}, "--text is missing"),
        ({"text": "x"}, "nobody to send to"),
        ({"to": ("+79031234567", "89031234567"), "text": "x"}, "a number is given twice"),
        ({"to": ("+79031234567",), "text": "x", "at": "soon"}, "'soon' is not a time"),
        ({"to": ("+79031234567",), "text": "x", "at": "0001-01-01T00:00"}, "is not a time"),
        ({"to": ("+79031234567",), "text": "x", "by_recipient_time": True}, "needs --at"),
        (
            {"to": ("+79031234567",), "text": "x", "by_recipient_time": True, "at": "2026-12-01T10:00Z"},
            "without a zone",
        ),
        ({"to": ("+79031234567",), "text": "x", "validity": "2"}, "is not a duration"),
        ({"to": ("+79031234567",), "text": "x", "options": ("translit",)}, "is not NAME=VALUE"),
    ],
)
def test_what_is_no_submission(given: Mapping[str, Any], told: str) -> None:
    with pytest.raises(click.UsageError) as caught:
        submission(**given)
    assert told in caught.value.message


def test_messages_are_named_by_reference_or_id_and_number() -> None:
    (ref,) = read_refs(typed(ids=("1", "2"), to=("+79031234567",), kind="viber"), region="RU")
    assert (ref.ref, ref.gateway_ids, ref.msisdn, ref.kind) == ("", ("1", "2"), "79031234567", Kind.VIBER)
    with pytest.raises(click.UsageError, match="--ref or --id"):
        read_refs(typed(to=("+79031234567",)), region="RU")
    with pytest.raises(click.UsageError, match="--to is missing"):
        read_refs(typed(ref="r"), region="RU")


def test_a_period_is_told_by_times_or_spans() -> None:
    def period(since: str | None, until: str | None = None) -> object:
        return read_period(typed(since=since, until=until), now=NOON, zone=MOSCOW)

    assert period(None) == (None, None)
    assert period("7d") == (NOON - timedelta(days=7), None)
    assert period("2d", "1d") == (NOON - timedelta(days=2), NOON - timedelta(days=1))
    assert period("2026-08-01", "2026-08-02T00:00Z") == (
        datetime(2026, 7, 31, 21, tzinfo=UTC),
        datetime(2026, 8, 2, tzinfo=UTC),
    )
    for since, until in [("1d", "2d"), ("2026-09-02", None)]:
        with pytest.raises(click.UsageError, match="ends before it begins"):
            period(since, until)


def test_a_span_that_is_too_long_is_told_the_limit_and_a_time_how_it_is_written() -> None:
    for since, told in [
        ("400d", '"400d" is longer than a year; write 7d, at most 366d, or a time: 2026-12-01T10:00'),
        ("1.5h", '"1.5h" is not a duration; write 7d, at most 366d, or a time'),
        ("2026-13-01", "'2026-13-01' is not a time"),
    ]:
        with pytest.raises(click.UsageError, match=f"^{re.escape(told)}"):
            read_period(typed(since=since), now=NOON, zone=MOSCOW)


# Whose account it is.


def settings(folder: Path, *accounts: Mapping[str, Any]) -> Settings:
    return Settings.model_validate(
        {
            "telegram": {"token": "1:x", "admins": [1]},
            "storage": {"url": f"sqlite:///{folder / 'desk.db'}"},
            "security": {"key_file": folder / "desk.key"},
            "accounts": accounts,
        }
    )


MAIN: dict[str, Any] = {
    "name": "main",
    "gateway": "smsc",
    "apikey": "the-key",
    "push_secret": "s",
    "sender": "ACME",
}


def names_in(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


async def fill(folder: Path, *names: str, provisioned: bool = False) -> None:
    async with open_database(folder / "desk.db") as database, database.write() as tx:
        for name in names:
            await add_account(tx, name=name, vault=open_vault(folder / "desk.key"), provisioned=provisioned)


async def test_an_account_of_the_configuration_needs_no_database(tmp_path: Path) -> None:
    found = await find(settings(tmp_path, MAIN), "main")
    assert (found.gateway, found.sender_id, found.name) == ("smsc", "ACME", "main")
    assert found.secrets == {"apikey": "the-key", "push_secret": "s"}
    assert "the-key" not in repr(found)
    assert names_in(tmp_path) == []


async def test_the_configuration_comes_before_the_database(tmp_path: Path) -> None:
    await fill(tmp_path, "main")
    assert (await find(settings(tmp_path, MAIN), "main")).secrets["apikey"] == "the-key"
    assert (await find(settings(tmp_path, MAIN), "main/1")).secrets == SECRETS


async def test_one_name_of_several_accounts_wants_the_number(tmp_path: Path) -> None:
    await fill(tmp_path, "smsc", "smsc", "other")
    with pytest.raises(NoAccount, match="2 accounts are called smsc; write one of smsc/1, smsc/2"):
        await find(settings(tmp_path), "smsc")
    assert (await find(settings(tmp_path), "smsc/2")).name == "smsc/2"
    assert (await find(settings(tmp_path), "other")).name == "other/3"


async def test_an_unknown_name_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(NoAccount, match="there is no account mian; there are: none"):
        await find(settings(tmp_path), "mian")
    with pytest.raises(NoAccount, match=r"there is no account mian; did you mean main\?"):
        await find(settings(tmp_path, MAIN), "mian")


async def test_accounts_that_left_the_configuration_are_gone(tmp_path: Path) -> None:
    await fill(tmp_path, "gone", provisioned=True)
    with pytest.raises(NoAccount, match="no account gone"):
        await find(settings(tmp_path), "gone")


async def test_without_the_key_an_account_is_not_opened_and_no_key_is_made(tmp_path: Path) -> None:
    await fill(tmp_path, "smsc")
    (tmp_path / "desk.key").unlink()
    with pytest.raises(NoAccount, match=r"desk\.key is missing"):
        await find(settings(tmp_path), "smsc")
    assert not (tmp_path / "desk.key").exists()


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "desk.db").write_text("not a database, but long enough to be looked at" * 10)
    with pytest.raises(NoAccount, match="cannot be read as smsdesk's database"):
        await find(settings(tmp_path), "smsc")


async def test_the_address_for_pushes_is_the_accounts_own(tmp_path: Path) -> None:
    await fill(tmp_path, "smsc", "smsc")
    await fill(tmp_path, "main", provisioned=True)
    paths = {name: await push_path(settings(tmp_path, MAIN), name) for name in ("smsc/1", "smsc/2", "main")}
    assert [path.rpartition("/")[0] for path in paths.values()] == ["/push/1", "/push/2", "/push/3"]
    with pytest.raises(NoAccount, match="no address"):
        await push_path(settings(tmp_path, {**MAIN, "name": "new"}), "new")


async def test_the_database_is_looked_into_while_its_owner_works(tmp_path: Path) -> None:
    await fill(tmp_path, "smsc")
    async with open_database(tmp_path / "desk.db") as database, database.write() as tx:
        await add_account(tx, name="uncommitted", vault=open_vault(tmp_path / "desk.key"))
        found = await find(settings(tmp_path), "smsc")
        assert found.secrets == SECRETS
        async with look_into(tmp_path / "desk.db") as looking:
            with pytest.raises(DBAPIError, match="readonly"):
                await looking.exec_driver_sql("DELETE FROM accounts")


# What is wrong before a gateway is asked.


def call(*words: str) -> tuple[int, Any]:
    result = CliRunner().invoke(main, ["gateway", *words, "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_mistakes_in_the_configuration_are_an_error_object(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[log]\nlevl = 1\n", "utf-8")
    code, told = call("balance", "--config", str(path), "--account", "x")
    assert code == 1
    assert told["error"]["kind"] == "config"
    assert "telegram.token: is missing" in told["error"]["reason"]
    words = CliRunner().invoke(main, ["gateway", "balance", "--config", str(path), "--account", "x"])
    assert words.exit_code == 1
    assert words.stdout == ""
    assert all(line.startswith("✖ ") for line in words.stderr.splitlines())


def test_an_unknown_account_is_an_error_object(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[telegram]\ntoken = "1:x"\nadmins = [1]\n', "utf-8")
    assert call("balance", "--config", str(path), "--account", "x") == (
        1,
        {"error": {"kind": "account", "code": None, "reason": "there is no account x; there are: none"}},
    )


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nosuch",),
        ("balance",),
        ("balance", "--config", "/nosuch/config.toml", "--account", "x", "y"),
        ("send", "--account", "x", "--password", "p"),
        ("sender-add", "--account", "x"),
    ],
)
def test_mistakes_in_what_is_typed_are_an_error_object(words: tuple[str, ...]) -> None:
    code, told = call(*words)
    assert (code, told["error"]["kind"]) == (1, "usage")
    in_words = CliRunner().invoke(main, ["gateway", *words])
    assert (in_words.exit_code, in_words.stdout) == (1, "")
    assert in_words.stderr.startswith("✖ ")
    assert "Usage: " in in_words.stderr


def test_help_is_no_mistake() -> None:
    for words in (["gateway", "-h"], ["gateway", "send", "--help"]):
        assert CliRunner().invoke(main, words).exit_code == 0


def test_help_says_what_costs_money_and_where_a_period_ends() -> None:
    def told(*words: str) -> str:
        return " ".join(CliRunner().invoke(main, ["gateway", *words, "--help"]).stdout.split())

    assert "send Send, which costs money." in told()
    assert "job-add Create a campaign there, which sends and costs money." in told()
    assert "The same. Default: now." in told("inbox")
    assert "always needed" in told("cancel")


def test_help_loads_neither_telegram_nor_charts() -> None:
    code = (
        "import sys; from bot.__main__ import main\n"
        "try: main(['gateway', '-h'])\n"
        "finally: print([name for name in ('telegram', 'matplotlib') if name in sys.modules])"
    )
    told = subprocess.run(  # noqa: S603 - nothing in it comes from outside
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines()[-1] == "[]"


# What happened, and what to do now.


@pytest.mark.parametrize("kind", [AuthFailed, InsufficientFunds, AccountBlocked])
def test_advice_about_an_account_is_for_a_shell(kind: type[AccountStopped]) -> None:
    """The dictionary's is for a chat: it names /connect and a button."""
    for entry in (None, *ENTRIES):
        words = failure(kind(raw="", entry=entry)).words
        assert not re.search("connect|Resume|▶", words), entry
        assert words.count(". ") >= 1, "what happened, and what to do"


def test_advice_about_a_message_names_what_is_typed_in_a_shell() -> None:
    for entry in ENTRIES:
        words = failure(RequestRefused(reason=Reason.SENDER, entry=entry)).words
        assert not re.search(r"\b[a-z]+=|(?<!\w)/[a-z]", words), entry
    words = failure(RequestRefused(reason=Reason.SENDER, entry="smsc-send-6")).words
    assert "use a registered sender ID: --from NAME." in words
    assert (
        "senders lists those" in failure(RequestRefused(reason=Reason.SENDER, entry="smsc-senders-3")).words
    )


def test_advice_about_a_message_is_the_dictionarys() -> None:
    words = failure(RequestRefused(code="5", reason=Reason.SCHEDULE, entry="smsc-send-5")).words
    assert words == "SMSC cannot use this sending time. Choose another time. (code 5)"


def test_a_refusal_without_an_entry_names_no_question_that_was_not_asked() -> None:
    words = failure(RequestRefused(code="7", raw="no", reason=Reason.TEXT)).words
    assert words == "the gateway refused the request (code 7)\n  no"


async def doubt_of(error: BaseException) -> Failure:
    with pytest.raises(Doubt) as caught, changing("jobs", ref="r"):
        raise error
    return failure(caught.value)


@pytest.mark.parametrize(
    ("error", "reason", "told"),
    [
        (OutcomeUnknown(raw="cut off"), None, "no answer of the gateway could be read\n  cut off"),
        (KeyError("bug"), "KeyError", "stopped by a failure; the log above has it"),
        (asyncio.CancelledError(), None, "interrupted"),
    ],
)
async def test_what_may_have_been_done_is_told(error: BaseException, reason: str | None, told: str) -> None:
    doubt = await doubt_of(error)
    assert (doubt.kind, doubt.reason, doubt.ref) == ("outcome_unknown", reason, "r")
    assert doubt.words.startswith(told)
    assert doubt.words.endswith("It may have been done. Do not repeat it before you have looked: jobs")


def test_what_a_gateway_refused_is_in_no_doubt() -> None:
    with pytest.raises(NotReached), changing("jobs"):
        raise NotReached


# What is checked before anybody is asked.


SMSC, PAGER, DEVINO = (KINDS[kind].capabilities for kind in ("smsc", "sms_pager", "devino_rest"))
SMS = (Sms(msisdn="79031234567", text="Hello"),)


def checked(can: Capabilities = SMSC, **given: Any) -> None:
    check(Submission(**{"ref": "r", "sms": SMS, "sender_id": "ACME", **given}), can, now=NOON)


@pytest.mark.parametrize(
    ("can", "given", "told"),
    [
        (
            PAGER,
            {"sms": tuple(Sms(msisdn=f"7903{at:07}", text="x") for at in range(101))},
            "101 numbers; the gateway takes 100 at once",
        ),
        (PAGER, {"ref": "r" * 22}, "--ref is longer than the 21 characters"),
        (SMSC, {"send_at": NOON}, "--at is past"),
        (SMSC, {"sms": (Sms(msisdn="79031234567", text=" \n"),)}, "the text for 79031234567 is empty"),
        (SMSC, {"sms": (Sms(msisdn="79031234567", text="x" * 1001),)}, "1001 characters; the most is 1000"),
        (SMSC, {"kind": Kind.HLR}, "--kind hlr takes no text"),
        (SMSC, {"sender_id": "much too long"}, "'much too long' is no sender ID"),
        (DEVINO, {"sender_id": None}, "--from is missing"),
        (SMSC, {"validity": timedelta(seconds=59)}, "--validity is from 1m to 1d here"),
        (SMSC, {"validity": timedelta(hours=25)}, "--validity is from 1m to 1d here"),
        (
            SMSC,
            {"kind": Kind.HLR, "sms": (Sms(msisdn="79031234567", text=""),), "validity": timedelta(hours=1)},
            "--validity cannot be set",
        ),
        (DEVINO, {"kind": Kind.VIBER, "send_at": NOON + timedelta(days=1)}, "--kind viber takes no --at"),
        # In Kamchatka, where this number may be, it is noon twelve hours before it is in UTC.
        (
            DEVINO,
            {"by_recipient_time": True, "send_at": NOON + timedelta(hours=12)},
            "--at is past",
        ),
    ],
)
def test_what_a_gateway_could_only_refuse(can: Capabilities, given: dict[str, Any], told: str) -> None:
    with pytest.raises(click.UsageError) as caught:
        checked(can, **given)
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("can", "given"),
    [
        (PAGER, {"sms": tuple(Sms(msisdn=f"7903{at:07}", text="x") for at in range(100)), "ref": "r" * 21}),
        (SMSC, {"send_at": NOON + timedelta(seconds=1), "validity": timedelta(days=1), "sender_id": None}),
        (SMSC, {"kind": Kind.HLR, "sms": (Sms(msisdn="79031234567", text=""),)}),
        (DEVINO, {"ref": "r" * 99}),
        (DEVINO, {"by_recipient_time": True, "send_at": NOON + timedelta(hours=12, seconds=1)}),
    ],
)
def test_what_is_within_all_limits(can: Capabilities, given: dict[str, Any]) -> None:
    checked(can, **given)


def test_a_kind_that_is_not_carried_is_no_mistake_in_typing() -> None:
    with pytest.raises(Unsupported):
        checked(PAGER, kind=Kind.VIBER)


def test_no_command_takes_a_secret_on_its_command_line() -> None:
    group = main.get_command(click.Context(main), "gateway")
    assert isinstance(group, click.Group)
    options = {name for one in group.commands.values() for param in one.params for name in param.opts}
    assert not {
        name for name in options if any(word in name for word in ("password", "key", "secret", "login"))
    }
