"""Every refusal in the service's own words, read from one data file."""

import json
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, kw_only=True)
class Text:
    """Say one refusal: its status, its code and its words."""

    status: int
    code: str
    message: str

    def fill(self, **values: str) -> str:
        """Put the facts of the case into the words."""
        return self.message.format_map(values) if values else self.message


def _read() -> dict[str, Text]:
    source = files("selfservice.simulator").joinpath("texts.json").read_text("utf-8")
    return {
        name: Text(status=entry["status"], code=entry["code"], message=entry["message"])
        for name, entry in json.loads(source)["texts"].items()
    }


TEXTS = _read()
