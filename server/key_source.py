"""Where the server key comes from: a file, an environment variable, or what a command prints; one of them."""

import contextlib
import os
import shlex
import signal
import subprocess
from pathlib import Path
from typing import Final

from server.keys import BadKey, ServerKey
from server.settings import Settings

#: A vault that asks somebody first is answered by then, or the start is told that it was not.
COMMAND_SECONDS: Final = 20.0


def read_server_key(settings: Settings) -> ServerKey | None:
    """None where none is set and the data folder holds none yet. Raises BadKey."""
    if settings.server_key:
        return ServerKey.from_text(settings.server_key)
    if settings.server_key_command:
        return from_command(settings.server_key_command)
    if settings.server_key_file or settings.key_file.exists():
        return ServerKey.from_file(settings.key_file)
    return None


def told(settings: Settings) -> str:
    """Where it comes from, for the person at the terminal."""
    if settings.server_key:
        return "EBB_SERVER_KEY"
    if settings.server_key_command:
        return "the command in EBB_SERVER_KEY_COMMAND"
    return str(settings.key_file)


def next_key(*, file: Path | None, command: str) -> ServerKey:
    """The server key that follows: in a file (made where there is none), printed by a command, or in the environment.

    Raises BadKey unless it is exactly one of them.
    """
    text = os.environ.get("EBB_SERVER_KEY_NEXT", "")
    if sum(map(bool, (file, command, text))) != 1:
        raise BadKey(
            "Say where the next server key is, in one way: --to FILE (made where there is none), --to-command COMMAND, "
            "or the environment variable EBB_SERVER_KEY_NEXT."
        )
    if text:
        return ServerKey.from_text(text)
    if command:
        return from_command(command)
    assert file is not None, "one of the three"
    return ServerKey.made_in(file)


def from_command(command: str) -> ServerKey:
    """What the command prints. No shell runs it; what it printed is never repeated, nor what it complained of."""
    try:
        words = shlex.split(command)
        # In a group of its own, so that what it started ends with it.
        process = subprocess.Popen(  # noqa: S603 - the operator chose it, and a shell never sees it
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError, IndexError) as error:
        raise BadKey(f"The command for the server key could not be started: {type(error).__name__}.") from None
    try:
        printed, _ = process.communicate(timeout=COMMAND_SECONDS)
    except subprocess.TimeoutExpired:
        raise BadKey(f"The command for the server key took longer than {COMMAND_SECONDS:.0f} seconds.") from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    if process.returncode != 0:
        raise BadKey(
            f"The command for the server key ended with {process.returncode} instead of 0, so there is no key."
        )
    try:
        return ServerKey.from_text(printed.decode("ascii"))
    except (BadKey, UnicodeDecodeError):
        raise BadKey(
            "The command for the server key printed something else than 64 hexadecimal digits or base64 of 32 bytes."
        ) from None
