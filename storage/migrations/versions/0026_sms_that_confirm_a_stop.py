"""campaigns that the stop-list lets pass: they tell a customer that they are on it"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column(
        "campaigns", sa.Column("past_stops", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
