"""Forms around an invitation that is not accepted, and around how a guest is treated."""

from wtforms import BooleanField, EmailField, Form, HiddenField, TextAreaField
from wtforms.validators import AnyOf, Regexp

from selfservice.model.directory import UserType
from selfservice.services.resetting import ResetAsk
from selfservice.services.treating import Wish
from selfservice.web.forms.fields import at_most, needed, stripped

LONGEST_ADDRESS = 254


class LinkForm(Form):
    """A guest asks for a fresh link to their own invitation. Only the shape of an address is checked."""

    address = EmailField(
        "Your e-mail address",
        description="The one to which the invitation was sent.",
        filters=[stripped],
        validators=[
            needed("Type the address to which the invitation was sent."),
            at_most(LONGEST_ADDRESS),
            Regexp(r"^[^@\s]+@[^@\s]+$", message="That is not an e-mail address."),
        ],
        render_kw={"autocomplete": "email"},
    )


class ResetForm(Form):
    """A guest is to come in with another address."""

    address = EmailField(
        "The new address",
        description="Whoever reads the mail of this address becomes the guest. Make sure that it is theirs.",
        filters=[stripped],
        validators=[needed("Type the new address."), at_most(LONGEST_ADDRESS)],
    )
    why = TextAreaField(
        "Why is another address needed?",
        description="For whoever agrees to it.",
        filters=[stripped],
        validators=[needed("Say in a sentence why."), at_most(500)],
    )

    @property
    def wanted(self) -> ResetAsk:
        """What was asked."""
        return ResetAsk(address=str(self.address.data), why=str(self.why.data))


class TreatForm(Form):
    """A guest is to be treated as a member, or as a guest again."""

    user_type = HiddenField(validators=[AnyOf([each.value for each in UserType], message="Load the page again.")])
    wants_list = BooleanField(
        "Let people find them in the address list",
        description="An admin does this first, with a command that is ready for them.",
    )
    why = TextAreaField(
        "Why?",
        description="For the admin who agrees to it.",
        filters=[stripped],
        validators=[needed("Say in a sentence why."), at_most(500)],
    )

    @property
    def wish(self) -> Wish:
        """What was asked."""
        return Wish(
            user_type=UserType(str(self.user_type.data)),
            wants_list=bool(self.wants_list.data),
            why=str(self.why.data),
        )
