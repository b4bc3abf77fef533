"""The files of a virtual card behind SELECT and READ BINARY (ISO/IEC 7816-4, 11.1 and 11.3)."""

from __future__ import annotations

from collections.abc import Mapping

from webvartti.demo.virtual_card.apdu import (
    FILE_NOT_FOUND,
    NOT_A_FILE,
    SECURITY_STATUS_NOT_SATISFIED,
    WRONG_OFFSET,
    WRONG_P1_P2,
    Apdu,
    Refused,
)
from webvartti.demo.virtual_card.encoding import tlv
from webvartti.demo.virtual_card.file_system import APPLICATION, FOLDER, MASTER_FILE

_NO_ANSWER = 0x0C
_ELEMENTARY, _KEY, _DEDICATED = 0x01, 0x11, 0x38
_READ_ALWAYS_CHANGE_NEVER, _OPERATIONAL = b"\x0f\xff\xff", b"\x07"


class FileSystem:
    """What is selected. ``keys`` are files that can be selected and not read."""

    def __init__(self, files: Mapping[bytes, bytes], keys: tuple[bytes, ...]) -> None:
        self._files = {**files, **{key: b"" for key in keys if key not in _folders_of(files)}}
        self._keys = frozenset(keys)
        self._folders = _folders_of(self._files)
        self.folder = MASTER_FILE
        self._file: bytes | None = None

    def reset(self) -> None:
        """To the master file, as after an answer to reset."""
        self.folder, self._file = MASTER_FILE, None

    def select(self, apdu: Apdu) -> bytes:
        """Raises Refused, which leaves what was selected before."""
        target = self._target(apdu.p1, apdu.data)
        if target in self._folders:
            self.folder, self._file = target, None
        elif target in self._files:
            self.folder, self._file = target[:-2], target
        else:
            raise Refused(FILE_NOT_FOUND)
        return b"" if apdu.p2 & _NO_ANSWER == _NO_ANSWER else self._description(target)

    def read_binary(self, apdu: Apdu) -> bytes:
        """From an offset of 15 bits, up to what is expected."""
        if apdu.p1 & 0x80:
            raise Refused(WRONG_P1_P2)
        if self._file is None:
            raise Refused(NOT_A_FILE)
        if self._file in self._keys:
            raise Refused(SECURITY_STATUS_NOT_SATISFIED)
        content, offset = self._files[self._file], apdu.p1 << 8 | apdu.p2
        if offset >= len(content):
            raise Refused(WRONG_OFFSET)
        return content[offset : offset + (apdu.expected or 256)]

    def _target(self, by: int, name: bytes) -> bytes:
        """P1: 00 an identifier, 03 the parent, 04 an application's name or its beginning, 08 and 09 a path."""
        match by:
            case 0x00 if name in (b"", MASTER_FILE):
                return MASTER_FILE
            case 0x00 if len(name) == 2:
                return self.folder + name
            case 0x03:
                return self.folder[:-2] or MASTER_FILE
            case 0x04 if name and APPLICATION.startswith(name):
                return FOLDER
            case 0x08:
                return MASTER_FILE + name
            case 0x09:
                return self.folder + name
            case 0x00 | 0x04:
                raise Refused(FILE_NOT_FOUND)
        raise Refused(WRONG_P1_P2)

    def _description(self, target: bytes) -> bytes:
        """The file control information (tag 6F): size, kind, identifier, access, life cycle."""
        folder = target in self._folders
        size = 0 if folder else len(self._files[target])
        kind = _DEDICATED if folder else _KEY if target in self._keys else _ELEMENTARY
        name = tlv(0x84, APPLICATION) if target == FOLDER else b""
        return tlv(
            0x6F,
            tlv(0x81 if folder else 0x80, size.to_bytes(2)),
            tlv(0x82, bytes((kind,))),
            tlv(0x83, target[-2:]),
            name,
            tlv(0x86, _READ_ALWAYS_CHANGE_NEVER),
            tlv(0x8A, _OPERATIONAL),
        )


def _folders_of(files: Mapping[bytes, bytes]) -> frozenset[bytes]:
    return frozenset(file[:end] for file in files for end in range(2, len(file), 2))
