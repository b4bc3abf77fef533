"""DER taken apart and put together again with lengths that are right, so that a change gets past the outermost parser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

_CONSTRUCTED = 0x20


@dataclass
class Node:
    """``children`` where the tag says constructed, else ``content``."""

    tag: int
    content: bytes
    children: list[Node]

    def encoded(self) -> bytes:
        content = b"".join(child.encoded() for child in self.children) if self.children else self.content
        return bytes([self.tag]) + encoded_length(len(content)) + content

    def below(self) -> Iterator[Node]:
        for child in self.children:
            yield child
            yield from child.below()


def encoded_length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def tree(der: bytes) -> Node:
    (node,) = _nodes(der)
    return node


def _nodes(data: bytes) -> list[Node]:
    nodes = []
    while data:
        start, length = 2, data[1]
        if length & 0x80:
            start = 2 + (length & 0x7F)
            length = int.from_bytes(data[2:start], "big")
        content, tag = data[start : start + length], data[0]
        nodes.append(Node(tag, content, _nodes(content) if tag & _CONSTRUCTED else []))
        data = data[start + length :]
    return nodes


def nested(depth: int, tag: int = 0x30) -> bytes:
    """As many elements inside one another, without recursion."""
    data = b""
    for _ in range(depth):
        data = bytes([tag]) + encoded_length(len(data)) + data
    return data


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 10_000),
        st.sampled_from(["drop", "double", "tag", "content", "cut", "grow", "nest", "swap", "empty"]),
        st.one_of(st.integers(0, 255), st.binary(max_size=40), st.sampled_from([b"\x00", b"\xff" * 9, b"\x06\x00", b"\x80"])),
    ),
    min_size=1,
    max_size=3,
)
"""(which element, what is done, with what)."""


def changed(root: Node, changes: list[tuple[int, str, Any]]) -> None:
    for place, change, value in changes:
        parents = [node for node in (root, *root.below()) if node.children]
        if not parents:
            return
        parent = parents[place % len(parents)]
        position = place // len(parents) % len(parent.children)
        _change(parent, position, change, value)


def _change(parent: Node, position: int, change: str, value: int | bytes) -> None:
    child = parent.children[position]
    octets = value if isinstance(value, bytes) else bytes([value])
    if change == "drop":
        del parent.children[position]
    elif change == "double":
        parent.children.insert(position, child)
    elif change == "swap":
        parent.children.reverse()
    elif change == "tag":
        child.tag = octets[0] if octets else 0
    elif change == "nest":
        parent.children[position] = Node(0x30, b"", [child])
    else:
        content = child.encoded()[2:] if child.children else child.content
        child.children = []
        child.content = {"content": octets, "cut": content[: len(content) // 2], "grow": content + octets, "empty": b""}[change]
