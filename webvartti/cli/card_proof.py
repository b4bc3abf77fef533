"""`webvartti card test` and `sign-in`: whether the card does what it is for."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from webvartti.cli.card import AS_JSON, READER, print_json, say_or_json
from webvartti.cli.card_exit_codes import CARD_REFUSED, EPILOG, NOT_SIGNED_IN
from webvartti.cli.card_prompts import Dialogue, confirm_last_try
from webvartti.cli.card_tools import CardInReader
from webvartti.cli.card_verdict import NOT_JUDGED, REFUSED, sign_in_verdict
from webvartti.cli.context import printable, tools
from webvartti.domain.card_in_reader import KeyUse, PinName, SignatureProof

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_CHALLENGE_OCTETS = 32


@click.command(epilog=EPILOG)
@click.option("--signature", is_flag=True, help="Try the signature key as well, with PIN2. Nothing of yours is signed.")
@READER
@AS_JSON
@click.pass_context
def test(context: click.Context, signature: bool, reader: str, as_json: bool) -> None:
    """Does my card work? Let it sign a random number with PIN1's key, and verify that with its certificate.

    Where this machine has a WebVartti's settings, the certificate is judged as sign-in would.
    """
    found = tools(context)
    dialogue = Dialogue(found.ask_secret)
    with found.cards().open(reader) as in_reader:
        proofs = [_prove(dialogue, in_reader, KeyUse.AUTHENTICATION, PinName.PIN1)]
        if signature:
            proofs.append(_prove(dialogue, in_reader, KeyUse.SIGNATURE, PinName.PIN2))
        verdict = sign_in_verdict(found, in_reader)
    rows = [{"use": proof.use, "algorithm": proof.algorithm, "seconds": round(proof.seconds, 3)} for proof in proofs]
    lines = [f"The {proof.use} key works ({proof.algorithm}, {proof.seconds:.2f} s)." for proof in proofs]
    if verdict.state != NOT_JUDGED:
        lines.append(f"Sign-in: {verdict.state}{f', {verdict.code}. {verdict.told}' if verdict.code else ''}")
    say_or_json(as_json, {"works": rows, "verdict": {"state": verdict.state, "code": verdict.code}}, *lines)
    if verdict.state == REFUSED:
        context.exit(CARD_REFUSED)


@click.command("sign-in", epilog=EPILOG)
@click.argument("origin", metavar="ORIGIN")
@click.option("--ca", type=_FILE, help="PEM of the CA of the server certificates, where this system doesn't know it.")
@click.option("--module", type=_FILE, help="The PKCS#11 module to use in place of OpenSC's.")
@READER
@AS_JSON
@click.pass_context
def sign_in(context: click.Context, origin: str, ca: Path | None, module: Path | None, reader: str, as_json: bool) -> None:
    """Sign in to the WebVartti at ORIGIN (https://webvartti.example.fi) with the card, say what its pages said, and sign out.

    The handshake is made by curl and OpenSSL through OpenSC's PKCS#11 module, much as a browser would make it: it shows that
    card, reader and service work together. Nothing is ordered.
    """
    found = tools(context)
    with found.cards().open(reader) as in_reader:
        seen, status = in_reader.seen, in_reader.ready(PinName.PIN1)
    confirm_last_try(status)
    pin = Dialogue(found.ask_secret).current(PinName.PIN1, status.digits)
    outcome = found.cards().sign_in(seen, pin, origin.rstrip("/"), ca, module)
    if as_json:
        print_json({"signed_in": outcome.signed_in, "heading": outcome.heading, "refusal": outcome.refusal,
                    "handshake": outcome.handshake, "pages": list(outcome.pages)})  # fmt: skip
    else:
        for line in outcome.pages:
            click.echo(printable(line))
        click.echo(f"handshake: {printable(outcome.handshake)}")
        result = "signed in, and out again" if outcome.signed_in else f"refused: {outcome.refusal}"
        click.echo(printable(f"{result}: {outcome.heading}"))
    if not outcome.signed_in:
        context.exit(NOT_SIGNED_IN)


def _prove(dialogue: Dialogue, in_reader: CardInReader, use: KeyUse, name: PinName) -> SignatureProof:
    status = in_reader.ready(name)
    confirm_last_try(status)
    return in_reader.prove_signature(use, dialogue.current(name, status.digits), secrets.token_bytes(_CHALLENGE_OCTETS))
