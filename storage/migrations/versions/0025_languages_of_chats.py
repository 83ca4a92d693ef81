"""the language that a chat, or in private a person, has chosen"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column("chat_settings", sa.Column("language", sa.String(length=8), nullable=True))
