"""The same people in every test."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cast:
    """Ids of the same people in every test. The stranger is a therapist of another clinic."""

    clinic: str
    owner: str
    therapist: str
    patient: str
    other_patient: str
    support: str
    other_clinic: str
    stranger: str
