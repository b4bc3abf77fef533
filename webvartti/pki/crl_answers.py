"""From what the lists in use say of one certificate to its status (RFC 5280 6.3.3). Fails closed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from webvartti.domain.certificates import RevocationState, RevocationStatus, is_in_force
from webvartti.pki.crl_entries import EPOCH
from webvartti.pki.crl_header import IndexHeader, RevokedSerial
from webvartti.pki.crl_scope import CrlScope
from webvartti.pki.distribution_points import ALL_REASONS, uri_name
from webvartti.pki.parsed import ParsedCertificate

ISSUER_REVOKED = "issuerRevoked"
ISSUER_ON_HOLD = "issuerOnHold"
"""In the place of a CRLReason, where the card's issuing CA, or one above it, is revoked or on hold."""

MISSING = RevocationStatus(RevocationState.MISSING)
_HOLD = "certificateHold"

ReasonsTold = Callable[[Iterable[CrlScope]], frozenset[str]]
"""The reasons for which lists of these scopes, together, tell a certificate's status."""


@dataclass(frozen=True, slots=True)
class ListAnswer:
    """One list's word. ``counts``: silence of this list may be believed; an entry always is."""

    header: IndexHeader
    entry: RevokedSerial | None
    counts: bool


def told_of(certificate: ParsedCertificate) -> ReasonsTold:
    """For a certificate that is at hand: by its own distribution points."""

    def told(scopes: Iterable[CrlScope]) -> frozenset[str]:
        return frozenset().union(*[scope.reasons_for(certificate) for scope in scopes])

    return told


def told_of_any_card(addresses: Iterable[str]) -> ReasonsTold:
    """For a card of which only issuer and serial are known, so not which distribution point it names.

    Lists without a distribution point are for every card. Lists with one count only where every configured address of the
    issuer's lists is the name of one: nothing else says that there isn't another part beside those in use.
    """
    names = frozenset(uri_name(address) for address in addresses)

    def told(scopes: Iterable[CrlScope]) -> frozenset[str]:
        for_cards = [scope for scope in scopes if scope.kind != "ca"]
        everywhere = _reasons(scope for scope in for_cards if not scope.names)
        if not names:
            return everywhere
        by_name = [_reasons(scope for scope in for_cards if name in scope.names) for name in names]
        return everywhere.union(frozenset.intersection(*by_name))

    return told


def revocation_status(answers: Sequence[ListAnswer], told: ReasonsTold, now: datetime, *, is_whole: bool) -> RevocationStatus:
    """One certificate's, without regard to the CAs above it. ``is_whole``: no list of the issuer turned out unreadable.

    A revocation stands on whichever list it is, a hold only while its list is in force: it can have been lifted since.
    """
    listed = [answer for answer in answers if answer.entry is not None]
    for answer in sorted(listed, key=lambda answer: answer.header.next_update, reverse=True):
        if not _is_hold(answer):
            return _status(RevocationState.REVOKED, answer, answer.entry)
    in_force = [answer for answer in answers if is_in_force(answer.header.this_update, answer.header.next_update, now)]
    for answer in in_force:
        if answer.entry is not None:
            return _status(RevocationState.ON_HOLD, answer, answer.entry)
    if not is_whole:
        return MISSING
    for state, lists in ((RevocationState.GOOD, in_force), (RevocationState.STALE, answers)):
        counting = [answer for answer in lists if answer.counts]
        if told(answer.header.scope for answer in counting) == ALL_REASONS:
            return _of_the_oldest(state, counting, told, listed if state is RevocationState.STALE else [])
    return MISSING


def with_issuers(leaf: RevocationStatus, above: Sequence[RevocationStatus]) -> RevocationStatus:
    """The leaf's status once those of the CAs above it are known: what is known for sure first, then the worst."""
    if leaf.state is RevocationState.REVOKED:
        return leaf
    for state, reason in ((RevocationState.REVOKED, ISSUER_REVOKED), (RevocationState.ON_HOLD, ISSUER_ON_HOLD)):
        for status in above:
            if status.state is state:
                return replace(status, reason=reason)
    if leaf.state is RevocationState.ON_HOLD:
        return leaf
    statuses = (leaf, *above)
    if any(status.state is RevocationState.MISSING for status in statuses):
        return MISSING
    stale = [status for status in statuses if status.state is RevocationState.STALE]
    if stale:
        return replace(min(stale, key=_runs_out), revoked_at=leaf.revoked_at, reason=leaf.reason)
    return leaf


def _runs_out(status: RevocationStatus) -> datetime:
    return status.next_update or EPOCH


def _reasons(scopes: Iterable[CrlScope]) -> frozenset[str]:
    return frozenset().union(*(scope.reasons for scope in scopes))


def _is_hold(answer: ListAnswer) -> bool:
    return answer.entry is not None and answer.entry.reason == _HOLD


def _of_the_oldest(
    state: RevocationState, lists: Sequence[ListAnswer], told: ReasonsTold, held: Sequence[ListAnswer]
) -> RevocationStatus:
    """By the numbers of the list that runs out first, among those that have a part in the answer.

    Where the lists that tell something each by itself tell all of it, they are the ones; else every list may be needed.
    """
    oldest, made = lists[0], [lists[0].header.this_update]
    if len(lists) > 1:
        alone = [answer for answer in lists if told((answer.header.scope,))]
        taking_part = alone if told(answer.header.scope for answer in alone) == ALL_REASONS else lists
        oldest = min(taking_part, key=lambda answer: answer.header.next_update)
        made = [answer.header.this_update for answer in taking_part]
    status = _status(state, oldest, next((answer.entry for answer in held), None))
    return replace(status, earliest_update=min(made), latest_update=max(made))


def _status(state: RevocationState, answer: ListAnswer, entry: RevokedSerial | None) -> RevocationStatus:
    header = answer.header
    return RevocationStatus(
        state=state,
        crl_number=header.number,
        this_update=header.this_update,
        next_update=header.next_update,
        revoked_at=None if entry is None else entry.revoked_at,
        reason="" if entry is None else entry.reason,
    )
