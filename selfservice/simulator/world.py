"""The simulated world: tenants, app registrations, outside people, mail, faults and the ledger."""

from dataclasses import asdict
from datetime import timedelta
from threading import RLock

from selfservice.simulator.clock import Clock
from selfservice.simulator.credentials import Credentials
from selfservice.simulator.directory.mail import Mail
from selfservice.simulator.directory.registration import Registration
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.directory.tenant import Tenant
from selfservice.simulator.faults import Faults
from selfservice.simulator.ledger import Ledger
from selfservice.simulator.login.keys import SigningKeys
from selfservice.simulator.site import Site
from selfservice.simulator.storage import Storage


class World:
    """Hold everything the simulator knows; `lock` guards every look and every change."""

    def __init__(
        self,
        *,
        storage: Storage,
        keys: SigningKeys,
        credentials: Credentials,
        site: Site,
    ) -> None:
        """Start empty; `load` brings back what an earlier process stored."""
        self.storage = storage
        self.keys = keys
        self.credentials = credentials
        self.site = site
        self.lock = RLock()
        self.clock = Clock()
        self.tenants: dict[str, Tenant] = {}
        self.apps: dict[str, Registration] = {}
        self.accounts: dict[str, Properties] = {}
        self.outside: list[Properties] = []
        self.mail = Mail(storage)
        self.ledger = Ledger(storage)
        self.faults = Faults()

    def load(self) -> bool:
        """Bring back the stored world; tell whether there was one."""
        for _, _, body in self.storage.rows("world"):
            self.clock.offset = timedelta(seconds=body["offset"])
            self.outside = body["outside"]
        for _, _, body in self.storage.rows("tenants"):
            self.add_tenant(body).load()
        for key, _, body in self.storage.rows("apps"):
            self.apps[key] = Registration(**body)
        for key, _, body in self.storage.rows("accounts"):
            self.accounts[key] = body
        self.mail.load()
        self.ledger.load()
        return bool(self.tenants)

    def save(self) -> None:
        """Store what belongs to the world as a whole."""
        body = {"offset": self.clock.offset.total_seconds(), "outside": self.outside}
        self.storage.put("world", "world", 0, body)

    def add_tenant(self, body: Properties) -> Tenant:
        """Take in a tenant."""
        tenant = Tenant(body, self.storage, self.clock.stamp)
        self.tenants[tenant.id] = tenant
        return tenant

    def add_app(self, app: Registration) -> None:
        """Take in an app registration."""
        self.apps[app.client_id] = app
        self.storage.put("apps", app.client_id, len(self.apps), asdict(app))

    def add_account(self, body: Properties) -> Properties:
        """Take in a person who belongs to none of the tenants."""
        key = body["address"].lower()
        self.accounts[key] = body
        self.storage.put("accounts", key, len(self.accounts), body)
        return body

    def tenant_named(self, name: str) -> Tenant | None:
        """Find a tenant by its id or one of its domains."""
        found = self.tenants.get(name.lower())
        return found or self.tenant_owning(name)

    def tenant_owning(self, domain: str) -> Tenant | None:
        """Find the tenant in which a domain is verified."""
        for tenant in self.tenants.values():
            if tenant.owns(domain):
                return tenant
        return None

    def tenant_facts(self, name: str) -> Properties | None:
        """Give the public facts of a tenant, simulated or only known by name."""
        tenant = self.tenant_named(name)
        if tenant is not None:
            return {
                "tenantId": tenant.id,
                "federationBrandName": None,
                "displayName": tenant.name,
                "defaultDomainName": tenant.domains[0],
            }
        for known in self.outside:
            if name.lower() in (known["tenantId"], *known["domains"]):
                return {
                    "tenantId": known["tenantId"],
                    "federationBrandName": known.get("brand"),
                    "displayName": known["name"],
                    "defaultDomainName": known["domains"][0],
                }
        return None
