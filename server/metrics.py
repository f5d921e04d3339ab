"""What Prometheus may read: counts, sizes and durations. No label names a clinic, a person, a session or an address."""

from collections.abc import Iterator
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


def site(metrics: Metrics) -> web.Application:
    """What listens on the port for metrics: one page, and nothing else of the house."""

    async def read(request: web.Request) -> web.StreamResponse:  # noqa: ARG001 - a handler is given its request
        body = generate_latest(metrics.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    made = web.Application()
    made.router.add_get("/metrics", read)
    return made
