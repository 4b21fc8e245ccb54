"""The first page says what waits: a proposal to whoever was asked, and to nobody else."""

from collections.abc import Callable

from selfservice.services.runtime import WebRuntime
from tests.web.browser import Visitor
from tests.web.cast import CAST
from tests.web.guested import take_in
from tests.web.world import World

Visit = Callable[[str], Visitor]


def test_whoever_was_asked_finds_the_proposal_on_the_first_page(visit: Visit, rt: WebRuntime, world: World) -> None:
    guest = take_in(rt, "Rhea Sol")
    form = {"guests": [guest], "person": CAST["eve"].object_id, "why": "I change teams"}
    assert visit("cy").post("/hand-over", form).status_code == 303
    assert "1 proposal waits for your answer" in visit("eve").get("/").text
    assert "waits for your answer" not in visit("cy").get("/").text
