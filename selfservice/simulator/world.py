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
    """Hold what one cloud knows; `lock` guards every look and every change.

    Clouds that stand beside each other share what is no cloud's own: the clock, mail, outside people, faults and the
    ledger. A tenant, an app registration and a signing key belong to one of them.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        keys: SigningKeys,
        credentials: Credentials,
        site: Site,
    ) -> None:
        """Start empty; `load` brings back what an earlier process stored."""
        self.clouds: dict[str, World] = {site.cloud: self}
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

    def beside(self, *, keys: SigningKeys, site: Site) -> "World":
        """Make another cloud, empty, next to this one."""
        made = World(storage=self.storage, keys=keys, credentials=self.credentials, site=site)
        made.lock, made.clock, made.accounts = self.lock, self.clock, self.accounts
        made.mail, made.ledger, made.faults = self.mail, self.ledger, self.faults
        made.clouds = self.clouds
        self.clouds[site.cloud] = made
        return made

    @property
    def everywhere(self) -> dict[str, Tenant]:
        """The tenants of all clouds, for those who stand above them: people with a browser, and tests."""
        return {key: tenant for cloud in self.clouds.values() for key, tenant in cloud.tenants.items()}

    def cloud_of(self, tenant_id: str) -> "World":
        """Return the cloud that a tenant belongs to."""
        return next(cloud for cloud in self.clouds.values() if tenant_id in cloud.tenants)

    def load(self) -> bool:
        """Bring back the stored world; tell whether there was one."""
        for _, _, body in self.storage.rows("world"):
            self.clock.offset = timedelta(seconds=body["offset"])
            self.outside = body["outside"]
        for _, _, body in self.storage.rows("tenants"):
            self.clouds[body.get("cloud", "")].add_tenant(body).load()
        for key, _, body in self.storage.rows("apps"):
            app = Registration(**body)
            self.cloud_of(app.tenant).apps[key] = app
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

    def anywhere(self, name: str) -> Tenant | None:
        """Find a tenant of any cloud by its id or one of its domains."""
        return next(filter(None, (cloud.tenant_named(name) for cloud in self.clouds.values())), None)

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
