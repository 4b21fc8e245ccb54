"""Who may ask, for whom and how often, as an admin writes it."""

from wtforms import Form, IntegerField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import NumberRange, Optional

from selfservice.model.policy import MOST_A_DAY, AskPolicy, Quotas
from selfservice.web.forms.fields import at_most, stripped

LINES = "One a line. Finance is that department alone; Finance/* is Finance and all beneath."
DOMAINS = "One a line. partner.example is only itself; *.partner.example is its subdomains."


def _lines(label: str, description: str) -> TextAreaField:
    return TextAreaField(label, description=description, filters=[stripped], validators=[Optional(), at_most(20_000)])


def _number(label: str) -> IntegerField:
    bounds = NumberRange(0, MOST_A_DAY, message=f"Between 0 and {MOST_A_DAY}.")
    return IntegerField(label, validators=[Optional(), bounds])


class PolicyForm(Form):
    """An asking policy. What is empty restricts nothing."""

    home_tenants = SelectMultipleField("People of which tenants?", validate_choice=False)
    groups = SelectMultipleField("Members of which groups?", validate_choice=False)
    group_search = StringField(
        "Search groups of home tenants", filters=[stripped], validators=[Optional(), at_most(100)]
    )
    departments = _lines("People of which departments?", LINES)
    allowed_domains = _lines("Guests of which domains alone?", DOMAINS)
    denied_domains = _lines("Guests of which domains never?", DOMAINS)
    person = _number("By one person")
    department = _number("By one department")
    domain = _number("For one domain")
    tenant = _number("In all")

    def policy(self) -> AskPolicy:
        """Return the policy."""
        return AskPolicy(
            home_tenants=tuple(self.home_tenants.data or ()),
            groups=tuple(self.groups.data or ()),
            departments=_read(self.departments),
            allowed_domains=_read(self.allowed_domains),
            denied_domains=_read(self.denied_domains),
            quotas=Quotas(
                person=self.person.data,
                department=self.department.data,
                domain=self.domain.data,
                tenant=self.tenant.data,
            ),
        )

    def fill(self, policy: AskPolicy) -> None:
        """Write a policy into a fresh form."""
        self.home_tenants.data, self.groups.data = list(policy.home_tenants), list(policy.groups)
        self.departments.data = "\n".join(policy.departments)
        self.allowed_domains.data = "\n".join(policy.allowed_domains)
        self.denied_domains.data = "\n".join(policy.denied_domains)
        quotas = policy.quotas
        self.person.data, self.department.data = quotas.person, quotas.department
        self.domain.data, self.tenant.data = quotas.domain, quotas.tenant


def _read(field: TextAreaField) -> tuple[str, ...]:
    return tuple(filter(None, (line.strip() for line in str(field.data or "").splitlines())))
