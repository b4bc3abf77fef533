"""A virtual card in pcscd's virtual reader: the protocol of vsmartcard's vpcd, spoken as the card.

Each message is two bytes of length and as many of content. One byte from the reader is an order (power off, on, reset, answer
to reset); anything longer is a command to the card.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable

from webvartti.demo.errors import VirtualReaderMissing
from webvartti.demo.virtual_card.card import Say, T0Link, VirtualCard
from webvartti.demo.virtual_card.control import Control
from webvartti.demo.virtual_card.faults import Fault, distorted, lock_pin1

VPCD_PORT = 35963
_POWER_OFF, _POWER_ON, _RESET, _ANSWER_TO_RESET = 0x00, 0x01, 0x02, 0x04
_RETRY_SECONDS = 0.25
_HOST = "127.0.0.1"


class InsertedCard:
    """One card in the reader at ``port``, until it is removed. ``control`` brings the orders of other programs."""

    def __init__(self, card: VirtualCard, control: Control, port: int, say: Say) -> None:
        self._card, self._control, self._port, self._say = card, control, port, say
        self._link: Callable[[bytes], tuple[bytes, int]] = T0Link(card) if card.shape.t0 else card
        self._fault = Fault.NONE
        self._removed = False
        self._withheld: bytes | None = None

    def serve(self, patience_seconds: float) -> None:
        """Until an order to remove the card. A reader that goes away is waited for; raises VirtualReaderMissing where there is
        none within ``patience_seconds`` at the beginning.
        """
        reader = self._connect(patience_seconds)
        self._say(f"the card is in the virtual reader (port {self._port})")
        while reader is not None:
            with reader:
                self._converse(reader)
            if not self._removed:
                self._say("the reader went away; waiting for it to come back")
            reader = self._connect(None)
        self._say("the card was removed")

    def _connect(self, patience_seconds: float | None) -> socket.socket | None:
        """None where the card is removed meanwhile."""
        started = time.monotonic()
        while not self._removed:
            try:
                found = socket.create_connection((_HOST, self._port), timeout=1)
            except OSError:
                if patience_seconds is not None and time.monotonic() - started > patience_seconds:
                    raise VirtualReaderMissing(self._port) from None
                self._obey(_RETRY_SECONDS)
                continue
            found.settimeout(None)
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._withheld = None
            return found
        return None

    def _converse(self, reader: socket.socket) -> None:
        """Until the card is removed or the reader hangs up."""
        with selectors.DefaultSelector() as waiting:
            waiting.register(reader, selectors.EVENT_READ)
            waiting.register(self._control, selectors.EVENT_READ)
            while not self._removed:
                ready = [key.fileobj for key, _ in waiting.select()]
                try:
                    if self._control in ready:
                        self._obey(0)
                        self._hand_out(reader)
                    elif not self._answer(reader):
                        return
                except OSError:
                    return

    def _answer(self, reader: socket.socket) -> bool:
        """One message; False where the reader hung up."""
        message = _receive(reader)
        if message is None:
            return False
        if len(message) > 1:
            data, status_word = self._link(message)
            answer = distorted(data + status_word.to_bytes(2), self._fault)
            if answer is None:
                self._withheld = data + status_word.to_bytes(2)
            else:
                _send(reader, answer)
        elif message[0] == _ANSWER_TO_RESET:
            _send(reader, self._card.shape.atr)
        elif message[0] in (_POWER_OFF, _POWER_ON, _RESET):
            self._card.reset()
        return True

    def _hand_out(self, reader: socket.socket) -> None:
        """What a mute card withheld, once it isn't mute any more: the reader still waits for it."""
        if self._withheld is not None and self._fault is not Fault.MUTE:
            _send(reader, self._withheld)
            self._withheld = None

    def _obey(self, wait_seconds: float) -> None:
        """One order from the control socket, where one comes."""
        order = self._control.next_order(wait_seconds)
        if order == "remove":
            self._removed = True
        elif order in list(Fault):
            self._say(f"fault: {order}")
            if order == Fault.LOCKED:
                lock_pin1(self._card)
            else:
                self._fault = Fault(order)


def _receive(reader: socket.socket) -> bytes | None:
    """The content of one message. Without TCP_QUICKACK each costs the 40 ms of a delayed acknowledgement."""
    length = _exactly(reader, 2)
    return None if length is None else _exactly(reader, int.from_bytes(length))


def _exactly(reader: socket.socket, count: int) -> bytes | None:
    content = b""
    while len(content) < count:
        reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = reader.recv(count - len(content))
        if not part:
            return None
        content += part
    return content


def _send(reader: socket.socket, content: bytes) -> None:
    reader.sendall(len(content).to_bytes(2) + content)
