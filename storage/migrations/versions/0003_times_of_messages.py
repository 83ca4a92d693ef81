"""messages that leave by their recipient's clock; counts of a chat by day"""

import sqlalchemy as sa
from alembic import op

import storage.db

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # Not in batches: those may copy a table, and lose its AUTOINCREMENT and its partial indexes.
    op.add_column("messages", sa.Column("send_at", storage.db.Utc(timezone=True), nullable=True))
    op.add_column("messages", sa.Column("not_after", storage.db.Utc(timezone=True), nullable=True))
    op.add_column("messages", sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_campaigns_chat_id_created_at", "campaigns", ["chat_id", "created_at"])
