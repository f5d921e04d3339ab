"""What `ebb doctor` says of the way to Ebb: TLS, the proxy in front, the relay for voice, names that are misspelt."""

import asyncio
import contextlib
import difflib
import ssl
from collections.abc import Mapping
from typing import Final

import aiohttp
from yarl import URL

from server.clock import DAY_MS, Clock
from server.doctor_found import Found
from server.loopback import is_loopback
from server.settings import Settings

ANSWERS_WITHIN_S: Final = 5.0
_EXPIRES_SOON_DAYS: Final = 14
#: Variables that are read elsewhere, and are no settings of a server.
NO_SETTINGS: Final = frozenset(
    {
        *("EBB_EXPORT_PASSPHRASE", "EBB_SERVER_KEY_NEXT", "EBB_CHROMIUM", "EBB_COTURN", "EBB_CADDY", "EBB_PROMTOOL"),
        *("EBB_NAME", "EBB_NODES"),
    }
)


def examine_names(environment: Mapping[str, str], found: Found) -> None:
    """A setting whose name is misspelt is read by nobody, and its default holds."""
    known = [f"EBB_{name.upper()}" for name in Settings.model_fields]
    for name in sorted(environment):
        if not name.startswith("EBB_") or name.upper() in known or name in NO_SETTINGS:
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
        if near:
            found.wrong.append(f"{name} is no setting, and nobody reads it. Was {near[0]} meant?")
        else:
            found.worth.append(f"{name} is no setting of this version, and nobody reads it.")


async def examine_address(settings: Settings, found: Found, *, clock: Clock) -> None:
    if not settings.public_url:
        found.wrong.append("EBB_PUBLIC_URL is not set: `ebb serve` needs the address that browsers use.")
        return
    url = URL(settings.public_url)
    if not settings.secure:
        if is_loopback(url.host or "") and is_loopback(settings.host):
            found.worth.append(
                f"{settings.public_url} can be reached from this machine alone, and needs no TLS for that."
            )
        else:
            found.wrong.append("EBB_PUBLIC_URL is not https://: without TLS anybody on the way can listen.")
    else:
        found.fine.append(f"Browsers reach Ebb at {settings.public_url}.")
    _proxy(settings, found)
    if settings.metrics_port and not is_loopback(settings.metrics_host):
        found.worth.append(
            f"/metrics listens on {settings.metrics_host}:{settings.metrics_port} and asks for no password: let "
            "nothing but the collector reach it."
        )
    if settings.secure:
        await _seen_from_here(url, found, clock=clock)


def _proxy(settings: Settings, found: Found) -> None:
    """Ebb speaks no TLS itself: an address with https:// has a proxy in front."""
    if settings.secure and not settings.behind_proxy:
        found.wrong.append(
            "EBB_PUBLIC_URL is https://, which takes a proxy in front, and EBB_BEHIND_PROXY is not set: all visitors "
            "count as one, and whoever guesses passwords shuts everybody out. Set EBB_BEHIND_PROXY=true."
        )
    elif settings.behind_proxy and not settings.secure:
        found.wrong.append(
            "EBB_BEHIND_PROXY is set, and EBB_PUBLIC_URL says that no proxy with TLS is in front: anybody can claim "
            "any address. Set EBB_PUBLIC_URL to the proxy's https:// address, or leave EBB_BEHIND_PROXY out."
        )
    elif settings.behind_proxy and not is_loopback(settings.host):
        found.worth.append(
            f"Ebb listens on {settings.host}, where others than the proxy may reach port {settings.port}, and believes "
            "what a proxy tells of visitors' addresses. Let nothing but the proxy in, by a firewall or a network of "
            "their own."
        )


async def _seen_from_here(url: URL, found: Found, *, clock: Clock) -> None:
    """Goes there as a browser would: looks at the certificate, then asks for the page of signing in."""
    # A context of its own: the library's is made once, and knows nothing of SSL_CERT_FILE.
    context = ssl.create_default_context()
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            expires_s = await _certified_until(url, context)
        connector = aiohttp.TCPConnector(ssl=context)
        timeout = aiohttp.ClientTimeout(total=ANSWERS_WITHIN_S)
        async with (
            aiohttp.ClientSession(timeout=timeout, connector=connector) as http,
            http.get(url / "sign-in", allow_redirects=False) as page,
        ):
            status, by_ebb = page.status, _is_ours(page.headers)
    except ssl.SSLCertVerificationError as error:
        found.wrong.append(
            f"The certificate of {url.host} is not one that browsers take: {error.verify_message}. Renew it, or mend "
            "its chain."
        )
        return
    except (aiohttp.ClientError, TimeoutError, OSError):
        found.worth.append(
            f"Nobody answers at {url} from here. Where browsers elsewhere reach it, some networks keep a machine from "
            "its own outer address; else start the proxy, or look at its log."
        )
        return
    _who(url, found, status=status, by_ebb=by_ebb)
    days = (expires_s * 1000 - clock.now_ms()) // DAY_MS
    if days < _EXPIRES_SOON_DAYS:
        found.worth.append(f"The certificate of {url.host} ends in {days} days. See that the proxy renews it.")


async def _certified_until(url: URL, context: ssl.SSLContext) -> int:
    """Seconds since the epoch. Raises SSLCertVerificationError where a browser would warn."""
    _, writer = await asyncio.open_connection(url.host, url.port, ssl=context)
    try:
        return int(ssl.cert_time_to_seconds(writer.get_extra_info("peercert")["notAfter"]))
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _is_ours(headers: Mapping[str, str]) -> bool:
    """By what it forbids its own pages: some proxies put their own name into `Server`."""
    policy = headers.get("Content-Security-Policy", "")
    return policy.startswith("default-src 'none'") and "noindex" in headers.get("X-Robots-Tag", "")


def _who(url: URL, found: Found, *, status: int, by_ebb: bool) -> None:
    if status == 421 and by_ebb:
        found.wrong.append(
            f"The proxy at {url} does not pass on `Host` as it came, so Ebb answers 421 to everybody. Set it to (in "
            "nginx: proxy_set_header Host $host)."
        )
    elif status >= 500:
        found.worth.append(f"A proxy answers at {url} with {status}: Ebb is not running, or it looks for it elsewhere.")
    elif not by_ebb:
        found.wrong.append(f"Something else than Ebb answers at {url}. Look where its name leads, and the proxy.")
    else:
        found.fine.append(f"{url} answers, with a certificate that browsers take.")


def examine_relay(settings: Settings, found: Found) -> None:
    if not settings.turn_urls:
        found.worth.append(
            "No relay for voice is set (EBB_TURN_URLS). Visits work without one; voice then connects only where a "
            "straight way leads, which it does not from many mobile networks. See docs/how-to/voice-relay.md."
        )
    elif settings.turn_relay_only:
        found.fine.append("Voice goes through the relay alone: neither side learns the other's internet address.")
    else:
        found.fine.append("Voice has a relay for where no straight way leads.")
