"""Every item of the clinical facts, section 4.1 (and what 4.2 adds to a screening), with the flag that asks for it."""

from typing import NamedTuple

from sessions.flags import Tier


class Item(NamedTuple):
    """`word` must stand in what is asked; `name` is the item as the facts have it."""

    name: str
    flag: str
    tier: Tier
    word: str


_E, _S, _P, _N = Tier.EMERGENCY, Tier.SAME_DAY, Tier.PAUSE, Tier.NOTE

FACTS = (
    Item("soaking bleeding", "heavy_bleeding", _E, "soaks a pad"),
    Item("clots", "heavy_bleeding", _E, "clots"),
    Item("collapse or faint not settling", "collapse", _E, "fainting or collapse"),
    Item("severe sudden abdominal or pelvic pain", "severe_pain", _E, "sudden, severe pain"),
    Item("pregnant with bleeding, pain or fluid loss", "pregnancy_trouble", _E, "loss of fluid"),
    Item("fever with pelvic pain and feeling very ill", "fever_very_ill", _E, "very ill"),
    Item("new saddle numbness", "saddle_numbness", _E, "numbness between the legs"),
    Item("leg weakness", "saddle_numbness", _E, "weakness in the legs"),
    Item("new urinary retention", "retention", _E, "unable to pass urine"),
    Item("bowel or bladder loss", "retention", _E, "control of bladder or bowel"),
    Item("allergic reaction", "allergy", _E, "trouble breathing"),
    Item("retained object with pain", "stuck_with_pain", _E, "will not come out"),
    Item("immediate danger", "in_danger", _E, "in danger"),
    Item("active suicidal intent", "own_life", _E, "ending your life"),
    Item("fresh red bleeding", "fresh_bleeding", _S, "fresh red"),
    Item("bleeding over 24 hours", "fresh_bleeding", _S, "24 hours"),
    Item("tear or laceration", "tear", _S, "tear"),
    Item("foul discharge", "discharge", _S, "discharge"),
    Item("new sores or blisters", "sores", _S, "sores or blisters"),
    Item("fever", "fever", _S, "fever"),
    Item("urinary burning", "burning_urine", _S, "burning"),
    Item("blood in urine", "burning_urine", _S, "blood in it"),
    Item("retained tampon or device without pain", "retained", _S, "tampon"),
    Item("possible pregnancy", "maybe_pregnant", _S, "possibly pregnant"),
    Item("possible assault", "assault", _S, "did not want"),
    Item("pain of 7 and more", "strong_pain", _P, "7 or more"),
    Item("pain persisting to the next day", "lasting_pain", _P, "the next day"),
    Item("bleeding after each session", "bleeds_each_time", _P, "after each practice"),
    Item("intermenstrual bleeding", "bleeding_between", _P, "between periods"),
    Item("post-coital bleeding", "bleeding_between", _P, "after sex"),
    Item("post-menopausal bleeding", "bleeding_between", _P, "menopause"),
    Item("numb or spaced out", "spaced_out", _P, "spaced out"),
    Item("flashback", "spaced_out", _P, "flashback"),
    Item("panic not settling in 10 minutes", "panic", _P, "10 minutes"),
    Item("new prolapse bulge", "bulge", _P, "bulge"),
    Item("new lump or skin change", "lump", _P, "change of the skin"),
    Item("unexplained weight loss", "weight_loss", _P, "losing weight"),
    Item("night sweats", "weight_loss", _P, "sweating at night"),
    Item("trace spotting", "spotting", _N, "trace"),
    Item("mild ache under 24 hours", "mild_ache", _N, "within a day"),
    Item("lubricant irritation", "irritation", _N, "lubricant"),
    Item("4.2 active infection", "infection", _P, "infection"),
    Item("4.2 surgery or birth until healed", "surgery", _P, "last 8 weeks"),
    Item("4.2 under the influence", "sedated", _P, "alcohol"),
    Item("anything else", "unsure", _P, "not sure"),
)
