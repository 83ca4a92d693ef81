"""The face to people: the only room that knows Telegram."""

import os

# python-telegram-bot gives the time to wait after a 429 as a number, with a warning, or as a timedelta.
os.environ.setdefault("PTB_TIMEDELTA", "true")
