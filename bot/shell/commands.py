"""The operations, one command each: what is typed in, a gateway's method or face, what is answered.

A function here is a command of the same name. It returns a value of `providers`, or an object that names what
it holds; `output` makes JSON or text of it.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import click

from desk.submit import new_ref
from providers.errors import OutcomeUnknown
from providers.faces import (
    Counts,
    Forgets,
    History,
    Inbox,
    Jobs,
    Prices,
    Pushes,
    Recallable,
    SenderIds,
    Statistics,
    Templates,
    face,
    faces,
)
from providers.model import Balance, Capabilities, Quote, Submission

from .answer import Call, Doubt, operation
from .inputs import asking, period, read_period, read_refs, read_submission, sending
from .lookup import push_path

Answer = Mapping[str, object]
DONE: Answer = {"done": True}

# Which face of a gateway an operation needs. What each gateway has, it may still be unable to do.
FACE = {
    "inbox": "inbox",
    "stats": "statistics",
    **dict.fromkeys(
        ("senders", "sender-add", "sender-change", "sender-code", "sender-confirm", "sender-delete"),
        "senders",
    ),
    "history": "history",
    "forget": "forget",
    **dict.fromkeys(("templates", "template-add", "template-change", "template-delete"), "templates"),
    **dict.fromkeys(("jobs", "job", "job-add", "job-pause", "job-delete"), "jobs"),
    "prices": "prices",
    "push": "push",
}
CORE: Mapping[str, Callable[[Capabilities], bool]] = {
    "quote": lambda can: can.quote,
    "cancel": lambda can: can.cancel,
}


@click.group()
def gateway() -> None:
    """One operation at one gateway: exit code 0, or 1 and why.

    Passwords are never typed here: an account is one of the configuration, or one that a chat has connected.
    """


@operation(gateway)
async def balance(call: Call) -> Balance:
    """What money the account has."""
    return await call.gateway.balance()


@operation(gateway)
@sending
@click.option("--ref", help="Your own reference, never used before; else a fresh one.")
async def send(call: Call, ref: str | None, **given: Any) -> Answer:
    """Send. This costs money.

    The reference is on the error output before anything leaves, so that a lost answer can be looked up.
    """
    submission = _submission(call, ref or new_ref(), given)
    click.echo(f"ref {submission.ref}", err=True)
    try:
        return {"ref": submission.ref, "receipt": await call.gateway.submit(submission)}
    except OutcomeUnknown as error:
        raise Doubt(submission.ref, error) from None
    except asyncio.CancelledError:
        raise Doubt(submission.ref, None) from None


@operation(gateway)
@sending
async def quote(call: Call, **given: Any) -> Quote:
    """What the gateway would charge; sends nothing."""
    return await call.gateway.quote(_submission(call, new_ref(), given))


@operation(gateway)
@asking
async def status(call: Call, **given: Any) -> Answer:
    """What became of messages. One that the gateway says nothing of is missing."""
    return {"reports": await call.gateway.reports(read_refs(given, region=call.region))}


@operation(gateway)
@asking
@click.option("--check", is_flag=True, help="Only count how many could be called back now.")
async def cancel(call: Call, check: bool, **given: Any) -> Answer:
    """Call messages back. How many is null where the gateway does not count."""
    refs = read_refs(given, region=call.region)
    if check:
        return {"recallable": await face(call.gateway, Recallable).recallable(refs)}
    return {"cancelled": await call.gateway.cancel(refs)}


@operation(gateway)
@period("1d")
async def inbox(call: Call, **given: Any) -> Answer:
    """What handsets sent in, oldest first."""
    since, until = read_period(given, now=call.now, zone=call.zone)
    return {"inbox": await face(call.gateway, Inbox).inbox(since or call.now, until or call.now)}


@operation(gateway)
@period("7d")
async def stats(call: Call, **given: Any) -> Statistics:
    """Counts for a period."""
    since, until = read_period(given, now=call.now, zone=call.zone)
    return await face(call.gateway, Counts).statistics(since or call.now, until or call.now)


@operation(gateway)
@click.option("--operators", is_flag=True, help="Also where each stands at each operator.")
async def senders(call: Call, operators: bool) -> Answer:
    """The sender IDs with their status."""
    return {"senders": await face(call.gateway, SenderIds).senders(operators=operators)}


@operation(gateway)
@click.argument("name")
@click.option("--comment", required=True, help="What it is for; people at the gateway read it.")
async def sender_add(call: Call, name: str, comment: str) -> Answer:
    """Apply for a sender ID."""
    return {"id": await face(call.gateway, SenderIds).add_sender(name, comment)}


@operation(gateway)
@click.argument("name")
@click.option("--comment", required=True, help="What it is for; people at the gateway read it.")
async def sender_change(call: Call, name: str, comment: str) -> Answer:
    """Change what is said of a sender ID."""
    await face(call.gateway, SenderIds).change_sender(name, comment)
    return DONE


@operation(gateway)
@click.argument("name")
async def sender_code(call: Call, name: str) -> Answer:
    """Have a code sent to a number that is to become a sender ID."""
    await face(call.gateway, SenderIds).send_sender_code(name)
    return DONE


@operation(gateway)
@click.argument("name")
@click.argument("code")
async def sender_confirm(call: Call, name: str, code: str) -> Answer:
    """Confirm that number by the code."""
    await face(call.gateway, SenderIds).confirm_sender(name, code)
    return DONE


@operation(gateway)
@click.argument("name")
async def sender_delete(call: Call, name: str) -> Answer:
    """Delete a sender ID."""
    await face(call.gateway, SenderIds).delete_sender(name)
    return DONE


@operation(gateway)
@period("1d")
async def history(call: Call, **given: Any) -> Answer:
    """What the gateway has kept of messages or sendings."""
    since, until = read_period(given, now=call.now, zone=call.zone)
    return {"history": await face(call.gateway, History).history(since or call.now, until or call.now)}


@operation(gateway)
@asking
async def forget(call: Call, **given: Any) -> Answer:
    """Delete messages from the gateway's history."""
    await face(call.gateway, Forgets).forget(read_refs(given, region=call.region))
    return DONE


@operation(gateway)
async def templates(call: Call) -> Answer:
    """The texts that the gateway keeps."""
    return {"templates": await face(call.gateway, Templates).templates()}


@operation(gateway)
@click.argument("name")
@click.argument("text")
async def template_add(call: Call, name: str, text: str) -> Answer:
    """Keep a text there."""
    return {"id": await face(call.gateway, Templates).add_template(name, text)}


@operation(gateway)
@click.argument("template_id", metavar="ID")
@click.argument("name")
@click.argument("text")
async def template_change(call: Call, template_id: str, name: str, text: str) -> Answer:
    """Change a text kept there."""
    await face(call.gateway, Templates).change_template(template_id, name, text)
    return DONE


@operation(gateway)
@click.argument("template_id", metavar="ID")
async def template_delete(call: Call, template_id: str) -> Answer:
    """Delete a text kept there."""
    await face(call.gateway, Templates).delete_template(template_id)
    return DONE


@operation(gateway)
@period(None)
async def jobs(call: Call, **given: Any) -> Answer:
    """The campaigns that the gateway itself keeps."""
    since, until = read_period(given, now=call.now, zone=call.zone)
    return {"jobs": await face(call.gateway, Jobs).jobs(since, until)}


@operation(gateway)
@click.argument("job_id", metavar="ID")
async def job(call: Call, job_id: str) -> object:
    """One of these campaigns."""
    return await face(call.gateway, Jobs).job(job_id)


@operation(gateway)
@click.argument("name")
@sending
async def job_add(call: Call, name: str, **given: Any) -> Answer:
    """Create a campaign there. This sends and costs money."""
    job_id, cost = await face(call.gateway, Jobs).add_job(name, _submission(call, new_ref(), given))
    return {"id": job_id, "cost": cost}


@operation(gateway)
@click.argument("job_id", metavar="ID")
async def job_pause(call: Call, job_id: str) -> Answer:
    """Pause one of these campaigns."""
    await face(call.gateway, Jobs).pause_job(job_id)
    return DONE


@operation(gateway)
@click.argument("job_id", metavar="ID")
async def job_delete(call: Call, job_id: str) -> Answer:
    """Delete one of these campaigns."""
    await face(call.gateway, Jobs).delete_job(job_id)
    return DONE


@operation(gateway)
async def prices(call: Call) -> Answer:
    """What the gateway charges, by zone."""
    return {"prices": await face(call.gateway, Prices).prices()}


@operation(gateway)
async def push(call: Call) -> Answer:
    """The address to give to the gateway, so that it tells states and incoming SMS by itself.

    It ends in a secret. `url` is null until web.url says where the world reaches the bot.
    """
    face(call.gateway, Pushes)
    path = await push_path(call.settings, call.account.name)
    base = call.settings.web.url
    return {"url": None if base is None else base + path, "path": path}


@operation(gateway)
async def capabilities(call: Call) -> Answer:
    """What the gateway can do; asks nobody."""
    return {
        "gateway": call.gateway.kind,
        "faces": faces(type(call.gateway)),
        "capabilities": call.gateway.capabilities,
    }


def _submission(call: Call, ref: str, given: dict[str, Any]) -> Submission:
    return read_submission(ref, given, sender_id=call.account.sender_id, region=call.region, zone=call.zone)
