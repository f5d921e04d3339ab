"""Sending a mail. What it says is the caller's; nothing of it, and no address, is ever logged."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import aiosmtplib

from server.settings import Settings

TIMEOUT_SECONDS = 20.0
#: Here TLS begins with the connection; elsewhere it is asked for with STARTTLS.
_TLS_PORT = 465


class NotSent(Exception):
    """The mail server did not accept it. `args` name the kind of failure, never an address."""


async def send(
    settings: Settings, *, to: str, subject: str, text: str, now_ms: int, calendar: bytes | None = None
) -> None:
    """Returns once the mail server has accepted it. `calendar` is a file beside the text. Raises NotSent."""
    try:
        message = EmailMessage()
        message["From"] = settings.smtp_from
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = format_datetime(datetime.fromtimestamp(now_ms / 1000, UTC))
        # Its own domain is left out of the name: the machine's would be looked up, and told.
        message["Message-ID"] = make_msgid(domain=settings.smtp_from.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        if calendar is not None:
            message.add_attachment(calendar, maintype="text", subtype="calendar", filename="appointment.ics")
        implicit = settings.smtp_port == _TLS_PORT
        await aiosmtplib.send(
            message,
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=settings.smtp_password or None,
            use_tls=implicit,
            start_tls=settings.smtp_starttls and not implicit,
            timeout=TIMEOUT_SECONDS,
        )
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        # The words of a mail server repeat the address that it did not like.
        raise NotSent(type(error).__name__) from None
