"""An access package as an admin writes it. A choice travels with its label, so that it stays readable after a search;
what it stands for is looked up by its ids alone.
"""

from dataclasses import dataclass

from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import NumberRange, Optional, ValidationError

from selfservice.model.package import PartyKind, RoleKind
from selfservice.services.cataloguing import PackageDraft, PartyChoice, RoleChoice
from selfservice.web.forms.fields import at_most, needed, option, stripped
from selfservice.web.forms.package_questions import QuestionForm, questions_in
from selfservice.web.forms.policies import PolicyForm

RISKS = ("nothing much", "a little", "something", "a lot")
NO_CATALOG = option("", "None: the tenant's own")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A group, an app role, or a person, as a form's value and back."""

    kind: str
    resource_id: str
    role_id: str = ""
    label: str = ""

    @property
    def value(self) -> str:
        """The choice as a form's value."""
        return ":".join((self.kind, self.resource_id, self.role_id, self.label))

    @property
    def key(self) -> tuple[str, str, str]:
        """What the choice is, whatever it is called."""
        return (self.kind, self.resource_id, self.role_id)


def read_choice(value: str) -> Choice | None:
    """Read a form's value, or None where it is none of ours."""
    kind, *ids = value.split(":", 3)
    if len(ids) != 3 or kind not in {*RoleKind, *PartyKind} or not ids[0]:
        return None
    return Choice(kind=kind, resource_id=ids[0], role_id=ids[1], label=ids[2])


def read_choices(values: list[str] | None) -> list[Choice]:
    """Read the values that are choices."""
    return [choice for value in values or [] if (choice := read_choice(value))]


class PackageForm(Form):
    """What an access package says."""

    name = StringField(
        "Name",
        description="What people look for in the catalog: the app, not the group.",
        filters=[stripped],
        validators=[needed("Name what the package gives access to."), at_most(120)],
    )
    description = TextAreaField(
        "What is it for?",
        description="Two sentences for somebody who has never heard of it.",
        filters=[stripped],
        validators=[Optional(), at_most(2000)],
    )
    roles = SelectMultipleField("What does it give?", validate_choice=False)
    role_search = StringField("Search groups and apps", filters=[stripped], validators=[Optional(), at_most(100)])
    approvers = SelectMultipleField("Who decides?", validate_choice=False)
    owner = StringField("Who owns it?", validators=[needed("Choose who owns the package."), at_most(400)])
    party_search = StringField("Search people and groups", filters=[stripped], validators=[Optional(), at_most(100)])
    max_days = IntegerField(
        "For how many days at most?",
        default=90,
        validators=[needed("Say for how many days."), NumberRange(1, 365, message="Between 1 and 365 days.")],
    )
    for_self = BooleanField("Employees may ask for themselves", default=True)
    for_others = BooleanField("Employees may invite guests", default=True)
    launch_url = StringField(
        "Launch link (optional)",
        description="Where people go once they have access. It is made to sign them in at your tenant.",
        filters=[stripped],
        validators=[Optional(), at_most(2000)],
    )

    catalog_id = SelectField("Catalog", choices=[NO_CATALOG], validate_choice=False)
    risk = SelectField(
        "What could it harm in the wrong hands?",
        choices=[option(str(number), words) for number, words in enumerate(RISKS)],
        default="0",
    )
    tags = SelectMultipleField("Tags", validate_choice=False)
    questions = FieldList(FormField(QuestionForm), max_entries=20)
    terms = TextAreaField(
        "Terms (optional)",
        description="Whoever asks has to agree. Every change of the text is a new version, and all versions are kept.",
        filters=[stripped],
        validators=[Optional(), at_most(10_000)],
    )
    policy = FormField(PolicyForm)

    def validate_owner(self, field: StringField) -> None:
        """Take a person or a group alone."""
        chosen = read_choice(str(field.data or ""))
        if chosen is None or chosen.kind not in set(PartyKind):
            raise ValidationError("Choose who owns the package.")

    def draft(self, tenant_id: str) -> PackageDraft:
        """Return what was written."""
        owner = read_choices([str(self.owner.data)])[0]
        return PackageDraft(
            tenant_id=tenant_id,
            name=str(self.name.data),
            description=str(self.description.data or ""),
            launch_url=str(self.launch_url.data or ""),
            max_days=int(self.max_days.data or 0),
            for_self=bool(self.for_self.data),
            for_others=bool(self.for_others.data),
            roles=tuple(
                RoleChoice(kind=RoleKind(each.kind), resource_id=each.resource_id, role_id=each.role_id or None)
                for each in read_choices(self.roles.data)
                if each.kind in set(RoleKind)
            ),
            approvers=tuple(
                PartyChoice(kind=PartyKind(each.kind), object_id=each.resource_id)
                for each in read_choices(self.approvers.data)
                if each.kind in set(PartyKind)
            ),
            owner=PartyChoice(kind=PartyKind(owner.kind), object_id=owner.resource_id),
            catalog_id=str(self.catalog_id.data or "") or None,
            risk=int(self.risk.data or 0),
            tags=tuple(self.tags.data or ()),
            questions=questions_in(self.questions),
            terms=str(self.terms.data or ""),
            policy=self.policy.form.policy(),
        )
