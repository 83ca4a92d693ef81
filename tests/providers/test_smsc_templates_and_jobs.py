"""SMSC: texts and campaigns that it keeps itself."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from providers.errors import OutcomeUnknown, RequestRefused, Throttled, Unsupported
from providers.faces import Job, Jobs, Template, Templates, face
from providers.gateways.smsc import jobs, templates
from providers.model import Gateway, Kind, Sms, Submission
from tests.providers.contract import Case, Raises, reply, run
from tests.providers.smsc.samples import (
    CONFIG,
    ONE,
    PAIR,
    REF,
    TWO,
    Call,
    answer,
    build,
    error,
    form,
    submission,
)

DONE = ('{\n"result": "OK"\n}', "OK", "OK\r\n")
NOT_DONE = {
    "nothing": reply(""),
    "no": answer({"result": "NO"}),
    "an id": answer({"id": 1}),
    "text": reply("NO"),
}


TEMPLATE_COMMANDS: dict[str, tuple[Call, tuple[str, ...]]] = {
    "chg": (
        lambda gateway: face(gateway, Templates).change_template("7", "Ready", "It is ready"),
        ("chg=1", "id=7", "name=Ready", "msg=It+is+ready"),
    ),
    "del": (lambda gateway: face(gateway, Templates).delete_template("7"), ("del=1", "id=7")),
}


def listed(gateway: Gateway) -> Awaitable[object]:
    return face(gateway, Templates).templates()


TEMPLATES = [
    Case(
        name="templates, with the text under either name",
        call=listed,
        wire=[
            answer(
                [
                    {"id": 7, "name": "Ready", "message": "Заказ готов"},
                    {"id": "8", "name": None, "msg": "Later", "format": "sms"},
                    {"name": "no id"},
                ]
            )
        ],
        expect=[Template(id="7", name="Ready", text="Заказ готов"), Template(id="8", name="", text="Later")],
        operations=("templates.get",),
        sent=(("templates.php", "get=1"),),
    ),
    Case(
        name="a template added",
        call=lambda gateway: face(gateway, Templates).add_template("Ready", "It is & ready"),
        wire=[answer({"id": 7})],
        expect="7",
        operations=("templates.add",),
        sent=(("add=1", "name=Ready", "msg=It+is+%26+ready"),),
    ),
    Case(
        name="a template added without an id",
        call=lambda gateway: face(gateway, Templates).add_template("Ready", "It is ready"),
        wire=[answer({"name": "Ready"})],
        expect=Raises(error=OutcomeUnknown),
    ),
    *(
        Case(
            name=f"template {command}: {said!r}",
            call=call,
            wire=[reply(said)],
            expect=None,
            operations=(f"templates.{command}",),
            sent=(asked,),
        )
        for command, (call, asked) in TEMPLATE_COMMANDS.items()
        for said in DONE
    ),
    *(
        Case(name=f"template {command}: {why}", call=call, wire=[said], expect=Raises(error=OutcomeUnknown))
        for command, (call, _) in TEMPLATE_COMMANDS.items()
        for why, said in NOT_DONE.items()
    ),
    Case(
        name="no such template",
        call=TEMPLATE_COMMANDS["del"][0],
        wire=[error(3, "not found")],
        expect=Raises(error=RequestRefused, code="3", entry="smsc-templates-3"),
    ),
]

JOB_COMMANDS: dict[str, tuple[Call, tuple[str, ...]]] = {
    "cancel": (lambda gateway: face(gateway, Jobs).pause_job("1234567"), ("cancel=1", "id=1234567")),
    "del": (lambda gateway: face(gateway, Jobs).delete_job("1234567"), ("del=1", "id=1234567")),
}


def add(gateway: Gateway) -> Awaitable[object]:
    return face(gateway, Jobs).add_job("Orders", submission(ONE, TWO, text="Ready"))


SHOWN = {"id": 1234567, "name": "Заказы", "cnt": 2, "cost": 5.00, "active": True, "list": [1], "end": None}
SHOWN_JOB = Job(id="1234567", details={"name": "Заказы", "cnt": "2", "cost": "5.0"})
JOBS = [
    Case(
        name="a campaign created, with its price",
        call=add,
        wire=[answer({"id": 1234567, "cost": "5.00"})],
        expect=("1234567", Decimal("5.00")),
        operations=("jobs.add",),
        sent=(("jobs.php", "add=1", "name=Orders", "cost=1", f"phones=%2B{ONE}%2C%2B{TWO}", "mes=Ready"),),
        unsent=(REF,),
    ),
    Case(name="a campaign created, price unsaid", call=add, wire=[answer({"id": "9"})], expect=("9", None)),
    *(
        Case(name=f"created? {why}", call=add, wire=[said], expect=Raises(error=OutcomeUnknown))
        for why, said in NOT_DONE.items()
        if why != "an id"
    ),
    Case(
        name="texts, sender, time, validity, kind and options go along",
        call=lambda gateway: face(gateway, Jobs).add_job(
            "Orders",
            Submission(
                ref=REF,
                sms=(Sms(msisdn=ONE, text="a"), Sms(msisdn=TWO, text="b")),
                sender_id="ACME",
                send_at=datetime(2026, 5, 1, 9, tzinfo=UTC),
                validity=timedelta(hours=1),
                kind=Kind.VIBER,
                options=(("translit", "1"),),
            ),
        ),
        wire=[answer({"id": 1})],
        expect=("1", None),
        sent=(("list=", "sender=ACME", "time=01777626000", "valid=01%3A00", "viber=1", "translit=1"),),
    ),
    Case(
        name="by the recipient's time: nothing leaves",
        call=lambda gateway: face(gateway, Jobs).add_job(
            "Orders", replace(submission(ONE), by_recipient_time=True)
        ),
        wire=[],
        expect=Raises(error=Unsupported),
    ),
    Case(
        name="not saved for now",
        call=add,
        wire=[error(3, "not saved")],
        expect=Raises(error=Throttled, code="3", entry="smsc-jobs-3"),
    ),
    Case(
        name="all campaigns, in whatever words",
        call=lambda gateway: face(gateway, Jobs).jobs(),
        wire=[answer([SHOWN, {"name": "no id"}, 5])],
        expect=[SHOWN_JOB],
        operations=("jobs.get_all",),
        sent=(("get_all=1",),),
        unsent=("start=", "end="),
    ),
    Case(
        name="campaigns of a period",
        call=lambda gateway: face(gateway, Jobs).jobs(
            datetime(2026, 4, 30, 21, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
        ),
        wire=[answer([])],
        expect=[],
        sent=(("start=01.05.2026", "end=02.05.2026"),),
    ),
    *(
        Case(
            name=f"one campaign as {why}",
            call=lambda gateway: face(gateway, Jobs).job("1234567"),
            wire=[said],
            expect=SHOWN_JOB,
            operations=("jobs.get",),
            sent=(("get=1", "id=1234567"),),
        )
        for why, said in {
            "an object": answer(SHOWN),
            "a list": answer([SHOWN]),
            "an object without its id": answer({key: value for key, value in SHOWN.items() if key != "id"}),
        }.items()
    ),
    *(
        Case(
            name=f"one campaign: {why}",
            call=lambda gateway: face(gateway, Jobs).job("1234567"),
            wire=[said],
            expect=Raises(error=OutcomeUnknown),
        )
        for why, said in {
            "two": answer([SHOWN, SHOWN]),
            "none": answer([]),
            "nothing": reply(""),
            "an empty object": answer({}),
        }.items()
    ),
    *(
        Case(
            name=f"campaign {command}: {said!r}",
            call=call,
            wire=[reply(said)],
            expect=None,
            operations=(f"jobs.{command}",),
            sent=(asked,),
        )
        for command, (call, asked) in JOB_COMMANDS.items()
        for said in DONE
    ),
    *(
        Case(name=f"campaign {command}: {why}", call=call, wire=[said], expect=Raises(error=OutcomeUnknown))
        for command, (call, _) in JOB_COMMANDS.items()
        for why, said in NOT_DONE.items()
    ),
]


@pytest.mark.parametrize("case", [*TEMPLATES, *JOBS], ids=lambda case: case.name)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


def test_a_campaign_is_a_submission() -> None:
    request = jobs.build_add(CONFIG, "Orders", submission(ONE, text="Ready"))
    pace = request.pace
    assert pace is not None

    assert request.submits
    assert (pace.most, pace.period) == (1, timedelta(seconds=61))
    assert form(request) == {
        **PAIR, "add": "1", "name": "Orders", "cost": "1", "phones": f"+{ONE}", "mes": "Ready",
    }  # fmt: skip


def test_what_must_not_be_repeated_within_a_minute() -> None:
    one, other = jobs.build_delete(CONFIG, "1").pace, jobs.build_delete(CONFIG, "2").pace
    listing = templates.build_templates(CONFIG).pace
    assert listing is not None

    assert one is not None
    assert other is not None
    assert listing is not None
    assert one.key != other.key
    assert (one.most, listing.most) == (1, 3)
