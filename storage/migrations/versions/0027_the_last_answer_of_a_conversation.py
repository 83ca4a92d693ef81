"""which campaign was the last answer in a conversation, whoever gave it"""

import sqlalchemy as sa
from alembic import op

import storage.db

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("answer_id", storage.db.Id, nullable=True))
