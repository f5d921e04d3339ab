"""What Prometheus may read: counts, sizes and durations. No label names a clinic, a person, a session or an address."""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from server.db.writer import LedgerWriter
from server.live.rooms import Rooms
from server.nodes.following import Following
from server.nodes.neighbours import NodeNeighbours

#: From a page that is there at once to one that a person would call slow.
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The counters of one server. `requests` by route as it stands in the router, never as it was asked for."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "ebb_request_seconds",
            "How long a request took.",
            ["method", "route", "status"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.security = Counter(
            "ebb_security_events", "Security events, by what happened.", ["what"], registry=self.registry
        )
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)

    def watch(self, rooms: Rooms, writer: LedgerWriter) -> None:
        """From now on it is also told what these count themselves."""
        self.registry.register(_House(rooms, writer))

    def watch_nodes(self, neighbours: NodeNeighbours, following: Following) -> None:
        """And of the other nodes."""
        self.registry.register(_Nodes(neighbours, following))

    def watch_disks(self, places: Mapping[str, Path]) -> None:
        """From now on it is also told how much room there is where these lie, by what they are for."""
        self.registry.register(_Disks(places))


class _House(Collector):
    """Asked when somebody reads, so that nothing is counted twice and an event costs nothing more."""

    def __init__(self, rooms: Rooms, writer: LedgerWriter) -> None:
        self._rooms, self._writer = rooms, writer

    def collect(self) -> Iterator[Metric]:
        rooms, writer = self._rooms, self._writer
        yield GaugeMetricFamily("ebb_rooms", "Sessions in memory.", value=rooms.count)
        yield GaugeMetricFamily("ebb_sockets", "Open sockets of visits.", value=rooms.sockets)
        yield CounterMetricFamily("ebb_events_stored", "Events stored in ledgers.", value=writer.events_stored)
        yield CounterMetricFamily("ebb_transactions", "Transactions that stored events.", value=writer.transactions)
        yield GaugeMetricFamily("ebb_batches_waiting", "Batches that wait to be stored.", value=writer.waiting)


class _Nodes(Collector):
    """Asked when somebody reads. On SQLite there are no others, and this is not registered."""

    def __init__(self, neighbours: NodeNeighbours, following: Following) -> None:
        self._neighbours, self._following = neighbours, following

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "ebb_nodes", "Nodes that are alive, this one too.", value=1 + len(self._neighbours.others)
        )
        yield GaugeMetricFamily(
            "ebb_nodes_looked_seconds",
            "Since the other nodes were last looked for.",
            value=self._neighbours.looked_s_ago,
        )
        yield GaugeMetricFamily(
            "ebb_clock_apart_seconds",
            "How far the database's clock was ahead of this node's at the last look.",
            value=self._following.apart_ms / 1000,
        )


class _Disks(Collector):
    """Asked when somebody reads. What cannot be looked at is left out: its absence is worth an alert of its own."""

    def __init__(self, places: Mapping[str, Path]) -> None:
        self._places = dict(places)

    def collect(self) -> Iterator[Metric]:
        whole = GaugeMetricFamily("ebb_disk_bytes", "Size of the disk, by what lies on it.", labels=["what"])
        free = GaugeMetricFamily("ebb_disk_free_bytes", "What of it Ebb may still use.", labels=["what"])
        for what, folder in self._places.items():
            with contextlib.suppress(OSError):
                usage = shutil.disk_usage(folder)
                whole.add_metric([what], usage.total)
                free.add_metric([what], usage.free)
        yield whole
        yield free


def site(metrics: Metrics) -> web.Application:
    """What listens on the port for metrics: one page, and nothing else of the house."""

    async def read(request: web.Request) -> web.StreamResponse:  # noqa: ARG001 - a handler is given its request
        body = generate_latest(metrics.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    made = web.Application()
    made.router.add_get("/metrics", read)
    return made
