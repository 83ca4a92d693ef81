"""audiences; texts of single messages; what may be paused, and what was sent again"""

import sqlalchemy as sa
from alembic import op

import storage.db

revision = "0020"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "audiences",
        sa.Column("id", storage.db.Id, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("file_id", sa.String(length=256), nullable=True),
        sa.Column("again_of", storage.db.Id, nullable=True),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("fills", sa.Integer(), server_default="0", nullable=False),
        sa.Column("columns", sa.JSON(), nullable=True),
        sa.Column("reading", sa.JSON(), nullable=True),
        sa.Column("request", sa.JSON(), nullable=True),
        sa.Column("survey", sa.JSON(), nullable=True),
        sa.Column("expires_at", storage.db.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audiences")),
        sqlite_autoincrement=True,
    )
    waiting = sa.text("state IN ('to-read', 'to-fill')")
    op.create_index("ix_audiences_to_do", "audiences", ["id"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "recipients",
        sa.Column("audience_id", storage.db.Id, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("msisdn", sa.String(length=15), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("segments", sa.Integer(), nullable=True),
        sa.Column("send_at", storage.db.Utc(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["audience_id"], ["audiences.id"], name=op.f("fk_recipients_audience_id")),
        sa.PrimaryKeyConstraint("audience_id", "place", name=op.f("pk_recipients")),
    )
    op.create_index("ix_recipients_msisdn", "recipients", ["msisdn"])
    op.create_table(
        "dropped",
        sa.Column("audience_id", storage.db.Id, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["audience_id"], ["audiences.id"], name=op.f("fk_dropped_audience_id")),
        sa.PrimaryKeyConstraint("audience_id", "place", name=op.f("pk_dropped")),
    )
    op.add_column("messages", sa.Column("text", sa.Text(), nullable=True))
    op.add_column("campaigns", sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("campaigns", sa.Column("people", sa.String(length=64), nullable=True))
    op.add_column("campaigns", sa.Column("again_of", storage.db.Id, nullable=True))
    op.add_column("cards", sa.Column("tokens", sa.JSON(), nullable=True))
