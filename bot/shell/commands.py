"""The operations, one command each: what is typed in, a gateway's method or face, what is answered.

A function here is a command of the same name. It returns a value of `providers`, or an object that names what
it holds; `output` makes JSON or text of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import click

from desk.submit import new_ref
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
from providers.model import Balance, MessageRef, Quote, Report, Submission

from .answer import Call, Operations, operation
from .checks import check
from .failures import changing
from .inputs import asking, period, read_period, read_refs, read_submission, sending
from .lookup import push_path
from .output import clean

Answer = Mapping[str, object]
DONE: Answer = {"done": True}


@click.group(cls=Operations, no_args_is_help=False)
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
    """Send, which costs money.

    The reference is on the error output before anything leaves, so that a lost answer can be looked up.
    """
    submission = _submission(call, ref or new_ref(), given)
    click.echo(f"ref {clean(submission.ref)}", err=True)
    with changing(_where_told(call, submission.ref), ref=submission.ref):
        return {"ref": submission.ref, "receipt": await call.gateway.submit(submission)}


def _where_told(call: Call, ref: str) -> str:
    """Where can be seen whether a submission was taken, if its answer is lost."""
    if call.gateway.capabilities.lookup_by_ref:
        return f"status --ref {ref} --to NUMBER"
    return "the list of messages on the gateway's site, for it cannot be asked by our reference"


@operation(gateway)
@sending
async def quote(call: Call, **given: Any) -> Quote:
    """What the gateway would charge; sends nothing."""
    return await call.gateway.quote(_submission(call, new_ref(), given))


@operation(gateway)
@asking
async def status(call: Call, **given: Any) -> Answer:
    """What became of messages. `state` is null for one that the gateway says nothing of.

    Devino knows messages by `--id` alone.
    """
    refs = read_refs(given, region=call.region)
    if not given["ids"] and not call.gateway.capabilities.lookup_by_ref:
        raise click.UsageError("--id is missing: this gateway knows messages by its own ids alone")
    told = await call.gateway.reports(refs)
    return {"reports": [replace(one, ref=one.ref or None) for one in [*told, *_silent(refs, told)]]}


def _silent(refs: Sequence[MessageRef], told: Sequence[Report]) -> list[Report]:
    """What stands for the messages of which nothing was said, or nothing that could be read."""
    heard = {one.msisdn for one in told}
    return [
        Report(msisdn=one.msisdn, ref=one.ref, state=None, raw="") for one in refs if one.msisdn not in heard
    ]


@operation(gateway)
@asking
@click.option("--check", is_flag=True, help="Only count how many could be called back now.")
async def cancel(call: Call, check: bool, **given: Any) -> Answer:
    """Call messages back. How many is null where the gateway does not count.

    With `--check` the answer is `{"recallable": 1}` and nothing is called back.
    """
    there = face(call.gateway, Recallable) if check else None
    refs = read_refs(given, region=call.region)
    if there is not None:
        return {"recallable": await there.recallable(refs)}
    with changing("status"):
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
    with changing("senders"):
        return {"id": await face(call.gateway, SenderIds).add_sender(name, comment)}


@operation(gateway)
@click.argument("name")
@click.option("--comment", required=True, help="What it is for; people at the gateway read it.")
async def sender_change(call: Call, name: str, comment: str) -> Answer:
    """Change what is said of a sender ID."""
    with changing("senders"):
        await face(call.gateway, SenderIds).change_sender(name, comment)
    return DONE


@operation(gateway)
@click.argument("name")
async def sender_code(call: Call, name: str) -> Answer:
    """Have a code sent to a number that is to become a sender ID."""
    with changing("the telephone, for the code"):
        await face(call.gateway, SenderIds).send_sender_code(name)
    return DONE


@operation(gateway)
@click.argument("name")
@click.argument("code")
async def sender_confirm(call: Call, name: str, code: str) -> Answer:
    """Confirm that number by the code."""
    with changing("senders"):
        await face(call.gateway, SenderIds).confirm_sender(name, code)
    return DONE


@operation(gateway)
@click.argument("name")
async def sender_delete(call: Call, name: str) -> Answer:
    """Delete a sender ID."""
    with changing("senders"):
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
    refs = read_refs(given, region=call.region)
    with changing("history"):
        await face(call.gateway, Forgets).forget(refs)
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
    with changing("templates"):
        return {"id": await face(call.gateway, Templates).add_template(name, text)}


@operation(gateway)
@click.argument("template_id", metavar="ID")
@click.argument("name")
@click.argument("text")
async def template_change(call: Call, template_id: str, name: str, text: str) -> Answer:
    """Change a text kept there."""
    with changing("templates"):
        await face(call.gateway, Templates).change_template(template_id, name, text)
    return DONE


@operation(gateway)
@click.argument("template_id", metavar="ID")
async def template_delete(call: Call, template_id: str) -> Answer:
    """Delete a text kept there."""
    with changing("templates"):
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
    """Create a campaign there, which sends and costs money."""
    there, submission = face(call.gateway, Jobs), _submission(call, new_ref(), given)
    with changing("jobs"):
        job_id, cost = await there.add_job(name, submission)
    return {"id": job_id, "cost": cost}


@operation(gateway)
@click.argument("job_id", metavar="ID")
async def job_pause(call: Call, job_id: str) -> Answer:
    """Pause one of these campaigns."""
    with changing("jobs"):
        await face(call.gateway, Jobs).pause_job(job_id)
    return DONE


@operation(gateway)
@click.argument("job_id", metavar="ID")
async def job_delete(call: Call, job_id: str) -> Answer:
    """Delete one of these campaigns."""
    with changing("jobs"):
        await face(call.gateway, Jobs).delete_job(job_id)
    return DONE


@operation(gateway)
async def prices(call: Call) -> Answer:
    """What the gateway charges, by zone."""
    return {"prices": await face(call.gateway, Prices).prices()}


@operation(gateway)
async def push(call: Call) -> Answer:
    """The address to give to the gateway, so that it tells states and incoming SMS by itself.

    It has a secret in it, and a query that says how the gateway is to call: enter all of it. `url` is null
    until web.url says where the world reaches the bot.
    """
    query = face(call.gateway, Pushes).push_query()
    path = f"{await push_path(call.settings, call.account.name)}?{query}"
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
    submission = read_submission(
        ref, given, sender_id=call.account.sender_id, region=call.region, zone=call.zone
    )
    check(submission, call.gateway.capabilities, now=call.now)
    return submission
