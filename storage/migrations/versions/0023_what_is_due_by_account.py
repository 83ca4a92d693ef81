"""indexes for what is done again and again: what to ask each account about, and what to call back"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.drop_index("ix_messages_check", "messages")
    _partial("ix_messages_check", "messages", ["account_id", "check_at"], "check_at IS NOT NULL")
    _partial("ix_campaigns_cancelled", "campaigns", ["id"], "cancel_wanted_at IS NOT NULL")


def _partial(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
