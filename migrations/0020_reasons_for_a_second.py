"""A second approver is wanted exactly where a reason for one stands: the database says so too."""

from alembic import op

revision = "0020"
down_revision = "0019"

LENGTH = {"postgresql": "jsonb_array_length", "sqlite": "json_array_length"}
NAME = "ck_decision_second_has_reasons"


def upgrade() -> None:
    length = LENGTH[op.get_bind().dialect.name]
    with op.batch_alter_table("decision") as table:
        table.create_check_constraint(op.f(NAME), f"needs_second = ({length}(second_because) > 0)")


def downgrade() -> None:
    with op.batch_alter_table("decision") as table:
        table.drop_constraint(op.f(NAME), type_="check")
