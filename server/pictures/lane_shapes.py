"""What the lanes of a session are made of: the stretch that is drawn, the shapes in it, and all of them together."""

from collections.abc import Mapping

from msgspec import Struct

from server.pictures.labels import Label
from sessions.timeline import Span


class Window(Struct, frozen=True):
    """What of the session is drawn, in server milliseconds."""

    from_ms: int
    until_ms: int

    @property
    def length_ms(self) -> int:
        return self.until_ms - self.from_ms

    def has(self, at_ms: int) -> bool:
        return self.from_ms <= at_ms <= self.until_ms

    def cuts(self, span: Span) -> bool:
        """Whether any of it lies in the window; what has no length does where it is."""
        if span.from_ms == span.until_ms:
            return self.has(span.from_ms)
        return span.from_ms < self.until_ms and span.until_ms > self.from_ms


class Note(Struct, frozen=True):
    """A therapist's comment on a moment."""

    at_ms: int
    who: str


class Bar(Struct, frozen=True):
    """A stretch of a lane: `x` to `x + width`."""

    x: float
    width: float
    inside: bool = False
    from_ms: int = 0
    until_ms: int = 0


class Breaths(Struct, frozen=True):
    """One stroke for each breath: `dash` long, then `gap`, from `x` to `end`."""

    x: float
    end: float
    dash: float
    gap: float


class Dot(Struct, frozen=True):
    x: float
    value: int


class Beat(Struct, frozen=True):
    """A minute of the belt: how high its stroke is, and the number beside it."""

    x: float
    y: float


class Stroke(Struct, frozen=True):
    x: float
    noted: bool


class Lane(Struct, frozen=True):
    name: str
    y: int
    height: int


class Lanes(Struct, frozen=True):
    """What the template draws. `rows` are the lanes that there are, each with where it begins."""

    height: int
    from_ms: int
    until_ms: int
    minutes: str
    rows: tuple[Lane, ...]
    ticks: tuple[Label, ...]
    titles: tuple[Label, ...]
    steps: tuple[Bar, ...]
    breaths: tuple[Breaths, ...]
    paces: tuple[Label, ...]
    comfort: str
    silent: str
    hatched: tuple[str, ...]
    dizzy: tuple[Label, ...]
    heart: tuple[Beat, ...]
    swings: tuple[Label, ...]
    pauses: tuple[Bar, ...]
    stops: tuple[Bar, ...]
    broken: tuple[Label, ...]
    away: tuple[Bar, ...]
    missed: tuple[Label, ...]
    rated: tuple[float, ...]
    dots: tuple[Dot, ...]
    rating_names: tuple[Label, ...]
    strokes: tuple[Stroke, ...]
    said: tuple[Label, ...]
    comments: tuple[float, ...]
    commented: tuple[Label, ...]
    points: Mapping[int, float]

    def y(self, name: str) -> int:
        return next(row.y for row in self.rows if row.name == name)
