"""Settings from the environment (`EBB_*`): read once, frozen, every problem told at once."""

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.exc import ArgumentError
from yarl import URL

from server.db.engine import parse

_RELAY = re.compile(r"turns?:([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(\?transport=(udp|tcp))?")
_SECRET_LEAST = 32
_PLACEHOLDERS = ("changeme", "change-me", "secret", "example", "placeholder", "xxxx")


class BadSettings(Exception):
    """One line for each setting that cannot be used, and what to do."""


def _own_address(value: str) -> str:
    url = URL(value)
    if value and (url.scheme not in ("http", "https") or not url.host or url.path not in ("", "/")):
        raise ValueError("needs the form https://ebb.example.org, without a path")
    return str(url.origin()) if value else ""


def _database(value: str) -> str:
    try:
        if value:
            parse(value)
    except ArgumentError:
        # The driver's own words would repeat it, and a password with it.
        raise ValueError("needs a path, or the form postgresql://user@host/name") from None
    return value


def _no_placeholder(value: str) -> str:
    lowered = value.lower()
    if any(word in lowered for word in _PLACEHOLDERS) or (value and len(set(lowered)) < 4):
        raise ValueError("is a placeholder. Leave it out, and a key is made, or give 64 random hexadecimal digits")
    return value


def _address(value: str) -> str:
    if value and (value.count("@") != 1 or value != value.strip() or not value.isprintable() or " " in value):
        raise ValueError("needs the form ebb@example.org")
    return value


def _relays(value: str) -> str:
    """Addresses as RFC 7065 writes them. Browsers take what is wrong here as a reason to make no call at all."""
    for address in value.split():
        if address.startswith(("stun:", "stuns:")):
            raise ValueError("takes turn: and turns: addresses; the relay tells each side its address as well")
        if not _RELAY.fullmatch(address):
            raise ValueError(
                "needs addresses of the form turn:turn.example.org:3478 or turns:turn.example.org:5349?transport=tcp, "
                "with spaces between"
            )
    return " ".join(value.split())


def _shared_secret(value: str) -> str:
    lowered = value.lower()
    if any(word in lowered for word in _PLACEHOLDERS) or (value and len(set(lowered)) < 4):
        raise ValueError("is a placeholder. Give what `openssl rand -hex 32` prints, here and to the relay")
    if value and len(value) < _SECRET_LEAST:
        raise ValueError(f"needs {_SECRET_LEAST} characters or more: whoever guesses it can use the relay")
    return value


class Settings(BaseSettings):
    """What an operator can choose. Every field is in docs/reference/settings.md; a test holds that."""

    model_config = SettingsConfigDict(env_prefix="EBB_", frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8420, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    data: Path = Field(Path("var"), description="Folder for the database, the key ring and the server key.")
    database_url: Annotated[str, AfterValidator(_database)] = Field(
        "", description="SQLite path or postgresql:// URL; empty: ebb.db in the data folder."
    )
    keys_url: Annotated[str, AfterValidator(_database)] = Field(
        "", description="Database of the key ring, never part of a backup; empty: keys.db in the data folder."
    )
    server_key: Annotated[str, AfterValidator(_no_placeholder)] = Field(
        "",
        repr=False,
        description="The server key, 64 hexadecimal digits; empty: it comes from a file or a command, see below.",
    )
    server_key_file: str = Field(
        "",
        description="File with the server key, readable by its owner alone; empty: server.key in the data folder, made "
        "at the first start.",
    )
    server_key_command: str = Field(
        "",
        repr=False,
        description="Command that prints the server key, such as one that asks a vault. No shell runs it.",
    )
    public_url: Annotated[str, AfterValidator(_own_address)] = Field(
        "", description="The address that browsers use, such as https://ebb.example.org. Needed by `ebb serve`."
    )
    source_url: str = Field(
        "",
        pattern="^(https://.+)?$",
        description="Where the source of this Ebb is found; the AGPL asks for it once it was changed.",
    )
    behind_proxy: bool = Field(
        default=False, description="Trust X-Forwarded-For of the one proxy in front, for the limits on sign-in."
    )
    smtp_host: str = Field(
        "", description="Mail server for reminders and for the note to cover after hours; empty: no mail."
    )
    smtp_port: int = Field(
        587, ge=1, le=65535, description="Its port; on 465 TLS begins with the connection, whatever STARTTLS says."
    )
    smtp_user: str = Field("", description="Who signs in at the mail server; empty: nobody does.")
    smtp_password: str = Field("", repr=False, description="The password for that.")
    smtp_from: Annotated[str, AfterValidator(_address)] = Field(
        "", description="The address that mails come from, such as ebb@example.org."
    )
    smtp_starttls: bool = Field(
        default=True, description="Ask for TLS before anything else. Without it nothing but loopback may be used."
    )
    languages: str = Field(
        "es",
        pattern=r"^$|^[A-Za-z-]{2,12}( [A-Za-z-]{2,12})*$",
        description="Languages beside English, with spaces between: those of server/locale. ar-XB is for testers.",
    )
    turn_urls: Annotated[str, AfterValidator(_relays)] = Field(
        "",
        description="Relay for voice, such as turn:turn.example.org:3478 turns:turn.example.org:5349?transport=tcp, "
        "with spaces between; empty: voice connects only where a straight way leads.",
    )
    turn_secret: Annotated[str, AfterValidator(_shared_secret)] = Field(
        "", repr=False, description="What Ebb shares with the relay: its static-auth-secret, 32 characters or more."
    )
    turn_ttl_s: int = Field(
        6 * 3600,
        ge=600,
        le=86_400,
        description="For how many seconds a password for the relay can be used. Longer than any visit, shorter than "
        "a day: one that was copied out of a page is of no use tomorrow.",
    )
    turn_relay_only: bool = Field(
        default=False,
        description="Send all voice through the relay, so that neither side learns the other's internet address.",
    )
    demo: bool = Field(default=False, description="Set by `ebb demo` alone: links that sign in, loopback only.")
    metrics_port: int = Field(
        0, ge=0, le=65535, description="Port on which Prometheus reads /metrics, apart from everything else; 0: none."
    )
    metrics_host: str = Field(
        "127.0.0.1", description="Address for that port. Whoever reaches it reads counts, and nothing of anybody."
    )
    security_log: Path | None = Field(
        None, description="File for security events alone, as JSON lines; empty: they stand among the other lines."
    )
    backup_folder: Path | None = Field(
        None,
        description="Folder for backups of the records on a schedule, on another disk if possible; it has to be there, "
        "and never holds keys. Empty: none are taken.",
    )
    backup_every_h: int = Field(24, ge=1, le=24 * 7, description="How many hours lie between two of them.")
    backup_keep: int = Field(
        14, ge=1, le=1000, description="How many of them are kept; older ones go once a newer one was read back."
    )
    secrets_dir: Path | None = Field(
        None,
        description="Folder with a file for each secret, named like its setting, such as ebb_smtp_password: what a "
        "container or systemd mounts. What is set in the environment goes before it.",
    )
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error.")

    @field_validator("server_key_file", "server_key_command")
    @classmethod
    def _the_key_comes_from_one_place(cls, value: str, info: ValidationInfo) -> str:
        # Told with every other problem of the settings, which a validator of the whole would not be.
        others = [name for name in ("server_key", "server_key_file") if name != info.field_name and info.data.get(name)]
        if value and others:
            there = " and ".join(f"EBB_{name.upper()}" for name in others)
            raise ValueError(f"cannot stand beside {there}: the server key comes from one place. Leave the other out")
        return value

    @field_validator("backup_folder", mode="before")
    @classmethod
    def _no_folder_is_none(cls, value: object) -> object:
        return value or None

    @field_validator("backup_folder")
    @classmethod
    def _backups_lie_apart_from_keys(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        chosen = {name: str(info.data.get(name) or "") for name in ("data", "keys_url", "server_key_file")}
        ring = chosen["keys_url"] or f"{chosen['data']}/keys.db"
        own = chosen["server_key_file"] or f"{chosen['data']}/server.key"
        in_file = not info.data.get("server_key") and not info.data.get("server_key_command")
        keys = [Path(path) for path, here in ((ring, "://" not in ring), (own, in_file)) if here]
        if value is not None and any(path.parent.resolve() == value.resolve() for path in keys):
            raise ValueError("is a folder with keys in it. Who carries one folder away is not to have both halves")
        return value

    @field_validator("server_key_command")
    @classmethod
    def _a_command_can_be_split(cls, value: str) -> str:
        try:
            shlex.split(value)
        except ValueError:
            raise ValueError("is no command: a quotation mark in it is left open") from None
        return value

    @model_validator(mode="after")
    def _what_belongs_together_is_there(self) -> Self:
        problems = [*self._of_mail(), *self._of_the_relay()]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _of_mail(self) -> Iterator[str]:
        encrypted = self.smtp_starttls or self.smtp_port == 465
        if self.smtp_host and not encrypted and self.smtp_host not in ("127.0.0.1", "::1", "localhost"):
            yield "EBB_SMTP_STARTTLS: needs to be true for a mail server on another machine"
        if self.smtp_host and not self.smtp_from:
            yield "EBB_SMTP_FROM: is needed beside EBB_SMTP_HOST"

    def _of_the_relay(self) -> Iterator[str]:
        if self.turn_urls and not self.turn_secret:
            yield "EBB_TURN_SECRET: is needed beside EBB_TURN_URLS: the relay's static-auth-secret"
        if self.turn_secret and not self.turn_urls:
            yield "EBB_TURN_URLS: is needed beside EBB_TURN_SECRET: the secret alone reaches no relay"
        if self.turn_relay_only and not self.turn_urls:
            yield "EBB_TURN_RELAY_ONLY: needs EBB_TURN_URLS, else nobody could ever be heard"

    @property
    def turn_addresses(self) -> tuple[str, ...]:
        return tuple(self.turn_urls.split())

    @property
    def database(self) -> str:
        return self.database_url or str(self.data / "ebb.db")

    @property
    def keys(self) -> str:
        return self.keys_url or str(self.data / "keys.db")

    @property
    def key_file(self) -> Path:
        return Path(self.server_key_file) if self.server_key_file else self.data / "server.key"

    @property
    def language_codes(self) -> tuple[str, ...]:
        return tuple(self.languages.split())

    @property
    def secure(self) -> bool:
        """Whether browsers reach us over TLS: `__Host-` cookies and HSTS belong to that."""
        return self.public_url.startswith("https://")


def read_settings(**chosen: object) -> Settings:
    """The settings of this process. Raises BadSettings that names every problem.

    What is wrong between two settings is looked for only where each by itself is right. So where something is wrong
    it is looked once more, with the defaults in the place of what was: nobody mends one line to be told the next.
    """
    told: dict[str, str] = {}
    kept = dict(chosen)
    named = chosen.get("secrets_dir", os.environ.get("EBB_SECRETS_DIR"))
    folder = Path(str(named)) if named else None
    if folder is not None and not folder.is_dir():
        # Without it every secret would be missing, and nothing would say why.
        folder, told["secrets_dir"] = None, "EBB_SECRETS_DIR: there is no such folder"
    while True:
        try:
            settings = Settings(**{"_secrets_dir": folder, **kept})  # type: ignore[arg-type]  # pydantic checks it
        except ValidationError as error:
            fresh = dict(_problems(error, told))
            told |= fresh
            again = {name: Settings.model_fields[name].get_default() for name in fresh if name in Settings.model_fields}
            if not again:
                break
            kept |= again
        else:
            if not told:
                return settings
            break
    raise BadSettings("\n".join(told.values()))


def _problems(error: ValidationError, told: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The name of a setting, and the line that is told of it; nothing that only follows from what was told already."""
    for problem in error.errors(include_input=False, include_url=False):
        said = problem["msg"].removeprefix("Value error, ")
        name = "_".join(str(part) for part in problem["loc"])
        if name and name not in told:
            yield name, f"EBB_{name.upper()}: {said}"
        for line in () if name else said.splitlines():
            if not any(f"EBB_{known.upper()}" in line for known in told):
                yield line.partition(":")[0].removeprefix("EBB_").lower(), line
