"""The card host: judges one certificate, and hands the person back to the public host. It sets no cookie."""

from __future__ import annotations

import logging

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from webvartti.domain.certificates import CertificateRefused
from webvartti.domain.limits import Client, Purpose
from webvartti.domain.permissions import Permission
from webvartti.web.access import needs
from webvartti.web.attempts import AttemptNotValid, read_attempt, read_check
from webvartti.web.card_check_words import certificate_words
from webvartti.web.client_address import client_address
from webvartti.web.client_certificate import client_certificate
from webvartti.web.csrf import comes_from
from webvartti.web.headers import allow_form_to
from webvartti.web.languages import public_page
from webvartti.web.limits import counts_as
from webvartti.web.request_log import meter
from webvartti.web.site import now, services, site
from webvartti.web.words import KINDS, words_of_refusal

log = logging.getLogger(__name__)

pages = Blueprint("card_listener", __name__)


@pages.get("/")
@pages.get("/sign-in")
@needs(Permission.PUBLIC)
def start_again() -> ResponseReturnValue:
    """Somebody typed the address or went back: signing in starts on the public site."""
    return render_template("card_listener/start_again.html")


@pages.get("/card-check")
@needs(Permission.PUBLIC)
def start_check_again() -> ResponseReturnValue:
    """The same for who was trying whether a card works."""
    return render_template("card_listener/start_again.html", check=True)


@pages.post("/sign-in")
@needs(Permission.PUBLIC)
@comes_from("public_origin")
@counts_as(Purpose.SIGN_IN)
def judge() -> ResponseReturnValue:
    """The certificate of this very handshake decides; the page carries a ticket to the public host."""
    try:
        attempt = read_attempt(request.form.get("attempt", ""), now())
    except AttemptNotValid:
        return render_template("card_listener/start_again.html", too_old=True), 403
    g.language = attempt.language
    try:
        der = client_certificate()
        value, ticket = services().sign_in.issue_ticket(der, attempt.cookie_hash, attempt.language, now(), client_address())
    except CertificateRefused as refused:
        log.info("sign-in refused: %s", refused.code)
        meter().sign_in_ended(refused.code)
        words = words_of_refusal(refused.code)
        allow_form_to(site().public_origin)
        points = services().registers.points()
        return render_template("card_listener/refused.html", refused=refused, words=words, points=points), 403
    allow_form_to(site().public_origin)
    action = public_page("sign-in/finish")
    return render_template("card_listener/hand_over.html", action=action, ticket=value, holder=ticket.holder, kind=ticket.kind)


@pages.post("/card-check")
@needs(Permission.PUBLIC)
@comes_from("public_origin")
@counts_as(Purpose.SIGN_IN)
def try_certificate() -> ResponseReturnValue:
    """What signing in would say to the certificate of this very handshake. Nobody is signed in, and no ticket is given."""
    try:
        attempt = read_check(request.form.get("attempt", ""), now())
    except AttemptNotValid:
        return render_template("card_listener/start_again.html", check=True, too_old=True), 403
    g.language = attempt.language
    client = Client(client_address(), attempt.cookie_hash)
    try:
        der, checks = client_certificate(), services().card_checks
        holder, outcome = checks.try_certificate(der, attempt.code, attempt.cookie_hash, now(), client)
    except CertificateRefused as refused:
        log.info("card check: %s", refused.code)
        told = certificate_words(refused.code, refused.kind)
        found = {"refused": refused, "kind": refused.kind, "validity": refused.validity}
    else:
        told = certificate_words(outcome, holder.kind)
        found = {"refused": None, "kind": holder.kind, "validity": (holder.not_before, holder.not_after)}
    return render_template("card_listener/checked.html", told=told, code=attempt.code, kinds=KINDS, **found)
