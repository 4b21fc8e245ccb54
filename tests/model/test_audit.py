"""An audit event says who did what, to what, why, when and from where."""

from selfservice.model.actor import SYSTEM, Actor, ActorKind
from selfservice.model.audit import Account, Subject, event
from tests.model.making import ANN, CONTOSO, NOW

SUBJECT = Subject(kind="request", id="r1", tenant_id=CONTOSO)


def test_an_event_names_actor_object_reason_evidence_and_place() -> None:
    by = Actor(tenant_id=ANN.tenant_id, object_id=ANN.object_id, name=ANN.name, remote_address="192.0.2.7")
    account = Account(why="month-end close", graph_request_id="graph-1", details={"step": "invite"})
    told = event("request.submit", SUBJECT, by=by, at=NOW, account=account)
    assert (told.action, told.object_kind, told.object_id, told.tenant_id, told.at) == (
        "request.submit",
        "request",
        "r1",
        CONTOSO,
        NOW,
    )
    assert (told.actor_kind, told.actor_tenant_id, told.actor_object_id, told.actor_name) == (
        ActorKind.PERSON,
        ANN.tenant_id,
        ANN.object_id,
        "Ann Lee",
    )
    assert (told.why, told.graph_request_id, told.remote_address) == ("month-end close", "graph-1", "192.0.2.7")
    assert told.details == {"step": "invite"}


def test_what_this_application_does_by_itself_is_told_as_such() -> None:
    told = event("request.expire", SUBJECT, by=SYSTEM, at=NOW)
    assert (told.actor_kind, told.actor_name, told.actor_object_id, told.why) == (
        ActorKind.SYSTEM,
        "Selfservice",
        "",
        "",
    )


def test_an_event_keeps_its_own_copy_of_the_details() -> None:
    details: dict[str, object] = {"a": 1}
    told = event("x", SUBJECT, by=SYSTEM, at=NOW, account=Account(details=details))
    details["a"] = 2
    assert told.details == {"a": 1}
