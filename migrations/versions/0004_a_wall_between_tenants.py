"""A wall between tenants, kept by PostgreSQL itself (selfservice/store/scope.py says for whom a transaction is).

Every table with a `tenant_id` is walled by it; a few that hold a person's own things, or that are looked at before
anybody knows who asks, are not. Rows that hang on a request are seen with it.

Revision ID: 0004
Revises: 0003
"""

from alembic import op
from sqlalchemy import text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OWN = (
    "browser_session",
    "mail_preference",
    "delegation",
    "stage_approver",
    "proposal_asked",
    "guest_sponsor",
    "access_request",
    "decision",
    "request_message",
)
"""Tables whose `tenant_id` is a person's, or which have a rule of their own below."""

ALL = "(SELECT current_setting('selfservice.scope', true)) = 'all'"
SOMEBODY = "(SELECT current_setting('selfservice.scope', true)) IN ('all', 'person')"
HOME = "(SELECT current_setting('selfservice.person_tenant', true))"
PERSON = "(SELECT current_setting('selfservice.person', true))"
TENANTS = "ANY ((SELECT string_to_array(current_setting('selfservice.tenants', true), ','))::text[])"

ASKED = " ".join(
    (
        "SELECT stage.request_id FROM approval_stage stage JOIN stage_approver asked ON asked.stage_id = stage.id",
        "WHERE (asked.tenant_id =",
        HOME,
        "AND asked.object_id =",
        PERSON,
        ")",
        "OR (asked.tenant_id, asked.object_id) IN (SELECT away.tenant_id, away.object_id FROM delegation away",
        "WHERE away.delegate_tenant_id =",
        HOME,
        "AND away.delegate_object_id =",
        PERSON,
        ")",
    )
)
"""Requests at which somebody was asked to decide, or somebody they decide for; in other tenants, too."""

REQUESTS = f"""{ALL}
    OR (tenant_id = {TENANTS} AND requestor_tenant_id = {TENANTS})
    OR (requestor_tenant_id = {HOME} AND requestor_object_id = {PERSON})
    OR (sponsor_tenant_id = {HOME} AND sponsor_object_id = {PERSON})
    OR id IN ({ASKED})
"""

OF_A_STAGE = (
    "EXISTS (SELECT 1 FROM approval_stage stage JOIN access_request request ON request.id = stage.request_id"
    " WHERE stage.id = stage_id)"
)
OF_A_REQUEST = "EXISTS (SELECT 1 FROM access_request request WHERE request.id = request_id)"

RULES = {
    "access_request": REQUESTS,
    "decision": OF_A_STAGE,
    "request_message": OF_A_REQUEST,
    "request_revision": OF_A_REQUEST,
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in _tables():
        _wall(table, RULES.get(table, f"{ALL} OR tenant_id = {TENANTS}"))


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in _tables():
        op.execute(f"DROP POLICY wall ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def _tables() -> list[str]:
    found = text(
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant_id'"
        " AND table_schema = current_schema() ORDER BY table_name"
    )
    walled = set(op.get_bind().execute(found).scalars()) - set(OWN)
    return sorted(walled | set(RULES))


def _wall(table: str, rule: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    # What is added may be about anybody: who may add it is the use case's business. To be read back it must be seen.
    op.execute(f"CREATE POLICY wall ON {table} USING ({rule}) WITH CHECK ({SOMEBODY})")
