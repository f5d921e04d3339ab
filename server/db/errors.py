"""What can go wrong with storing and reading: a code that never changes, a sentence anyone may read."""


class StorageError(Exception):
    code = "unavailable"
    sentence = "Something went wrong while storing. Nothing that you can see was lost."

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or self.sentence)


class Conflict(StorageError):
    """Somebody else appended first. Reload the ledger, then decide again."""

    code = "conflict"
    sentence = "Somebody else was a moment earlier. Please look again."


class Unavailable(StorageError):
    """The database cannot store now (full, gone, read-only).

    `stored` is False where it is certain that nothing was stored, None where the connection broke at the
    commit and the database could not be asked since: reload before deciding again. Sending the same batch
    again is safe in both cases.
    """

    code = "unavailable"
    sentence = "This could not be stored just now. Please try again in a moment."

    def __init__(self, sentence: str | None = None, *, stored: bool | None = False) -> None:
        super().__init__(sentence)
        self.stored = stored


class Unreadable(StorageError):
    """The key is gone (erased), or the sealed bytes are not what was sealed here."""

    code = "unreadable"
    sentence = "This can no longer be read."


class Gone(Unreadable):
    """Sealed under a key that was destroyed, after which another was made: erased, and nobody tampered with it."""


class Taken(StorageError):
    """An address or a code is in use already."""

    code = "taken"
    sentence = "That is in use already."
