"""How a file of rules spells ids: by name where a name is enough, else with the id in brackets."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from selfservice.config.settings import Settings
from selfservice.model.application import Application
from selfservice.model.catalog import Catalog
from selfservice.model.group import Group
from selfservice.model.organization import ConnectedOrganization
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.refusal import Refused
from selfservice.model.rules.facts import Attribute
from selfservice.services.rules.text_values import PERSON, TENANT, WITH_ID

TENANTS = frozenset({TENANT, Attribute.RESOURCE_TENANT, Attribute.HOME_TENANT})
SHOWN = 5

Known = Sequence[tuple[str, str]]
"""(id, name) of the things that fit."""


class NameUnknown(Refused):
    """A name in a file fits nothing, or several things."""


class DirectoryNaming:
    """Names of the mirror and of our own catalog, seen from one resource tenant."""

    def __init__(self, tx: Session, settings: Settings, tenant_id: str) -> None:
        self._tx, self._settings, self._tenant_id = tx, settings, tenant_id
        self._spelt: dict[tuple[str, str, str], str] = {}

    def name(self, kind: str, value: str, *, tenant_id: str = "") -> str:
        """Return how an id is spelt; one that nothing has any more stays as it is."""
        if kind in TENANTS:
            tenant = self._settings.tenant_by_id(value)
            return tenant.alias if tenant else value
        key = (kind, value, tenant_id)
        if key not in self._spelt:
            self._spelt[key] = self._spell(kind, value, tenant_id)
        return self._spelt[key]

    def value(self, kind: str, spelt: str, *, tenant_id: str = "") -> str:
        """Return the id that is spelt so, or refuse where nothing or several things fit."""
        if kind in TENANTS:
            return self._tenant(spelt)
        bracketed = WITH_ID.fullmatch(spelt)
        wanted = bracketed[2] if bracketed else spelt
        if self._find(kind, wanted, by_id=True, tenant_id=tenant_id):
            return wanted
        found = self._find(kind, spelt, by_id=False, tenant_id=tenant_id)
        if len(found) == 1:
            return found[0][0]
        raise _unknown(kind, spelt, found)

    def follows(self, package_id: str) -> Mapping[str, object]:
        """Return the facts that follow from a package."""
        package = self._tx.get(AccessPackage, package_id)
        if package is None or package.tenant_id != self._tenant_id:
            return {"resource_tenant": self._tenant_id}
        return {
            "resource_tenant": self._tenant_id,
            "catalog": package.catalog_id or "",
            "resources": tuple(sorted({role.resource_id for role in package.roles})),
            "risk": package.risk,
            "tags": tuple(sorted(package.tags)),
        }

    def _tenant(self, spelt: str) -> str:
        for tenant in self._settings.tenants.values():
            if spelt in (tenant.alias, tenant.tenant_id):
                return tenant.tenant_id
        raise _unknown(TENANT, spelt, [(t.tenant_id, t.alias) for t in self._settings.tenants.values()])

    def _spell(self, kind: str, value: str, tenant_id: str) -> str:
        known = self._find(kind, value, by_id=True, tenant_id=tenant_id)
        if not known:
            return value
        name = known[0][1]
        is_enough = len(self._find(kind, name, by_id=False, tenant_id=tenant_id)) == 1 and not WITH_ID.fullmatch(name)
        return name if name and is_enough else f"{name} ({value})"

    def _find(self, kind: str, wanted: str, *, by_id: bool, tenant_id: str) -> Known:
        queries = QUERIES[kind](tenant_id or self._tenant_id if kind != Attribute.GROUP else tenant_id)
        rows = (
            self._tx.execute(query.where(key == wanted if by_id else name == wanted)) for query, key, name in queries
        )
        return [(row[0], row[1]) for each in rows for row in each]


Query = tuple[Select[str, str], InstrumentedAttribute[str], InstrumentedAttribute[str]]


def _ours(table: type[AccessPackage | Catalog | ConnectedOrganization]) -> Callable[[str], list[Query]]:
    def queries(tenant_id: str) -> list[Query]:
        return [(select(table.id, table.name).where(table.tenant_id == tenant_id), table.id, table.name)]

    return queries


def _groups(tenant_id: str) -> list[Query]:
    """A clause's group may be of any tenant; an approver's is of the tenant that is written beside it."""
    query = select(Group.object_id, Group.display_name).where(Group.removed_at.is_(None))
    query = query.where(Group.tenant_id == tenant_id) if tenant_id else query
    return [(query, Group.object_id, Group.display_name)]


def _resources(tenant_id: str) -> list[Query]:
    application = select(Application.object_id, Application.display_name).where(Application.tenant_id == tenant_id)
    return [*_groups(tenant_id), (application, Application.object_id, Application.display_name)]


def _people(tenant_id: str) -> list[Query]:
    query = select(Person.object_id, Person.display_name).where(
        Person.tenant_id == tenant_id, Person.removed_at.is_(None)
    )
    return [(query, Person.object_id, Person.display_name)]


QUERIES: Mapping[str, Callable[[str], list[Query]]] = {
    Attribute.PACKAGE: _ours(AccessPackage),
    Attribute.CATALOG: _ours(Catalog),
    Attribute.ORGANIZATION: _ours(ConnectedOrganization),
    Attribute.GROUP: _groups,
    Attribute.RESOURCE: _resources,
    PERSON: _people,
}


def _unknown(kind: str, spelt: str, found: Known) -> NameUnknown:
    if not found:
        return NameUnknown(f"there is no {kind} called `{spelt}`")
    fitting = ", ".join(f"{name} ({value})" for value, name in found[:SHOWN])
    return NameUnknown(f"`{spelt}` fits no single {kind}; write one of {fitting}")
