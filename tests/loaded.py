"""All that a server has read before it opens anything: what the processes of `tests.commands` are forked off with."""

import threading

import server.__main__  # noqa: F401 - the command line itself
from server.app import create_app
from server.settings import read_settings

create_app(read_settings())
assert threading.active_count() == 1, "a fork takes no other thread along"
