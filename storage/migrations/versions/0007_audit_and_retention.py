"""the audit and what keeps it; what is left of numbers that are forgotten"""

import sqlalchemy as sa
from alembic import op

import storage.db

revision = "0007"
down_revision = "0006"

# Retention moves the beginning of the chain first, under a seal that only we can make.
TRIGGERS = {
    "sqlite": (
        """CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is never changed'); END""",
        """CREATE TRIGGER audit_is_never_cut BEFORE DELETE ON audit
        WHEN OLD.id > coalesce((SELECT entry_id FROM audit_ends WHERE name = 'begin'), 0)
        BEGIN SELECT RAISE(ABORT, 'the audit is never cut'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION audit_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the audit is never changed' USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
        """CREATE FUNCTION audit_is_never_cut() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'TRUNCATE' OR OLD.id >
                coalesce((SELECT entry_id FROM audit_ends WHERE name = 'begin'), 0)
            THEN RAISE EXCEPTION 'the audit is never cut' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN OLD;
        END $$""",
        """CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
        FOR EACH ROW EXECUTE FUNCTION audit_never_changes()""",
        """CREATE TRIGGER audit_is_never_cut BEFORE DELETE ON audit
        FOR EACH ROW EXECUTE FUNCTION audit_is_never_cut()""",
        """CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION audit_is_never_cut()""",
    ),
}


def upgrade() -> None:
    op.add_column("inbound", sa.Column("number_hash", sa.String(length=32), nullable=True))
    op.add_column("campaigns", sa.Column("purged_at", storage.db.Utc(timezone=True), nullable=True))
    op.add_column("messages", sa.Column("number_hash", sa.String(length=32), nullable=True))
    op.add_column("messages", sa.Column("forget", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_messages_forget",
        "messages",
        ["id"],
        sqlite_where=sa.text("forget"),
        postgresql_where=sa.text("forget"),
    )
    op.create_table(
        "hash_keys",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_hash_keys")),
    )
    op.create_table(
        "audit",
        sa.Column("id", storage.db.Id, autoincrement=False, nullable=False),
        sa.Column("at", storage.db.Utc(timezone=True), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("person", sa.String(length=128), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("campaign_id", storage.db.Id, nullable=True),
        sa.Column("account_id", storage.db.Id, nullable=True),
        sa.Column("other_id", sa.BigInteger(), nullable=True),
        sa.Column("number_hash", sa.String(length=32), nullable=True),
        sa.Column("number_mask", sa.String(length=32), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_campaign_id", "audit", ["campaign_id"])
    op.create_table(
        "audit_ends",
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.Column("entry_id", storage.db.Id, nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_audit_ends")),
    )
    for trigger in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(trigger)
