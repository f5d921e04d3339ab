"""The command line: serve, demo, rehearse, doctor, migrate, clinic."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from exercises.loader import LIBRARY_ROOT, LibraryBroken
from server import audit_command, backup_command, keys_command, logs, rehearsal, wiring
from server import doctor as checkup
from server.accounts import invitations
from server.accounts.beginning_anew import begin_anew
from server.alone import NotAlone, alone
from server.app import create_app
from server.backups.files import NoBackup
from server.db.engine import open_database
from server.db.errors import StorageError
from server.db.logins import Purpose
from server.db.migrate import migrate as bring_up
from server.db.people import Role, create_clinic, create_person, person_by_email_hash
from server.db.rotating import NotNow
from server.demo.links import DemoLinks, links_of
from server.demo.seed import cast
from server.exports import clinic as exported
from server.exports.sealed import Unopened
from server.keys import BadKey
from server.load import command as load_command
from server.loopback import is_loopback, only_loopback
from server.serving import serve as serve_app
from server.settings import BadSettings, read_settings

cli = typer.Typer(
    name="ebb", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
clinic = typer.Typer(no_args_is_help=True, help="Clinics of this server.")
cli.add_typer(clinic, name="clinic")
cli.add_typer(audit_command.cli, name="audit")
cli.add_typer(keys_command.cli, name="keys")
backup_command.add_to(cli)
load_command.add_to(cli)

_LOOPBACK = "127.0.0.1"


@cli.command()
def serve() -> None:
    """The production server, with settings from EBB_*. No demo data, ever."""
    settings = read_settings()
    if not settings.public_url:
        raise Failed("Set EBB_PUBLIC_URL to the address that browsers use, such as https://ebb.example.org.")
    if not settings.secure and not is_loopback(settings.host):
        raise Failed("EBB_PUBLIC_URL is not https://. Put a TLS proxy in front, or listen on 127.0.0.1 alone.")
    logs.set_up(settings.log_level)

    async def ready(app: web.Application) -> None:
        print(f"Ebb listens on {settings.host}:{app[wiring.LISTENING].port}.", file=sys.stderr, flush=True)

    with alone(settings.database, settings.data):
        app = create_app(settings)
        _run(serve_app(app, host=settings.host, port=settings.port, ready=ready))


@cli.command()
def demo(
    *,
    port: Annotated[int, typer.Option(help="Port on loopback; 0 takes a free one.")] = 8420,
    data: Annotated[Path, typer.Option(help="Folder; one that holds data is continued.")] = Path("var/demo"),
    pairs: Annotated[int, typer.Option(min=0, max=5000, help="Therapist and patient pairs, for load.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="One line of JSON on stdout once it listens.")] = False,
) -> None:
    """An invented clinic on loopback: a therapist, three patients, a visit that is due."""
    settings = read_settings(
        host=_LOOPBACK,
        port=port,
        data=data,
        database_url="",
        keys_url="",
        server_key="",
        server_key_file="",
        server_key_command="",
        public_url="",
        demo=True,
        log_level=os.environ.get("EBB_LOG_LEVEL", "warning"),
    )
    logs.set_up(settings.log_level)
    links = DemoLinks()
    app = create_app(settings)
    app.router.add_get("/demo/pairs", links.pairs)
    app.router.add_get("/demo/{token}", links.open)

    async def ready(app: web.Application) -> None:
        known = await cast(app, settings.data, pairs=pairs)
        paths = links_of(links, known)
        own = f"http://{_LOOPBACK}:{app[wiring.LISTENING].port}"
        if json:
            line = {"url": own, **_on(own, paths), "visit": known.visit, "pid": os.getpid()}
            print(msgspec.json.encode(line).decode(), flush=True)
            return
        other = own.replace(_LOOPBACK, "localhost")
        print("\nEbb is running, with invented people, on this machine alone.\n", flush=True)
        print(f"  Therapist   {own}{paths['therapist']}")
        print(f"  Patient     {other}{paths['patient']}\n")
        print("Open both in one browser, side by side. Ctrl+C ends it; your data stays in", settings.data, flush=True)

    with alone(settings.database, settings.data):
        _run(serve_app(app, host=_LOOPBACK, port=port, ready=ready))


@cli.command()
def rehearse(
    link: Annotated[str, typer.Argument(help="A sign-in link of the demo, therapist's or patient's.")],
    *,
    visit: Annotated[str, typer.Option(help="The session's id, where the link does not lead to it.")] = "",
    seconds: Annotated[float, typer.Option(min=1, help="For how long.")] = 600,
) -> None:
    """A scripted person over a WebSocket of another library, so that one can try a visit alone."""
    only_loopback(link)
    _run(rehearsal.rehearse(link, visit=visit, seconds=seconds, say=print))


@cli.command()
def doctor() -> None:
    """Say in words what is wrong with this installation; exit 1 where something is."""
    found = asyncio.run(checkup.examine(LIBRARY_ROOT))
    for line in found.fine:
        print(f"  fine     {line}")
    for line in found.worth:
        print(f"  to know  {line}")
    for line in found.wrong:
        print(f"  WRONG    {line}")
    if found.wrong:
        raise Failed(f"{len(found.wrong)} thing{'s' if len(found.wrong) > 1 else ''} to mend.")


@cli.command()
def migrate() -> None:
    """Bring the database to this version. Harmless where it is there already."""
    settings = read_settings()

    async def run() -> None:
        settings.data.mkdir(parents=True, exist_ok=True)
        database = await open_database(settings.database)
        try:
            await bring_up(database)
        finally:
            await database.close()

    asyncio.run(run())
    print("The database is at this version.")


@cli.command("open-export")
def open_export(
    file: Annotated[Path, typer.Argument(help="What the clinic's page made, such as clinic-2026-03-12.ebb.")],
    to: Annotated[Path, typer.Argument(help="Where the ZIP goes; a file that is there is never overwritten.")],
    *,
    passphrase: Annotated[
        str,
        typer.Option(
            envvar="EBB_EXPORT_PASSPHRASE", prompt="Passphrase", hide_input=True, help="The one it was sealed with."
        ),
    ],
) -> None:
    """Open the sealed copy of a clinic. Needs no server, no database and no key but the passphrase."""
    if to.exists():
        raise Failed(f"{to} is there already.")
    try:
        written = exported.open_export(file, to, passphrase)
    except Unopened as error:
        raise Failed(str(error)) from None
    print(f"{to}: {written:,} bytes. Whoever can read this file can read every record in it.")


@clinic.command("create")
def create(
    name: Annotated[str, typer.Argument(help="The clinic's name.")],
    *,
    owner: Annotated[str, typer.Option(help="The owner's e-mail address.")],
    phone: Annotated[str, typer.Option(help="The number that patients call.")] = "",
) -> None:
    """A clinic with its first owner, who gets a one-time link."""
    settings = read_settings()
    app = create_app(settings)

    async def run() -> str:
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            now_ms = app[wiring.CLOCK].now_ms()
            async with app[wiring.STORE].write() as tx:
                clinic_id = await create_clinic(tx, name=name, phone=phone, now_ms=now_ms)
                person = await create_person(
                    tx, clinic_id=clinic_id, role=Role.OWNER, name="Owner", email=owner, now_ms=now_ms
                )
            fresh = await invitations.invite(app, person, purpose=Purpose.OWNER)
            return fresh.token
        finally:
            await runner.cleanup()

    token = asyncio.run(run())
    print(f"{settings.public_url or 'http://127.0.0.1:' + str(settings.port)}/i/{token}")
    print("This link works once, within 72 hours. Whoever opens it first is the owner.", file=sys.stderr)


@clinic.command("recover-owner")
def recover_owner(
    mail: Annotated[str, typer.Argument(help="The address that the owner signs in with.")],
) -> None:
    """For an owner who lost phone, password and recovery codes: all of it ends now, and a one-time link is printed."""
    settings = read_settings()
    app = create_app(settings)

    async def run() -> str:
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            async with app[wiring.STORE].reader() as tx:
                person = await person_by_email_hash(tx, app[wiring.KEYS].email_hash(mail))
            if person is None or person.role is not Role.OWNER or person.disabled_ms is not None:
                raise Failed("No owner signs in with that address. Look for a slip in it.")
            return (await begin_anew(app, person)).token
        finally:
            await runner.cleanup()

    token = asyncio.run(run())
    print(f"{settings.public_url or 'http://127.0.0.1:' + str(settings.port)}/i/{token}")
    print(
        "This link works once, within 72 hours. Give it to the owner in person or by telephone. Their password, second "
        "step, recovery codes and sign-ins from before work no more.",
        file=sys.stderr,
    )


class Failed(Exception):
    """Something that the person at the terminal can mend; one sentence says how."""


def _on(own: str, paths: dict[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for name, value in paths.items():
        whole[name] = (
            [{**pair, "therapist": own + pair["therapist"], "patient": own + pair["patient"]} for pair in value]
            if name == "pairs"
            else own + value
        )
    return whole


def _run(job: Any) -> None:
    try:
        asyncio.run(job)
    except KeyboardInterrupt:
        raise SystemExit(0) from None


def main() -> None:
    """Exit 0 for done, 1 for failed with one sentence why, 2 for misuse."""
    try:
        cli()
    except (Failed, BadSettings, BadKey, NoBackup, NotAlone, NotNow, LibraryBroken, StorageError) as error:
        print(f"ebb: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except SQLAlchemyError as error:
        print(f"ebb: The database does not answer ({type(error).__name__}). `ebb doctor` says more.", file=sys.stderr)
        raise SystemExit(1) from None
    except OSError as error:
        print(f"ebb: {error.strerror or type(error).__name__}. {_hint(error)}", file=sys.stderr)
        raise SystemExit(1) from None


def _hint(error: OSError) -> str:
    in_use = 98
    return "Another program listens on this port: choose one with --port." if error.errno == in_use else ""


if __name__ == "__main__":
    main()
