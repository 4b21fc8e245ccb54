"""An assignment: a guest holds an access package until a date."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.audit import Account, AuditEvent, Subject, event
from selfservice.model.base import Base, Guid, Id, UtcDateTime, Versioned, new_id, states
from selfservice.model.refusal import Refused


class AssignmentState(StrEnum):
    """Where an assignment stands."""

    ACTIVE = "active"
    ENDING = "ending"
    ENDED = "ended"
    END_FAILED = "endFailed"


class Lapse(StrEnum):
    """What somebody decided about the end of an assignment, so that nobody is warned of it any more."""

    LET_EXPIRE = "letExpire"


class AlreadyEnding(Refused):
    """The access is being taken away already, or is gone."""


class Assignment(Versioned, Base):
    """Who holds what until when, who answers for it, and by which request it came.

    `warned_days` is the last warning that was given, in days before the end; `end_decision` is what somebody decided
    about this end (an extension has a new end, about which nobody has decided anything yet).
    """

    __tablename__ = "assignment"
    __table_args__ = (
        Index(None, "sponsor_tenant_id", "sponsor_object_id", "state"),
        Index(None, "state", "ends_on"),
        Index(None, "guest_id", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    package_id: Mapped[str] = mapped_column(ForeignKey("access_package.id"), index=True)
    package_name: Mapped[str] = mapped_column(String(120))
    request_id: Mapped[str] = mapped_column(ForeignKey("access_request.id"), unique=True)
    guest_id: Mapped[str] = mapped_column(ForeignKey("guest.id"))
    sponsor_tenant_id: Mapped[str] = mapped_column(Guid)
    sponsor_object_id: Mapped[str] = mapped_column(Guid)
    sponsor_name: Mapped[str] = mapped_column(String(256))
    state: Mapped[AssignmentState] = mapped_column(states(AssignmentState), default=AssignmentState.ACTIVE)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_on: Mapped[date] = mapped_column(Date)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    end_reason: Mapped[str] = mapped_column(String(500), default="")
    warned_days: Mapped[int | None] = mapped_column(default=None)
    end_decision: Mapped[Lapse | None] = mapped_column(states(Lapse), default=None)
    end_decided_by: Mapped[str] = mapped_column(String(256), default="")
    end_decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    extensions: Mapped[int] = mapped_column(default=0)

    @property
    def sponsor(self) -> PersonRef:
        """Who answers for the guest."""
        return PersonRef(tenant_id=self.sponsor_tenant_id, object_id=self.sponsor_object_id)

    @property
    def subject(self) -> Subject:
        """What audit events about this assignment name."""
        return Subject(kind="assignment", id=self.id, tenant_id=self.tenant_id)

    def extend(self, ends_on: date, *, by: Actor, at: datetime, request_id: str, why: str) -> AuditEvent:
        """Let the access go on until a later day, about whose end nobody has decided anything yet."""
        details: dict[str, object] = {
            "before": self.ends_on.isoformat(),
            "now": ends_on.isoformat(),
            "request": request_id,
        }
        self.ends_on, self.extensions = ends_on, self.extensions + 1
        self.warned_days = self.end_decision = self.end_decided_at = None
        self.end_decided_by = ""
        return event("assignment.extend", self.subject, by=by, at=at, account=Account(why=why, details=details))

    def let_expire(self, *, by: Actor, at: datetime) -> AuditEvent:
        """Keep that somebody lets the access end on its day."""
        self.end_decision, self.end_decided_by, self.end_decided_at = Lapse.LET_EXPIRE, by.name, at
        account = Account(details={"ends_on": self.ends_on.isoformat()})
        return event("assignment.letExpire", self.subject, by=by, at=at, account=account)

    def think_again(self, *, by: Actor, at: datetime) -> AuditEvent:
        """Forget what was decided about the end."""
        self.end_decision = self.end_decided_at = None
        self.end_decided_by = ""
        return event("assignment.thinkAgain", self.subject, by=by, at=at)

    def begin_end(self, *, by: Actor, at: datetime, why: str) -> AuditEvent:
        """Begin to take the access away."""
        if self.state is not AssignmentState.ACTIVE:
            raise AlreadyEnding(
                "This access is being taken away already, or is gone.",
                next_step="Nothing is left to do.",
            )
        self.state, self.end_reason = AssignmentState.ENDING, why
        return event("assignment.end", self.subject, by=by, at=at, account=Account(why=why))

    def finish_end(self, *, by: Actor, at: datetime) -> AuditEvent:
        """Say that the access is gone from the directory."""
        self.state, self.ended_at = AssignmentState.ENDED, at
        return event(
            "assignment.ended",
            self.subject,
            by=by,
            at=at,
            account=Account(why=self.end_reason),
        )

    def fail_end(self, *, by: Actor, at: datetime) -> AuditEvent:
        """Say that the access could not be taken away; a person must look."""
        self.state = AssignmentState.END_FAILED
        return event(
            "assignment.endFailed",
            self.subject,
            by=by,
            at=at,
            account=Account(why=self.end_reason),
        )

    def retry_end(self, *, by: Actor, at: datetime) -> AuditEvent:
        """Try once more to take the access away."""
        if self.state is not AssignmentState.END_FAILED:
            raise AlreadyEnding("This access is being taken away already, or is gone.")
        self.state = AssignmentState.ENDING
        return event("assignment.retryEnd", self.subject, by=by, at=at)
