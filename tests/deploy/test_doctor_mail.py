"""What `ebb doctor` says of the mail server: it talks to a real one, over TLS, and sends nothing."""

import datetime as dt
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.doctor_found import Found
from server.doctor_mail import examine_mail
from server.settings import Settings, read_settings
from tests.ports import free_port

PASSWORD = "a-long-password"
FROM = "ebb@example.org"


class Taking:
    """Takes mails from one address, and remembers those that came."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []

    async def handle_MAIL(  # noqa: N802 - its name
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address != FROM:
            return f"550 {address} is nobody here"
        envelope.mail_from = address
        return "250 fine"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802 - its name
        self.mails.append(envelope)
        return "250 taken"


def _authenticated(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"ebb", PASSWORD.encode()), handled=False)


def certificate(folder: Path, *, name: str) -> tuple[Path, Path]:
    """For one name, of its own authority, in PEM: the certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name[0].isdigit():
        names = [x509.IPAddress(ip_address(name))]
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    of, private = folder / f"{name}.pem", folder / f"{name}.key"
    of.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return of, private


@contextmanager
def mail_server(folder: Path, *, name: str = "localhost", tls: bool = True) -> Iterator[tuple[int, Taking]]:
    """On loopback; with TLS for one name, by a certificate that nobody trusts yet."""
    taking = Taking()
    context = None
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate(folder, name=name))

    class Controlled(Controller):
        def factory(self) -> SMTP:
            return SMTP(
                taking,
                tls_context=context,
                require_starttls=tls,
                auth_required=tls,
                auth_require_tls=True,
                authenticator=_authenticated,
            )

    port = free_port()
    controller = Controlled(taking, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port, taking
    finally:
        controller.stop()


def settings(port: int, **chosen: object) -> Settings:
    return read_settings(
        **{
            "smtp_host": "localhost",
            "smtp_port": port,
            "smtp_from": FROM,
            "smtp_user": "ebb",
            "smtp_password": PASSWORD,
            **chosen,
        }
    )


async def examined(chosen: Settings) -> Found:
    found = Found(fine=[], wrong=[])
    await examine_mail(chosen, found)
    return found


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The certificate for localhost is one that this process takes."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "localhost.pem"))
    return tmp_path


async def test_a_mail_server_that_would_take_a_mail_is_fine_and_gets_none(trusted: Path):
    with mail_server(trusted) as (port, taking):
        found = await examined(settings(port))

    assert found.fine == [f"The mail server localhost:{port} takes mails from {FROM}."]
    assert (found.wrong, found.worth) == ([], [])
    assert taking.mails == []


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"smtp_password": "another"}, "refuses EBB_SMTP_USER with this password (code 535)"),
        ({"smtp_from": "somebody@example.org"}, "takes no mails from EBB_SMTP_FROM (code 550)"),
        ({"smtp_host": "nowhere.invalid"}, "There is no mail server of the name nowhere.invalid"),
    ],
)
async def test_what_it_refuses_is_said_in_words_and_without_the_password(
    trusted: Path, chosen: dict[str, object], said: str
):
    with mail_server(trusted) as (port, _):
        found = await examined(settings(port, **chosen))

    (wrong,) = found.wrong
    assert said in wrong
    assert PASSWORD not in wrong
    assert found.fine == []


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path):
    with mail_server(tmp_path) as (port, _):
        (wrong,) = (await examined(settings(port))).wrong

    assert "is not valid for it" in wrong


async def test_a_certificate_for_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "mail.example.org.pem"))
    with mail_server(tmp_path, name="mail.example.org") as (port, _):
        (wrong,) = (await examined(settings(port))).wrong

    assert "is not valid for it" in wrong
    assert "localhost" in wrong


async def test_a_server_without_tls_is_told_apart(tmp_path: Path):
    with mail_server(tmp_path, tls=False) as (port, _):
        (wrong,) = (await examined(settings(port))).wrong

    assert "does not offer STARTTLS" in wrong


async def test_nobody_listens():
    (wrong,) = (await examined(settings(free_port()))).wrong

    assert "does not answer" in wrong
    assert "firewall" in wrong


async def test_without_a_mail_server_it_is_said_what_that_means():
    found = await examined(read_settings())

    assert found.wrong == []
    (worth,) = found.worth
    assert "EBB_SMTP_HOST" in worth
