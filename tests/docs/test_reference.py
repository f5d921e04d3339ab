"""The reference pages and the code say the same: every setting, code and command."""

import re
from pathlib import Path

import pytest

from server import middleware
from server.__main__ import cli, clinic
from server.db import errors
from server.live import protocol
from server.settings import Settings
from tools.settings_reference import PAGE, with_table

DOCS = Path(__file__).parent.parent.parent / "docs"
REFERENCE = DOCS / "reference"


def test_every_setting_stands_in_the_reference_as_it_is():
    page = PAGE.read_text("utf-8")

    assert with_table(page) == page, "run: python -m tools.settings_reference"
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize("code", protocol.REFUSALS)
def test_every_refusal_of_the_socket_is_explained(code: str):
    assert f"| `{code}` |" in (REFERENCE / "errors.md").read_text("utf-8")


def test_the_reference_explains_no_refusal_that_does_not_exist():
    socket = (REFERENCE / "errors.md").read_text("utf-8").split("## Over the socket")[1].split("## Over HTTP")[0]

    assert set(re.findall(r"^\| `(\w+)` \|", socket, re.MULTILINE)) == set(protocol.REFUSALS)


def test_every_http_error_is_explained_with_its_code():
    page = (REFERENCE / "errors.md").read_text("utf-8")

    for status, (code, _) in middleware.SENTENCES.items():
        assert f"| {status} | `{code}` |" in page


def test_every_code_of_storage_is_named():
    page = (REFERENCE / "errors.md").read_text("utf-8")

    for error in (errors.Conflict, errors.Unavailable, errors.Unreadable, errors.Taken):
        assert f"`{error.code}`" in page


def test_every_command_stands_in_the_reference():
    page = (REFERENCE / "commands.md").read_text("utf-8")
    names = [command.name or command.callback.__name__ for command in cli.registered_commands if command.callback]
    names += [f"clinic {command.name}" for command in clinic.registered_commands]

    for name in names:
        assert f"`ebb {name}" in page


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.relative_to(DOCS).as_posix())
def test_links_between_pages_lead_somewhere(page: Path):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links {target}"
