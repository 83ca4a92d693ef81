"""doubts as rows of their own, with their evidence; what was uncertain before becomes a doubt"""

import sqlalchemy as sa
from alembic import op

import storage.db

revision = "0010"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("accepted", sa.Integer(), nullable=True))
    op.add_column(
        "attempt_messages",
        sa.Column("in_doubt", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "doubts",
        sa.Column("attempt_id", storage.db.Id, autoincrement=False, nullable=False),
        sa.Column("campaign_id", storage.db.Id, nullable=False),
        sa.Column("account_id", storage.db.Id, nullable=False),
        sa.Column("opened_at", storage.db.Utc(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked_at", storage.db.Utc(timezone=True), nullable=True),
        sa.Column("check_at", storage.db.Utc(timezone=True), nullable=True),
        sa.Column("told_at", storage.db.Utc(timezone=True), nullable=True),
        sa.Column("remind_at", storage.db.Utc(timezone=True), nullable=True),
        sa.Column("notice_id", storage.db.Id, nullable=True),
        sa.Column("closed_at", storage.db.Utc(timezone=True), nullable=True),
        sa.Column("decision", sa.String(length=16), nullable=True),
        sa.Column("decided_by", sa.String(length=128), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_doubts_attempt_id")),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_doubts")),
    )
    for column in ("check", "remind"):
        op.create_index(
            f"ix_doubts_{column}",
            "doubts",
            [f"{column}_at"],
            sqlite_where=sa.text(f"{column}_at IS NOT NULL"),
            postgresql_where=sa.text(f"{column}_at IS NOT NULL"),
        )
    op.create_index("ix_doubts_campaign_id", "doubts", ["campaign_id"])
    op.create_table(
        "evidence",
        sa.Column("id", storage.db.Id, nullable=False),
        sa.Column("attempt_id", storage.db.Id, nullable=False),
        sa.Column("message_id", storage.db.Id, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("says", sa.String(length=64), nullable=False),
        sa.Column("positive", sa.Boolean(), nullable=True),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("at", storage.db.Utc(timezone=True), nullable=False),
        sa.Column("last_at", storage.db.Utc(timezone=True), nullable=False),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["doubts.attempt_id"], name=op.f("fk_evidence_attempt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint(
            "attempt_id",
            "message_id",
            "source",
            "says",
            "settled",
            name=op.f("uq_evidence_attempt_id_message_id_source_says_settled"),
        ),
        sqlite_autoincrement=True,
    )
    _make_doubts_of_what_is_uncertain()


def _make_doubts_of_what_is_uncertain() -> None:
    """They are asked about as before, and their cards shown, by whoever takes doubts up at the start."""
    op.execute(
        """UPDATE attempt_messages SET in_doubt = true
        WHERE live AND message_id IN (SELECT id FROM messages WHERE state = 'uncertain')"""
    )
    op.execute(
        """INSERT INTO doubts (attempt_id, campaign_id, account_id, opened_at, version, check_at, remind_at)
        SELECT id, campaign_id, account_id, coalesce(ended_at, started_at), 1, coalesce(ended_at, started_at),
            coalesce(ended_at, started_at)
        FROM attempts WHERE id IN (SELECT attempt_id FROM attempt_messages WHERE in_doubt)"""
    )
    op.execute("UPDATE messages SET check_at = NULL WHERE state = 'uncertain'")
