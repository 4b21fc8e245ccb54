"""References are built in one place, and what is deleted is a link, never the object behind it."""

import re
from pathlib import Path

import pytest

from selfservice.entra import references
from tests.entra.world import GROUPS, PEOPLE, World

PACKAGE = Path(references.__file__).parents[1]
GROUP, USER = GROUPS["Expenses Users"], PEOPLE["ida@partner.example"]


def test_nobody_else_writes_the_last_segment_of_a_reference() -> None:
    written = {
        file.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        if "$ref" in file.read_text("utf-8") and PACKAGE / "simulator" not in file.parents
    }
    assert written == {"entra/references.py", "entra/errors.py"}
    matcher = re.findall(r".*\$ref.*", (PACKAGE / "entra" / "errors.py").read_text("utf-8").replace("\\", ""))
    assert len(matcher) == 1
    assert matcher[0].startswith("REFERENCE: Final")


def test_every_path_of_a_reference_ends_at_the_link() -> None:
    made = (
        references.members(GROUP),
        references.member(GROUP, USER),
        references.sponsors(USER),
        references.sponsor(USER, GROUP),
    )
    assert all(path.endswith("/$ref") for path in made)


@pytest.mark.parametrize("wrong", ["", "x", f"{USER}/", f"{USER}/$ref", "../users"])
def test_what_is_no_id_makes_no_reference(wrong: str) -> None:
    for make in (references.members, references.sponsors):
        with pytest.raises(ValueError, match="id"):
            make(wrong)
    for pair in (references.member, references.sponsor):
        with pytest.raises(ValueError, match="id"):
            pair(GROUP, wrong)
    for body in (references.to_object, references.to_user, references.to_group):
        with pytest.raises(ValueError, match="id"):
            body("https://graph.example/v1.0", wrong)


def test_a_body_names_the_object_in_its_own_cloud() -> None:
    body = references.to_object("https://graph.microsoft.us/v1.0", USER.upper())
    assert body == {"@odata.id": f"https://graph.microsoft.us/v1.0/directoryObjects/{USER}"}


def test_a_member_and_a_sponsor_outlive_their_links(world: World) -> None:
    contoso = world.directory("Contoso")
    sponsor = PEOPLE["bob@contoso.example"]
    contoso.remove_member(GROUP, USER, attempt_id="")
    contoso.remove_sponsor(USER, sponsor_id=sponsor, attempt_id="")
    assert contoso.get_user(USER) is not None
    assert contoso.get_user(sponsor) is not None
    assert not contoso.is_member(GROUP, USER)
    assert contoso.sponsors(USER) == ()
