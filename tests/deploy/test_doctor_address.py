"""What `ebb doctor` says of the way to Ebb: TLS, the proxy, who answers at its address; and of misspelt settings."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from server import middleware
from server.clock import DAY_MS, ManualClock, SystemClock
from server.doctor_address import examine_address, examine_names
from server.doctor_found import Found
from server.settings import read_settings
from tests.deploy.test_doctor_mail import certificate

LOCAL = "http://127.0.0.1:8420"
PROXIED: dict[str, Any] = {"public_url": "https://localhost:1", "behind_proxy": True}


async def examined(*, clock: ManualClock | SystemClock | None = None, **settings: object) -> Found:
    found = Found(fine=[], wrong=[])
    await examine_address(read_settings(**settings), found, clock=clock or SystemClock())
    return found


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({}, "EBB_PUBLIC_URL is not set"),
        ({"public_url": "http://ebb.example.org"}, "without TLS anybody on the way can listen"),
        ({"public_url": LOCAL, "host": "0.0.0.0"}, "without TLS anybody on the way can listen"),  # noqa: S104
        ({"public_url": "https://localhost:1"}, "Set EBB_BEHIND_PROXY=true"),
        ({"public_url": LOCAL, "behind_proxy": True}, "anybody can claim any address"),
        ({"public_url": LOCAL}, ""),
        (PROXIED, ""),
    ],
)
async def test_tls_and_the_proxy(settings: dict[str, Any], wrong: str):
    found = await examined(**settings)

    assert [line for line in found.wrong if wrong in line] == found.wrong
    assert bool(found.wrong) == bool(wrong)


async def test_what_others_may_reach_is_worth_knowing():
    shut = await examined(public_url=LOCAL)
    open_wide = await examined(
        **PROXIED,
        host="0.0.0.0",  # noqa: S104
        metrics_port=9420,
        metrics_host="0.0.0.0",  # noqa: S104
    )

    assert shut.worth == [f"{LOCAL} can be reached from this machine alone, and needs no TLS for that."]
    assert any("/metrics listens on 0.0.0.0:9420" in line for line in open_wide.worth)
    assert any("Let nothing but the proxy in" in line for line in open_wide.worth)


@asynccontextmanager
async def answering(
    folder: Path, *, status: int = 200, headers: Mapping[str, str] | None = None, name: str = "localhost"
) -> AsyncIterator[str]:
    """Whoever answers at our address, over TLS."""

    async def answer(request: web.Request) -> web.Response:
        assert request.path == "/sign-in"
        return web.Response(status=status, headers=middleware.headers(secure=True) if headers is None else headers)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate(folder, name=name))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        yield f"https://localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The certificate for localhost is one that this process takes."""
    certificate(tmp_path, name="localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "localhost.pem"))
    return tmp_path


async def test_ebb_behind_a_sound_proxy_is_fine(trusted: Path, monkeypatch: pytest.MonkeyPatch):
    async with answering(trusted) as url:
        found = await examined(public_url=url, behind_proxy=True)

    assert (found.wrong, found.worth) == ([], [])
    assert f"{url} answers, with a certificate that browsers take." in found.fine


@pytest.mark.parametrize(
    ("status", "headers", "wrong", "worth"),
    [
        (421, None, "does not pass on `Host`", ""),
        (502, {}, "", "Ebb is not running"),
        (200, {"Server": "nginx"}, "Something else than Ebb answers", ""),
    ],
)
async def test_who_answers_instead_is_said(
    trusted: Path, status: int, headers: dict[str, str] | None, wrong: str, worth: str
):
    async with answering(trusted, status=status, headers=headers) as url:
        found = await examined(public_url=url, behind_proxy=True)

    assert [wrong in line for line in found.wrong] == ([True] if wrong else [])
    assert [worth in line for line in found.worth] == ([True] if worth else [])


async def test_a_certificate_that_browsers_would_not_take_is_wrong(tmp_path: Path):
    async with answering(tmp_path) as url:
        (wrong,) = (await examined(public_url=url, behind_proxy=True)).wrong

    assert "not one that browsers take" in wrong


async def test_a_certificate_that_ends_soon_is_told(trusted: Path):
    """The test's certificate is good for 90 days."""
    async with answering(trusted) as url:
        now_ms = SystemClock().now_ms()
        early = await examined(public_url=url, behind_proxy=True, clock=ManualClock(now_ms + 60 * DAY_MS))
        late = await examined(public_url=url, behind_proxy=True, clock=ManualClock(now_ms + 80 * DAY_MS))

    assert early.worth == []
    (worth,) = late.worth
    assert "ends in 9 days" in worth


async def test_nobody_answers_and_that_may_be_as_it_is():
    found = await examined(**PROXIED)

    assert found.wrong == []
    (worth,) = found.worth
    assert "Nobody answers at https://localhost:1" in worth


def test_a_misspelt_setting_is_found_and_the_others_are_left_alone():
    found = Found(fine=[], wrong=[])
    examine_names(
        {
            "EBB_PUBLIC_ULR": "https://ebb.example.org",
            "EBB_OF_TOMORROW": "1",
            "EBB_PORT": "1",
            "EBB_COTURN": "x",
            "PATH": "/bin",
        },
        found,
    )

    assert found.wrong == ["EBB_PUBLIC_ULR is no setting, and nobody reads it. Was EBB_PUBLIC_URL meant?"]
    (worth,) = found.worth
    assert "EBB_OF_TOMORROW" in worth
