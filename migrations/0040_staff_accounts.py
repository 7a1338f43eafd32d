"""Accounts of staff: invitations, changes that need a second person, declared relations; and agencies, whose staff decide nothing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0035"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
DECIDE_NOTHING = """CAST(roles AS TEXT) = '["collector"]' OR (agency_id IS NULL AND replace(CAST(roles AS TEXT), 'collector', '') = CAST(roles AS TEXT))"""


def upgrade() -> None:
    """Whoever collected for an agency and had another role beside it keeps the agency's work alone."""
    _add_agencies()
    _part_roles()
    with op.batch_alter_table("staff_member") as table:
        table.add_column(sa.Column("agency_id", BIG_ID, nullable=True))
        table.add_column(sa.Column("relations_confirmed_at", MOMENT, nullable=True))
        table.create_foreign_key(op.f("fk_staff_member_agency_id"), "agency", ["agency_id"], ["id"])
        table.create_check_constraint(op.f("ck_staff_member_agency_staff_decide_nothing"), DECIDE_NOTHING)
    op.create_index(op.f("ix_staff_member_agency_id"), "staff_member", ["agency_id"])
    _add_invitations()
    _add_changes()
    _add_declarations()


def downgrade() -> None:
    for name in ("staff_declaration", "staff_change", "staff_invitation"):
        op.drop_table(name)
    op.drop_index(op.f("ix_staff_member_agency_id"), table_name="staff_member")
    with op.batch_alter_table("staff_member") as table:
        table.drop_constraint(op.f("ck_staff_member_agency_staff_decide_nothing"), type_="check")
        table.drop_constraint(op.f("fk_staff_member_agency_id"), type_="foreignkey")
        table.drop_column("relations_confirmed_at")
        table.drop_column("agency_id")
    op.drop_table("agency_evaluation")
    op.drop_table("agency")


def _part_roles() -> None:
    members = sa.table("staff_member", sa.column("id", BIG_ID), sa.column("roles", JSON))
    connection = op.get_bind()
    for member_id, roles in connection.execute(sa.select(members.c.id, members.c.roles)).all():
        if "collector" in roles and roles != ["collector"]:
            connection.execute(members.update().where(members.c.id == member_id).values(roles=["collector"]))


def _add_agencies() -> None:
    op.create_table(
        "agency",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("registration_number", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("contract_from", sa.Date(), nullable=False),
        sa.Column("contract_to", sa.Date(), nullable=False),
        sa.Column("is_subdelegation_allowed", sa.Boolean(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("data_removed_at", MOMENT, nullable=True),
        sa.CheckConstraint("contract_to >= contract_from", name=op.f("ck_agency_contract")),
        sa.CheckConstraint("NOT is_subdelegation_allowed", name=op.f("ck_agency_no_subdelegation")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (data_removed_at IS NULL)", name=op.f("ck_agency_data_removed")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("name", name=op.f("uq_agency_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_agency_public_id")),
    )
    op.create_table(
        "agency_evaluation",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("agency_id", BIG_ID, nullable=False),
        sa.Column("evaluated_on", sa.Date(), nullable=False),
        sa.Column("result", sa.String(length=12), nullable=False),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.Column("made_by", BIG_ID, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "result IN ('passed', 'conditions', 'failed')", name=op.f("ck_agency_evaluation_result")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_agency_evaluation_agency_id")),
        sa.ForeignKeyConstraint(["made_by"], ["staff_member.id"], name=op.f("fk_agency_evaluation_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_evaluation")),
        sa.UniqueConstraint(
            "agency_id", "evaluated_on", name=op.f("uq_agency_evaluation_agency_id_evaluated_on")
        ),
    )


def _add_invitations() -> None:
    op.create_table(
        "staff_invitation",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("roles", JSON, nullable=False),
        sa.Column("agency_id", BIG_ID, nullable=True),
        sa.Column("staff_member_id", BIG_ID, nullable=True),
        sa.Column("totp_secret", sa.String(length=64), nullable=True),
        sa.Column("is_agreed", sa.Boolean(), nullable=False),
        sa.Column("made_by", BIG_ID, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "used_at IS NULL OR totp_secret IS NULL", name=op.f("ck_staff_invitation_secret_moved")
        ),
        sa.CheckConstraint(
            "used_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_staff_invitation_ended_once")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_staff_invitation_agency_id")),
        sa.ForeignKeyConstraint(["made_by"], ["staff_member.id"], name=op.f("fk_staff_invitation_made_by")),
        sa.ForeignKeyConstraint(
            ["staff_member_id"], ["staff_member.id"], name=op.f("fk_staff_invitation_staff_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_invitation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_staff_invitation_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_invitation_token_hash")),
    )
    open_only = sa.text("used_at IS NULL AND withdrawn_at IS NULL")
    op.create_index(
        "uq_staff_invitation_open_login",
        "staff_invitation",
        ["login"],
        unique=True,
        sqlite_where=open_only,
        postgresql_where=open_only,
    )


def _add_changes() -> None:
    op.create_table(
        "staff_change",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("staff_member_id", BIG_ID, nullable=True),
        sa.Column("invitation_id", BIG_ID, nullable=True),
        sa.Column("roles_before", JSON, nullable=False),
        sa.Column("roles", JSON, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_by", BIG_ID, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answered_by", BIG_ID, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "kind IN ('roles', 'second_factor', 'invitation')", name=op.f("ck_staff_change_kind")
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'agreed', 'refused', 'withdrawn')", name=op.f("ck_staff_change_state")
        ),
        sa.CheckConstraint(
            "answered_by IS NULL OR answered_by <> asked_by", name=op.f("ck_staff_change_four_eyes")
        ),
        sa.CheckConstraint(
            "staff_member_id IS NULL OR staff_member_id <> asked_by",
            name=op.f("ck_staff_change_not_for_oneself"),
        ),
        sa.CheckConstraint(
            "staff_member_id IS NULL OR answered_by IS NULL OR staff_member_id <> answered_by",
            name=op.f("ck_staff_change_not_by_oneself"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('agreed', 'refused') OR answered_by IS NOT NULL",
            name=op.f("ck_staff_change_second"),
        ),
        sa.CheckConstraint(
            "(state = 'asked') = (answered_at IS NULL)", name=op.f("ck_staff_change_answered")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["staff_member.id"], name=op.f("fk_staff_change_answered_by")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["staff_member.id"], name=op.f("fk_staff_change_asked_by")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["staff_invitation.id"], name=op.f("fk_staff_change_invitation_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"], ["staff_member.id"], name=op.f("fk_staff_change_staff_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_change")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_staff_change_invitation_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_staff_change_public_id")),
    )
    asked = sa.text("state = 'asked'")
    op.create_index(
        "uq_staff_change_open",
        "staff_change",
        ["staff_member_id"],
        unique=True,
        sqlite_where=asked,
        postgresql_where=asked,
    )


def _add_declarations() -> None:
    op.create_table(
        "staff_declaration",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("staff_member_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("declared_by", sa.String(length=10), nullable=False),
        sa.Column("match_key", sa.String(length=64), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "kind IN ('oneself', 'spouse', 'parent', 'child', 'sibling', 'other')",
            name=op.f("ck_staff_declaration_kind"),
        ),
        sa.CheckConstraint(
            "declared_by IN ('id_number', 'loan')", name=op.f("ck_staff_declaration_declared_by")
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"], ["staff_member.id"], name=op.f("fk_staff_declaration_staff_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_declaration")),
    )
    op.create_index("ix_staff_declaration_match_key", "staff_declaration", ["match_key"])
    op.create_index(
        "uq_staff_declaration", "staff_declaration", ["staff_member_id", "match_key"], unique=True
    )
