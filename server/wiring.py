"""The typed keys under which the application holds its parts. Nothing else is shared between modules."""

from aiohttp import web
from jinja2 import Environment

from exercises.loader import Library
from exercises.mythfile import Myths
from server.accounts.looking import Looking
from server.accounts.passwords import Passwords
from server.care.caring import CareBook
from server.care.handing_over import HandingOver
from server.care.journals import JournalBook
from server.care.keeping_company import CompanyBook
from server.clock import Clock
from server.crowd import Crowd
from server.db.engine import Database
from server.db.keyring import KeyRing
from server.db.ledger import Ledgers
from server.db.store import Store
from server.db.writer import LedgerWriter
from server.desk.keeping import Cards
from server.desk.news import News
from server.erasing import Erasing
from server.exports.jobs import Exports
from server.keys import Keys
from server.languages import Languages
from server.limits import Limits
from server.live.rooms import Rooms
from server.metrics import Metrics
from server.nodes.following import Following
from server.nodes.several import Nodes
from server.notify.changes import Changes
from server.own_library import OwnLibrary
from server.practice.pace import Pace
from server.practice.taking import Taking
from server.security import Stream
from server.settings import Settings
from server.static_files import StaticFiles
from server.trying import Checks
from server.uploads import Uploads
from server.visits import Visits

SETTINGS = web.AppKey("settings", Settings)
CLOCK = web.AppKey("clock", Clock)
KEYS = web.AppKey("keys", Keys)
DATABASE = web.AppKey("database", Database)
KEYRING = web.AppKey("keyring", KeyRing)
LEDGERS = web.AppKey("ledgers", Ledgers)
WRITER = web.AppKey("writer", LedgerWriter)
STORE = web.AppKey("store", Store)
LIBRARY = web.AppKey("library", Library)
#: The same in each language that is offered, by its code; what may not be told in it stands there in English.
LIBRARIES = web.AppKey("libraries", dict[str, Library])
#: Each clinic's own: what is prescribed, offered and heard comes from here, never from `LIBRARY` itself.
OWN_LIBRARY = web.AppKey("own_library", OwnLibrary)
MYTHS = web.AppKey("myths", dict[str, Myths])
ROOMS = web.AppKey("rooms", Rooms)
CROWD = web.AppKey("crowd", Crowd)
#: Counters for whoever runs this server, and the stream of what they want to hear at once.
METRICS = web.AppKey("metrics", Metrics)
SECURITY = web.AppKey("security", Stream)
PASSWORDS = web.AppKey("passwords", Passwords)
CHANGES = web.AppKey("changes", Changes)
LOOKING = web.AppKey("looking", Looking)
CARE = web.AppKey("care", CareBook)
JOURNALS = web.AppKey("journals", JournalBook)
COMPANY = web.AppKey("company", CompanyBook)
HANDING_OVER = web.AppKey("handing_over", HandingOver)
OUTBOX = web.AppKey("outbox", Taking)
OUTBOX_PACE = web.AppKey("outbox_pace", Pace)
LIMITS = web.AppKey("limits", Limits)
VISITS = web.AppKey("visits", Visits)
ERASING = web.AppKey("erasing", Erasing)
CHECKS = web.AppKey("checks", Checks)
EXPORTS = web.AppKey("exports", Exports)
UPLOADS = web.AppKey("uploads", Uploads)
CARDS = web.AppKey("cards", Cards)
NEWS = web.AppKey("news", News)
#: What this node says to others that share its database, and hears of them.
NODES = web.AppKey("nodes", Nodes)
FOLLOWING = web.AppKey("following", Following)
LANGUAGES = web.AppKey("languages", Languages)
STATIC = web.AppKey("static", StaticFiles)
TEMPLATES = web.AppKey("templates", Environment)


class Listening:
    """Where the server listens, once it does: the port may have been chosen by the system."""

    def __init__(self, port: int) -> None:
        self.port = port


LISTENING = web.AppKey("listening", Listening)
