"""`ebb keys`: exchange the server key while servers go on, and see how far that is."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from server import key_source
from server.clock import SystemClock
from server.db.rotating import finish, rotate
from server.db.standing import holds_anything, server_keys_of
from server.keys import BadKey, ServerKey
from server.settings import Settings, read_settings

cli = typer.Typer(no_args_is_help=True, help="The server key, which opens the key ring.")


@cli.command("rotate")
def rotate_keys(
    *,
    to: Annotated[
        Path | None, typer.Option(help="File with the next server key; a fresh one is made where there is none.")
    ] = None,
    to_command: Annotated[str, typer.Option(help="Command that prints the next server key.")] = "",
    instead: Annotated[
        bool,
        typer.Option("--instead", help="Give up a rotation to another key that was begun, where that key is lost."),
    ] = False,
) -> None:
    """Wrap every key of the ring under another server key. Servers go on meanwhile; after a crash, run it again.

    The key of today comes from the settings, the next one from --to, --to-command or EBB_SERVER_KEY_NEXT.
    """
    settings = read_settings()
    own = _own(settings)
    new = key_source.next_key(file=to, command=to_command)
    typer.echo(f"From the server key {own.mark} to {new.mark}.")
    at = -1

    def tell(done: int, total: int) -> None:
        nonlocal at
        # A line for each percent at most: it may go into a log.
        if total and (share := 100 * done // total) != at:
            at = share
            typer.echo(f"  {done} of {total} keys")

    total = asyncio.run(rotate(settings.keys, own, new, clock=SystemClock(), tell=tell, instead=instead))
    typer.echo(
        f"All {total} keys lie under the new server key. Until you finish, the old one opens them too.\n"
        "Now let the settings of every server name the new key, restart them one by one, and run `ebb keys finish`."
    )
    if to is not None:
        typer.echo(f"The new key is in {to}. Make a copy of it, apart from every backup of the database.", err=True)


@cli.command("finish")
def finish_rotation(
    *,
    now: Annotated[
        bool, typer.Option("--now", help="Do not wait until every running server has learned of the new key.")
    ] = False,
) -> None:
    """From then on the old server key opens nothing. Needs settings that name the new one."""
    settings = read_settings()
    asyncio.run(finish(settings.keys, _own(settings), clock=SystemClock(), now=now))
    typer.echo(
        "The old server key opens nothing of this key ring any more. Older copies of the key ring it still opens: "
        "delete them, and make a new copy now."
    )


@cli.command("show")
def show() -> None:
    """Which server key the ring lies under, and how far a rotation is. Tells marks, never keys."""
    settings = read_settings()
    own = _own(settings)
    typer.echo(f"The server key of the settings, from {key_source.told(settings)}: {own.mark}")

    async def run() -> None:
        if not await holds_anything(settings.keys):
            typer.echo("There is no key ring yet.")
            return
        standing = await server_keys_of(settings.keys)
        for row in standing.rows:
            newest = row.number == standing.rows[-1].number
            count = standing.done if newest else standing.total - standing.done
            typer.echo(f"  key {row.number}, {row.mark}: {'newest' if newest else 'old'}, {count} keys")

    asyncio.run(run())


def _own(settings: Settings) -> ServerKey:
    own = key_source.read_server_key(settings)
    if own is None:
        raise BadKey(f"There is no server key in {settings.key_file}.")
    return own
