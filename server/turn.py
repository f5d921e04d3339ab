"""The relay through which two sides hear each other where no straight way leads: coturn, by passwords that run out.

Ebb and coturn share a secret (`use-auth-secret`). A user name is the second at which it ends and something random, its
password is `base64(HMAC-SHA1(secret, user name))`: the relay checks it without asking anybody, and a name says
nothing of whose it is. SHA-1 is what coturn computes, and as an HMAC still sound. Nobody else's STUN or TURN server
is ever named: it would learn the addresses of a patient and a therapist, and when they meet.
"""

import base64
import hashlib
import hmac
import secrets
from typing import Any, Final, Self

from msgspec import Struct

from server.settings import Settings

#: Long enough for a late visit that overruns, short enough that a password copied out of a page is of no use tomorrow.
TTL_S: Final = 6 * 3600


class Relay(Struct, frozen=True):
    """Where the relay is, and what it shares with Ebb. Without `urls` there is none."""

    urls: tuple[str, ...] = ()
    secret: str = ""
    ttl_s: int = TTL_S
    relay_only: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            urls=settings.turn_addresses,
            secret=settings.turn_secret,
            ttl_s=settings.turn_ttl_s,
            relay_only=settings.turn_relay_only,
        )

    def servers(self, now_ms: int) -> tuple[list[dict[str, Any]], int | None]:
        """The `iceServers` of a browser, with a password of its own, and the millisecond until which it holds."""
        if not self.urls:
            return [], None
        until_s = now_ms // 1000 + self.ttl_s
        username = f"{until_s}:{secrets.token_hex(8)}"
        return [
            {"urls": list(self.urls), "username": username, "credential": credential(self.secret, username)}
        ], until_s * 1000


def credential(secret: str, username: str) -> str:
    """The password that belongs to this user name, as coturn computes it."""
    return base64.b64encode(hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()).decode()


NO_RELAY: Final = Relay()
