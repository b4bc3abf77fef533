"""The whole schema, as the code of this version expects it. How a database gets there is in the migrations."""

from __future__ import annotations

from webvartti.storage.card_checks import card_checks
from webvartti.storage.columns import metadata
from webvartti.storage.limits import attempts
from webvartti.storage.node_tables import schema_floor, worker_jobs
from webvartti.storage.order_tables import decisions, held_orders, idempotency_keys, one_open_order_a_card, order_events, orders
from webvartti.storage.record_tables import (
    audit,
    audit_marks,
    audit_seals,
    audit_unsealed,
    contacts,
    drafts,
    feedback,
    outbox,
    snapshots,
)
from webvartti.storage.review_tables import (
    cases,
    decision_inputs,
    letters,
    order_names,
    policy_changes,
    review_decisions,
    role_changes,
    staff_roles,
)
from webvartti.storage.sign_in_tables import sessions, tickets

__all__ = [
    "attempts",
    "audit",
    "audit_marks",
    "audit_seals",
    "audit_unsealed",
    "card_checks",
    "cases",
    "contacts",
    "decision_inputs",
    "decisions",
    "drafts",
    "feedback",
    "held_orders",
    "idempotency_keys",
    "letters",
    "metadata",
    "one_open_order_a_card",
    "order_events",
    "order_names",
    "orders",
    "outbox",
    "policy_changes",
    "review_decisions",
    "role_changes",
    "schema_floor",
    "sessions",
    "snapshots",
    "staff_roles",
    "tickets",
    "worker_jobs",
]
