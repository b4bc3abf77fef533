"""What makes a process of tests quick and changes nothing that they see."""

from __future__ import annotations

import gc

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class CompiledTemplates(BytecodeCache):
    """Each template is compiled once a process. Some thousand tests make applications of their own, and a third of their time
    went into compiling the same templates; a node makes one application and compiles each once anyway.
    """

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Jinja compares the checksum of the template's source; what belongs to another is compiled anew."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


def compile_templates_once() -> None:
    """For all applications of this process that are made from now on; they must agree in how Jinja compiles."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates()}


def collect_garbage_seldom() -> None:
    """What is imported and collected by now stays until the end: looking through it again and again is a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
