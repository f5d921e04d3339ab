"""The pair of keys that a phone seals to: a new one each month, the old ones for as long as a phone may be away."""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.db import outbox
from server.db.outbox import PublicKey
from server.db.store import Store, new_id
from server.practice.sealing import KEY_BYTES

DAY_MS: Final = 86_400_000
ROTATED_AFTER_MS: Final = 30 * DAY_MS
#: A phone that was away for longer than this has its parts kept aside, and both sides are told.
KEPT_FOR_MS: Final = 90 * DAY_MS


async def current(store: Store, clinic_id: str, patient_id: str, *, now_ms: int) -> PublicKey:
    """What this patient's phone seals to from now on. Raises Unreadable after an erasure.

    Made when a phone asks, so that nobody has keys who never practises at home. Two phones that ask in one moment
    may make a pair each: both are kept, and the next rotation retires both.
    """
    async with store.reader() as tx:
        key = await outbox.current_key(tx, clinic_id, patient_id)
    if key is not None and now_ms - key.created_ms < ROTATED_AFTER_MS:
        return key
    private = generate_private_key(SECP256R1())
    secret = private.private_numbers().private_value.to_bytes(KEY_BYTES)
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    fresh = PublicKey(id=new_id(), point=point, created_ms=now_ms)
    async with store.write() as tx:
        await outbox.add_key(tx, clinic_id, patient_id, key=fresh, secret=secret)
    return fresh
