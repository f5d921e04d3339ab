"""Security events: a stream of their own, so that whoever watches it need not read everything else.

Each is one line with `stream: security`, what happened and ids. Never a name, an address, a payload, nor where it came
from as it stands: `place` is a keyed hash (`signing.place_in_log`), by which two lines of one place are recognised.
"""

import contextlib
import os
from enum import StrEnum
from pathlib import Path
from typing import Final

import structlog

from server.metrics import Metrics


class Event(StrEnum):
    """What somebody who watches a server wants to hear of. `docs/reference/security-events.md` says what each means."""

    SIGN_IN = "signin.done"
    SIGN_IN_REFUSED = "signin.refused"
    SIGN_IN_TOO_OFTEN = "signin.too_often"
    SECOND_STEP_REFUSED = "second_step.refused"
    FACTOR_CHANGED = "factor.changed"
    PASSKEY_WENT_BACK = "passkey.went_back"
    LOGIN_ENDED = "login.ended"
    PROOF_ASKED = "proof.asked"
    TOO_OFTEN = "limit.reached"
    ACCESS_REFUSED = "access.refused"
    FOREIGN_ORIGIN = "origin.refused"
    FOREIGN_HOST = "host.refused"
    HOSTILE_FRAMES = "frames.refused"
    UNFINISHED_REQUEST = "request.unfinished"
    RECORD_UNREADABLE = "record.unreadable"
    CHAIN_BROKEN = "chain.broken"
    AUDIT_LATE = "audit.late"
    SEALED = "audit.sealed"
    EMERGENCY_OPENED = "emergency.opened"
    EXPORTED = "export.made"
    ERASED = "record.erased"
    KEYS_ROTATED = "keys.rotated"
    BACKUP_MADE = "backup.made"
    BACKUP_FAILED = "backup.failed"


#: Nobody need be woken for these: somebody did what they may do.
_AS_MEANT: Final = frozenset(
    {
        Event.SIGN_IN,
        Event.PROOF_ASKED,
        Event.FACTOR_CHANGED,
        Event.LOGIN_ENDED,
        Event.SEALED,
        Event.EXPORTED,
        Event.ERASED,
        Event.KEYS_ROTATED,
        Event.BACKUP_MADE,
    }
)


class Stream:
    """Where security events go: to standard error beside everything else, and to a file of their own if one is set."""

    def __init__(self, metrics: Metrics, file: Path | None = None) -> None:
        self._counted = metrics.security
        for event in Event:
            # From 0, not from the first time on: a counter that begins at 1 has not increased, and wakes nobody.
            self._counted.labels(event.value)
        self._log = structlog.get_logger().bind(stream="security")
        self._kept = None if file is None else structlog.wrap_logger(_FileLogger(file), processors=_PROCESSORS)

    def tell(self, event: Event, **about: str | int | None) -> None:
        """`about`: ids, codes and counts alone. What is None is left out."""
        known = {name: value for name, value in about.items() if value is not None}
        self._counted.labels(event.value).inc()
        say = self._log.info if event in _AS_MEANT else self._log.warning
        say(event.value, **known)
        if self._kept is not None:
            self._kept.warning(event.value, **known)


class _FileLogger:
    """Appends a line and lets go: the file may be moved away by whoever rotates logs. A full disk stops no request."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def warning(self, line: str) -> None:
        with contextlib.suppress(OSError):
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(line + "\n")


_PROCESSORS: Final[list[structlog.types.Processor]] = [
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.JSONRenderer(),
]
