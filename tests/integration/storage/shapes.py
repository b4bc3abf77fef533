"""How a database is made, in its own words: what two ways of making it are compared by."""

from __future__ import annotations

from tests.databases import ask, is_sqlite

_POSTGRESQL = (
    "SELECT c.relname, 'column ' || a.attname, format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' '"
    " || coalesce(co.collname, '') || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '') FROM pg_class c"
    " JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_collation co ON co.oid = a.attcollation"
    " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
    " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
)


def shape(url: str) -> dict[str, list[str]]:
    """Of each table (and on SQLite of each index) what it is made of, in whatever order; without Alembic's own table."""
    found: dict[str, list[str]] = {}
    if is_sqlite(url):
        for name, words in ask(url, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"):
            found[name] = sorted(line.strip().rstrip(",") for line in words.splitlines())
    else:
        for table, name, words in (row for question in _POSTGRESQL for row in ask(url, question)):
            found.setdefault(table, []).append(f"{name} {words}")
    return {name: sorted(lines) for name, lines in found.items() if name not in ("alembic_version", "sqlite_sequence")}
