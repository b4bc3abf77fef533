"""What makes a process of tests quick and changes nothing that they see; measurements take `collect_garbage_as_usual`."""

from __future__ import annotations

import gc

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

_USUAL = gc.get_threshold()


class CompiledTemplates(BytecodeCache):
    """Each template is compiled once a process. Some thousand tests make applications of their own, and a third of their time
    went into compiling the same templates; a node makes one application and compiles each once anyway.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, bool, bool], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Jinja compares the checksum of the template's source; what belongs to another is compiled anew."""
        if _key(bucket) in self._kept:
            bucket.bytecode_from_string(self._kept[_key(bucket)])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[_key(bucket)] = bucket.bytecode_to_string()


def _key(bucket: Bucket) -> tuple[str, bool, bool]:
    """Jinja's own says nothing of how the environment compiles."""
    return bucket.key, bucket.environment.trim_blocks, bucket.environment.lstrip_blocks


def compile_templates_once() -> None:
    """For all applications of this process that are made from now on."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates()}


def collect_garbage_seldom() -> None:
    """What is imported and collected by now stays until the end: looking through it again and again is a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def collect_garbage_as_usual() -> None:
    """As Python does by itself: what is measured in this process mustn't gain by what only the tests do."""
    gc.unfreeze()
    gc.set_threshold(*_USUAL)
