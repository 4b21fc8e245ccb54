"""One form for several packages: why and until when is asked once, and each package asks its own questions besides."""

from collections.abc import Mapping

from werkzeug.datastructures import MultiDict

from selfservice.services.drafting import Ask
from selfservice.services.overview.asking import AskSheet
from selfservice.web.forms.asking import AskForm
from selfservice.web.forms.questions import form_with

SHARED = ("form_key", "justification", "ends_on")


class TogetherForm:
    """The shared fields, and the form of each package with its own, as complete as if it were asked for alone."""

    def __init__(
        self, sheets: Mapping[str, AskSheet], languages: tuple[str, ...], data: MultiDict[str, str] | None = None
    ) -> None:
        self.shared = AskForm(data)
        self.parts = {
            package_id: form_with(AskForm, sheet, languages)(_part_of(data, package_id), prefix=_prefix(package_id))
            for package_id, sheet in sheets.items()
        }

    def validate(self) -> bool:
        """Say whether everything is filled in, here and for each package."""
        return all([self.shared.validate(), *(part.validate() for part in self.parts.values())])

    @property
    def errors(self) -> bool:
        """Say whether something needs another look."""
        return bool(self.shared.errors) or any(part.errors for part in self.parts.values())

    def asks(self, *, tenant_id: str) -> list[Ask]:
        """Return what is asked for, a package each."""
        return [part.ask(package_id, tenant_id=tenant_id) for package_id, part in self.parts.items()]


def _prefix(package_id: str) -> str:
    return f"p{package_id}-"


def _part_of(data: MultiDict[str, str] | None, package_id: str) -> MultiDict[str, str] | None:
    """Return what was sent as the package's own form would have sent it."""
    if data is None:
        return None
    shared = [(f"{_prefix(package_id)}{name}", value) for name in SHARED for value in data.getlist(name)]
    return MultiDict([*data.items(multi=True), *shared])
