"""What can be seen to be wrong with a submission before a gateway is asked, which may take it and charge."""

from datetime import datetime, timedelta

import click

from providers.errors import Unsupported
from providers.model import Capabilities, KindLimits, Submission
from providers.sms import sender_id_fault

from .output import to_json


def check(submission: Submission, can: Capabilities, *, now: datetime) -> None:
    """Raises click.UsageError, or Unsupported for a kind that this gateway does not carry."""
    limits = can.limits(submission.kind)
    if limits is None:
        raise Unsupported(raw=f"kind {submission.kind}")
    if len(submission.sms) > can.batch_max:
        raise click.UsageError(f"{len(submission.sms)} numbers; the gateway takes {can.batch_max} at once")
    if can.ref_max and len(submission.ref) > can.ref_max:
        raise click.UsageError(f"--ref is longer than the {can.ref_max} characters that the gateway keeps")
    _check_texts(submission, limits)
    _check_sender(submission.sender_id, can)
    if submission.send_at is not None:
        _check_time(submission, submission.send_at, limits, now)
    if submission.validity is not None:
        _check_validity(submission.validity, limits)


def _check_texts(submission: Submission, limits: KindLimits) -> None:
    for one in submission.sms:
        if submission.kind.has_text and not one.text.strip():
            raise click.UsageError(f"the text for {one.msisdn} is empty")
        if not submission.kind.has_text and one.text:
            raise click.UsageError(f"--kind {submission.kind} takes no text")
        if len(one.text) > limits.text_max:
            raise click.UsageError(f"a text has {len(one.text)} characters; the most is {limits.text_max}")


def _check_sender(sender_id: str | None, can: Capabilities) -> None:
    if sender_id is None:
        if can.sender_required:
            raise click.UsageError("--from is missing: the account has no sender ID, and here one is needed")
        return
    latin, digits = can.sender_latin_max, can.sender_digits_max
    if sender_id_fault(sender_id, latin_max=latin, digits_max=digits) is not None:
        raise click.UsageError(
            f"{sender_id!r} is no sender ID: up to {latin} Latin letters and digits, or {digits} digits"
        )


def _check_time(submission: Submission, send_at: datetime, limits: KindLimits, now: datetime) -> None:
    if not limits.send_at:
        raise click.UsageError(f"--kind {submission.kind} takes no --at here")
    if submission.by_recipient_time:
        from desk.wall_clock import span  # it loads the zones of all numbers of the world

        # Past is what may be past for one of them: nothing leaves late or at once by itself.
        wall = send_at.replace(tzinfo=None)
        send_at = min(span(one.msisdn, wall).earliest for one in submission.sms)
    if send_at <= now:
        raise click.UsageError("--at is past")


def _check_validity(validity: timedelta, limits: KindLimits) -> None:
    if limits.validity is None:
        raise click.UsageError("--validity cannot be set here")
    shortest, longest = limits.validity
    if not shortest <= validity <= longest:
        raise click.UsageError(f"--validity is from {to_json(shortest)} to {to_json(longest)} here")
