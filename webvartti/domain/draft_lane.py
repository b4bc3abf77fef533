"""The draft lane: with stale revocation data a holder may type in an order, which is held until fresh data tells more.

Nobody is let in on stale data: a draft session shows nothing of what is known about the holder and decides nothing. There is no
setting by which stale data counts as good; the one there is closes the lane, or keeps it open for some hours after nextUpdate.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from webvartti.domain.certificates import AcceptedCard, RevocationStale, RevocationState


def admitted(stale: RevocationStale, lane: timedelta, now: datetime) -> AcceptedCard:
    """The card of somebody who may type in an order; its status is STALE with the oldest nextUpdate of the lists concerned.

    Raises ``stale`` itself where the lane is closed: too long after that nextUpdate, a list that isn't old but from the future,
    or one that names a certificate of the path, were it as on hold.
    """
    ends = [each.next_update for each in stale.concerned if each.state is RevocationState.STALE]
    known = [end for end in ends if end is not None]
    if stale.accepted is None or not known or len(known) < len(ends):
        raise stale
    if any(each.revoked_at is not None for each in stale.concerned):
        raise stale
    oldest = min(known)
    if not (max(known) < now <= oldest + lane):
        raise stale
    revocation = replace(stale.accepted.revocation, state=RevocationState.STALE, next_update=oldest)
    return replace(stale.accepted, revocation=revocation)
