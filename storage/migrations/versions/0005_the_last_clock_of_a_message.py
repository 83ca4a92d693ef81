"""the last moment at which a recipient's clock may show the time of a message"""

import sqlalchemy as sa
from alembic import op

import storage.db

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # Null in what is there already: its gateway is given the time whatever the clock says.
    op.add_column("messages", sa.Column("latest_at", storage.db.Utc(timezone=True), nullable=True))
