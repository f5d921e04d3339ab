"""`create_app(settings, clock)`: the table of contents of the server."""

import asyncio
from collections.abc import AsyncIterator
from functools import cache, partial
from pathlib import Path

import structlog
from aiohttp import web

from exercises.loader import ENGLISH, Library, load_library
from exercises.mythfile import Myths, load_myths
from server import joined, middleware, render, wiring
from server.accounts import signing
from server.accounts.looking import Looking
from server.accounts.passwords import Passwords
from server.accounts.recovery_codes import Stretching
from server.backups.schedule import House as BackupHouse
from server.backups.schedule import scheduled
from server.book import SessionBook
from server.care.caring import CareBook
from server.care.handing_over import HandingOver
from server.care.journals import JournalBook
from server.care.keeping_company import CompanyBook
from server.care.safety import Safety
from server.clock import Clock, SystemClock
from server.crowd import Crowd
from server.db.engine import open_database, sqlite_path
from server.db.ledger import Ledgers
from server.db.migrate import migrate
from server.db.reading_on import ReadingOn
from server.db.store import Store
from server.db.writer import LedgerWriter
from server.desk.keeping import Cards
from server.desk.news import Item, News
from server.each_minute import each_minute
from server.erasing import Erasing
from server.exports.jobs import Exports
from server.languages import Languages
from server.limits import Limits
from server.live import socket
from server.live.alarm import Boot
from server.live.book import Place
from server.live.elsewhere import ALONE
from server.live.room import Room
from server.live.rooms import Rooms
from server.metrics import Metrics
from server.nodes import following, hearing
from server.nodes.neighbours import NodeNeighbours
from server.nodes.several import Nodes
from server.notify.changes import Changes
from server.notify.cover import Cover
from server.notify.emergencies import EmergencyNews
from server.notify.recipients import language_of
from server.notify.reminders import Reminders
from server.opening import open_keys
from server.own_library import OwnLibrary
from server.pages import outbox, routes
from server.practice.follow_up import FollowUp
from server.practice.ledger import PracticeBook
from server.practice.pace import Pace
from server.practice.taking import Taking
from server.script_words import words_for_scripts
from server.sealing_audit import Sealing
from server.security import Event, Stream
from server.settings import Settings
from server.static_files import StaticFiles
from server.trying import Checks
from server.turn import Relay
from server.uploads import Uploads
from server.visits import Visits
from server.watch import Watch
from sessions.events import Recorded
from sessions.state import SessionState

log = structlog.get_logger()

ROOT = Path(__file__).parent.parent
BODY_LIMIT_BYTES = 256 * 1024
#: Sockets that a restart closes come back spread over this long, 1 s more for every 100 of them.
RECONNECT_WINDOW_MS = 2_000
#: Readers that have not taken their good-bye by then have stalled; the server has 5 s in all.
GOOD_BYE_SECONDS = 2.0


def create_app(settings: Settings, clock: Clock | None = None) -> web.Application:
    """Everything the server is made of. Raises LibraryBroken. Nothing is opened before it starts: then, BadKey."""
    clock = clock or SystemClock()
    app = web.Application(middlewares=[middleware.guard], client_max_size=BODY_LIMIT_BYTES)
    app[wiring.SETTINGS] = settings
    app[wiring.CLOCK] = clock
    app[wiring.LISTENING] = wiring.Listening(settings.port)
    app[wiring.LANGUAGES] = Languages(settings.language_codes)
    app[wiring.LIBRARIES] = {language.code: _library(language.code) for language in app[wiring.LANGUAGES]}
    app[wiring.LIBRARY] = app[wiring.LIBRARIES][ENGLISH]
    app[wiring.NODES] = nodes = Nodes()
    app[wiring.OWN_LIBRARY] = OwnLibrary(app[wiring.LIBRARIES], nodes.say)
    app[wiring.MYTHS] = {language.code: _myths(language.code) for language in app[wiring.LANGUAGES]}
    app[wiring.STATIC] = _static(settings.language_codes)
    app[wiring.TEMPLATES] = render.environment(
        app[wiring.STATIC], offered=app[wiring.LANGUAGES].offered, source_url=settings.source_url
    )
    app[wiring.NEWS] = News(nodes.say)
    app[wiring.METRICS] = metrics = Metrics()
    app[wiring.SECURITY] = Stream(metrics, settings.security_log)
    app[wiring.PASSWORDS] = Passwords()
    app[wiring.CHANGES] = Changes(settings=settings, clock=clock)
    app[wiring.OUTBOX_PACE] = Pace(size=outbox.BURST, every_ms=outbox.EVERY_MS)
    app[wiring.CHECKS] = Checks()
    app[wiring.LIMITS] = Limits()
    app[wiring.CROWD] = Crowd(clock.now)
    app[wiring.EXPORTS] = Exports(
        settings.data / "copies", clock, alone=sqlite_path(settings.database) is not None, say=nodes.say
    )
    app[wiring.UPLOADS] = Uploads(app[wiring.EXPORTS].folder)

    # In this order: what comes later uses what came before, and is closed before it.
    app.cleanup_ctx.append(_storage)
    app.cleanup_ctx.append(_live)
    app.cleanup_ctx.append(_copies)

    app.router.add_get("/live/{session}", socket.live)
    app.router.add_get("/static/{version}/{name:.+}", app[wiring.STATIC].serve)
    for resource in routes.resources():
        app.router.register_resource(resource)

    app.on_response_prepare.append(middleware.on_prepare)
    app.on_shutdown.append(_say_restarting)
    return app


@cache
def _static(languages: tuple[str, ...]) -> StaticFiles:
    """Read, made smaller and joined once for all servers of a process."""
    words = words_for_scripts(Languages(languages), ROOT / "static")
    return StaticFiles(ROOT / "static", made=words, whole=joined.WHOLE)


@cache
def _library(language: str) -> Library:
    """Part of the program, and nobody changes it: read and checked once for all servers of a process."""
    return load_library(ROOT / "exercises" / "library", language)


@cache
def _myths(language: str) -> Myths:
    """So are the myths."""
    return load_myths(language=language)


async def _storage(app: web.Application) -> AsyncIterator[None]:
    settings, clock = app[wiring.SETTINGS], app[wiring.CLOCK]
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = await open_database(settings.database)
    await migrate(database)
    try:
        await following.set_once(database, clock)
        keys, keyring = await open_keys(settings, database, clock)
    except BaseException:
        await database.close()
        raise
    app[wiring.DATABASE], app[wiring.KEYS], app[wiring.KEYRING] = database, keys, keyring
    app[wiring.LEDGERS] = Ledgers(database, keys)
    app[wiring.FOLLOWING] = following.Following(database, clock)
    app[wiring.STORE] = Store(database, keys, keyring)
    await app[wiring.OWN_LIBRARY].open(app[wiring.STORE])
    app[wiring.LOOKING] = looking = Looking(store=app[wiring.STORE], clock=clock, security=app[wiring.SECURITY])

    if keyring.is_behind:
        # It works by a bridge, until `ebb keys finish` takes that away.
        log.warning("keys.behind", server_key=keyring.server_key)
    known = keyring.server_key

    async def look_at_keys() -> None:
        nonlocal known
        await keyring.look()
        if keyring.server_key != known:
            known = keyring.server_key
            app[wiring.SECURITY].tell(Event.KEYS_ROTATED, server_key=known)

    exchanged = each_minute(look_at_keys, name="key ring", clock=clock, failed="keys.unseen")
    async with (
        LedgerWriter(database, keys, node=database.node) as writer,
        looking.running(),
        exchanged,
        app[wiring.FOLLOWING].running(),
    ):
        app[wiring.WRITER] = writer
        yield
    await keyring.close()
    await database.close()


async def _live(app: web.Application) -> AsyncIterator[None]:
    clock, library = app[wiring.CLOCK], app[wiring.LIBRARY]
    ledgers, writer, store = app[wiring.LEDGERS], app[wiring.WRITER], app[wiring.STORE]
    care = CareBook(
        store=store,
        ledgers=ledgers,
        writer=writer,
        clock=clock,
        find=library.get,
        nudge=lambda session_id: rooms.nudge(session_id),  # noqa: PLW0108 - the rooms are made below
    )

    reading_on = ReadingOn(store.database)

    def book(place: Place) -> SessionBook:
        return SessionBook(place, store=store, ledgers=ledgers, reading_on=reading_on, writer=writer, care=care)

    def hear(room: Room, lines: list[Recorded]) -> None:
        app[wiring.NEWS].of_room(room, lines)
        safety.of_room(room, lines)

    nodes = app[wiring.NODES]
    neighbours = NodeNeighbours(
        store.database,
        node=store.database.node,
        ledgers=ledgers,
        clock=clock,
        say=nodes.say,
        close_logins=lambda ended: signing.close_here(app, ended),
    )
    rooms = Rooms(
        clock=clock,
        find=app[wiring.OWN_LIBRARY].find,
        boot=Boot(id=store.database.node, at_ms=clock.now_ms()),
        open_book=book,
        on_news=hear,
        relay=Relay.of(app[wiring.SETTINGS]),
        neighbours=neighbours if store.database.dialect == "postgresql" else ALONE,
    )

    def close_person(person: str, session_id: str) -> None:
        rooms.close_person(person, session_id)
        nodes.say("out", person, session_id)

    app[wiring.CARE], app[wiring.ROOMS] = care, rooms
    app[wiring.METRICS].watch(rooms, writer)
    if store.database.dialect == "postgresql":
        app[wiring.METRICS].watch_nodes(neighbours, app[wiring.FOLLOWING])
    app[wiring.JOURNALS] = journals = JournalBook(
        store=store,
        ledgers=ledgers,
        writer=writer,
        clock=clock,
        care=care,
        heard=lambda *what: safety.of_journal(*what),  # noqa: PLW0108 - the safety rules are made below
    )
    safety = Safety(
        store=store,
        ledgers=ledgers,
        care=care,
        journals=journals,
        news=app[wiring.NEWS],
        clock=clock,
        room_of=rooms.loaded,
    )
    app[wiring.COMPANY] = company = CompanyBook(
        store=store,
        ledgers=ledgers,
        writer=writer,
        clock=clock,
        nudge=rooms.nudge,
        close=close_person,
    )
    app[wiring.CARDS] = cards = Cards(store=store, ledgers=ledgers, care=care, journals=journals, news=app[wiring.NEWS])
    app[wiring.HANDING_OVER] = HandingOver(
        store=store,
        ledgers=ledgers,
        writer=writer,
        care=care,
        clock=clock,
        nudge=rooms.nudge,
        close=close_person,
        tell=lambda person_id: app[wiring.NEWS].tell(person_id, Item(kind="changed")),
    )
    app[wiring.VISITS] = Visits(
        store=store,
        ledgers=ledgers,
        writer=writer,
        care=care,
        company=company,
        clock=clock,
        find=library.get,
        nudge=rooms.nudge,
    )
    app[wiring.ERASING] = erasing = Erasing(
        store=store,
        visits=app[wiring.VISITS],
        company=company,
        rooms=rooms,
        exports=app[wiring.EXPORTS],
        news=app[wiring.NEWS],
        clock=clock,
        close=lambda ended: signing.close(app, ended),
    )

    def arrived(place: Place, state: SessionState, lines: list[Recorded]) -> None:
        app[wiring.NEWS].of_lines(place.session_id, state.people, lines)
        safety.of_practice(place.clinic_id, place.patient_id, lines)

    practices = PracticeBook(store=store, ledgers=ledgers, writer=writer, care=care, clock=clock, heard=arrived)
    app[wiring.OUTBOX] = taking = Taking(store=store, book=practices, journals=journals, clock=clock)
    follow_up = FollowUp(store=store, taking=taking, book=practices, clock=clock)
    watch = Watch(store=store, rooms=rooms, clock=clock)
    cover = Cover(store=store, settings=app[wiring.SETTINGS], clock=clock)
    reminders = Reminders(store=store, settings=app[wiring.SETTINGS], clock=clock, spoken=app[wiring.LANGUAGES])
    # The rules are closed after the rooms, which tell them of their last lines.
    async with (
        safety.running(),
        rooms.running(),
        hearing.listening(app, neighbours),
        watch.running(),
        cover.running(),
        follow_up.running(),
        reminders.running(),
        app[wiring.CHANGES].running(),
        cards.running(),
        erasing.running(),
        Sealing(store=store, clock=clock, security=app[wiring.SECURITY]).running(),
        EmergencyNews(
            store=store, settings=app[wiring.SETTINGS], clock=clock, language_of=partial(language_of, app)
        ).running(),
        Stretching(store=store, passwords=app[wiring.PASSWORDS], clock=clock).running(),
        scheduled(
            BackupHouse(
                settings=app[wiring.SETTINGS],
                database=app[wiring.DATABASE],
                keys=app[wiring.KEYS],
                clock=clock,
                security=app[wiring.SECURITY],
                metrics=app[wiring.METRICS],
            )
        ),
    ):
        yield


async def _copies(app: web.Application) -> AsyncIterator[None]:
    async with app[wiring.EXPORTS].running():
        yield


async def _say_restarting(app: web.Application) -> None:
    """Sockets are closed here, with 1012: at clean-up the framework would wait for them, and browsers see 1006."""
    app[wiring.NEWS].close()
    await app[wiring.CHECKS].close()
    rooms = app[wiring.ROOMS]
    members = rooms.close_all(retry_ms=RECONNECT_WINDOW_MS + rooms.sockets * 10)
    if not members:
        return
    log.info("restarting", sockets=len(members))
    await asyncio.wait([asyncio.create_task(member.closed()) for member in members], timeout=GOOD_BYE_SECONDS)
    for member in members:
        member.abort()
