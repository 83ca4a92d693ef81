"""conversations with customers: cards, claims, inboxes read at gateways, stop-lists"""

import sqlalchemy as sa
from alembic import op

import storage.db

revision = "0030"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "inboxes",
        sa.Column("account_id", storage.db.Id, autoincrement=False, nullable=False),
        sa.Column("begun_at", storage.db.Utc(timezone=True), nullable=False),
        sa.Column("read_until", storage.db.Utc(timezone=True), nullable=False),
        sa.Column("far_at", storage.db.Utc(timezone=True), nullable=False),
        sa.Column("due_at", storage.db.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_inboxes_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_inboxes")),
    )
    op.create_table(
        "conversations",
        sa.Column("id", storage.db.Id, nullable=False),
        sa.Column("account_id", storage.db.Id, nullable=False),
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=True),
        sa.Column("waiting_since", storage.db.Utc(timezone=True), nullable=True),
        sa.Column("done", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("claimed_by", sa.BigInteger(), nullable=True),
        sa.Column("claimer", sa.String(length=128), nullable=True),
        sa.Column("remind_at", storage.db.Utc(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_conversations_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("account_id", "msisdn", name=op.f("uq_conversations_account_id_msisdn")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_conversations_waiting_since", "conversations", ["waiting_since"])
    op.create_index("ix_conversations_remind_at", "conversations", ["remind_at"])
    op.create_table(
        "conversation_cards",
        sa.Column("notice_id", storage.db.Id, autoincrement=False, nullable=False),
        sa.Column("conversation_id", storage.db.Id, nullable=False),
        sa.Column("inbound_id", storage.db.Id, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("at", storage.db.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_conversation_cards_conversation_id")
        ),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_conversation_cards")),
    )
    op.create_index("ix_conversation_cards_chat_id", "conversation_cards", ["chat_id", "message_id"])
    op.create_index("ix_conversation_cards_conversation_id", "conversation_cards", ["conversation_id"])
    op.create_table(
        "topics",
        sa.Column("conversation_id", storage.db.Id, autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("due_at", storage.db.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_topics_conversation_id")
        ),
        sa.PrimaryKeyConstraint("conversation_id", "chat_id", name=op.f("pk_topics")),
    )
    op.create_index("ix_topics_chat_id_thread_id", "topics", ["chat_id", "thread_id"])
    op.create_index(
        "ix_topics_stale",
        "topics",
        ["chat_id", "due_at"],
        sqlite_where=sa.text("wanted > shown AND thread_id IS NOT NULL"),
        postgresql_where=sa.text("wanted > shown AND thread_id IS NOT NULL"),
    )
    op.create_table(
        "stops",
        sa.Column("account_id", storage.db.Id, autoincrement=False, nullable=False),
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("at", storage.db.Utc(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_stops_account_id")),
        sa.PrimaryKeyConstraint("account_id", "msisdn", name=op.f("pk_stops")),
    )
    op.create_table(
        "chat_settings",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("confirm_answers", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("topics", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("rights_told_at", storage.db.Utc(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_chat_settings")),
    )
    op.add_column("inbound", sa.Column("conversation_id", storage.db.Id, nullable=True))
    op.create_index("ix_inbound_conversation_id", "inbound", ["conversation_id", "id"])
    op.add_column("cards", sa.Column("reacts", sa.Boolean(), server_default=sa.false(), nullable=False))
    # Incoming SMS go before alerts now; what waits keeps its place.
    op.execute("UPDATE outbox SET priority = priority + 1 WHERE priority > 0")
    # What waits to be told has its SMS in it; from now on a notice has a row that leads to it.
    op.execute(
        "UPDATE outbox SET kind = 'inbound-text' WHERE kind = 'inbound' AND state IN ('pending', 'sending')"
    )
