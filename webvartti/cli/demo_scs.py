"""`webvartti demo scs`: something that answers as card reader software does, for trying "Does my card work?"."""

from __future__ import annotations

from pathlib import Path

import click

from webvartti.cli.context import tools
from webvartti.cli.demo import OPTION

ANSWERS = ("1.0.1", "1.1", "1.2", "no-card", "old", "other-vendor", "garbage")


@click.command()
@click.argument("answer", type=click.Choice(ANSWERS), default="1.1")
@OPTION
@click.option("--port", default=53952, show_default=True, type=click.IntRange(1, 65535),
              help="Pages ask at 53952; another one is for other programs.")  # fmt: skip
@click.pass_context
def scs(context: click.Context, answer: str, directory: Path, port: int) -> None:
    """Answer at https://localhost:53952 as card reader software does (SCS), until Ctrl-C.

    \b
    1.0.1, 1.1, 1.2  that version of the interface, with a card in the reader
    no-card          1.1, and the reader is empty
    old              an interface that is older than any that will do
    other-vendor     another company's program has taken the port
    garbage          an answer that is too long and no JSON
    """
    tools(context).demo().reader_software(directory, answer, port, click.echo)
