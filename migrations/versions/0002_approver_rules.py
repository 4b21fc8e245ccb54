"""Approver rules

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approver_rule",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("scope_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("clauses", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_name", sa.String(length=256), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approver_rule")),
    )
    with op.batch_alter_table("approver_rule", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_approver_rule_tenant_id_scope_id"), ["tenant_id", "scope_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_approver_rule_tenant_id_serial"), ["tenant_id", "serial"], unique=False)

    op.create_table(
        "ask_policy",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("scope_id", sa.String(length=32), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "scope_id", name=op.f("pk_ask_policy")),
    )
    op.create_table(
        "catalog",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_catalog_tenant_id_name")),
    )
    op.create_table(
        "connected_organization",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("partner_tenant_id", sa.String(length=36), nullable=True),
        sa.Column("domains", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connected_organization")),
    )
    with op.batch_alter_table("connected_organization", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_connected_organization_tenant_id_name"), ["tenant_id", "name"], unique=False
        )

    op.create_table(
        "delegation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("object_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("delegate_tenant_id", sa.String(length=36), nullable=False),
        sa.Column("delegate_object_id", sa.String(length=36), nullable=False),
        sa.Column("delegate_name", sa.String(length=256), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_delegation_window")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_delegation_delegate_tenant_id_delegate_object_id"),
            ["delegate_tenant_id", "delegate_object_id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_delegation_tenant_id_object_id"), ["tenant_id", "object_id"], unique=False)

    op.create_table(
        "domain_lookup",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "found", "unknown", "failed", name="lookupstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("partner_tenant_id", sa.String(length=36), nullable=True),
        sa.Column("partner_name", sa.String(length=256), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "domain", name=op.f("pk_domain_lookup")),
    )
    with op.batch_alter_table("domain_lookup", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_domain_lookup_state_due_at"), ["state", "due_at"], unique=False)

    op.create_table(
        "mail_preference",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("object_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "object_id", name=op.f("pk_mail_preference")),
    )
    op.create_table(
        "package_terms",
        sa.Column("package_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_name", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("package_id", "version", name=op.f("pk_package_terms")),
    )
    op.create_table(
        "quota_use",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=320), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "subject", "day", name=op.f("pk_quota_use")),
    )
    op.create_table(
        "rule_book",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("second_person", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_rule_book")),
    )
    op.create_table(
        "rule_change",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "applied", "rejected", "withdrawn", name="changestate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("edits", sa.JSON(), nullable=False),
        sa.Column("base_serial", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_tenant_id", sa.String(length=36), nullable=False),
        sa.Column("proposed_by_object_id", sa.String(length=36), nullable=False),
        sa.Column("proposed_by_name", sa.String(length=256), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_name", sa.String(length=256), nullable=False),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_change")),
    )
    with op.batch_alter_table("rule_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rule_change_tenant_id_state"), ["tenant_id", "state"], unique=False)

    op.create_table(
        "rule_example",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("scope_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("expected", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_name", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_example")),
    )
    with op.batch_alter_table("rule_example", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rule_example_tenant_id_scope_id"), ["tenant_id", "scope_id"], unique=False)

    op.create_table(
        "rule_replay",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("scope_id", sa.String(length=32), nullable=False),
        sa.Column("edits", sa.JSON(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_tenant_id", sa.String(length=36), nullable=False),
        sa.Column("asked_by_object_id", sa.String(length=36), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "running", "done", "failed", name="replaystate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("failure", sa.String(length=500), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_replay")),
    )
    with op.batch_alter_table("rule_replay", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rule_replay_state_lease_until"), ["state", "lease_until"], unique=False)

    op.create_table(
        "rule_version",
        sa.Column("rule_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_tenant_id", sa.String(length=36), nullable=False),
        sa.Column("changed_by_object_id", sa.String(length=36), nullable=False),
        sa.Column("changed_by_name", sa.String(length=256), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("agreed_by_tenant_id", sa.String(length=36), nullable=True),
        sa.Column("agreed_by_object_id", sa.String(length=36), nullable=True),
        sa.Column("agreed_by_name", sa.String(length=256), nullable=True),
        sa.PrimaryKeyConstraint("rule_id", "version", name=op.f("pk_rule_version")),
    )
    with op.batch_alter_table("rule_version", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rule_version_rule_id_changed_by_object_id"),
            ["rule_id", "changed_by_object_id"],
            unique=False,
        )

    op.create_table(
        "tag_policy",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "tag", name=op.f("pk_tag_policy")),
    )
    op.create_table(
        "catalog_owner",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("catalog_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.Enum("person", "group", name="partykind", native_enum=False, length=40), nullable=False),
        sa.Column("object_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.ForeignKeyConstraint(
            ["catalog_id"], ["catalog.id"], name=op.f("fk_catalog_owner_catalog_id_catalog"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_owner")),
    )
    with op.batch_alter_table("catalog_owner", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_catalog_owner_catalog_id"), ["catalog_id"], unique=False)

    op.create_table(
        "organization_sponsor",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organization_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.Enum("person", "group", name="partykind", native_enum=False, length=40), nullable=False),
        sa.Column("object_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["connected_organization.id"],
            name=op.f("fk_organization_sponsor_organization_id_connected_organization"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_sponsor")),
    )
    with op.batch_alter_table("organization_sponsor", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organization_sponsor_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "package_exclusion",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("first_package_id", sa.String(length=32), nullable=False),
        sa.Column("second_package_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_name", sa.String(length=256), nullable=False),
        sa.CheckConstraint("first_package_id < second_package_id", name=op.f("ck_package_exclusion_ordered")),
        sa.ForeignKeyConstraint(
            ["first_package_id"],
            ["access_package.id"],
            name=op.f("fk_package_exclusion_first_package_id_access_package"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["second_package_id"],
            ["access_package.id"],
            name=op.f("fk_package_exclusion_second_package_id_access_package"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_exclusion")),
        sa.UniqueConstraint(
            "first_package_id",
            "second_package_id",
            name=op.f("uq_package_exclusion_first_package_id_second_package_id"),
        ),
    )
    with op.batch_alter_table("package_exclusion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_package_exclusion_first_package_id"), ["first_package_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_package_exclusion_second_package_id"), ["second_package_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_package_exclusion_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "exclusion_exception",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("exclusion_id", sa.String(length=32), nullable=False),
        sa.Column("guest_key", sa.String(length=320), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by_name", sa.String(length=256), nullable=False),
        sa.ForeignKeyConstraint(
            ["exclusion_id"],
            ["package_exclusion.id"],
            name=op.f("fk_exclusion_exception_exclusion_id_package_exclusion"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusion_exception")),
        sa.UniqueConstraint("exclusion_id", "guest_key", name=op.f("uq_exclusion_exception_exclusion_id_guest_key")),
    )
    op.create_table(
        "request_message",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column(
            "kind", sa.Enum("question", "answer", name="messagekind", native_enum=False, length=40), nullable=False
        ),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("object_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["access_request.id"],
            name=op.f("fk_request_message_request_id_access_request"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_message")),
    )
    with op.batch_alter_table("request_message", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_request_message_request_id_written_at"), ["request_id", "written_at"], unique=False
        )

    op.create_table(
        "request_revision",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_name", sa.String(length=256), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["access_request.id"],
            name=op.f("fk_request_revision_request_id_access_request"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("request_id", "content_hash", name=op.f("pk_request_revision")),
    )
    with op.batch_alter_table("access_package", schema=None) as batch_op:
        batch_op.add_column(sa.Column("catalog_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("risk", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("questions", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("terms_version", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(
            sa.Column("approvers_changed_by_tenant_id", sa.String(length=36), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("approvers_changed_by_object_id", sa.String(length=36), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("approvers_changed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_access_package_catalog_id"), ["catalog_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_access_package_catalog_id_catalog"), "catalog", ["catalog_id"], ["id"]
        )

    with op.batch_alter_table("access_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answers", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("terms_version", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("requestor_department", sa.String(length=256), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("guest_domain", sa.String(length=255), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("rule_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("rule_version", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("why", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.create_index(batch_op.f("ix_access_request_rule_id"), ["rule_id"], unique=False)

    with op.batch_alter_table("approval_stage", schema=None) as batch_op:
        batch_op.add_column(sa.Column("quorum", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(
            sa.Column("spec", sa.JSON(), nullable=False, server_default='{"approvers": ["packageApprovers"]}')
        )
        batch_op.add_column(sa.Column("escalate_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_approval_stage_state_escalate_at"), ["state", "escalate_at"], unique=False)

    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("principal_tenant_id", sa.String(length=36), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("principal_object_id", sa.String(length=36), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("principal_name", sa.String(length=256), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("ends_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_because", sa.Text(), nullable=False, server_default=""))
        batch_op.drop_constraint(batch_op.f("uq_decision_stage_id_tenant_id_object_id"), type_="unique")
        batch_op.create_index(
            batch_op.f("ix_decision_tenant_id_object_id_decided_at"),
            ["tenant_id", "object_id", "decided_at"],
            unique=False,
        )
        batch_op.create_index(
            "uq_decision_person",
            ["stage_id", "tenant_id", "object_id"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    with op.batch_alter_table("stage_approver", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_alternate", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("quiet", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))

    # What was decided and asked before stays true: everybody decided for themself, and was asked when the stage opened.
    op.execute(
        "UPDATE decision SET principal_tenant_id = tenant_id, principal_object_id = object_id, principal_name = name"
    )
    op.execute(
        "UPDATE stage_approver SET asked_at ="
        " (SELECT opened_at FROM approval_stage WHERE approval_stage.id = stage_approver.stage_id)"
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(
            "uq_decision_principal",
            ["stage_id", "principal_tenant_id", "principal_object_id"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    # The defaults were for the rows that were there; new rows bring their own values.
    with op.batch_alter_table("access_package", schema=None) as batch_op:
        batch_op.alter_column("risk", server_default=None)
        batch_op.alter_column("tags", server_default=None)
        batch_op.alter_column("questions", server_default=None)
        batch_op.alter_column("terms_version", server_default=None)
        batch_op.alter_column("approvers_changed_by_tenant_id", server_default=None)
        batch_op.alter_column("approvers_changed_by_object_id", server_default=None)
    with op.batch_alter_table("access_request", schema=None) as batch_op:
        batch_op.alter_column("answers", server_default=None)
        batch_op.alter_column("terms_version", server_default=None)
        batch_op.alter_column("requestor_department", server_default=None)
        batch_op.alter_column("guest_domain", server_default=None)
        batch_op.alter_column("why", server_default=None)
    with op.batch_alter_table("approval_stage", schema=None) as batch_op:
        batch_op.alter_column("quorum", server_default=None)
        batch_op.alter_column("spec", server_default=None)
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.alter_column("principal_tenant_id", server_default=None)
        batch_op.alter_column("principal_object_id", server_default=None)
        batch_op.alter_column("principal_name", server_default=None)
        batch_op.alter_column("withdrawn_because", server_default=None)
    with op.batch_alter_table("stage_approver", schema=None) as batch_op:
        batch_op.alter_column("is_alternate", server_default=None)
        batch_op.alter_column("quiet", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("stage_approver", schema=None) as batch_op:
        batch_op.drop_column("asked_at")
        batch_op.drop_column("quiet")
        batch_op.drop_column("is_alternate")

    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_decision_principal",
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )
        batch_op.drop_index(
            "uq_decision_person",
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_decision_tenant_id_object_id_decided_at"))
        batch_op.create_unique_constraint(
            batch_op.f("uq_decision_stage_id_tenant_id_object_id"), ["stage_id", "tenant_id", "object_id"]
        )
        batch_op.drop_column("withdrawn_because")
        batch_op.drop_column("withdrawn_at")
        batch_op.drop_column("ends_on")
        batch_op.drop_column("principal_name")
        batch_op.drop_column("principal_object_id")
        batch_op.drop_column("principal_tenant_id")

    with op.batch_alter_table("approval_stage", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_approval_stage_state_escalate_at"))
        batch_op.drop_column("reminded_at")
        batch_op.drop_column("escalated_at")
        batch_op.drop_column("escalate_at")
        batch_op.drop_column("spec")
        batch_op.drop_column("quorum")

    with op.batch_alter_table("access_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_access_request_rule_id"))
        batch_op.drop_column("why")
        batch_op.drop_column("rule_version")
        batch_op.drop_column("rule_id")
        batch_op.drop_column("guest_domain")
        batch_op.drop_column("requestor_department")
        batch_op.drop_column("terms_version")
        batch_op.drop_column("answers")

    with op.batch_alter_table("access_package", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_access_package_catalog_id_catalog"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_access_package_catalog_id"))
        batch_op.drop_column("approvers_changed_at")
        batch_op.drop_column("approvers_changed_by_object_id")
        batch_op.drop_column("approvers_changed_by_tenant_id")
        batch_op.drop_column("terms_version")
        batch_op.drop_column("questions")
        batch_op.drop_column("tags")
        batch_op.drop_column("risk")
        batch_op.drop_column("catalog_id")

    op.drop_table("request_revision")
    with op.batch_alter_table("request_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_message_request_id_written_at"))

    op.drop_table("request_message")
    op.drop_table("exclusion_exception")
    with op.batch_alter_table("package_exclusion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_package_exclusion_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_package_exclusion_second_package_id"))
        batch_op.drop_index(batch_op.f("ix_package_exclusion_first_package_id"))

    op.drop_table("package_exclusion")
    with op.batch_alter_table("organization_sponsor", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organization_sponsor_organization_id"))

    op.drop_table("organization_sponsor")
    with op.batch_alter_table("catalog_owner", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_catalog_owner_catalog_id"))

    op.drop_table("catalog_owner")
    op.drop_table("tag_policy")
    with op.batch_alter_table("rule_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rule_version_rule_id_changed_by_object_id"))

    op.drop_table("rule_version")
    with op.batch_alter_table("rule_replay", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rule_replay_state_lease_until"))

    op.drop_table("rule_replay")
    with op.batch_alter_table("rule_example", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rule_example_tenant_id_scope_id"))

    op.drop_table("rule_example")
    with op.batch_alter_table("rule_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rule_change_tenant_id_state"))

    op.drop_table("rule_change")
    op.drop_table("rule_book")
    op.drop_table("quota_use")
    op.drop_table("package_terms")
    op.drop_table("mail_preference")
    with op.batch_alter_table("domain_lookup", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_domain_lookup_state_due_at"))

    op.drop_table("domain_lookup")
    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delegation_tenant_id_object_id"))
        batch_op.drop_index(batch_op.f("ix_delegation_delegate_tenant_id_delegate_object_id"))

    op.drop_table("delegation")
    with op.batch_alter_table("connected_organization", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_connected_organization_tenant_id_name"))

    op.drop_table("connected_organization")
    op.drop_table("catalog")
    op.drop_table("ask_policy")
    with op.batch_alter_table("approver_rule", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_approver_rule_tenant_id_serial"))
        batch_op.drop_index(batch_op.f("ix_approver_rule_tenant_id_scope_id"))

    op.drop_table("approver_rule")
