"""Changing how a guest is known: who answers for them, with which address they redeem, and how they are treated."""

from selfservice.model.directory import UserType
from selfservice.services.ports import Directory
from selfservice.services.steps.describing import MOST_SPONSORS
from selfservice.services.steps.looking_after import ensure_ours
from selfservice.services.steps.work import Drifted, Outcome, Work, guest_of


def set_sponsors(directory: Directory, work: Work) -> Outcome:
    """Name exactly the sponsors that were ordered: never more than five at once, and never none on the way."""
    guest = guest_of(work)
    present = directory.sponsors(guest)
    wanted = {sponsor.object_id: sponsor for sponsor in work.sponsors}
    missing = [sponsor for key, sponsor in wanted.items() if key not in present]
    surplus = [each for each in present if each not in wanted]
    if not missing and not surplus:
        return Outcome(note="named already", skipped=True)
    request_id = ""
    while missing or surplus:
        if missing and len(present) < MOST_SPONSORS:
            sponsor = missing.pop()
            done = directory.add_sponsor(
                guest, sponsor_id=sponsor.object_id, is_group=sponsor.is_group, attempt_id=work.attempt_id
            )
            present = (*present, sponsor.object_id)
        else:
            gone = surplus.pop()
            done = directory.remove_sponsor(guest, sponsor_id=gone, attempt_id=work.attempt_id)
            present = tuple(each for each in present if each != gone)
        request_id = done.request_id
    return Outcome(note=", ".join(each.name for each in wanted.values()), graph_request_id=request_id)


def reset_redemption(directory: Directory, work: Work) -> Outcome:
    """Let the guest redeem anew with another address; their object, and all that it holds, stays.

    The address has to be on the object first. https://learn.microsoft.com/entra/external-id/reset-redemption-status
    """
    guest = directory.get_user(guest_of(work))
    if guest is None:
        raise Drifted("The guest is not in the directory any more.", next_step="Restore them, or invite them again.")
    if guest.user_type is not UserType.GUEST or directory.is_role_holder(guest.object_id):
        raise Drifted(
            f"{work.guest_name} is a member of {work.tenant_name}, or holds a role there, and is never reset.",
            next_step=f"Ask an admin of {work.tenant_name}.",
            owner=f"An admin of {work.tenant_name}",
        )
    others = [user for user in directory.find_users_by_address(work.address) if user.object_id != guest.object_id]
    if others:
        raise Drifted(
            f"Somebody else in {work.tenant_name} has the address {work.address}.",
            next_step="Choose another address, or have the other user's address changed.",
            owner="The sponsor",
        )
    if guest.mail is None or guest.mail.casefold() != work.address.casefold():
        kept = tuple(dict.fromkeys((*guest.other_mails, work.address)))
        directory.set_addresses(guest.object_id, mail=work.address, other_mails=kept, attempt_id=work.attempt_id)
    invitation = directory.reset_redemption(
        guest.object_id, address=work.address, redirect_url=work.redirect_url, attempt_id=work.attempt_id
    )
    link = None if invitation.status == "Completed" else invitation.redeem_url
    return Outcome(note=f"for {work.address}", graph_request_id=invitation.request_id, redeem_url=link)


def treat(directory: Directory, work: Work) -> Outcome:
    """Treat the guest as a member from now on, or as a guest again. The address list is not ours to write."""
    guest = directory.get_user(guest_of(work))
    if guest is None or work.user_type is None:
        raise Drifted("The guest is not in the directory any more.", next_step="Restore them, or invite them again.")
    words = f"is treated as a {work.user_type.value.lower()}"
    if guest.user_type is work.user_type:
        return Outcome(note=f"{words} already", skipped=True, guest=guest)
    if work.user_type is UserType.MEMBER:
        ensure_ours(directory, work, guest)
    done = directory.set_user_type(guest.object_id, work.user_type, attempt_id=work.attempt_id)
    return Outcome(note=words, graph_request_id=done.request_id)
