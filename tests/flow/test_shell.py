"""`smsdesk gateway`: every operation at every gateway over HTTP, and what goes wrong on the way."""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main
from bot.config import load
from bot.shell import gateway as group
from bot.shell.offers import has
from bot.shell.output import to_json
from bot.shell.samples import SAMPLES
from providers.gateways import KINDS, smsc
from providers.model import Kind, Receipt, Submission
from sandbox.stand import Stand

from .desk import ADMIN, DELIVERED, LOGIN, PASSWORD, TOKEN, Stands, working

ANSWERED = DELIVERED  # its life at the stand-ins is a good one
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """A shell with a configuration that has an account at each stand-in, named like its gateway."""

    config: Path
    world: Stands
    stands: Mapping[str, Stand]

    async def __call__(self, *words: str, account: str, as_json: bool = True, stdin: str = "") -> Result:
        """What a command came to. It has an event loop of its own, so it plays in a thread."""
        called = ["gateway", *words, "--config", str(self.config), "--account", account]
        return await asyncio.to_thread(
            CliRunner().invoke, main, [*called, *(["--json"] if as_json else [])], input=stdin
        )

    async def json(self, *words: str, account: str) -> Json:
        """The answer of a command that is to succeed."""
        result = await self(*words, account=account)
        assert result.exit_code == 0, f"{words}: {result.output}"
        answer: Json = json.loads(result.stdout)
        return answer

    async def refusal(self, *words: str, account: str) -> Json:
        """The error of a command that is to fail."""
        result = await self(*words, account=account)
        assert result.exit_code == 1, f"{words}: {result.output}"
        error: Json = json.loads(result.stdout)["error"]
        assert set(error) == {"kind", "code", "reason"}
        return error


@pytest.fixture
def shell(world: Stands, tmp_path: Path) -> Shell:
    stands: dict[str, tuple[Stand, str]] = {
        "devino_rest": (world.devino, world.devino.rest_url),
        "devino_soap": (world.devino, world.devino.soap_url),
        "sms_pager": (world.sms_pager, world.sms_pager.url),
        "smsc": (world.smsc, world.smsc.url),
    }
    config = tmp_path / "config.toml"
    config.write_text(
        f'[telegram]\ntoken = "{TOKEN}"\napi_url = "{world.telegram.url}"\nadmins = [{ADMIN}]\n'
        '[web]\nlisten = ""\nurl = "https://desk.example.com"\n'
        + "".join(
            f'[gateways.{kind}]\nurl = "{url}"\n[[accounts]]\nname = "{kind}"\ngateway = "{kind}"\n'
            f'login = "{LOGIN}"\npassword = "{PASSWORD}"\nsender = "ACME"\n'
            for kind, (_, url) in stands.items()
        ),
        "utf-8",
    )
    return Shell(config=config, world=world, stands={kind: stand for kind, (stand, _) in stands.items()})


# What is typed after each command. A word in braces is what `PREPARED` has found out before.
TYPED: dict[str, tuple[str, ...]] = {
    "balance": (),
    "send": ("--to", ANSWERED, "--text", "Hello"),
    "quote": ("--to", ANSWERED, "--text", "Hello"),
    "status": ("--ref", "{ref}", "{ids}", "--to", ANSWERED),
    "cancel": ("--ref", "{ref}", "--to", ANSWERED),
    "inbox": ("--since", "2d"),
    "stats": ("--since", "100d"),
    "senders": ("--operators",),
    "sender-add": ("NEW SHOP", "--comment", "our shop"),
    "sender-change": ("NEW SHOP", "--comment", "our web shop"),
    "sender-code": ("79031234500",),
    "sender-confirm": ("79031234500", "{code}"),
    "sender-delete": ("NEW SHOP",),
    "history": (),
    "forget": ("--ref", "{ref}", "--to", ANSWERED),
    "templates": (),
    "template-add": ("thanks", "Thank you"),
    "template-change": ("{template}", "thanks", "Thanks"),
    "template-delete": ("{template}",),
    "jobs": (),
    "job": ("{job}",),
    "job-add": ("autumn", "--to", ANSWERED, "--text", "Sale", "--at", "2036-12-01T10:00"),
    "job-pause": ("{job}",),
    "job-delete": ("{job}",),
    "prices": (),
    "push": (),
    "capabilities": (),
}


# How the stand-ins' journal calls kinds that it has other words for.
CALLED = {Kind.VOICE: "call", Kind.VIBER_OR_SMS: "viber"}

# What stands in the answer then, or in one of its rows: the rest is the gateway's own affair.
NUMBER = ANSWERED.removeprefix("+")
HELD: dict[str, Json] = {
    "balance": {"amount": "1000.00"},
    "quote": {"cost": "2.50", "segments": 1},
    "status": {"msisdn": NUMBER, "state": "delivered"},
    "inbox": {"msisdn": "79031234567", "text": "When do you close?"},
    "stats": {"total": 1},
    "senders": {"name": "NEW SHOP", "status": "pending"},
    "history": {"text": "Hello", "sender_id": "ACME", "cost": "2.50"},
    "templates": {"name": "thanks", "text": "Thank you"},
    "jobs": {"id": "1000001"},
    "job": {"id": "1000001"},
    "job-add": {"id": "1000001", "cost": "2.50"},
    "prices": {"zone": "1", "name": "Россия"},
}


def can(kind: str, operation: str) -> bool:
    """Whether a gateway says of itself that it has this operation."""
    made = KINDS[kind]
    return has(made.gateway, made.capabilities, operation)  # type: ignore[arg-type]


def test_every_operation_has_a_play_and_an_example() -> None:
    assert set(TYPED) == set(group.commands) == set(SAMPLES)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("operation", TYPED)
async def test_an_operation_answers_or_is_refused_before_the_wire(
    shell: Shell, operation: str, kind: str
) -> None:
    if not can(kind, operation):
        typed = [
            word.format(ref="r", ids="--to=+79031234568", code=1, job=1, template=1)
            for word in TYPED[operation]
        ]
        assert await shell.refusal(operation, *typed, account=kind) == {
            "kind": "unsupported",
            "code": None,
            "reason": "unsupported",
        }
        assert shell.stands[kind].requests == []
        return
    typed = await prepared(shell, operation, kind)
    answer = await shell.json(operation, *typed, account=kind)
    sample = to_json(SAMPLES[operation])
    assert isinstance(sample, dict)
    assert answer.keys() == sample.keys()
    told = [answer]
    for key, rows in sample.items():
        if isinstance(rows, list) and rows and isinstance(rows[0], dict):
            told = answer[key]
            assert {frozenset(row) for row in told} == {frozenset(rows[0])}
    held = HELD.get(operation, {})
    assert held in [{key: one[key] for key in held} for one in told]
    assert operation == "capabilities" or operation == "push" or shell.stands[kind].requests


async def prepared(shell: Shell, operation: str, kind: str) -> list[str]:
    """What is typed, once what it is about is there."""
    found: dict[str, str] = {}
    words = " ".join(TYPED[operation])
    if operation == "inbox":
        receiver: Any = shell.stands[kind]
        receiver.receive("79031234567", "When do you close?")
    if operation in {"stats", "history"}:
        await shell.json("send", *TYPED["send"], account=kind)
    if operation in {"templates", "jobs"}:
        adding = operation.removesuffix("s") + "-add"
        await shell.json(adding, *TYPED[adding], account=kind)
    if operation == "senders":
        await shell.json("sender-add", *TYPED["sender-add"], account=kind)
        shell.world.smsc.names.register_at("mts_step", "NEW SHOP", 5)
    if "{ref}" in words:
        sent = await shell.json("send", *TYPED["send"], account=kind)
        ids = [one for verdict in sent["receipt"]["verdicts"] for one in verdict["gateway_ids"]]
        found = {"ref": sent["ref"], "ids": f"--id={ids[0]}" if ids else f"--ref={sent['ref']}"}
    if operation.startswith("sender-") and operation != "sender-add":
        await shell.json("sender-add", TYPED[operation][0], "--comment", "ours", account=kind)
    if "{template}" in words:
        found["template"] = (await shell.json("template-add", *TYPED["template-add"], account=kind))["id"]
    if "{job}" in words:
        found["job"] = (await shell.json("job-add", *TYPED["job-add"], account=kind))["id"]
    if "{code}" in words:
        await shell.json("sender-code", *TYPED["sender-code"], account=kind)
        found["code"] = shell.world.smsc.names.code_for("79031234500")
    if operation == "push":
        async with working(load(shell.config)):
            pass  # the bot gives accounts their addresses when it starts
    return [word.format(**found) for word in TYPED[operation]]


# What a change comes to.


async def test_sender_ids_templates_and_jobs_are_changed_there(shell: Shell) -> None:
    async def smsc(*words: str) -> Json:
        return await shell.json(*words, account="smsc")

    async def names() -> list[str]:
        return [one["name"] for one in (await smsc("senders"))["senders"]]

    await smsc("sender-add", "NEW SHOP", "--comment", "ours")
    assert "NEW SHOP" in await names()
    await smsc("sender-change", "NEW SHOP", "--comment", "our web shop")
    assert shell.world.smsc.names.named("NEW SHOP").comment == "our web shop"
    await smsc("sender-delete", "NEW SHOP")
    assert "NEW SHOP" not in await names()

    template = (await smsc("template-add", "thanks", "Thank you"))["id"]
    await smsc("template-change", template, "thanks", "Thanks")
    (kept,) = (await smsc("templates"))["templates"]
    assert kept == {"id": template, "name": "thanks", "text": "Thanks"}
    await smsc("template-delete", template)
    assert (await smsc("templates"))["templates"] == []

    job = (await smsc("job-add", *TYPED["job-add"]))["id"]
    await smsc("job-pause", job)
    assert (await smsc("job", job))["details"]["status"] != "waiting"
    await smsc("job-delete", job)
    assert (await smsc("jobs"))["jobs"] == []


async def test_a_message_is_called_back_once_it_is_known_how_many_can_be(shell: Shell) -> None:
    typed = ("send", *TYPED["send"], "--at", "2036-12-01T10:00")
    ref = (await shell.json(*typed, account="sms_pager"))["ref"]
    about = ("cancel", "--ref", ref, "--to", ANSWERED)
    assert await shell.json(*about, "--check", account="sms_pager") == {"recallable": 1}
    assert shell.stands["sms_pager"].journal.cancelled == []
    assert await shell.json(*about, account="sms_pager") == {"cancelled": 1}
    assert [one.ref for one in shell.stands["sms_pager"].journal.cancelled] == [ref]
    assert await shell.json(*about, "--check", account="sms_pager") == {"recallable": 0}


async def test_a_message_is_forgotten(shell: Shell) -> None:
    ref = (await shell.json("send", *TYPED["send"], account="smsc"))["ref"]
    assert (await shell.json("history", account="smsc"))["history"]
    await shell.json("forget", "--ref", ref, "--to", ANSWERED, account="smsc")
    assert (await shell.json("history", account="smsc"))["history"] == []


@pytest.mark.parametrize("kind", ["devino_rest", "devino_soap"])
async def test_by_the_recipients_time_the_digits_go_out_as_typed(shell: Shell, kind: str) -> None:
    at = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT10:00")
    await shell.json("send", *TYPED["send"], "--by-recipient-time", "--at", at, account=kind)
    operation, parameters = shell.stands[kind].requests[-1]
    assert "TimeZone" in operation
    assert at in str(parameters)
    assert len(shell.stands[kind].journal.accepted) == 1


@pytest.mark.parametrize(
    ("account", "kind"),
    [
        (account, kind)
        for account, made in KINDS.items()
        for kind in Kind
        if made.capabilities.limits(kind) is not None
    ],
)
async def test_every_kind_goes_out_as_that_kind(shell: Shell, account: str, kind: Kind) -> None:
    text = ("--text", "Hello") if kind.has_text else ()
    sent = await shell.json("send", "--to", ANSWERED, *text, "--kind", kind.value, account=account)
    (accepted,) = shell.stands[account].journal.accepted
    assert accepted.kind == CALLED.get(kind, kind)
    ids = [one for verdict in sent["receipt"]["verdicts"] for one in verdict["gateway_ids"]]
    about = ("--ref", sent["ref"], *(f"--id={one}" for one in ids), "--to", ANSWERED, "--kind", kind.value)
    (report,) = (await shell.json("status", *about, account=account))["reports"]
    assert (report["msisdn"], report["state"]) == (NUMBER, "delivered")


# What people read.


async def test_without_json_there_are_words(shell: Shell) -> None:
    balance = await shell("balance", account="smsc", as_json=False)
    assert balance.exit_code == 0
    assert balance.stdout.splitlines()[0].split() == ["amount", str(shell.stands["smsc"].balance)]
    sent = await shell("send", *TYPED["send"], account="sms_pager", as_json=False)
    ref = sent.stderr.removeprefix("ref ").strip()
    report = await shell("status", "--ref", ref, "--to", DELIVERED, account="sms_pager", as_json=False)
    head, row = report.stdout.splitlines()
    assert head.split()[:2] == ["msisdn", "state"]
    assert row.split()[:2] == ["79031234500", "delivered"]


async def test_texts_differ_by_number_or_come_from_the_standard_input(shell: Shell) -> None:
    typed = ("send", "--text-for", "+79031234500", "One", "--text-for", "89031234501", "Two")
    await shell.json(*typed, account="smsc")
    result = await shell("send", "--to", DELIVERED, "--text", "-", account="smsc", stdin="Three\nlines\n")
    assert result.exit_code == 0
    assert [sms.text for sms in shell.stands["smsc"].journal.accepted] == ["One", "Two", "Three\nlines"]


# What goes wrong.


@pytest.mark.parametrize("kind", KINDS)
async def test_what_a_gateway_cannot_send_leaves_nothing(shell: Shell, kind: str) -> None:
    can = KINDS[kind].capabilities
    wrong = [("--kind", one.value) for one in Kind if can.limits(one) is None] + [("--option", "nosuch=1")]
    if not can.by_recipient_time:
        wrong.append(("--by-recipient-time", "--at=2036-12-01T10:00"))
    for words in wrong:
        error = await shell.refusal("send", *TYPED["send"], *words, account=kind)
        assert error["kind"] == ("request_refused" if "--option" in words else "unsupported"), words
    assert shell.stands[kind].journal.accepted == []


async def test_a_lost_answer_is_told_with_the_reference_to_ask_by(shell: Shell) -> None:
    shell.stands["smsc"].faults.add("send", kind="accept_then_reset")
    result = await shell("send", *TYPED["send"], account="smsc")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["error"]["kind"] == "outcome_unknown"
    assert result.stderr == f"ref {told['ref']}\n"
    (report,) = (await shell.json("status", "--ref", told["ref"], "--to", DELIVERED, account="smsc"))[
        "reports"
    ]
    assert report["state"] in {"accepted", "sent", "delivered"}


async def test_a_lost_answer_in_words_says_not_to_repeat_it(shell: Shell) -> None:
    shell.stands["smsc"].faults.add("send", kind="http_502_html")
    result = await shell("send", *TYPED["send"], account="smsc", as_json=False)
    assert result.exit_code == 1
    ref = result.stderr.splitlines()[0].removeprefix("ref ")
    assert "It may have been done. Do not repeat it before you have looked" in result.stderr
    assert f"status --ref {ref} --to NUMBER" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("kind", ["devino_rest", "devino_soap"])
async def test_where_the_reference_is_not_kept_nobody_is_told_to_ask_by_it(shell: Shell, kind: str) -> None:
    shell.stands[kind].faults.add("*send*", kind="accept_then_reset")
    result = await shell("send", *TYPED["send"], account=kind, as_json=False)
    assert result.exit_code == 1
    assert len(shell.stands[kind].journal.accepted) == 1
    assert "the list of messages on the gateway's site" in result.stderr
    assert "status" not in result.stderr


@pytest.mark.parametrize("operation", ["job-add", "sender-add", "template-add"])
async def test_a_change_whose_answer_is_lost_may_have_been_made(shell: Shell, operation: str) -> None:
    for as_json in (False, True):
        shell.stands["smsc"].faults.add(kind="accept_then_reset")
        result = await shell(operation, *TYPED[operation], account="smsc", as_json=as_json)
        assert result.exit_code == 1
        if as_json:
            assert json.loads(result.stdout)["error"]["kind"] == "outcome_unknown"
        else:
            look = operation.removesuffix("-add") + "s"
            assert f"It may have been done. Do not repeat it before you have looked: {look}" in result.stderr


async def test_a_mistake_of_ours_after_the_wire_is_a_doubt(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = smsc.Gateway.submit

    async def spoilt(self: smsc.Gateway, submission: Submission) -> Receipt:
        await submit(self, submission)
        raise KeyError("bug")

    monkeypatch.setattr(smsc.Gateway, "submit", spoilt)
    result = await shell("send", *TYPED["send"], account="smsc")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["error"]["kind"], told["error"]["reason"]) == (
        1,
        "outcome_unknown",
        "KeyError",
    )
    (sent,) = shell.stands["smsc"].journal.accepted
    assert told["ref"] == sent.ref
    assert f"ref {sent.ref}" in result.stderr


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_seen_to_be_wrong_has_no_reference_and_leaves_nothing(shell: Shell, kind: str) -> None:
    many = [f"--to=+7903{number:07}" for number in range(KINDS[kind].capabilities.batch_max + 1)]
    for words in (
        [*TYPED["send"], "--at", "2020-01-01T00:00"],
        ["--to", ANSWERED, "--text", ""],
        [*many, "--text", "x"],
        [*TYPED["send"], "--validity", "49h"],
        [*TYPED["send"], "--from", "much too long"],
    ):
        result = await shell("send", *words, account=kind)
        assert (result.exit_code, result.stderr) == (1, "")
        assert json.loads(result.stdout)["error"]["kind"] == "usage"
    assert shell.stands[kind].requests == []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_wrong_password_is_told_and_not_shown(shell: Shell, kind: str) -> None:
    wrong = "not-the-password-7"
    shell.config.write_text(shell.config.read_text("utf-8").replace(PASSWORD, wrong), "utf-8")
    for as_json in (True, False):
        result = await shell("balance", account=kind, as_json=as_json)
        assert result.exit_code == 1
        assert ("auth_failed" in result.stdout) == as_json
        assert ("password" in result.stderr) != as_json
        assert wrong not in result.output
        assert TOKEN not in result.output


async def test_a_gateway_that_is_not_there_is_told(shell: Shell) -> None:
    await shell.stands["smsc"].stop()
    assert (await shell.refusal("balance", account="smsc"))["kind"] == "not_reached"


async def test_what_a_gateway_cannot_is_told_before_mistakes_in_what_is_typed(shell: Shell) -> None:
    for kind, *words in (
        ("devino_rest", "cancel"),
        ("smsc", "cancel"),
        ("sms_pager", "forget"),
        ("devino_soap", "cancel", "--check"),
        ("devino_rest", "quote"),
        ("devino_rest", "senders"),
    ):
        result = await shell(*words, account=kind, as_json=False)
        assert result.exit_code == 1
        assert result.stderr.startswith("✖ the gateway has no such thing; nobody was asked\n")
        assert f"{kind} has no {words[0]}; capabilities shows what it has" in result.stderr
        assert shell.stands[kind].requests == []


async def test_what_a_gateway_says_nothing_of_has_no_state(shell: Shell) -> None:
    async def rows(*words: str, account: str) -> list[Json]:
        told = await shell.json("status", *words, "--to", ANSWERED, account=account)
        return [{key: one[key] for key in ("msisdn", "state", "raw", "ref")} for one in told["reports"]]

    await shell.json("send", *TYPED["send"], "--ref", "r1", account="sms_pager")
    typed = ("--ref", "r1", "--to", "+79031234567")
    assert await rows(*typed, account="sms_pager") == [
        {"msisdn": "79031234567", "state": None, "raw": "", "ref": "r1"},
        {"msisdn": NUMBER, "state": "delivered", "raw": "delivered", "ref": "r1"},
    ]
    (unknown,) = await rows("--id", "77", account="smsc")
    assert (unknown["msisdn"], unknown["state"], unknown["ref"]) == (NUMBER, None, None)


async def test_a_message_whose_report_cannot_be_read_is_in_the_answer(shell: Shell) -> None:
    sent = await shell.json("send", *TYPED["send"], account="devino_rest")
    ids = [f"--id={one}" for one in sent["receipt"]["verdicts"][0]["gateway_ids"]]
    shell.stands["devino_rest"].faults.add("*State*", kind="http_502_html")
    told = await shell.json("status", *ids, "--id=1", "--to", ANSWERED, account="devino_rest")
    (report,) = told["reports"]
    assert (report["msisdn"], report["state"], report["raw"]) == (NUMBER, None, "")


@pytest.mark.parametrize("kind", ["devino_rest", "devino_soap"])
async def test_where_the_reference_is_not_kept_the_gateways_id_is_needed(shell: Shell, kind: str) -> None:
    error = await shell.refusal("status", "--ref", "r1", "--to", ANSWERED, account=kind)
    assert (error["kind"], "--id is missing" in error["reason"]) == ("usage", True)
    assert shell.stands[kind].requests == []


@pytest.mark.parametrize(("operation", "told"), [("balance", "interrupted"), ("send", "outcome_unknown")])
async def test_an_interrupted_call_answers_in_json(shell: Shell, operation: str, told: str) -> None:
    stand = shell.stands["smsc"]
    stand.faults.add(kind="hang")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "gateway", operation, *TYPED[operation], "--json"),
        *("--config", str(shell.config), "--account", "smsc"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await stand.wait_for(lambda: bool(stand.requests), timeout=30)
        process.send_signal(signal.SIGINT)
        stdout, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert (process.returncode, json.loads(stdout)["error"]["kind"]) == (1, told)


# What a gateway tells by itself.


async def test_a_gateway_that_is_given_the_whole_address_signs_what_it_tells(shell: Shell) -> None:
    text = shell.config.read_text("utf-8").replace('listen = ""', 'listen = "127.0.0.1:0"')
    text = text.replace('name = "smsc"\n', 'name = "smsc"\npush_secret = "s3cret"\n')
    shell.config.write_text(text, "utf-8")
    smsc = shell.world.smsc
    async with working(load(shell.config)) as desk:
        push = await shell.json("push", account="smsc")
        assert push["url"] == f"https://desk.example.com{push['path']}"
        smsc.push_secret = "s3cret"
        smsc.push_to = f"http://127.0.0.1:{desk.web_port}{push['path']}"
        smsc.receive("79031234567", "Когда закрываетесь?")
        assert await smsc.push_pending() == 1
        smsc.push_to = smsc.push_to.partition("?")[0]
        smsc.receive("79031234567", "Ау")
        assert await smsc.push_pending() == 0  # unsigned


# Accounts that a chat has connected.


async def test_an_account_of_a_chat_is_used_while_the_bot_runs(world: Stands, shell: Shell) -> None:
    shell.config.write_text(shell.config.read_text("utf-8").partition("[[accounts]]")[0], "utf-8")
    text = shell.config.read_text("utf-8") + f'[gateways.smsc]\nurl = "{world.smsc.url}"\n'
    shell.config.write_text(text, "utf-8")
    async with working(load(shell.config)):
        await world.connect("smsc")
        for name in ("smsc", "smsc/1"):
            assert (await shell.json("balance", account=name))["amount"] == str(world.smsc.balance)
        push = await shell.json("push", account="smsc")
        assert push["url"] == f"https://desk.example.com{push['path']}"
        assert push["path"].endswith("?charset=utf-8")
        assert push["path"].startswith("/push/1/")
    assert (await shell.json("balance", account="smsc"))["amount"] == str(world.smsc.balance)
