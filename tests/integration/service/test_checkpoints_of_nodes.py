"""Each node's worker leaves checkpoints in a file of its own: what one file tells, and what all of them together."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import Installation
from tests.integration.service.retaining import EVERY_TERM, OPERATOR, Archive
from tests.integration.service.reviewing import open_office
from webvartti.domain.audit import AuditBroken

pytestmark = pytest.mark.only_postgresql("SQLite has one node")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "a.jsonl", tmp_path / "b.jsonl"


@pytest.fixture
def nodes(installation: Installation, files: tuple[Path, Path]) -> tuple[Archive, Archive]:
    """Two over one database; each has sealed some of its audit, the second the newest."""
    found = []
    for file in files:
        office = open_office(installation, AUDIT_CHECKPOINT_FILE=str(file), **EVERY_TERM)
        found.append(Archive(office, office.now + timedelta(days=400)))
    for number, node in enumerate(found * 2):
        node.services.orders.exported(number, "test", node.office.now)
        node.services.audit.seal_pending(node.office.now)
    return found[0], found[1]


def joined(files: tuple[Path, Path]) -> Path:
    """cat a.jsonl b.jsonl > all.jsonl"""
    together = files[0].with_name("all.jsonl")
    together.write_bytes(b"".join(file.read_bytes() for file in files))
    return together


def test_only_all_files_together_show_a_tail_that_was_cut(nodes: tuple[Archive, Archive], files: tuple[Path, Path]) -> None:
    one, _ = nodes
    for file in (*files, joined(files)):
        one.services.audit.verify(file)
    one.touch("DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)")
    one.touch("DELETE FROM audit_seals WHERE position = (SELECT max(position) FROM audit_seals)")
    one.services.audit.verify(files[0])
    with pytest.raises(AuditBroken, match="missing: a checkpoint counted"):
        one.services.audit.verify(joined(files))


def test_the_mark_is_in_the_file_of_the_node_where_retention_runs(
    nodes: tuple[Archive, Archive], files: tuple[Path, Path]
) -> None:
    one, other = nodes
    assert one.services.audit.remove_head(one.later, 2, OPERATOR, one.later) == 2
    assert one.services.audit.verify(joined(files)).mark is not None
    assert one.services.audit.verify(files[0]).mark is not None
    with pytest.raises(AuditBroken, match="the file of the machine where retention runs"):
        one.services.audit.verify(files[1])
    with pytest.raises(AuditBroken, match="the file of the machine where retention runs"):
        other.delete()
