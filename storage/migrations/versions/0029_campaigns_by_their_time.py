"""campaigns by their time: limits of messages and money look at those of an hour, a day, a month"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.create_index("ix_campaigns_created_at", "campaigns", ["created_at"])
    scheduled = sa.text("send_at IS NOT NULL")
    op.create_index(
        "ix_campaigns_send_at", "campaigns", ["send_at"], sqlite_where=scheduled, postgresql_where=scheduled
    )
