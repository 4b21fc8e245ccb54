"""The migrations make exactly the schema that the model describes, on both databases, and can be taken back."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, select, text

from selfservice.model.guest import Guest, GuestStanding
from selfservice.model.tables import metadata
from selfservice.store.engine import create_sessions
from selfservice.store.schema import alembic_config, is_current, upgrade
from selfservice.store.transaction import reading


def test_the_migrated_schema_has_not_drifted_from_the_model(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_every_table_of_the_model_is_there(database_url: str) -> None:
    engine = create_engine(database_url)
    assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}
    engine.dispose()


def test_an_empty_database_is_not_current_until_it_is_upgraded(empty_database_url: str) -> None:
    assert not is_current(empty_database_url)
    upgrade(empty_database_url)
    assert is_current(empty_database_url)


def test_the_schema_can_be_taken_back_and_made_again(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    command.downgrade(alembic_config(empty_database_url), "base")
    engine = create_engine(empty_database_url)
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    engine.dispose()
    upgrade(empty_database_url)
    assert is_current(empty_database_url)


def test_requests_and_decisions_of_the_first_schema_survive_the_approver_rules(empty_database_url: str) -> None:
    command.upgrade(alembic_config(empty_database_url), "0001")
    engine = create_engine(empty_database_url)
    at, person = "2026-11-01 09:00:00+00:00", "b0000000-0000-4000-8000-000000000001"
    with engine.begin() as connection:
        for statement in FIRST_ROWS:
            connection.execute(text(statement), {"at": at, "person": person})
    engine.dispose()
    upgrade(empty_database_url)
    sessions = create_sessions(empty_database_url)
    with sessions.engines[0].connect() as connection:
        principal = connection.execute(text("SELECT principal_object_id, withdrawn_because FROM decision")).one()
        approver = connection.execute(text("SELECT asked_at IS NOT NULL, quiet FROM stage_approver")).one()
        stage = connection.execute(text("SELECT quorum, spec FROM approval_stage")).one()
        package = connection.execute(text("SELECT risk, terms_version FROM access_package")).one()
    sessions.close()
    assert tuple(principal) == (person, "")
    assert (bool(approver[0]), bool(approver[1])) == (True, False)
    assert stage[0] == 1 and "packageApprovers" in str(stage[1])
    assert tuple(package) == (0, 0)


def test_guests_of_the_second_schema_are_looked_after_where_we_invited_them(empty_database_url: str) -> None:
    command.upgrade(alembic_config(empty_database_url), "0002")
    engine = create_engine(empty_database_url)
    insert = text(
        "INSERT INTO guest (id, tenant_id, object_id, origin, address, address_key, display_name, ensured_at)"
        " VALUES (:id, 't', :id, :origin, 'g@x', 'g@x', 'Gus', '2026-11-01 09:00:00+00:00')"
    )
    with engine.begin() as connection:
        for origin in ("invited", "adopted"):
            connection.execute(insert, {"id": f"the-{origin}", "origin": origin})
    engine.dispose()
    upgrade(empty_database_url)
    sessions = create_sessions(empty_database_url)
    with reading(sessions) as tx:
        guests = {guest.id: guest for guest in tx.scalars(select(Guest))}
    sessions.close()
    assert (guests["the-invited"].managed, guests["the-adopted"].managed) == (True, False)
    assert {guest.standing for guest in guests.values()} == {GuestStanding.ACTIVE}


FIRST_ROWS = (
    "INSERT INTO access_package (id, version, tenant_id, state, name, description, launch_url, max_days, for_self,"
    " for_others, owner_kind, owner_id, owner_name, created_at, changed_at) VALUES ('p', 1, 't', 'published', 'P', '',"
    " '', 90, true, true, 'person', :person, 'Bob', :at, :at)",
    "INSERT INTO access_request (id, form_key, tenant_id, package_id, package_name, package_fingerprint, state,"
    " requestor_tenant_id, requestor_object_id, requestor_name, requestor_mail, for_self, guest_address, guest_key,"
    " guest_name, guest_company, sponsor_tenant_id, sponsor_object_id, sponsor_name, justification, message, ends_on,"
    " submitted_at, changed_at, version) VALUES ('r', 'f', 't', 'p', 'P', 'x', 'delivered', 'h', 'a', 'Ann', 'a@x',"
    " true, 'a@x', 'a@x', 'Ann', '', 'h', 'a', 'Ann', 'why', '', '2027-01-01', :at, :at, 1)",
    "INSERT INTO approval_stage (id, request_id, position, state, opened_at) VALUES ('s', 'r', 0, 'approved', :at)",
    "INSERT INTO stage_approver (stage_id, tenant_id, object_id, name, because) VALUES ('s', 't', :person, 'Bob', '')",
    "INSERT INTO decision (id, stage_id, tenant_id, object_id, name, outcome, justification, content_hash, decided_at)"
    " VALUES ('d', 's', 't', :person, 'Bob', 'approve', '', 'h', :at)",
)
