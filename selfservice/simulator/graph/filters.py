"""What may be filtered by, and whether an object passes."""

from collections.abc import Iterator

from selfservice.simulator.directory.collection import Collection
from selfservice.simulator.directory.shapes import KINDS, Properties
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.graph.odata import (
    AnyOf,
    Both,
    Compare,
    Either,
    In,
    Literal,
    Node,
    Not,
)

_TEXT = frozenset(("eq", "ne", "ge", "le", "in", "startswith"))
_ADDRESS = _TEXT | {"endswith"}
_FLAG = frozenset(("eq", "ne", "in"))
_TIME = frozenset(("eq", "ne", "ge", "le", "in"))
_LIST = frozenset(("eq", "ge", "le", "startswith"))
_ACTIVITY = (
    "signInActivity/lastSignInDateTime",
    "signInActivity/lastNonInteractiveSignInDateTime",
    "signInActivity/lastSuccessfulSignInDateTime",
)

FILTERABLE: dict[str, dict[str, frozenset[str]]] = {
    "users": {
        **dict.fromkeys(("mail", "userPrincipalName"), _ADDRESS),
        **dict.fromkeys(
            (
                "displayName",
                "givenName",
                "surname",
                "department",
                "jobTitle",
                "companyName",
                "city",
                "country",
                "employeeId",
                "employeeType",
                "mailNickname",
                "usageLocation",
                "preferredLanguage",
                "state",
                "onPremisesUserPrincipalName",
            ),
            _TEXT,
        ),
        **dict.fromkeys(
            (
                "id",
                "accountEnabled",
                "userType",
                "creationType",
                "externalUserState",
                "onPremisesSyncEnabled",
            ),
            _FLAG,
        ),
        **dict.fromkeys(
            ("createdDateTime", "externalUserStateChangeDateTime", "deletedDateTime", *_ACTIVITY),
            _TIME,
        ),
        **dict.fromkeys(("otherMails", "proxyAddresses", "identities"), _LIST),
    },
    "groups": {
        **dict.fromkeys(("displayName", "mailNickname", "description"), _TEXT),
        "mail": _ADDRESS,
        **dict.fromkeys(
            ("id", "mailEnabled", "securityEnabled", "onPremisesSyncEnabled", "isAssignableToRole"),
            _FLAG,
        ),
        "createdDateTime": _TIME,
        **dict.fromkeys(("groupTypes", "proxyAddresses"), _LIST),
    },
    "servicePrincipals": {
        "displayName": _TEXT,
        **dict.fromkeys(
            ("id", "appId", "accountEnabled", "servicePrincipalType", "appOwnerOrganizationId"),
            _FLAG,
        ),
        **dict.fromkeys(("tags", "servicePrincipalNames"), _LIST),
    },
}


def check(node: Node, kind: str, *, advanced: bool) -> None:
    """Refuse what the service cannot filter by, or only in advanced queries."""
    paths = list(_paths(node))
    if len(paths) > 1 and any(path.startswith("signInActivity/") for path in paths):
        raise refuse("sign-in-filter")
    _check(node, kind, advanced)


def _check(node: Node, kind: str, advanced: bool) -> None:
    match node:
        case Compare(path, operator, _):
            _check_operator(kind, path, operator, advanced)
        case In(path, _):
            _check_operator(kind, path, "in", advanced)
        case AnyOf(path, _, inner):
            _check_any(kind, path, inner)
        case Not(inner):
            if not advanced:
                raise refuse("filter-operator")
            _check(inner, kind, advanced)
        case Both(nodes) | Either(nodes):
            for inner in nodes:
                _check(inner, kind, advanced)


def _check_operator(kind: str, path: str, operator: str, advanced: bool) -> None:
    allowed = FILTERABLE[kind].get(path)
    if allowed is None or allowed is _LIST:
        raise refuse("filter-unsupported", name=path, type=_title(kind))
    if operator not in allowed or (operator in ("ne", "endswith") and not advanced):
        raise refuse("filter-operator")


def _check_any(kind: str, path: str, inner: Node) -> None:
    if FILTERABLE[kind].get(path) is not _LIST:
        raise refuse("filter-unsupported", name=path, type=_title(kind))
    asked = list(_paths(inner))
    if path == "identities":
        names = {name.partition("/")[2] for name in asked}
        if not {"issuer", "issuerAssignedId"} <= names:
            raise refuse("filter-unsupported", name=path, type=_title(kind))


def _title(kind: str) -> str:
    return KINDS[kind][0].upper() + KINDS[kind][1:]


def _paths(node: Node) -> Iterator[str]:
    match node:
        case Compare(path, _, _) | In(path, _):
            yield path
        case AnyOf(path, _, _):
            yield path
        case Not(inner):
            yield from _paths(inner)
        case Both(nodes) | Either(nodes):
            for inner in nodes:
                yield from _paths(inner)


def passes(node: Node, item: Properties) -> bool:
    """Tell whether an object meets a condition; letters of either case are equal."""
    match node:
        case Compare(path, operator, value):
            return _compare(_value(item, path), operator, value)
        case In(path, values):
            return any(_compare(_value(item, path), "eq", value) for value in values)
        case AnyOf(path, variable, inner):
            return any(passes(inner, {variable: element}) for element in _elements(item, path))
        case Not(inner):
            return not passes(inner, item)
        case Both(nodes):
            return all(passes(inner, item) for inner in nodes)
        case Either(nodes):
            return any(passes(inner, item) for inner in nodes)


def candidates(node: Node, collection: Collection) -> set[str] | None:
    """Name the only ids that can pass, if the indexes know; None if all must be read."""
    match node:
        case Compare("id", "eq", str(value)):
            return {value}
        case In("id", values):
            return {str(value) for value in values}
        case Compare("mail" | "userPrincipalName" | "appId", "eq", str(value)):
            return collection.holders(value)
        case AnyOf("otherMails" | "proxyAddresses", _, Compare(_, "eq", str(value))):
            return collection.holders(value)
        case Both(nodes):
            known = [found for n in nodes if (found := candidates(n, collection)) is not None]
            return set.intersection(*known) if known else None
        case Either(nodes):
            parts = [candidates(inner, collection) for inner in nodes]
            known = [part for part in parts if part is not None]
            return set.union(*known) if len(known) == len(parts) else None
        case _:
            return None


def _elements(item: Properties, path: str) -> list[object]:
    found = _value(item, path)
    return found if isinstance(found, list) else []


def _value(item: Properties, path: str) -> object:
    value: object = item
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _compare(value: object, operator: str, wanted: Literal) -> bool:
    left = value.lower() if isinstance(value, str) else value
    right = wanted.lower() if isinstance(wanted, str) else wanted
    if operator in ("eq", "ne"):
        return (left == right) == (operator == "eq")
    if not isinstance(left, str) or not isinstance(right, str):
        return False
    if operator == "startswith":
        return left.startswith(right)
    if operator == "endswith":
        return left.endswith(right)
    return left >= right if operator == "ge" else left <= right
