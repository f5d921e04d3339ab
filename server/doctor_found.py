"""What `ebb doctor` has found: sentences for whoever runs a server."""

from msgspec import Struct


class Found(Struct):
    """`worth`: works as it is, and is worth knowing."""

    fine: list[str]
    wrong: list[str]
    worth: list[str] = []
