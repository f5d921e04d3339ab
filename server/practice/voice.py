"""Which recordings a patient hears at home, and what counts as a recording at all."""

from collections.abc import Iterable, Sequence
from typing import Final

from exercises.model import Exercise
from exercises.wording import spoken
from server.db.recordings import Recording

#: Two minutes of one step; the longest script has a step of that length to be silent in, and less to say.
MOST_MS: Final = 120_000
#: Clocks of browsers are not exact, and the last sound comes a moment after the press.
_LATE_MS: Final = 2_000
#: Shorter than this is a slip of the finger.
LEAST_MS: Final = 300
MOST_BYTES: Final = 1_500_000

_LOOKED_AT: Final = 4_096
_EBML: Final = b"\x1a\x45\xdf\xa3"
#: By the type that a browser declares: the type that it is given back with.
KINDS: Final = {
    "audio/webm": "audio/webm;codecs=opus",
    "audio/ogg": "audio/ogg;codecs=opus",
    "audio/mp4": "audio/mp4",
}


def is_sound(body: bytes, kind: str) -> bool:
    """Whether the bytes are what was declared, as far as their beginning tells. `kind` is a key of KINDS."""
    head = body[:_LOOKED_AT]
    match kind:
        case "audio/webm":
            return head.startswith(_EBML) and b"webm" in head[:64] and b"A_OPUS" in head
        case "audio/ogg":
            return head.startswith(b"OggS") and b"OpusHead" in head[:128]
        case "audio/mp4":
            return head[4:8] == b"ftyp" and (b"mp4a" in head or b"Opus" in head)
        case _:
            return False


def is_long_enough(length_ms: int) -> bool:
    return length_ms >= LEAST_MS


def is_short_enough(length_ms: int) -> bool:
    return length_ms <= MOST_MS + _LATE_MS


def heard_at_home(
    recordings: Iterable[Recording], exercises: Iterable[tuple[Exercise, Exercise]], *, order: Sequence[str]
) -> list[tuple[Recording, int]]:
    """The recordings that a patient's phone takes along, each with the number of its step.

    `exercises` are pairs: as it stands in the library, and as this patient is told it. A step is heard in the voice
    only where the two say the same. Whoever chose a word of their own, or another language, hears it from the phone
    instead of a word that they did not want. An exercise is one voice from its first step to its last: that of the
    first therapist in `order` who recorded any of it in its present version.
    """
    of: dict[tuple[str, int], dict[str, dict[str, Recording]]] = {}
    for one in recordings:
        # The newest comes first; two servers may have stored two at the same moment.
        of.setdefault((one.exercise, one.version), {}).setdefault(one.person_id, {}).setdefault(one.step, one)
    found = []
    for plain, told in exercises:
        voices = of.get((plain.slug, plain.version), {})
        voice = next((voices[person] for person in order if person in voices), {})
        read = spoken(plain)
        for index, step in enumerate(read.steps):
            own = told.steps[index].words.say if index < len(told.steps) else None
            if step.id in voice and own == step.words.say:
                found.append((voice[step.id], index))
    return found
