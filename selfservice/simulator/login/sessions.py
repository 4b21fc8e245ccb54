"""Who has signed in in which browser, and the codes that wait to be redeemed."""

import secrets
from dataclasses import dataclass, field

from selfservice.simulator.identifiers import new_id


@dataclass(frozen=True, kw_only=True)
class Visited:
    """Be an app that the person of a session went on to."""

    tenant: str
    redirect_uri: str


@dataclass(kw_only=True)
class Session:
    """Be one browser in which one person has signed in."""

    account: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    sid: str = field(default_factory=new_id)
    clients: dict[str, Visited] = field(default_factory=dict)


@dataclass(kw_only=True)
class Grant:
    """Be what a code stands for."""

    client: str
    redirect_uri: str
    tenant: str
    oid: str
    scope: str
    nonce: str
    challenge: str
    sid: str
    expires: float
    used: bool = False


class Sessions:
    """Keep sessions and codes in memory, for as long as the process lives."""

    def __init__(self) -> None:
        """Start with nobody signed in."""
        self._sessions: dict[str, Session] = {}
        self._grants: dict[str, Grant] = {}

    def get(self, session_id: str) -> Session | None:
        """Find a session by its id."""
        return self._sessions.get(session_id)

    def open(self, account: str) -> Session:
        """Sign somebody in."""
        session = Session(account=account)
        self._sessions[session.id] = session
        return session

    def close(self, session: Session) -> None:
        """Sign somebody out."""
        self._sessions.pop(session.id, None)

    def issue(self, grant: Grant) -> str:
        """Give a code for a grant."""
        code = "0.A" + secrets.token_urlsafe(48)
        self._grants[code] = grant
        return code

    def grant(self, code: str) -> Grant | None:
        """Find what a code stands for, used or not."""
        return self._grants.get(code)
