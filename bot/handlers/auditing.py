"""/audit: who did what. /forget: what is known of one number goes."""

from datetime import timedelta

from telegram import Update

from providers.sms import BadNumber, mask, parse_msisdn
from storage import audit, chats, drafts, names, outbox, people, retention, sealed
from storage.audit import Wanted
from storage.drafts import Button
from storage.outbox import Priority

from .. import auditing
from ..auditing import Names, Unreadable
from ..keyboards import Key, Screen
from ..turn import Effect, Turn

AROUND = " \t\r\n,;.<>[]{}()\"'«»"  # what comes along when a number is copied out of a text
GOOD_FOR = timedelta(hours=1)  # of the buttons under a page


async def command(update: Update, turn: Turn) -> None:
    """`/audit [#12] [by=Anna] [did=confirm] [30d]`; the gate keeps it out of groups, as it tells of all."""
    wanted = auditing.read(turn.argument, turn.zone, turn.services.clock())
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
        older = await effect.button("audit-older", {**asked, "below": entries[-1].id}, good_for=GOOD_FOR)
    if entries:
        table = await effect.button("audit-table", asked, good_for=GOOD_FOR)
    listed = {one.id: one.name for one in await people.every(effect.tx)}
    places = [*await chats.every(effect.tx), *await chats.posted_in(effect.tx)]
    called = Names(
        people={**await names.every(effect.tx), **listed},
        groups={one.id: one.title for one in places},
    )
    await effect.say(auditing.page(effect.turn.words, entries, called, older=older, table=table))


async def older(effect: Effect, button: Button) -> str:
    """The next page."""
    await _show(effect, auditing.from_json(button.subject), below=int(button.subject["below"]))
    return ""


async def table(effect: Effect, button: Button) -> str:
    """All that was asked for as a file. It is made when it is sent: the outbox holds the question only."""
    turn = effect.turn
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
    typed = turn.argument.strip(AROUND)
    if not typed:
        await turn.answer(Screen(html=words("forget-which")))
        return
    try:
        msisdn = parse_msisdn(typed, region=turn.services.rules.region)
    except BadNumber:
        await turn.answer(Screen(html=words("forget-usage")))
        return
    async with turn.effect() as effect:
        found = await retention.traces(effect.tx, msisdn)
        token = drafts.new_token()
        subject = turn.services.vault.seal(sealed.button_owner(token), {"msisdn": msisdn})
        await drafts.add_button(
            effect.tx,
            action="forget",
            chat_id=turn.chat.id,
            person_id=turn.person.id,
            subject={"sealed": subject},
            expires_at=effect.now + turn.services.settings.limits.card_expiry,
            token=token,
        )
        html = words(
            "forget-offer",
            number=mask(msisdn),
            count=found.ended,
            waiting=found.under_way,
            total=found.inbound,
            contacts=found.contacts,
        )
        keep = await effect.button("keep-number", {"instead_of": token})
        keys = (
            Key(label=words.plain("button-forget"), token=token),
            Key(label=words.plain("button-keep-number"), token=keep),
        )
        await effect.say(Screen(html=html, rows=(keys,)))


async def keep_number(effect: Effect, button: Button) -> str:
    """✖: nothing is forgotten, and ✅ no longer works."""
    words = effect.turn.words
    if not await drafts.use(effect.tx, str(button.subject["instead_of"]), effect.now):
        return words.plain("toast-gone")
    effect.replace_pressed(words("forget-kept"))
    return words.plain("forget-kept")


async def forget_confirmed(effect: Effect, button: Button) -> str:
    """✅: the number goes; what is under way goes at its end."""
    turn, words = effect.turn, effect.turn.words
    msisdn = turn.services.vault.open(sealed.button_owner(button.token), button.subject["sealed"])["msisdn"]
    gone = await retention.forget_number(effect.tx, msisdn, turn.services.vault, effect.now)
    evidence = {
        "messages": gone.ended,
        "under_way": gone.under_way,
        "inbound": gone.inbound,
        "contacts": gone.contacts,
    }
    effect.record("forget", number=msisdn, evidence=evidence)
    said = words(
        "forgotten", number=mask(msisdn), count=gone.ended, waiting=gone.under_way, total=gone.inbound
    )
    await effect.say(Screen(html=said))
    effect.after.append(turn.services.database.settle)
    return ""
