"""What the phone's own script seals with WebCrypto, this server opens: the two were written apart."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.practice.sealing import NotOpened, opened, sealed_bytes, taken_apart

SEAL = Path(__file__).parents[2] / "static" / "js" / "practice" / "seal.js"
SCRIPT = """
import { webcrypto } from "node:crypto";
globalThis.crypto ??= webcrypto;
const { seal } = await import(process.argv[1]);
const asked = JSON.parse(process.argv[2]);
console.log(JSON.stringify(await Promise.all(asked.places.map((place) => seal(asked.plain, asked.key, place)))));
"""
KEY_ID = "00ff" * 8
SESSION = "5e" * 16


def sealed_by_node(plain: object, point: bytes, numbers: list[int]) -> list[str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("missing: node")
    asked = {
        "plain": plain,
        "key": {"id": KEY_ID, "public": base64.urlsafe_b64encode(point).decode().rstrip("=")},
        "places": [{"session": SESSION, "n": n} for n in numbers],
    }
    command = [node, "--input-type=module", "-e", SCRIPT, SEAL.as_uri(), json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    told: list[str] = json.loads(done.stdout)
    return told


def test_what_node_seals_python_opens() -> None:
    private = generate_private_key(SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    secret = private.private_numbers().private_value.to_bytes(32)
    plain = {"format": 1, "words": "ä, 語, \u0000 and “quotes”", "entries": [{"after_ms": n} for n in range(500)]}

    texts = sealed_by_node(plain, point, [0, 1, 9_999])

    for text, n in zip(texts, [0, 1, 9_999], strict=True):
        sealed = taken_apart(sealed_bytes(text))
        assert sealed.key_id == KEY_ID
        assert json.loads(opened(sealed, secret, session=SESSION, n=n)) == plain
        with pytest.raises(NotOpened):
            opened(sealed, secret, session=SESSION, n=n + 1)
    assert len({*texts}) == 3


def test_any_bit_that_was_turned_is_noticed() -> None:
    private = generate_private_key(SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    secret = private.private_numbers().private_value.to_bytes(32)
    (text,) = sealed_by_node({"a": 1}, point, [0])
    raw = sealed_bytes(text)
    assert opened(taken_apart(raw), secret, session=SESSION, n=0) == b'{"a":1}'

    for at in range(len(raw)):
        turned = bytearray(raw)
        turned[at] ^= 1
        with pytest.raises(NotOpened):
            opened(taken_apart(bytes(turned)), secret, session=SESSION, n=0)
