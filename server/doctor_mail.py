"""What `ebb doctor` says of the mail server, after it has talked to it. No mail is sent."""

import socket
import ssl
from typing import Final

import aiosmtplib

from server.doctor_found import Found
from server.settings import Settings

ANSWERS_WITHIN_S: Final = 10.0
_TLS_PORT: Final = 465
_PORTS: Final = "Look at EBB_SMTP_PORT: 587, or 465 for TLS from the start."


async def examine_mail(settings: Settings, found: Found) -> None:
    """Connects, asks for TLS, signs in, and asks whether a mail from this address would be taken: then it leaves."""
    if not settings.smtp_host:
        found.worth.append(
            "No mail server is set (EBB_SMTP_HOST): nobody is reminded of a visit, and nobody is told after hours. See "
            "docs/how-to/cover-after-hours.md."
        )
        return
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    implicit = settings.smtp_port == _TLS_PORT
    client = aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        use_tls=implicit,
        start_tls=False,
        timeout=ANSWERS_WITHIN_S,
    )
    try:
        await client.connect()
        await client.ehlo()
        if settings.smtp_starttls and not implicit:
            _offers(client, "starttls")
            await client.starttls()
            await client.ehlo()
        if settings.smtp_user:
            _offers(client, "auth")
            await client.login(settings.smtp_user, settings.smtp_password)
        await client.mail(settings.smtp_from)
        await client.rset()
        await client.quit()
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        found.wrong.append(_in_words(error, where=where, settings=settings))
    else:
        found.fine.append(f"The mail server {where} takes mails from {settings.smtp_from}.")
    finally:
        client.close()


class _NotOffered(aiosmtplib.SMTPException):
    pass


def _offers(client: aiosmtplib.SMTP, extension: str) -> None:
    if not client.supports_extension(extension):
        raise _NotOffered({"starttls": "STARTTLS", "auth": "signing in"}[extension])


def _in_words(error: Exception, *, where: str, settings: Settings) -> str:
    """A mail server's own words may repeat an address or more, so only their code is told."""
    under = _root(error)
    if isinstance(under, ssl.SSLCertVerificationError):
        return (
            f"The certificate of the mail server {where} is not valid for it: {under.verify_message}. Set "
            "EBB_SMTP_HOST to the name that stands in the certificate, or have it renewed."
        )
    if isinstance(under, socket.gaierror):
        return f"There is no mail server of the name {settings.smtp_host}. Look for a slip in EBB_SMTP_HOST."
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return f"The mail server {where} refuses EBB_SMTP_USER with this password (code {error.code})."
        case _NotOffered():
            return f"The mail server {where} does not offer {error}. {_PORTS}"
        case aiosmtplib.SMTPSenderRefused():
            return (
                f"The mail server {where} takes no mails from EBB_SMTP_FROM (code {error.code}). Use an address that "
                "this account may send from."
            )
        case aiosmtplib.SMTPResponseException():
            return f"The mail server {where} refuses (code {error.code})."
    if isinstance(under, ssl.SSLError):
        return f"The mail server {where} speaks no TLS there. {_PORTS}"
    return (
        f"The mail server {where} does not answer ({type(error).__name__}). Look at EBB_SMTP_PORT, and whether a "
        "firewall or the hoster keeps mail from going out."
    )


def _root(error: BaseException) -> BaseException:
    while (under := error.__cause__ or error.__context__) is not None:
        error = under
    return error
