"""Postal addresses as Posti delivers to them."""

from __future__ import annotations

import re
from dataclasses import dataclass

FINLAND = "FI"
_POSTAL_CODE = re.compile(r"[0-9]{5}")
_PO_BOX = re.compile(r"PL\s+[0-9]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """Where a letter goes, without the recipient's name.

    ``street`` is street and number with staircase and flat ("Aleksis Kiven katu 5 B 17") or a PO box ("PL 123"); ``country`` is
    an ISO 3166-1 alpha-2 code.
    """

    street: str
    postal_code: str
    post_office: str
    country: str = FINLAND

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines below the recipient's name; the country stands on the last one, abroad only."""
        town = f"{self.postal_code} {self.post_office}".strip()
        return (self.street, town) if self.country == FINLAND else (self.street, town, self.country)


def same_address(one: PostalAddress, other: PostalAddress) -> bool:
    """True where the two differ at most in spaces and capitals."""

    def folded(address: PostalAddress) -> tuple[str, ...]:
        parts = (address.street, address.postal_code, address.post_office, address.country)
        return tuple(" ".join(part.casefold().split()) for part in parts)

    return folded(one) == folded(other)


def _is_postal_code(text: str) -> bool:
    return bool(_POSTAL_CODE.fullmatch(text)) and text != "00000"


def undeliverable_parts(address: PostalAddress) -> tuple[str, ...]:
    """The names of the fields to which nothing can be delivered as written; empty where the address will do."""
    wrong = []
    if not address.street.strip() or not (_PO_BOX.fullmatch(address.street.strip()) or re.search(r"\w", address.street)):
        wrong.append("street")
    if address.country == FINLAND and not _is_postal_code(address.postal_code):
        wrong.append("postal_code")
    if not address.post_office.strip():
        wrong.append("post_office")
    if not re.fullmatch(r"[A-Z]{2}", address.country):
        wrong.append("country")
    return tuple(wrong)
