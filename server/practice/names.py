"""What a practice is called: the phone names it, and the server makes a ledger's id of that."""

import hashlib


def practice_id(patient_id: str, session: str) -> str:
    """The ledger of a practice. With the patient in it, so that no two people can ever meet in one."""
    return hashlib.blake2b(f"practice {patient_id} {session}".encode(), digest_size=16).hexdigest()
