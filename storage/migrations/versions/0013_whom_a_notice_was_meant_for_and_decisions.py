"""which chat a notice was for that could not be told; how often people decided that something does not go"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("meant_for", sa.BigInteger(), nullable=True))
    op.add_column("instance", sa.Column("decisions", sa.BigInteger(), server_default="0", nullable=False))
