"""contacts, their groups, saved texts; lists that become contacts"""

import sqlalchemy as sa
from alembic import op

import storage.db

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    _create_named("templates", sa.Column("text", sa.Text(), nullable=False))
    _create_named("contact_groups")
    op.create_table(
        "contacts",
        sa.Column("id", storage.db.Id, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("msisdn", sa.String(length=15), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("saved_at", storage.db.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("chat_id", "msisdn", name=op.f("uq_contacts_chat_id_msisdn")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_contacts_chat_id_folded", "contacts", ["chat_id", "folded", "id"])
    op.create_index("ix_contacts_msisdn", "contacts", ["msisdn"])
    op.create_table(
        "contact_group_members",
        sa.Column("group_id", storage.db.Id, nullable=False),
        sa.Column("contact_id", storage.db.Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["contact_groups.id"],
            name=op.f("fk_contact_group_members_group_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_contact_group_members_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "contact_id", name=op.f("pk_contact_group_members")),
    )
    op.create_index("ix_contact_group_members_contact_id", "contact_group_members", ["contact_id"])
    op.add_column(
        "audiences", sa.Column("purpose", sa.String(length=16), server_default="send", nullable=False)
    )


def _create_named(table: str, *more: sa.Column[str]) -> None:
    """A table of things that a chat calls by a name, each once."""
    op.create_table(
        table,
        sa.Column("id", storage.db.Id, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        *more,
        sa.Column("saved_by", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", storage.db.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("chat_id", "folded", name=op.f(f"uq_{table}_chat_id_folded")),
        sqlite_autoincrement=True,
    )
