"""The tables. Migrations make them; a test holds the two together.

Times are UTC, money is decimal text, states are the words of `providers.model.MessageState`. A text has a
length only where it is ours: PostgreSQL refuses what is longer, and nothing a gateway says may be refused.
"""

from typing import Any

import sqlalchemy as sa

from .db import Id, Money, Utc

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _where(condition: str) -> dict[str, Any]:
    """Of a partial index: each database has its own name for the same thing."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


# What Telegram sent us, stored before it is acknowledged. A redelivered update meets its own row.
updates = sa.Table(
    "updates",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("lane", sa.BigInteger, nullable=False),  # within which order is kept: a chat, or its presses
    sa.Column("sealed", sa.Text, nullable=False),  # encrypted: it may hold a password; emptied when handled
    sa.Column("state", sa.String(16), nullable=False, server_default="new"),  # new, handled, failed
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("incident", sa.String(16)),
    sa.Index("ix_updates_new", "id", **_where("state = 'new'")),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("gateway", sa.String(32), nullable=False),
    sa.Column("sender_id", sa.Text),
    sa.Column("login_tail", sa.String(2), nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),  # login and password, encrypted, with the id inside
    sa.Column("stopped", sa.String(32)),  # kind of the error that stopped it; null = active
    sa.Column("push_token", sa.String(64)),  # of the address its gateway calls; null = it does not call
    sa.Column("provisioned", sa.Boolean, nullable=False),  # from the configuration file
    sa.Column("created_by", sa.BigInteger),
    sa.Column("created_at", Utc, nullable=False),
    sqlite_autoincrement=True,
)

account_chats = sa.Table(
    "account_chats",
    metadata,
    sa.Column("account_id", sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("chat_id", sa.BigInteger, primary_key=True),
    sa.Index("ix_account_chats_chat_id", "chat_id"),
)

# What a gateway last said of an account's money, and when it was asked.
balances = sa.Table(
    "balances",
    metadata,
    sa.Column("account_id", sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("amount", Money, nullable=False),
    sa.Column("currency", sa.Text),
    sa.Column("credit", Money),
    sa.Column("at", Utc, nullable=False),
    sa.Column("spent_at", Utc),  # when something was last sent: what was told before that is no longer true
)

# What it said before, as often as it changed, and no more than once an hour while it did not.
balance_history = sa.Table(
    "balance_history",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("amount", Money, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Index("ix_balance_history_account_id_at", "account_id", "at"),
    sqlite_autoincrement=True,
)

# How a gateway answered when it was last asked for the money of an account somebody watches.
probes = sa.Table(
    "probes",
    metadata,
    sa.Column("account_id", sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("trouble", sa.String(32)),  # kind of the error; null = it answered
    sa.Column("code", sa.Text),
    sa.Column("since", Utc),  # there has been trouble of this sort since then
    sa.Column("tries", sa.Integer, nullable=False),  # that came to it
)

# What a chat wants to hear of one of its accounts, and where. Neither threshold: only of trouble.
watches = sa.Table(
    "watches",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("home_id", sa.BigInteger, nullable=False),  # the chat that uses the account and asked for it
    sa.Column("chat_id", sa.BigInteger, nullable=False),  # where it is told: perhaps a channel
    sa.Column("thread_id", sa.BigInteger, nullable=False),
    sa.Column("title", sa.String(128), nullable=False),  # of that chat, to name it when it is gone
    sa.Column("below", Money),
    sa.Column("days", sa.Integer),
    sa.Column("language", sa.String(8), nullable=False),
    sa.UniqueConstraint("account_id", "home_id"),
    sa.Index("ix_watches_home_id", "home_id"),
    sqlite_autoincrement=True,
)

# A trouble that was told and is not over.
alarms = sa.Table(
    "alarms",
    metadata,
    sa.Column("watch_id", sa.ForeignKey("watches.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),  # balance, outage, refused, queue
    sa.Column("level", sa.Integer, nullable=False),  # it is told again only at a higher one
    sa.Column("amount", Money),  # the lowest balance since it was told
    sa.Column("snoozed_until", Utc),  # a person asked to be told again then
    sa.Column("notice_id", Id, nullable=False),  # that shows its card
)

# When a chat wants its peace, by its own clock: minutes of the day.
rhythms = sa.Table(
    "rhythms",
    metadata,
    sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("zone", sa.String(64), nullable=False),
    sa.Column("quiet_from", sa.Integer),  # null: never
    sa.Column("quiet_to", sa.Integer),
)

# The figures of a chat, told once a day or a week.
digests = sa.Table(
    "digests",
    metadata,
    sa.Column("home_id", sa.BigInteger, primary_key=True, autoincrement=False),  # whose figures they are
    sa.Column("chat_id", sa.BigInteger, nullable=False),  # where they are told
    sa.Column("thread_id", sa.BigInteger, nullable=False),
    sa.Column("title", sa.String(128), nullable=False),  # of that chat, to name it when it is gone
    sa.Column("weekly", sa.Boolean, nullable=False),
    sa.Column("minute", sa.Integer, nullable=False),  # of the day, by the clock of the chat whose figures
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("next_at", Utc, nullable=False),
    sa.Index("ix_digests_next_at", "next_at"),
)

# What a gateway told in a call of its own, stored before it is answered.
pushes = sa.Table(
    "pushes",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),  # the call, encrypted; emptied when handled
    sa.Column("state", sa.String(16), nullable=False, server_default="new"),  # new, handled, failed
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("due_at", Utc, nullable=False),  # a report may come before its receipt: then it is tried again
    sa.Index("ix_pushes_new", "due_at", **_where("state = 'new'")),
    sqlite_autoincrement=True,
)

# SMS from handsets (MO). The key is the gateway's, so what is told twice is stored once.
inbound = sa.Table(
    "inbound",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("msisdn", sa.Text, nullable=False),
    sa.Column("to", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("number_hash", sa.String(32)),  # stands for the number once that is forgotten
    sa.Column("conversation_id", Id),  # null: from before there were any
    sa.UniqueConstraint("account_id", "key"),
    sa.Index("ix_inbound_conversation_id", "conversation_id", "id"),
    sqlite_autoincrement=True,
)

# How far each account's inbox at its gateway has been read.
inboxes = sa.Table(
    "inboxes",
    metadata,
    sa.Column("account_id", sa.ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    sa.Column("begun_at", Utc, nullable=False),  # what came before that is nobody's concern
    sa.Column("read_until", Utc, nullable=False),  # the gateway told all that it then knew
    sa.Column("far_at", Utc, nullable=False),  # when it was last looked far back, for what came late
    sa.Column("due_at", Utc, nullable=False),
)

# What one account and one number have to say to each other. Waiting: the customer wrote last.
conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("msisdn", sa.Text, nullable=False),
    sa.Column("name", sa.String(64)),  # what people call the customer
    sa.Column("waiting_since", Utc),  # null: nobody waits for an answer
    sa.Column("done", sa.Boolean, nullable=False, server_default=sa.false()),  # a person said so
    sa.Column("claimed_by", sa.BigInteger),
    sa.Column("claimer", sa.String(128)),
    sa.Column("remind_at", Utc),
    sa.Column("answer_id", Id),  # the campaign that was the last answer, also from another chat
    sa.UniqueConstraint("account_id", "msisdn"),
    sa.Index("ix_conversations_waiting_since", "waiting_since"),
    sa.Index("ix_conversations_remind_at", "remind_at"),
    sqlite_autoincrement=True,
)

# Which message of a chat shows an SMS of a conversation: a reply to that message is an answer to its sender.
conversation_cards = sa.Table(
    "conversation_cards",
    metadata,
    sa.Column("notice_id", Id, primary_key=True, autoincrement=False),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("inbound_id", Id, nullable=False),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("message_id", sa.BigInteger),  # null: not in the chat yet, or the chat has another id since
    sa.Column("at", Utc, nullable=False),
    sa.Index("ix_conversation_cards_chat_id", "chat_id", "message_id"),
    sa.Index("ix_conversation_cards_conversation_id", "conversation_id"),
)

# The forum topic in which a chat has a conversation: what is shown there, and how often more was wanted.
topics = sa.Table(
    "topics",
    metadata,
    sa.Column("conversation_id", sa.ForeignKey("conversations.id"), primary_key=True, autoincrement=False),
    sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("thread_id", sa.BigInteger),  # null: somebody deleted it
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("closed", sa.Boolean, nullable=False),
    sa.Column("wanted", sa.Integer, nullable=False),
    sa.Column("shown", sa.Integer, nullable=False),
    sa.Column("due_at", Utc, nullable=False),
    sa.Index("ix_topics_chat_id_thread_id", "chat_id", "thread_id"),
    sa.Index("ix_topics_stale", "chat_id", "due_at", **_where("wanted > shown AND thread_id IS NOT NULL")),
)

# Numbers that want no more SMS from an account.
stops = sa.Table(
    "stops",
    metadata,
    sa.Column("account_id", sa.ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    sa.Column("msisdn", sa.Text, primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("by", sa.String(128)),  # null: the customer's own word
)

# What a chat wants otherwise than most.
chat_settings = sa.Table(
    "chat_settings",
    metadata,
    sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("confirm_answers", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("topics", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("rights_told_at", Utc),  # when somebody was last told which rights the bot has not
    sa.Column("language", sa.String(8)),  # null: nobody has chosen any
)

# What a person is composing, and what the confirm card offers.
drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("thread_id", sa.BigInteger, nullable=False),
    sa.Column("person_id", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),  # send, connect
    # asking: waits for the next message; offered: a confirm card is out; then confirmed, dismissed,
    # withdrawn, or replaced by another question
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("decided_by", sa.Text),
    sa.Column("campaign_id", Id),
    sa.Index(
        "uq_drafts_asking",
        "chat_id",
        "thread_id",
        "person_id",
        unique=True,
        **_where("state = 'asking'"),
    ),
    sqlite_autoincrement=True,
)

# Who a campaign is to go to, as a file or another campaign told it; forgotten when its draft is.
audiences = sa.Table(
    "audiences",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("thread_id", sa.BigInteger, nullable=False),
    sa.Column("person_id", sa.BigInteger, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("message_id", sa.BigInteger),  # that brought the file
    sa.Column("name", sa.String(128), nullable=False),  # of the file
    sa.Column("file_id", sa.String(256)),  # Telegram's; null = it came from another campaign
    sa.Column("again_of", Id),  # that campaign
    sa.Column("most", sa.Integer, nullable=False),  # how many recipients this person may write to
    # to-read, unsure (a person is asked for a column), ready, to-fill, filled, saved, failed
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("fills", sa.Integer, nullable=False, server_default="0"),  # texts asked for; a card is of one
    sa.Column("columns", sa.JSON(none_as_null=True)),
    sa.Column("reading", sa.JSON(none_as_null=True)),  # what came of the file
    sa.Column("request", sa.JSON(none_as_null=True)),  # options and text, as typed
    sa.Column("survey", sa.JSON(none_as_null=True)),  # what the text comes to
    # send: a campaign is to be made of it; contacts: they are to be saved; stop-list: to be on it
    sa.Column("purpose", sa.String(16), nullable=False, server_default="send"),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Index("ix_audiences_to_do", "id", **_where("state IN ('to-read', 'to-fill')")),
    sqlite_autoincrement=True,
)

# Of an audience, in order: who stays, with what stands in the row, and the text it comes to.
recipients = sa.Table(
    "recipients",
    metadata,
    sa.Column("audience_id", sa.ForeignKey("audiences.id"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("msisdn", sa.String(15), nullable=False),
    sa.Column("values", sa.JSON, nullable=False),
    sa.Column("text", sa.Text),  # null: that of the campaign
    sa.Column("segments", sa.Integer),
    sa.Column("send_at", Utc),  # by this recipient's clock; null: as the campaign
    # on the stop-list of the account that the text was made for: no part of what is offered
    sa.Column("stopped", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("ix_recipients_msisdn", "msisdn"),
)

# And who does not, with the reason.
dropped = sa.Table(
    "dropped",
    metadata,
    sa.Column("audience_id", sa.ForeignKey("audiences.id"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("raw", sa.Text, nullable=False),
    sa.Column("why", sa.String(16), nullable=False),
)

# Texts that a chat keeps, to be sent again; `folded` is the name as it is compared.
templates = sa.Table(
    "templates",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("folded", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("saved_by", sa.BigInteger, nullable=False),
    sa.Column("saved_at", Utc, nullable=False),
    sa.UniqueConstraint("chat_id", "folded"),
    sqlite_autoincrement=True,
)

# Whom the people of a chat write to, and what they are called there.
contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("msisdn", sa.String(15), nullable=False),
    sa.Column("name", sa.Text, nullable=False),  # empty: only the number is known
    sa.Column("folded", sa.Text, nullable=False),
    sa.Column("saved_at", Utc, nullable=False),
    sa.UniqueConstraint("chat_id", "msisdn"),
    sa.Index("ix_contacts_chat_id_folded", "chat_id", "folded", "id"),
    sa.Index("ix_contacts_msisdn", "msisdn"),
    sqlite_autoincrement=True,
)

# Contacts that are written to together: `@name`.
contact_groups = sa.Table(
    "contact_groups",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("folded", sa.Text, nullable=False),
    sa.Column("saved_by", sa.BigInteger, nullable=False),
    sa.Column("saved_at", Utc, nullable=False),
    sa.UniqueConstraint("chat_id", "folded"),
    sqlite_autoincrement=True,
)

contact_group_members = sa.Table(
    "contact_group_members",
    metadata,
    sa.Column("group_id", sa.ForeignKey("contact_groups.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("contact_id", sa.ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
    sa.Index("ix_contact_group_members_contact_id", "contact_id"),
)

# A button or a deep link: a random token that works once, for one person in one chat.
buttons = sa.Table(
    "buttons",
    metadata,
    sa.Column("token", sa.String(32), primary_key=True),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("person_id", sa.BigInteger),  # null: anybody who may act in the chat
    sa.Column("subject", sa.JSON, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("used_at", Utc),
    sa.Column("message_id", sa.BigInteger),  # the message that shows it; null = none yet
)

# Who may do what, by Telegram's numeric ids. The administrators of the configuration stand there, not here.
people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),  # viewer, operator, manager, admin
    sa.Column("added_by", sa.BigInteger, nullable=False),
    sa.Column("via", sa.String(16), nullable=False),  # id, reply, picker, invite
    sa.Column("chat_id", sa.BigInteger),  # the staff group they came through: who leaves it loses the role
    sa.Column("added_at", Utc, nullable=False),
)

# What people with a role are called, also those of the configuration, and which language they read.
names = sa.Table(
    "names",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
)

# Groups and channels the bot works in. A private chat is known by its person.
chats = sa.Table(
    "chats",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("title", sa.String(128), nullable=False),
    sa.Column(
        "channel", sa.Boolean, nullable=False, server_default=sa.false()
    ),  # nobody gives commands there
    sa.Column("added_by", sa.BigInteger, nullable=False),
    sa.Column("added_at", Utc, nullable=False),
)

# One-time links for somebody new. Of the token only a hash is kept.
invites = sa.Table(
    "invites",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("chat_id", sa.BigInteger, nullable=False),  # where it was made and is confirmed
    sa.Column("thread_id", sa.BigInteger, nullable=False),
    sa.Column("inviter", sa.BigInteger, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),  # of the inviter
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("used_at", Utc),
)

campaigns = sa.Table(
    "campaigns",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("thread_id", sa.BigInteger, nullable=False),
    sa.Column("account_id", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("author_id", sa.BigInteger, nullable=False),
    sa.Column("author", sa.String(128), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("sender_id", sa.Text),
    sa.Column("kind", sa.String(16), nullable=False, server_default="sms"),  # of providers.model.Kind
    sa.Column("send_at", Utc),
    # send_at is what the recipient's clock shows, and the gateway sees to that: its digits stand in UTC
    sa.Column("by_recipient_time", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("validity", sa.Integer),  # seconds
    sa.Column("not_after", Utc),  # the validity period is over then, also for what never left
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("cancel_wanted_at", Utc),
    sa.Column("held", sa.String(16)),  # late: missed its time, a person was asked; null = may go
    sa.Column("purged_at", Utc),  # numbers and text are forgotten since
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),  # by a person
    sa.Column("again_of", Id),  # the campaign whose failures it sends to again
    sa.Column("columns", sa.JSON(none_as_null=True)),  # of the file its recipients came from
    # it tells a number on the stop-list that it is there
    sa.Column("past_stops", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("reserved", Money),  # what it was to cost when it was confirmed; null: nobody knew
    sa.Index("ix_campaigns_chat_id_id", "chat_id", "id"),
    sa.Index("ix_campaigns_chat_id_created_at", "chat_id", "created_at"),
    sa.Index("ix_campaigns_created_at", "created_at"),
    sa.Index("ix_campaigns_send_at", "send_at", **_where("send_at IS NOT NULL")),
    sa.Index("ix_campaigns_cancelled", "id", **_where("cancel_wanted_at IS NOT NULL")),
    sqlite_autoincrement=True,
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("account_id", Id, nullable=False),
    sa.Column("msisdn", sa.String(15), nullable=False),
    sa.Column("text", sa.Text),  # null: that of its campaign
    sa.Column("fields", sa.JSON(none_as_null=True)),  # what stood in its row of the file, for the report
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("segments", sa.Integer, nullable=False),
    sa.Column("due_at", Utc, nullable=False),  # queued: not before this
    sa.Column("send_at", Utc),  # by its recipient's clock, the first one possible; null: as its campaign
    sa.Column("latest_at", Utc),  # its recipient's clock has shown it by then for certain; null: nobody knows
    sa.Column("not_after", Utc),  # its validity period is over then; null: as its campaign
    # it missed its own send_at and waits for a person's word
    sa.Column("held", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    # its batch was refused because of some number in it: it goes by itself now
    sa.Column("alone", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("ref", sa.String(40)),  # of the live attempt
    sa.Column("gateway_ids", sa.JSON, nullable=False),
    sa.Column("accepted_at", Utc),
    sa.Column("check_at", Utc),  # accepted, sent, uncertain: ask the gateway then
    sa.Column("checks", sa.Integer, nullable=False, server_default="0"),
    sa.Column("reason", sa.String(32)),
    sa.Column("code", sa.Text),
    sa.Column("raw", sa.Text),
    sa.Column("entry", sa.String(64)),  # of the reason dictionary
    sa.Column("note", sa.Text),  # worth showing beside the state: what an HLR lookup found
    sa.Column("price", Money),
    sa.Column("read", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("number_hash", sa.String(32)),  # stands for the number once that is forgotten
    # a person asked to forget this number while the message was under way: done at its end
    sa.Column("forget", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("campaign_id", "msisdn"),
    sa.Index("ix_messages_queued", "account_id", "due_at", "id", **_where("state = 'queued'")),
    sa.Index("ix_messages_check", "account_id", "check_at", **_where("check_at IS NOT NULL")),
    sa.Index("ix_messages_submitting", "id", **_where("state = 'submitting'")),
    sa.Index("ix_messages_forget", "id", **_where("forget")),
    sqlite_autoincrement=True,
)

# One request on the wire, written down before it leaves.
attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("account_id", Id, nullable=False),
    sa.Column("campaign_id", Id, nullable=False),
    sa.Column("ref", sa.String(40), nullable=False, unique=True),
    # of the lease it left under: what is on the wire under an older one than the account's is lost
    sa.Column("fence", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("started_at", Utc, nullable=False),
    sa.Column("ended_at", Utc),
    sa.Column("outcome", sa.String(32)),  # accepted, counted, not_sent, refused, unknown; null = on the wire
    sa.Column("accepted", sa.Integer),  # how many the gateway took, where it only counts
    sa.Column("gateway_id", sa.Text),
    sa.Column("unmapped_ids", sa.JSON),
    sa.Column("cost", Money),
    sa.Column("raw", sa.Text),
    sa.Column("cancelled_at", Utc),  # the gateway was asked to call it back
    sa.Index("ix_attempts_campaign_id", "campaign_id"),
    sa.Index("ix_attempts_gateway_id", "gateway_id"),
    sa.Index("ix_attempts_on_the_wire", "account_id", **_where("ended_at IS NULL")),
    sqlite_autoincrement=True,
)

attempt_messages = sa.Table(
    "attempt_messages",
    metadata,
    sa.Column("attempt_id", sa.ForeignKey("attempts.id"), primary_key=True),
    sa.Column("message_id", sa.ForeignKey("messages.id"), primary_key=True),
    sa.Column("live", sa.Boolean, nullable=False),
    # it was uncertain after this attempt; stays when that is settled
    sa.Column("in_doubt", sa.Boolean, nullable=False, server_default=sa.false()),
    # The truth about "never twice": while an attempt may have sent a message there can be no other.
    sa.Index("uq_attempt_messages_live", "message_id", unique=True, **_where("live")),
)

# Every change of a state, and every report that asked for one and was not followed.
events = sa.Table(
    "events",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("message_id", sa.ForeignKey("messages.id"), nullable=False),
    sa.Column("at", Utc, nullable=False),
    # submit, late, report, history, push, absence, person, recovery, desk
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("was", sa.String(16), nullable=False),
    sa.Column("told", sa.String(16)),  # null: a word nobody knows
    sa.Column("moved", sa.Boolean, nullable=False),
    sa.Column("code", sa.Text),
    sa.Column("raw", sa.Text),
    sa.Index("ix_events_message_id", "message_id"),
    sqlite_autoincrement=True,
)

# An attempt that left messages uncertain. Whatever is learnt or decided raises its version, and a button that
# decides is good for one version only.
doubts = sa.Table(
    "doubts",
    metadata,
    sa.Column("attempt_id", sa.ForeignKey("attempts.id"), primary_key=True, autoincrement=False),
    sa.Column("campaign_id", Id, nullable=False),
    sa.Column("account_id", Id, nullable=False),
    sa.Column("opened_at", Utc, nullable=False),  # the last moment at which the request may have left
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("asks", sa.Integer, nullable=False, server_default="0"),
    sa.Column("asked_at", Utc),
    sa.Column("check_at", Utc),  # ask the gateway then, also when it is closed: it may have been wrong
    sa.Column("told_at", Utc),  # people were first shown its card
    sa.Column("remind_at", Utc),  # show people its card then
    sa.Column("notice_id", Id),  # that shows its card
    sa.Column("closed_at", Utc),
    sa.Column("decision", sa.String(16)),  # sent, again, given_up: of a person
    sa.Column("decided_by", sa.String(128)),
    sa.Index("ix_doubts_check", "check_at", **_where("check_at IS NOT NULL")),
    sa.Index("ix_doubts_remind", "remind_at", **_where("remind_at IS NOT NULL")),
    sa.Index("ix_doubts_campaign_id", "campaign_id"),
)

# What was learnt of an uncertain message. The same answer once more is counted, not written again.
evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("attempt_id", sa.ForeignKey("doubts.attempt_id"), nullable=False),
    sa.Column("message_id", Id, nullable=False),  # 0: of the attempt as a whole
    sa.Column("source", sa.String(16), nullable=False),  # report, history, push, totals
    sa.Column("says", sa.String(64), nullable=False),  # a state, absent, unknown, or counts as 5/4
    sa.Column("positive", sa.Boolean),  # it was taken, or was not; null: proves neither
    sa.Column("settled", sa.Boolean, nullable=False),  # told after the settle time: only then absence counts
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("last_at", Utc, nullable=False),
    sa.Column("raw", sa.Text),
    sa.UniqueConstraint("attempt_id", "message_id", "source", "says", "settled"),
    sqlite_autoincrement=True,
)

# The chat message that shows a campaign. Level-triggered: edited until shown catches up with wanted.
cards = sa.Table(
    "cards",
    metadata,
    sa.Column("campaign_id", sa.ForeignKey("campaigns.id"), primary_key=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("thread_id", sa.BigInteger, nullable=False),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("cancel_token", sa.String(32), nullable=False),  # its ✖ button
    sa.Column("tokens", sa.JSON(none_as_null=True)),  # of the buttons that a campaign of several has besides
    # message_id is what a person wrote: the state shows as a reaction to it
    sa.Column("reacts", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("wanted", sa.Integer, nullable=False),
    sa.Column("shown", sa.Integer, nullable=False),
    sa.Column("due_at", Utc, nullable=False),
    sa.Index("ix_cards_stale", "due_at", **_where("wanted > shown")),
)

# What is still to be said in a chat. Sending to Telegram is not idempotent, hence the states.
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("thread_id", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("reply_to", sa.BigInteger),
    sa.Column("campaign_id", Id),
    sa.Column("priority", sa.Integer, nullable=False),  # lower goes first
    # promised: kept back while a gateway is asked for a change, and said at the next start if we die of it;
    # held: comes or is summed up at due_at, when the quiet hours of its chat are over
    # pending -> sending -> sent; unknown: it may have been shown, so the repeat says that it is one
    sa.Column("state", sa.String(16), nullable=False, server_default="pending"),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("repeat", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("due_at", Utc, nullable=False),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("meant_for", sa.BigInteger),  # the chat that could not be told, so that this one is
    sa.Index("ix_outbox_open", "priority", "id", **_where("state IN ('pending', 'sending')")),
    sa.Index("ix_outbox_held", "due_at", **_where("state = 'held'")),
    sqlite_autoincrement=True,
)

# Who works for an account ("account:7"), or speaks with Telegram ("face"), and until when.
leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(128)),  # a process; null: given back
    sa.Column("fence", sa.BigInteger, nullable=False),  # how often it has changed hands
    sa.Column("commits", sa.BigInteger, nullable=False),  # how often something was claimed under it
    sa.Column("until", Utc, nullable=False),
)

# One row: which database this is, so that a copy put in its place is known for one.
instance = sa.Table(
    "instance",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("copied", sa.Boolean, nullable=False),  # it was made by `smsdesk backup`
    sa.Column("held", sa.String(16)),  # copied, backwards, silent, failover: nothing is sent; null = all goes
    sa.Column("held_at", Utc),
    # how often people cancelled something or decided a doubt
    sa.Column("decisions", sa.BigInteger, nullable=False, server_default="0"),
)

# Random keys of keyed hashes, sealed: they outlive the keys of the vault.
hash_keys = sa.Table(
    "hash_keys",
    metadata,
    sa.Column("name", sa.String(16), primary_key=True),  # numbers, audit
    sa.Column("sealed", sa.Text, nullable=False),
)

# Who did what to whom, when, from which chat. Triggers of migration 0007 refuse to change it.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("person_id", sa.BigInteger),  # null: whoever sits at the shell
    sa.Column("person", sa.String(128), nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("chat_id", sa.BigInteger),
    sa.Column("campaign_id", Id),
    sa.Column("account_id", Id),
    sa.Column("other_id", sa.BigInteger),  # the person it was done to
    sa.Column("number_hash", sa.String(32)),
    sa.Column("number_mask", sa.String(32)),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("mac", sa.String(64), nullable=False),  # over this row and the mac of the one before
    sa.Index("ix_audit_at", "at"),
    sa.Index("ix_audit_campaign_id", "campaign_id"),
)

# Where the chain of the audit begins and ends, sealed, so that nothing vanishes at its ends.
audit_ends = sa.Table(
    "audit_ends",
    metadata,
    sa.Column("name", sa.String(8), primary_key=True),  # begin: the last entry that is gone; end
    sa.Column("entry_id", Id, nullable=False),
    sa.Column("mac", sa.String(64), nullable=False),
    sa.Column("seal", sa.String(64), nullable=False),
)
