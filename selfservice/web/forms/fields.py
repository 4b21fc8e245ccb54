"""Field behaviour that several forms share."""

import secrets

from wtforms import Form, HiddenField
from wtforms.validators import DataRequired, Length

LONGEST_KEY = 64


def stripped(text: object) -> object:
    """Take the blanks off both ends of what was typed."""
    return text.strip() if isinstance(text, str) else text


def needed(words: str) -> DataRequired:
    """Require an input that is more than blanks; the words say what to type."""
    return DataRequired(message=words)


def at_most(longest: int) -> Length:
    """Bound an input's length."""
    return Length(max=longest, message=f"Use {longest} characters at most.")


class OnceForm(Form):
    """A form that counts once, however often it is sent."""

    form_key = HiddenField(
        default=lambda: secrets.token_hex(16),
        validators=[needed("Load the page again."), at_most(LONGEST_KEY)],
    )
