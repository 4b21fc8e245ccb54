"""A catalog and a connected organization as an admin writes them."""

from wtforms import Form, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional

from selfservice.web.forms.fields import at_most, needed, stripped


class CatalogForm(Form):
    """What a catalog says."""

    name = StringField("Name", filters=[stripped], validators=[needed("Name the catalog."), at_most(120)])
    description = TextAreaField("What is in it? (optional)", filters=[stripped], validators=[Optional(), at_most(2000)])
    owners = SelectMultipleField("Who keeps it?", validate_choice=False)
    party_search = StringField("Search people and groups", filters=[stripped], validators=[Optional(), at_most(100)])


class OrganizationForm(Form):
    """What a connected organization says."""

    name = StringField("Name", filters=[stripped], validators=[needed("Name the organization."), at_most(120)])
    description = TextAreaField(
        "Who are they to us? (optional)", filters=[stripped], validators=[Optional(), at_most(2000)]
    )
    domains = TextAreaField(
        "Their domains",
        description="One a line. partner.example is only itself; *.partner.example is its subdomains.",
        filters=[stripped],
        validators=[Optional(), at_most(4000)],
    )
    partner_tenant_id = StringField(
        "Their tenant id (optional)",
        description="Where you know it: a GUID from their directory.",
        filters=[stripped],
        validators=[Optional(), at_most(36)],
    )
    sponsors = SelectMultipleField("Who of ours answers for them?", validate_choice=False)
    party_search = StringField("Search people and groups", filters=[stripped], validators=[Optional(), at_most(100)])

    def domain_lines(self) -> tuple[str, ...]:
        """Return the domains, one a line."""
        return tuple(line.strip() for line in str(self.domains.data or "").splitlines() if line.strip())
