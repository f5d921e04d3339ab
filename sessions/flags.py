"""The red-flag list: what is asked at arrival and under "something is wrong", and how soon it matters.

Tiers and items follow the screening practice described in "Screening the Sacrum, SI and Pelvis"
(musculoskeletalkey.com), the urogynaecology referral guidance of NHS Scotland's Right Decisions service
and hospital dilator leaflets (Hull University Teaching Hospitals; Vejthani). Saddle numbness with
retention and bleeding after the menopause are standard items kept as precautions. Status: draft.
"""

from enum import StrEnum

from msgspec import Struct


class Tier(StrEnum):
    """How soon somebody must act: now, today, before the next internal step, or at review."""

    EMERGENCY = "emergency"
    SAME_DAY = "same_day"
    PAUSE = "pause"
    NOTE = "note"


class Flag(Struct, frozen=True):
    """`say` is asked of the patient; `of_them` says it to a therapist, where that needs other words."""

    id: str
    tier: Tier
    say: str
    of_them: str = ""

    @property
    def told(self) -> str:
        """In words for a therapist."""
        return self.of_them or self.say


FLAGS: tuple[Flag, ...] = (
    Flag("heavy_bleeding", Tier.EMERGENCY, "Bleeding that soaks a pad, or clots"),
    Flag("collapse", Tier.EMERGENCY, "Fainting or collapse that does not settle"),
    Flag("severe_pain", Tier.EMERGENCY, "Sudden, severe pain in the belly or pelvis"),
    Flag("pregnancy_trouble", Tier.EMERGENCY, "Pregnant, with bleeding, pain or loss of fluid"),
    Flag("fever_very_ill", Tier.EMERGENCY, "Fever with pelvic pain, feeling very ill"),
    Flag("saddle_numbness", Tier.EMERGENCY, "New numbness between the legs, or new weakness in the legs"),
    Flag(
        "retention",
        Tier.EMERGENCY,
        "Suddenly unable to pass urine, or new loss of control of bladder or bowel",
    ),
    Flag("allergy", Tier.EMERGENCY, "Swelling, hives or trouble breathing"),
    Flag("stuck_with_pain", Tier.EMERGENCY, "Something inside that will not come out, with pain"),
    Flag("in_danger", Tier.EMERGENCY, "In danger from somebody right now"),
    Flag("own_life", Tier.EMERGENCY, "Thoughts of ending your life", "Thoughts of ending their life"),
    Flag("fresh_bleeding", Tier.SAME_DAY, "Fresh red bleeding, or bleeding for over 24 hours"),
    Flag("tear", Tier.SAME_DAY, "A tear or an open wound"),
    Flag("discharge", Tier.SAME_DAY, "Discharge that smells or looks unlike yours", "Discharge that is new"),
    Flag("sores", Tier.SAME_DAY, "New sores or blisters"),
    Flag("fever", Tier.SAME_DAY, "Fever"),
    Flag("burning_urine", Tier.SAME_DAY, "Burning when passing urine, or blood in it"),
    Flag("retained", Tier.SAME_DAY, "A tampon or something else left inside, without pain"),
    Flag("maybe_pregnant", Tier.SAME_DAY, "Possibly pregnant"),
    Flag(
        "assault",
        Tier.SAME_DAY,
        "Something was done to you that you did not want",
        "Something was done to them that they did not want",
    ),
    Flag("strong_pain", Tier.PAUSE, "A lot of pain, 7 or more of 10"),
    Flag("infection", Tier.PAUSE, "An infection now, such as thrush or herpes"),
    Flag("bleeding_between", Tier.PAUSE, "Bleeding between periods, after sex or after the menopause"),
    Flag("bleeds_each_time", Tier.PAUSE, "Bleeding after each practice"),
    Flag("lasting_pain", Tier.PAUSE, "Pain from the last practice that was still there the next day"),
    Flag("spaced_out", Tier.PAUSE, "Feeling numb, spaced out or far away today, or a flashback"),
    Flag("panic", Tier.PAUSE, "Panic that does not settle within about 10 minutes"),
    Flag("bulge", Tier.PAUSE, "A new bulge or heaviness"),
    Flag("lump", Tier.PAUSE, "A new lump or a change of the skin"),
    Flag("weight_loss", Tier.PAUSE, "Losing weight or sweating at night without a reason"),
    Flag("surgery", Tier.PAUSE, "Pelvic surgery or a birth in the last 8 weeks"),
    Flag(
        "sedated",
        Tier.PAUSE,
        "Alcohol, or a medicine that makes you drowsy, today",
        "Alcohol, or a medicine that makes drowsy, today",
    ),
    Flag("unsure", Tier.PAUSE, "Something else, or not sure"),
    Flag("spotting", Tier.NOTE, "A trace of spotting"),
    Flag("mild_ache", Tier.NOTE, "A mild ache that goes within a day"),
    Flag("irritation", Tier.NOTE, "Irritation from a lubricant"),
)

FLAG_BY_ID: dict[str, Flag] = {flag.id: flag for flag in FLAGS}

SUSPENDING = frozenset({Tier.EMERGENCY, Tier.SAME_DAY, Tier.PAUSE})

#: What must not wait for the next working day: somebody is told although the clinic is closed.
URGENT = frozenset({Tier.EMERGENCY, Tier.SAME_DAY})
