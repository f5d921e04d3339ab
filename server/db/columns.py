"""How a column is written: what every table is made of. The tables themselves stand in `tables`."""

from typing import Any, ClassVar

from sqlalchemy import BigInteger, ForeignKeyConstraint, LargeBinary, MetaData
from sqlmodel import Field, SQLModel

ID_CHARS = 32
# A command's id is the client's UUID, with its dashes.
COMMAND_CHARS = 36


class Row(SQLModel):
    """What all tables share: one metadata of Ebb's own."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        }
    )


def a_key() -> Any:
    """Part of the primary key, an id."""
    return Field(primary_key=True, max_length=ID_CHARS)


def a_number_key() -> Any:
    """Part of the primary key, a number that may grow beyond 32 bits."""
    return Field(primary_key=True, sa_type=BigInteger)


def an_id() -> Any:
    return Field(max_length=ID_CHARS)


def an_id_or_none() -> Any:
    return Field(default=None, max_length=ID_CHARS)


def ms() -> Any:
    return Field(sa_type=BigInteger)


def ms_or_none() -> Any:
    return Field(default=None, sa_type=BigInteger)


def octets() -> Any:
    return Field(sa_type=LargeBinary)


def octets_or_none() -> Any:
    return Field(default=None, sa_type=LargeBinary)


def to_person(*columns: str) -> ForeignKeyConstraint:
    """`columns` hold the clinic and the person's id."""
    return ForeignKeyConstraint(columns, ["person.clinic_id", "person.id"])
