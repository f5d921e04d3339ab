"""What goes to this machine alone: rehearsals and load, which nobody may point at somebody else's server."""

import ipaddress

from yarl import URL


class NotThisMachine(OSError):
    """An address that leads elsewhere, or nowhere."""

    def __init__(self) -> None:
        super().__init__(0, "Rehearsals and load go to this machine alone: give a link to 127.0.0.1 or localhost")


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def only_loopback(link: str) -> URL:
    """The link, taken apart. Raises NotThisMachine."""
    try:
        url = URL(link)
    except ValueError:
        raise NotThisMachine from None
    if url.scheme not in ("http", "https") or url.host is None or not is_loopback(url.host):
        raise NotThisMachine
    return url
