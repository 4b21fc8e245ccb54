"""Tells the story of a guest from the ledger and the diary, for whoever has to find out what went wrong."""

from tests.years.oracle import Judge


def story_of(judge: Judge, address: str) -> list[str]:
    """Return everything that was meant for a guest, and everything that was done to them, in order."""
    told: list[tuple[str, str]] = []
    for access in judge.diary.accesses.values():
        if access.address == address:
            told.append((str(access.granted_at), f"granted {access.group_id[:2]} {access.request_id[:6]}"))
            told += [(str(at), f"meant until {day} {access.request_id[:6]}") for at, day in access.ends]
            told += [(str(at), f"{what} {access.request_id[:6]}") for at, what in access.decided]
            told += [(str(access.ended_at), f"ended by hand {access.request_id[:6]}")] if access.ended_at else []
    for key, it in judge.objects.items():
        if it.address == address:
            told += [
                (str(write.at), f"{write.method} {write.path} {write.effect}")
                for write in judge.writes
                if it.user_id in write.path or it.user_id in str(write.body)
            ]
            told += [(str(each.at), f"MEDDLED {each.what}") for each in judge.diary.meddlings if each.user_id == key[1]]
            told += [(str(at), "removed by review") for at in judge.diary.removed_by_review.get(key, ())]
            told += [(str(at), "undone") for at in judge.diary.undone.get(key, ())]
            told += [(str(at), "redeemed") for at in judge.diary.redeemed.get(key, ())]
    return [f"{at} {what}" for at, what in sorted(told)]
