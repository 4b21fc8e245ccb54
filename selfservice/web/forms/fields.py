"""Field behaviour that several forms share."""

import secrets
from typing import cast

from wtforms import Form, HiddenField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are of an older release
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


def option(value: str, label: str) -> tuple[str, str]:
    """Return one line of a select field: what is sent, and what people read."""
    return cast("tuple[str, str]", SelectChoice(value, label))


class OnceForm(Form):
    """A form that counts once, however often it is sent."""

    form_key = HiddenField(
        default=lambda: secrets.token_hex(16),
        validators=[needed("Load the page again."), at_most(LONGEST_KEY)],
    )
