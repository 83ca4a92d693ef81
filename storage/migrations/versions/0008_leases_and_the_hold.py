"""leases and their fences; what tells a database from a copy of it, and holds it"""

import sqlalchemy as sa
from alembic import op

import storage.db

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("commits", sa.BigInteger(), nullable=False),
        sa.Column("until", storage.db.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "instance",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("copied", sa.Boolean(), nullable=False),
        sa.Column("held", sa.String(length=16), nullable=True),
        sa.Column("held_at", storage.db.Utc(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
    )
