"""who was sent the same text is looked up, not told by a digest"""

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.drop_column("campaigns", "people")
