"""Groups whose commands are in several modules, put together."""

from __future__ import annotations

from webvartti.cli import card_pins, card_proof, demo_card, demo_scs
from webvartti.cli.card import card, readers, show, watch
from webvartti.cli.demo import demo

__all__ = ["card", "demo"]

for _command in (
    readers, show, watch, card_pins.activate, card_pins.change_pin, card_pins.unlock, card_proof.test, card_proof.sign_in,
):  # fmt: skip
    card.add_command(_command)

demo.add_command(demo_card.card)
demo.add_command(demo_scs.scs)
