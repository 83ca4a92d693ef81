"""What SMSC says no with. A number means another thing in each script (sheet section 11).

Texts seen on the wire are kept to the letter; those never seen are in the same style.
"""

from sandbox.faults import Refusal


class SmscError(Exception):
    """`number` and English text as seen on the wire; `message_id` where send.php had given one already."""

    def __init__(self, number: int, text: str, message_id: str | None = None) -> None:
        super().__init__(f"{number} {text}")
        self.number = number
        self.text = text
        self.message_id = message_id


Said = tuple[int, str]

# Every script.
BAD_PARAMETERS: Said = (1, "parameters error")
WRONG_PASSWORD: Said = (2, "authorise error")
IP_BLOCKED: Said = (4, "ip is blocked")
REPEATED: Said = (9, "duplicate request, wait a minute")
TOO_MANY_AT_ONCE: Said = (9, "too many concurrent requests")

# send.php; the bad date also jobs.php.
NO_MONEY: Said = (3, "no money")
BAD_DATE: Said = (5, "wrong date format")
DENIED: Said = (6, "message is denied")
BAD_NUMBER: Said = (7, "invalid number")  # senders.php too
UNDELIVERABLE: Said = (8, "can't to deliver")  # sic; senders.php too, of a code

# status.php, jobs.php, get.php, templates.php
NOT_DELETED: Said = (5, "delete error")
JOB_NOT_SAVED: Said = (3, "record is not saved")
NOTHING_FOUND: Said = (3, "messages not found")
NO_TEMPLATE: Said = (3, "record not found")
TEMPLATE_NOT_SAVED: Said = (5, "save error")

# senders.php (seed 003)
NO_SENDER: Said = (3, "sender not found")
SENDER_NOT_SAVED: Said = (5, "save error")
CODE_ALREADY_SENT: Said = (10, "code is already sent")
WRONG_CODE: Said = (11, "wrong code")

REFUSALS: dict[Refusal, Said] = {
    "auth": WRONG_PASSWORD,
    "no_money": NO_MONEY,
    "blocked": IP_BLOCKED,
    "throttle": TOO_MANY_AT_ONCE,
}
