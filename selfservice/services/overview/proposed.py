"""What exactly a proposal about a guest's address or treatment would change: for whoever is asked to agree."""

from selfservice.model.directory import UserType
from selfservice.model.proposal import Proposal, ProposalKind


def changes_of(proposal: Proposal) -> tuple[tuple[str, str], ...]:
    """Return what would change, as pairs of words; nothing for a proposal of another kind."""
    body = proposal.body
    if proposal.kind is ProposalKind.RESET:
        like = str(body.get("looks_like", ""))
        mind = f"The domain of the new address looks like {like}, and is another one."
        return (
            ("Address until now", str(body["old_address"])),
            ("New address", str(body["address"])),
            *((("Mind", mind),) if like else ()),
            ("What it means", "Whoever reads the mail of the new address has the guest's access."),
        )
    if proposal.kind is ProposalKind.MEMBER:
        becomes_member = body["user_type"] == UserType.MEMBER.value
        listed = "Shown, and first: an admin runs a ready command" if body["wants_list"] else "As it is"
        means = (
            "They see what employees see, may need a licence, and are never blocked or deleted by Selfservice."
            if becomes_member
            else "They see only what guests may see, and the rules for guests hold for them again."
        )
        return (
            ("Treated from then on", "as a member" if becomes_member else "as a guest"),
            ("Address list", listed if becomes_member else "As it is"),
            ("What it means", means),
        )
    return ()
