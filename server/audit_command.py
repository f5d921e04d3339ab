"""`ebb audit verify`: walks audit, seals and ledgers, and says in words what somebody changed outside Ebb."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from msgspec import Struct

from server import logs
from server.clock import SystemClock
from server.db import people, seals
from server.db.engine import parse
from server.db.seals import Fault, Sealed
from server.db.store import Store
from server.db.verifying import Mark, Walked, verify_ledgers
from server.metrics import Metrics
from server.opening import installation
from server.security import Event, Stream
from server.settings import read_settings

cli = typer.Typer(no_args_is_help=True, help="Who did or saw what, and whether anybody changed it.")

_EPOCH: Final = date(1970, 1, 1).toordinal()
#: What is wrong inside of a ledger that is there.
_IN_A_LEDGER: Final = ("changed", "gap", "cut")


class Said(Struct, frozen=True):
    """What a clinic's walk came to: sentences, the wrong ones apart."""

    fine: tuple[str, ...]
    wrong: tuple[str, ...]


@cli.command()
def verify(
    *,
    clinic: Annotated[str, typer.Option(help="The id of one clinic; all of them where it is left out.")] = "",
    sealed: Annotated[
        list[str] | None,
        typer.Option(
            help="What the log said of a seal, as CLINIC:DAY:SEAL, such as 8b2a…:20254:fba444ce3a063df5. Repeatable."
        ),
    ] = None,
) -> None:
    """Say what was edited, taken out or cut off outside Ebb; exit 1 where something was. Changes nothing."""
    against = [read_line(text) for text in sealed or []]
    settings = read_settings()
    # Standard output has the sentences; whoever watches the security events hears of it there.
    logs.set_up(settings.log_level)
    security = Stream(Metrics(), settings.security_log)
    url = parse(settings.database)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        # Else a key and a database would be made here, and both found in order.
        typer.echo(f"There is no database at {url.database}.", err=True)
        raise typer.Exit(2)
    wrong = 0
    for clinic_id, said in asyncio.run(_walk(clinic, against)):
        typer.echo(f"Clinic {clinic_id}")
        for sentence in said.fine:
            typer.echo(f"  fine   {sentence}")
        for sentence in said.wrong:
            typer.echo(f"  WRONG  {sentence}")
        wrong += len(said.wrong)
        if said.wrong:
            security.tell(Event.CHAIN_BROKEN, clinic=clinic_id, faults=len(said.wrong))
    if wrong:
        typer.echo(f"{wrong} {'things are' if wrong > 1 else 'thing is'} not as Ebb wrote them.", err=True)
        raise typer.Exit(1)


async def verified(store: Store, clinic_id: str, *, against: Iterable[tuple[int, str]] = ()) -> Said:
    """`against`: days and first bytes of seals, as the log told them."""
    async with store.reader() as tx:
        known = await seals.seals_of(tx, clinic_id)
        rows, faults = await seals.walk_audit(tx, clinic_id, known)
    marks = {
        ledger_id: Mark(mark.seq, mark.chain, str(_day(day)))
        for ledger_id, (mark, day) in seals.last_marks(known).items()
    }
    walked = await verify_ledgers(store, clinic_id, marks=marks)
    wrong = [*(_of_audit(fault, known) for fault in faults), *_of_seals(known, against), *_of_ledgers(walked)]
    bad = {one.ledger_id for one in walked.broken if one.what in _IN_A_LEDGER}
    newest = f", the newest of {_day(known[-1].day)}" if known else ""
    fine = [
        f"Entries in the audit: {rows}. Seals: {len(known)}{newest}.",
        f"Ledgers as they were written: {walked.ledgers - len(bad)} of {walked.ledgers}, with {walked.events} events.",
    ]
    return Said(tuple(fine), tuple(wrong))


def _of_audit(fault: Fault, known: list[Sealed]) -> str:
    at = "" if fault.at_ms is None else f" of {_moment(fault.at_ms)}"
    match fault.kind:
        case "altered":
            return f"Entry {fault.seq} of the audit{at} was altered. Those before and after it can be trusted."
        case "missing" if fault.seq == fault.until:
            return f"Entry {fault.seq} of the audit was taken out; the next one is{at}."
        case "missing":
            return f"Entries {fault.seq} to {fault.until} of the audit were taken out; the next one is{at}."
        case _:
            day = next((_day(one.day) for one in known if one.audit_seq >= fault.seq), None)
            return (
                f"The end of the audit was cut off: entries {fault.seq} to {fault.until} at least were there when it "
                f"was sealed{'' if day is None else f' on {day}'}."
            )


def _of_seals(known: list[Sealed], against: Iterable[tuple[int, str]]) -> Iterable[str]:
    for one in known:
        if not one.whole:
            yield f"The seal of {_day(one.day)} was altered, or one before it was taken out. It proves nothing."
    there = {one.day: seals.in_short(one.seal) for one in known}
    for day, short in against:
        if day not in there:
            yield f"The log tells of a seal of {_day(day)} that is not here: the database is older, or was cut back."
        elif there[day] != short:
            yield f"The seal of {_day(day)} is another than the log tells of: this is not the same history."


def _of_ledgers(walked: Walked) -> Iterable[str]:
    return (one.say for one in walked.broken)


async def _walk(clinic: str, against: list[tuple[str, int, str]]) -> list[tuple[str, Said]]:
    settings = read_settings()
    async with installation(settings, SystemClock()) as (database, keys, ring):
        store = Store(database, keys, ring)
        async with store.reader() as tx:
            clinics = [one for one in await people.clinics(tx) if clinic in ("", one)]
        if clinic and not clinics:
            typer.echo(f"There is no clinic {clinic} here.", err=True)
            raise typer.Exit(2)
        return [
            (one, await verified(store, one, against=[(day, short) for of, day, short in against if of == one]))
            for one in clinics
        ]


def read_line(text: str) -> tuple[str, int, str]:
    """A seal as the log tells of it: clinic, day, first bytes. Raises typer.Exit for anything else."""
    clinic_id, _, rest = text.partition(":")
    day, _, short = rest.partition(":")
    if not (clinic_id and day.isascii() and day.isdigit() and len(day) < 8 and short):
        typer.echo(f"{text} is no line of the log. Write it as CLINIC:DAY:SEAL.", err=True)
        raise typer.Exit(2)
    return clinic_id, int(day), short.lower()


def _day(day: int) -> date:
    return date.fromordinal(_EPOCH + day)


def _moment(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
