"""a balance is no longer true once something was sent"""

import sqlalchemy as sa
from alembic import op

import storage.db

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("balances", sa.Column("spent_at", storage.db.Utc(timezone=True), nullable=True))
