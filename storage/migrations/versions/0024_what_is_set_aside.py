"""what is set aside for a campaign until its gateway has told the cost"""

import sqlalchemy as sa
from alembic import op

import storage.db

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("reserved", storage.db.Money(length=40), nullable=True))
