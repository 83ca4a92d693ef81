"""what is set aside for a campaign until its gateway has told the cost; the language that a person chose"""

import sqlalchemy as sa
from alembic import op

import storage.db

revision = "0024"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("reserved", storage.db.Money(length=40), nullable=True))
    op.add_column("names", sa.Column("chosen", sa.String(length=8), nullable=True))
