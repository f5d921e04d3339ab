"""Logs: one JSON line each when nobody watches, ids, codes, counts and durations only."""

import logging
import sys
from typing import Any

import structlog

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def set_up(level: str) -> None:
    """Everything to stderr: stdout belongs to what a command was asked for."""
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(colors=True) if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Bare('{"level": "error", "logger": "%(name)s"}'))
    logging.basicConfig(level=logging.ERROR, handlers=[handler], force=True)


class _Bare(logging.Formatter):
    """For libraries: who complains and where. Their messages and tracebacks may hold requests and statements."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the standard library's name
        return where(ei[1]) if ei[1] is not None else ""


def where(error: BaseException) -> str:
    """The last places that an exception came through. Its own words may be somebody's, so they are left out."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " ".join(frames[-6:])
