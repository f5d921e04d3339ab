"""What a red flag or a rating means: how soon somebody must act, and what the patient reads. Pure, versioned.

Sources stand beside the flags (`sessions.flags`) and the thresholds (`sessions.thresholds`). Status: draft.
"""

from typing import Final

from sessions.care import Suspension
from sessions.flags import Tier

RULES_VERSION: Final = 1

#: The words by how soon somebody must act: whom to call comes first.
SAY: Final = {
    Tier.EMERGENCY: (
        "Please call your local emergency number now, or ask somebody you trust to. "
        "Work inside the body waits until your therapist has talked with you about what you told us."
    ),
    Tier.SAME_DAY: (
        "Please call the clinic or a doctor today. "
        "Work inside the body waits until your therapist has talked with you about what you told us."
    ),
    Tier.PAUSE: "Work inside the body waits until your therapist has talked with you about what you told us.",
}
SOONEST: Final = (Tier.EMERGENCY, Tier.SAME_DAY, Tier.PAUSE, Tier.NOTE)


def suspension_of(tier: Tier, *, known: Suspension | None, now_ms: int) -> Suspension | None:
    """The suspension that follows from a concern, or None where one that is as urgent stands already."""
    if tier is Tier.NOTE:
        return None
    if known is not None and not more_urgent(tier, known):
        return None
    return Suspension(say=SAY[tier], reason="Told outside of a visit", since_ms=now_ms)


def more_urgent(tier: Tier, known: Suspension) -> bool:
    """Whether words of this tier must replace those that stand: whom to call must not hide behind "not cleared"."""
    stands = next((one for one, say in SAY.items() if say == known.say), Tier.PAUSE)
    return SOONEST.index(tier) < SOONEST.index(stands)
