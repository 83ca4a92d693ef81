"""what chats want to hear of their accounts, their quiet hours and digests; channels; balances of the past"""

import sqlalchemy as sa
from alembic import op

import storage.db

revision = "0040"
down_revision = "0030"


def upgrade() -> None:
    op.add_column("chats", sa.Column("channel", sa.Boolean(), server_default=sa.false(), nullable=False))
    _balances()
    _watches()
    op.create_table(
        "rhythms",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_to", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_rhythms")),
    )
    op.create_table(
        "digests",
        sa.Column("home_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=128), nullable=False),
        sa.Column("weekly", sa.Boolean(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("next_at", storage.db.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("home_id", name=op.f("pk_digests")),
    )
    op.create_index("ix_digests_next_at", "digests", ["next_at"])
    op.create_index(
        "ix_outbox_held",
        "outbox",
        ["due_at"],
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )


def _balances() -> None:
    op.create_table(
        "balance_history",
        sa.Column("id", storage.db.Id, nullable=False),
        sa.Column("account_id", storage.db.Id, nullable=False),
        sa.Column("amount", storage.db.Money(length=40), nullable=False),
        sa.Column("at", storage.db.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_balance_history_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balance_history")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_balance_history_account_id_at", "balance_history", ["account_id", "at"])
    op.create_table(
        "probes",
        sa.Column("account_id", storage.db.Id, nullable=False),
        sa.Column("at", storage.db.Utc(timezone=True), nullable=False),
        sa.Column("trouble", sa.String(length=32), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("since", storage.db.Utc(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_probes_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_probes")),
    )


def _watches() -> None:
    op.create_table(
        "watches",
        sa.Column("id", storage.db.Id, nullable=False),
        sa.Column("account_id", storage.db.Id, nullable=False),
        sa.Column("home_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=128), nullable=False),
        sa.Column("below", storage.db.Money(length=40), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_watches_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watches")),
        sa.UniqueConstraint("account_id", "home_id", name=op.f("uq_watches_account_id_home_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_watches_home_id", "watches", ["home_id"])
    op.create_table(
        "alarms",
        sa.Column("watch_id", storage.db.Id, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("amount", storage.db.Money(length=40), nullable=True),
        sa.Column("snoozed_until", storage.db.Utc(timezone=True), nullable=True),
        sa.Column("notice_id", storage.db.Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watches.id"], name=op.f("fk_alarms_watch_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("watch_id", "kind", name=op.f("pk_alarms")),
    )
