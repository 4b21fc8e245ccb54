"""The life of guests

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "directory_sponsor",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("sponsor_id", sa.String(length=36), nullable=False),
        sa.Column("is_group", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", "sponsor_id", name=op.f("pk_directory_sponsor")),
    )
    op.create_table(
        "drift_check",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_by", sa.String(length=256), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("doing", sa.String(length=100), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.String(length=500), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_drift_check")),
    )
    op.create_table(
        "held_role",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("application_id", sa.String(length=36), nullable=False),
        sa.Column("app_role_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "application_id", "app_role_id", "user_id", name=op.f("pk_held_role")),
    )
    with op.batch_alter_table("held_role", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_held_role_tenant_id_user_id"), ["tenant_id", "user_id"], unique=False)

    op.create_table(
        "lifecycle_policy",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_name", sa.String(length=256), nullable=False),
        sa.Column("enforced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("braked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("brake_cause", sa.String(length=500), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_lifecycle_policy")),
    )
    op.create_table(
        "link_ask",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("address_key", sa.String(length=320), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_ask")),
    )
    with op.batch_alter_table("link_ask", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_ask_asked_at"), ["asked_at"], unique=False)

    op.create_table(
        "review_campaign",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column(
            "state", sa.Enum("active", "over", name="campaignstate", native_enum=False, length=40), nullable=False
        ),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("first_start", sa.Date(), nullable=False),
        sa.Column("next_start", sa.Date(), nullable=True),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_tenant_id", sa.String(length=36), nullable=False),
        sa.Column("created_by_object_id", sa.String(length=36), nullable=False),
        sa.Column("created_by_name", sa.String(length=256), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_campaign")),
    )
    with op.batch_alter_table("review_campaign", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_campaign_state_next_start"), ["state", "next_start"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_review_campaign_tenant_id_created_at"), ["tenant_id", "created_at"], unique=False
        )

    op.create_table(
        "review_item",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("guest_id", sa.String(length=32), nullable=False),
        sa.Column("assignment_id", sa.String(length=32), nullable=True),
        sa.Column("reviewer", sa.String(length=73), nullable=False),
        sa.Column("because", sa.String(length=20), nullable=False),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.Column("sampled", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "rolledOver",
                "kept",
                "removed",
                "unsure",
                "landing",
                "gone",
                "takenBack",
                "over",
                "left",
                name="itemstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("company", sa.String(length=256), nullable=False),
        sa.Column(
            "verdict", sa.Enum("keep", "remove", "unsure", name="verdict", native_enum=False, length=40), nullable=True
        ),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.String(length=73), nullable=True),
        sa.Column("decided_by_name", sa.String(length=256), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("act_id", sa.String(length=32), nullable=True),
        sa.Column("lands_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("needed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "subject_id", name=op.f("pk_review_item")),
    )
    with op.batch_alter_table("review_item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_review_item_run_id_state_reviewer"), ["run_id", "state", "reviewer"], unique=False
        )

    op.create_table(
        "review_tally",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("reviewer", sa.String(length=73), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("unsure", sa.Integer(), nullable=False),
        sa.Column("rolled", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_days", sa.Integer(), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("burst_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("burst_count", sa.Integer(), nullable=True),
        sa.Column("most_count", sa.Integer(), nullable=True),
        sa.Column("most_seconds", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "reviewer", name=op.f("pk_review_tally")),
    )
    with op.batch_alter_table("review_tally", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_tally_reviewer"), ["reviewer"], unique=False)

    op.create_table(
        "examination",
        sa.Column("guest_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("failure", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["guest_id"], ["guest.id"], name=op.f("fk_examination_guest_id_guest"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("guest_id", name=op.f("pk_examination")),
    )
    with op.batch_alter_table("examination", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_examination_tenant_id_answered_at"), ["tenant_id", "answered_at"], unique=False
        )

    op.create_table(
        "guest_sponsor",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("guest_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("object_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.Enum("person", "group", name="partykind", native_enum=False, length=40), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("interim", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guest_id"], ["guest.id"], name=op.f("fk_guest_sponsor_guest_id_guest"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_sponsor")),
        sa.UniqueConstraint(
            "guest_id", "tenant_id", "object_id", name=op.f("uq_guest_sponsor_guest_id_tenant_id_object_id")
        ),
    )
    with op.batch_alter_table("guest_sponsor", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_guest_sponsor_tenant_id_object_id"), ["tenant_id", "object_id"], unique=False
        )

    op.create_table(
        "proposal",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "handOver",
                "succession",
                "adoption",
                "reset",
                "member",
                "drift",
                name="proposalkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("one_key", sa.String(length=200), nullable=True),
        sa.Column("guest_id", sa.String(length=32), nullable=True),
        sa.Column("bundle", sa.String(length=32), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "declined",
                "withdrawn",
                "expired",
                name="proposalstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_tenant_id", sa.String(length=36), nullable=False),
        sa.Column("proposed_by_object_id", sa.String(length=36), nullable=False),
        sa.Column("proposed_by_name", sa.String(length=256), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_tenant_id", sa.String(length=36), nullable=False),
        sa.Column("answered_by_object_id", sa.String(length=36), nullable=False),
        sa.Column("answered_by_name", sa.String(length=256), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["guest_id"], ["guest.id"], name=op.f("fk_proposal_guest_id_guest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("one_key", name=op.f("uq_proposal_one_key")),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposal_bundle"), ["bundle"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_guest_id_proposed_at"), ["guest_id", "proposed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_state_answer_by"), ["state", "answer_by"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_proposal_tenant_id_state_proposed_at"), ["tenant_id", "state", "proposed_at"], unique=False
        )

    op.create_table(
        "review_run",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("starting", "open", "closing", "landing", "done", name="runstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("previous_id", sa.String(length=32), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_because", sa.String(length=500), nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["review_campaign.id"], name=op.f("fk_review_run_campaign_id_review_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_run")),
    )
    with op.batch_alter_table("review_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_run_campaign_id_number"), ["campaign_id", "number"], unique=False)
        batch_op.create_index(batch_op.f("ix_review_run_state_closes_at"), ["state", "closes_at"], unique=False)

    op.create_table(
        "treatment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("guest_id", sa.String(length=32), nullable=False),
        sa.Column(
            "user_type", sa.Enum("Member", "Guest", name="usertype", native_enum=False, length=40), nullable=False
        ),
        sa.Column("wants_list", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("awaitingList", "ordered", name="treatmentstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listed_by_name", sa.String(length=256), nullable=False),
        sa.ForeignKeyConstraint(
            ["guest_id"], ["guest.id"], name=op.f("fk_treatment_guest_id_guest"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment")),
    )
    with op.batch_alter_table("treatment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_treatment_guest_id_agreed_at"), ["guest_id", "agreed_at"], unique=False)

    op.create_table(
        "proposal_asked",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("proposal_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("object_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("because", sa.String(length=300), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_proposal_asked_proposal_id_proposal"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_asked")),
    )
    with op.batch_alter_table("proposal_asked", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposal_asked_proposal_id"), ["proposal_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_proposal_asked_tenant_id_object_id"), ["tenant_id", "object_id"], unique=False
        )

    op.create_table(
        "review_bulk",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=73), nullable=False),
        sa.Column(
            "verdict", sa.Enum("keep", "remove", "unsure", name="verdict", native_enum=False, length=40), nullable=False
        ),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["review_run.id"], name=op.f("fk_review_bulk_run_id_review_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_bulk")),
    )
    with op.batch_alter_table("review_bulk", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_bulk_run_id"), ["run_id"], unique=False)

    op.create_table(
        "drift_finding",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "aliveAfterEnd",
                "unapprovedRole",
                "missingRole",
                "guestEnabled",
                "guestDisabled",
                "guestGone",
                "treatedOtherwise",
                "sponsorMissing",
                "addressChanged",
                name="driftkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "users",
                "groups",
                "applications",
                "managers",
                "members",
                "roleHolders",
                "policies",
                "guestSponsors",
                "signIns",
                "heldRoles",
                "leaveTimes",
                name="mirrorkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("object_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=320), nullable=False),
        sa.Column("guest_id", sa.String(length=32), nullable=True),
        sa.Column("assignment_id", sa.String(length=32), nullable=True),
        sa.Column(
            "role_kind", sa.Enum("group", "appRole", name="rolekind", native_enum=False, length=40), nullable=True
        ),
        sa.Column("resource_id", sa.String(length=36), nullable=True),
        sa.Column("app_role_id", sa.String(length=36), nullable=True),
        sa.Column("label", sa.String(length=600), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "mending", "accepted", "closed", name="driftstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("by_name", sa.String(length=256), nullable=False),
        sa.Column("delivery_id", sa.String(length=32), nullable=True),
        sa.Column("proposal_id", sa.String(length=32), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_why", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_drift_finding_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_drift_finding_delivery_id_delivery")),
        sa.ForeignKeyConstraint(["guest_id"], ["guest.id"], name=op.f("fk_drift_finding_guest_id_guest")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_drift_finding_proposal_id_proposal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drift_finding")),
    )
    with op.batch_alter_table("drift_finding", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_drift_finding_fingerprint_closed_at"), ["fingerprint", "closed_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_drift_finding_guest_id"), ["guest_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_drift_finding_tenant_id_part_seen_at"), ["tenant_id", "part", "seen_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_drift_finding_tenant_id_state_severity_found_on_id"),
            ["tenant_id", "state", "severity", "found_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            "uq_drift_finding_open",
            ["tenant_id", "fingerprint"],
            unique=True,
            sqlite_where=sa.text("state != 'closed'"),
            postgresql_where=sa.text("state != 'closed'"),
        )

    op.create_table(
        "guest_act",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("guest_id", sa.String(length=32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("block", "unblock", "delete", "restore", name="actkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "cause",
            sa.Enum(
                "accessEnded",
                "unredeemed",
                "inactive",
                "leaver",
                "review",
                "byHand",
                "accessGiven",
                "undone",
                name="actcause",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("reported", "begun", "done", "failed", "calledOff", name="actstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_tenant_id", sa.String(length=36), nullable=False),
        sa.Column("by_object_id", sa.String(length=36), nullable=False),
        sa.Column("by_name", sa.String(length=256), nullable=False),
        sa.Column("delivery_id", sa.String(length=32), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_guest_act_delivery_id_delivery")),
        sa.ForeignKeyConstraint(["guest_id"], ["guest.id"], name=op.f("fk_guest_act_guest_id_guest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_act")),
    )
    with op.batch_alter_table("guest_act", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guest_act_delivery_id"), ["delivery_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_guest_act_guest_id_at"), ["guest_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_guest_act_tenant_id_state_at"), ["tenant_id", "state", "at"], unique=False)

    with op.batch_alter_table("access_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("extends_id", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_access_request_extends_id"), ["extends_id"], unique=False)

    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("warned_days", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("end_decision", sa.Enum("letExpire", name="lapse", native_enum=False, length=40), nullable=True)
        )
        batch_op.add_column(sa.Column("end_decided_by", sa.String(length=256), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("end_decided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("extensions", sa.Integer(), nullable=False, server_default="0"))

    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("guest_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("order", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.create_index(batch_op.f("ix_delivery_guest_id"), ["guest_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_delivery_guest_id_guest"), "guest", ["guest_id"], ["id"])

    with op.batch_alter_table("guest", schema=None) as batch_op:
        batch_op.add_column(sa.Column("managed", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(
            sa.Column(
                "standing",
                sa.Enum("active", "blocked", "deleted", "gone", name="gueststanding", native_enum=False, length=40),
                nullable=False,
                server_default="active",
            )
        )
        batch_op.add_column(sa.Column("standing_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column(
                "standing_cause",
                sa.Enum(
                    "accessEnded",
                    "unredeemed",
                    "inactive",
                    "leaver",
                    "review",
                    "byHand",
                    "accessGiven",
                    "undone",
                    name="actcause",
                    native_enum=False,
                    length=40,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("ends_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column(
                "warned_cause",
                sa.Enum(
                    "accessEnded",
                    "unredeemed",
                    "inactive",
                    "leaver",
                    "review",
                    "byHand",
                    "accessGiven",
                    "undone",
                    name="actcause",
                    native_enum=False,
                    length=40,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("reminded_days", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_guest_managed_look_at"), ["managed", "look_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_guest_tenant_id_standing_standing_since"),
            ["tenant_id", "standing", "standing_since"],
            unique=False,
        )

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("issuer", sa.String(length=100), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("in_address_list", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("leaves_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("tenant_policy", schema=None) as batch_op:
        batch_op.add_column(sa.Column("guest_lifecycle", sa.JSON(), nullable=False, server_default="[]"))

    # Whom we invited we look after; a guest who was there before is taken in by a person, or never.
    op.execute("UPDATE guest SET managed = (origin = 'invited')")

    # The defaults were for the rows that were there; new rows bring their own values.
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.alter_column("end_decided_by", server_default=None)
        batch_op.alter_column("extensions", server_default=None)
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.alter_column("order", server_default=None)
    with op.batch_alter_table("guest", schema=None) as batch_op:
        batch_op.alter_column("managed", server_default=None)
        batch_op.alter_column("standing", server_default=None)
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.alter_column("issuer", server_default=None)
    with op.batch_alter_table("tenant_policy", schema=None) as batch_op:
        batch_op.alter_column("guest_lifecycle", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("tenant_policy", schema=None) as batch_op:
        batch_op.drop_column("guest_lifecycle")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("last_sign_in_at")
        batch_op.drop_column("leaves_at")
        batch_op.drop_column("in_address_list")
        batch_op.drop_column("issuer")

    with op.batch_alter_table("guest", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guest_tenant_id_standing_standing_since"))
        batch_op.drop_index(batch_op.f("ix_guest_managed_look_at"))
        batch_op.drop_column("reminded_days")
        batch_op.drop_column("warned_cause")
        batch_op.drop_column("warned_at")
        batch_op.drop_column("look_at")
        batch_op.drop_column("ends_on")
        batch_op.drop_column("standing_cause")
        batch_op.drop_column("standing_since")
        batch_op.drop_column("standing")
        batch_op.drop_column("managed")

    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_delivery_guest_id_guest"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_delivery_guest_id"))
        batch_op.drop_column("order")
        batch_op.drop_column("guest_id")

    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_column("extensions")
        batch_op.drop_column("end_decided_at")
        batch_op.drop_column("end_decided_by")
        batch_op.drop_column("end_decision")
        batch_op.drop_column("warned_days")

    with op.batch_alter_table("access_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_access_request_extends_id"))
        batch_op.drop_column("extends_id")

    with op.batch_alter_table("guest_act", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guest_act_tenant_id_state_at"))
        batch_op.drop_index(batch_op.f("ix_guest_act_guest_id_at"))
        batch_op.drop_index(batch_op.f("ix_guest_act_delivery_id"))

    op.drop_table("guest_act")
    with op.batch_alter_table("drift_finding", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_drift_finding_open",
            sqlite_where=sa.text("state != 'closed'"),
            postgresql_where=sa.text("state != 'closed'"),
        )
        batch_op.drop_index(batch_op.f("ix_drift_finding_tenant_id_state_severity_found_on_id"))
        batch_op.drop_index(batch_op.f("ix_drift_finding_tenant_id_part_seen_at"))
        batch_op.drop_index(batch_op.f("ix_drift_finding_guest_id"))
        batch_op.drop_index(batch_op.f("ix_drift_finding_fingerprint_closed_at"))

    op.drop_table("drift_finding")
    with op.batch_alter_table("review_bulk", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_bulk_run_id"))

    op.drop_table("review_bulk")
    with op.batch_alter_table("proposal_asked", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposal_asked_tenant_id_object_id"))
        batch_op.drop_index(batch_op.f("ix_proposal_asked_proposal_id"))

    op.drop_table("proposal_asked")
    with op.batch_alter_table("treatment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_treatment_guest_id_agreed_at"))

    op.drop_table("treatment")
    with op.batch_alter_table("review_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_run_state_closes_at"))
        batch_op.drop_index(batch_op.f("ix_review_run_campaign_id_number"))

    op.drop_table("review_run")
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposal_tenant_id_state_proposed_at"))
        batch_op.drop_index(batch_op.f("ix_proposal_state_answer_by"))
        batch_op.drop_index(batch_op.f("ix_proposal_guest_id_proposed_at"))
        batch_op.drop_index(batch_op.f("ix_proposal_bundle"))

    op.drop_table("proposal")
    with op.batch_alter_table("guest_sponsor", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_guest_sponsor_tenant_id_object_id"))

    op.drop_table("guest_sponsor")
    with op.batch_alter_table("examination", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_examination_tenant_id_answered_at"))

    op.drop_table("examination")
    with op.batch_alter_table("review_tally", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_tally_reviewer"))

    op.drop_table("review_tally")
    with op.batch_alter_table("review_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_item_run_id_state_reviewer"))

    op.drop_table("review_item")
    with op.batch_alter_table("review_campaign", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_campaign_tenant_id_created_at"))
        batch_op.drop_index(batch_op.f("ix_review_campaign_state_next_start"))

    op.drop_table("review_campaign")
    with op.batch_alter_table("link_ask", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_link_ask_asked_at"))

    op.drop_table("link_ask")
    op.drop_table("lifecycle_policy")
    with op.batch_alter_table("held_role", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_held_role_tenant_id_user_id"))

    op.drop_table("held_role")
    op.drop_table("drift_check")
    op.drop_table("directory_sponsor")
