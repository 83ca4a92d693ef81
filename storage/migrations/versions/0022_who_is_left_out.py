"""recipients whom the stop-list leaves out before anything is offered"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0040"


def upgrade() -> None:
    op.add_column("recipients", sa.Column("stopped", sa.Boolean(), server_default=sa.false(), nullable=False))
