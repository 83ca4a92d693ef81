"""recipients whom the stop-list leaves out; what stood in a file, for the report of its campaign"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0040"


def upgrade() -> None:
    op.add_column("recipients", sa.Column("stopped", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("campaigns", sa.Column("columns", sa.JSON(), nullable=True))
    op.add_column("messages", sa.Column("fields", sa.JSON(), nullable=True))
