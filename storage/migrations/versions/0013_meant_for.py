"""which chat a notice was for that could not be told"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("meant_for", sa.BigInteger(), nullable=True))
