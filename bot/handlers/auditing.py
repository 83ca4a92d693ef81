"""/audit: who did what. /forget: what is known of one number goes."""

from datetime import timedelta
from typing import Any

from telegram import Update

from providers.sms import BadNumber, mask, parse_msisdn
from storage import audit, drafts, outbox, retention, sealed
from storage.audit import Wanted
from storage.drafts import Button
from storage.outbox import Priority

from .. import auditing
from ..auditing import Unreadable
from ..keyboards import Key, Screen
from ..turn import Effect, Turn

GOOD_FOR = timedelta(hours=1)  # of the buttons under a page


async def command(update: Update, turn: Turn) -> None:
    """`/audit [#12] [by=Anna] [did=confirm] [30d]`; the gate keeps it out of groups, as it tells of all."""
    wanted = auditing.read(turn.argument, turn.services.zone, turn.services.clock())
    if isinstance(wanted, Unreadable):
        known = ", ".join(auditing.ACTIONS)
        await turn.answer(Screen(html=turn.words("audit-usage", typed=wanted.typed[:40], known=known)))
        return
    async with turn.effect() as effect:
        await _show(effect, wanted, below=None)


async def _show(effect: Effect, wanted: Wanted, below: int | None) -> None:
    """A page and its buttons."""
    found = await audit.find(effect.tx, wanted, limit=auditing.PAGE + 1, below=below)
    entries = found[: auditing.PAGE]
    asked = auditing.as_json(wanted)
    older = table = None
    if len(found) > len(entries):
        older = await _button(effect, "audit-older", {**asked, "below": entries[-1].id})
    if entries:
        table = await _button(effect, "audit-table", asked)
    await effect.say(auditing.page(effect.turn.words, entries, older=older, table=table))


async def _button(effect: Effect, action: str, subject: dict[str, Any]) -> str:
    turn = effect.turn
    return await drafts.add_button(
        effect.tx,
        action=action,
        chat_id=turn.chat.id,
        person_id=turn.person.id,
        subject=subject,
        expires_at=effect.now + GOOD_FOR,
    )


async def older(effect: Effect, button: Button, token: str) -> str:
    """The next page."""
    if button.expires_at <= effect.now or not await drafts.use(effect.tx, token, effect.now):
        return effect.turn.words.plain("toast-gone")
    await _show(effect, auditing.from_json(button.subject), below=int(button.subject["below"]))
    return ""


async def table(effect: Effect, button: Button, token: str) -> str:
    """All that was asked for as a file. It is made when it is sent: the outbox holds the question only."""
    turn = effect.turn
    if button.expires_at <= effect.now or not await drafts.use(effect.tx, token, effect.now):
        return turn.words.plain("toast-gone")
    effect.record("audit-export")
    await outbox.say(
        effect.tx,
        chat_id=turn.chat.id,
        thread_id=turn.place.thread_id,
        kind="audit",
        content=dict(button.subject),
        language=turn.words.language,
        priority=Priority.ANSWER,
        now=effect.now,
    )
    return ""


async def forget(update: Update, turn: Turn) -> None:
    """`/forget +79031234567`: says what there is, and waits for ✅."""
    words = turn.words
    try:
        msisdn = parse_msisdn(turn.argument, region=turn.services.rules.region)
    except BadNumber:
        await turn.answer(Screen(html=words("forget-usage")))
        return
    async with turn.effect() as effect:
        found = await retention.traces(effect.tx, msisdn)
        subject = turn.services.vault.seal(sealed.button_owner(turn.chat.id), {"msisdn": msisdn})
        token = await drafts.add_button(
            effect.tx,
            action="forget",
            chat_id=turn.chat.id,
            person_id=turn.person.id,
            subject={"sealed": subject},
            expires_at=effect.now + turn.services.settings.limits.card_expiry,
        )
        html = words(
            "forget-offer",
            number=mask(msisdn),
            count=found.ended,
            waiting=found.under_way,
            total=found.inbound,
        )
        await effect.say(Screen(html=html, rows=((Key(label=words.plain("button-forget"), token=token),),)))


async def forget_confirmed(effect: Effect, button: Button, token: str) -> str:
    """✅: the number goes; what is under way goes at its end."""
    turn, words = effect.turn, effect.turn.words
    if button.expires_at <= effect.now or not await drafts.discard(effect.tx, token):
        return words.plain("toast-gone")
    msisdn = turn.services.vault.open(sealed.button_owner(button.chat_id), button.subject["sealed"])["msisdn"]
    gone = await retention.forget_number(effect.tx, msisdn, turn.services.vault, effect.now)
    evidence = {"messages": gone.ended, "under_way": gone.under_way, "inbound": gone.inbound}
    effect.record("forget", number=msisdn, evidence=evidence)
    said = words(
        "forgotten", number=mask(msisdn), count=gone.ended, waiting=gone.under_way, total=gone.inbound
    )
    await effect.say(Screen(html=said))
    effect.after.append(turn.services.database.settle)
    return ""
