"""kinds of messages, what gateways push, what they say of money, entries of the reason dictionary"""

import sqlalchemy as sa
from alembic import op

import storage.db

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Not in batches: those may copy a table, and lose its AUTOINCREMENT and its partial indexes.
    op.add_column("accounts", sa.Column("push_token", sa.String(length=64), nullable=True))
    op.add_column("campaigns", sa.Column("kind", sa.String(length=16), server_default="sms", nullable=False))
    op.add_column(
        "campaigns",
        sa.Column("by_recipient_time", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("messages", sa.Column("entry", sa.String(length=64), nullable=True))
    op.add_column("messages", sa.Column("note", sa.Text(), nullable=True))
    op.create_index("ix_attempts_gateway_id", "attempts", ["gateway_id"])
    op.create_index(
        "ix_attempts_on_the_wire",
        "attempts",
        ["account_id"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "balances",
        sa.Column("account_id", storage.db.Id, nullable=False),
        sa.Column("amount", storage.db.Money(length=40), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("credit", storage.db.Money(length=40), nullable=True),
        sa.Column("at", storage.db.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_balances_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_balances")),
    )
    op.create_table(
        "pushes",
        sa.Column("id", storage.db.Id, nullable=False),
        sa.Column("account_id", storage.db.Id, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="new", nullable=False),
        sa.Column("received_at", storage.db.Utc(timezone=True), nullable=False),
        sa.Column("due_at", storage.db.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_pushes_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushes")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_pushes_new",
        "pushes",
        ["due_at"],
        sqlite_where=sa.text("state = 'new'"),
        postgresql_where=sa.text("state = 'new'"),
    )
    op.create_table(
        "inbound",
        sa.Column("id", storage.db.Id, nullable=False),
        sa.Column("account_id", storage.db.Id, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("msisdn", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", storage.db.Utc(timezone=True), nullable=False),
        sa.Column("received_at", storage.db.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_inbound_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sa.UniqueConstraint("account_id", "key", name=op.f("uq_inbound_account_id_key")),
        sqlite_autoincrement=True,
    )
