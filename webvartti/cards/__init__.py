"""Talks to the card in the reader. Every reply is taken for hostile: what is wrong with it becomes a CardError, nothing else.

It never sends a PIN: reading the certificates needs none.
"""

from webvartti.cards.errors import CardError
from webvartti.cards.pkcs15 import CardCertificate, CardContents, read_card
from webvartti.cards.readers import connect, list_readers
from webvartti.cards.transmit import Transmit

__all__ = ["CardCertificate", "CardContents", "CardError", "Transmit", "connect", "list_readers", "read_card"]
