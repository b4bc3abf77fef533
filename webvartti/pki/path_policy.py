"""What path validation demands, as one frozen value in the words of RFC 5280 6.1.1.

Nothing in ``path``, ``path_checks`` and ``policies`` knows the product's demands: another value gives plain RFC 5280
validation. What a card must look like beyond that (key usage, subject) is another layer: ``profile`` and ``subject``.
"""

from __future__ import annotations

from dataclasses import dataclass

ANY_POLICY = "2.5.29.32.0"
"""RFC 5280 4.2.1.4; in ``user_initial_policy_set`` it means that every policy will do."""

CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
"""id-kp-clientAuth, RFC 5280 4.2.1.12."""


@dataclass(frozen=True, slots=True)
class PathPolicy:
    """Inputs (c) to (g) of RFC 5280 6.1.1, and the least strength of keys and signatures below the anchor.

    Policies and key purposes are dotted OIDs. ``required_extended_key_usage`` must stand in every extendedKeyUsage below the
    anchor (RFC 5280 leaves that to the application); None asks for nothing. A certificate without the extension is fine.
    """

    user_initial_policy_set: frozenset[str]
    initial_explicit_policy: bool
    initial_policy_mapping_inhibit: bool
    initial_any_policy_inhibit: bool
    minimum_rsa_bits: int
    accepted_curves: frozenset[str]
    accepted_signature_hashes: frozenset[str]
    required_extended_key_usage: str | None


CARD_PATH_POLICY = PathPolicy(
    user_initial_policy_set=frozenset(),  # filled in from the trust file, for each issuer its own
    initial_explicit_policy=True,  # certificate policies are mandatory on cards
    initial_policy_mapping_inhibit=True,  # the trust file lists the cards' own policies: there is nothing to translate
    initial_any_policy_inhibit=False,  # CA certificates may say anyPolicy
    minimum_rsa_bits=2048,
    accepted_curves=frozenset({"secp256r1", "secp384r1", "secp521r1"}),
    accepted_signature_hashes=frozenset({"sha256", "sha384", "sha512"}),
    required_extended_key_usage=CLIENT_AUTH,
)
"""The product's value."""
