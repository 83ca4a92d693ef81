"""`smsdesk gateway`: every operation at every gateway over HTTP, and what goes wrong on the way."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main
from bot.config import load
from bot.shell import gateway as group
from bot.shell.commands import CORE, FACE
from bot.shell.output import to_json
from bot.shell.samples import SAMPLES
from providers.faces import faces
from providers.gateways import KINDS
from providers.model import Kind
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


def can(kind: str, operation: str) -> bool:
    """Whether a gateway says of itself that it has this operation."""
    made = KINDS[kind]
    if operation in CORE:
        return CORE[operation](made.capabilities)
    return operation not in FACE or FACE[operation] in faces(made.gateway)  # type: ignore[arg-type]


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
            "reason": None,
        }
        assert shell.stands[kind].requests == []
        return
    typed = await prepared(shell, operation, kind)
    answer = await shell.json(operation, *typed, account=kind)
    sample = to_json(SAMPLES[operation])
    assert isinstance(sample, dict)
    assert answer.keys() == sample.keys()
    assert operation == "capabilities" or operation == "push" or shell.stands[kind].requests


async def prepared(shell: Shell, operation: str, kind: str) -> list[str]:
    """What is typed, once what it is about is there."""
    found: dict[str, str] = {}
    words = " ".join(TYPED[operation])
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
    assert "may have been sent" in result.stderr
    assert f"ask by ref {ref}" in result.stderr
    assert result.stdout == ""


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
        assert push["path"].startswith("/push/1/")
    assert (await shell.json("balance", account="smsc"))["amount"] == str(world.smsc.balance)
