"""Trust: passkeys, authenticators and recovery codes, erasures, emergency access, seals of the audit"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _id(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=32), nullable=nullable)


def _ms(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _octets(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def _of_person(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_clinic_id_{column}_person")
    return sa.ForeignKeyConstraint(["clinic_id", column], ["person.clinic_id", "person.id"], name=name)


def upgrade() -> None:
    op.create_table(
        "passkey",
        _id("clinic_id"),
        _id("id"),
        _id("person_id"),
        _octets("credential_id"),
        _octets("public_key"),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.String(length=100), nullable=False),
        _octets("label_enc", nullable=True),
        _ms("created_ms"),
        _ms("used_ms", nullable=True),
        _of_person("passkey", "person_id"),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_passkey")),
    )
    op.create_index(op.f("ix_passkey_clinic_id_person_id"), "passkey", ["clinic_id", "person_id"])
    op.create_table(
        "authenticator",
        _id("clinic_id"),
        _id("person_id"),
        _octets("secret_enc"),
        _ms("created_ms"),
        _ms("confirmed_ms", nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        _of_person("authenticator", "person_id"),
        sa.PrimaryKeyConstraint("clinic_id", "person_id", name=op.f("pk_authenticator")),
    )
    op.create_table(
        "recovery_code",
        _id("clinic_id"),
        _id("person_id"),
        _octets("code_hash"),
        _ms("created_ms"),
        _ms("used_ms", nullable=True),
        _of_person("recovery_code", "person_id"),
        sa.PrimaryKeyConstraint("clinic_id", "person_id", "code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "erasure",
        _id("clinic_id"),
        _id("patient_id"),
        _ms("asked_ms"),
        _id("asked_by"),
        sa.Column("leaves", sa.Boolean(), nullable=False),
        _ms("personal_ms", nullable=True),
        _ms("care_until_ms", nullable=True),
        _ms("care_ms", nullable=True),
        _octets("reason_enc", nullable=True),
        _of_person("erasure", "patient_id"),
        sa.PrimaryKeyConstraint("clinic_id", "patient_id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_care_until_ms"), "erasure", ["care_until_ms"])
    op.create_table(
        "emergency_access",
        _id("clinic_id"),
        _id("id"),
        _id("owner_id"),
        _id("patient_id"),
        _ms("from_ms"),
        _ms("until_ms"),
        _ms("told_ms", nullable=True),
        _octets("reason_enc"),
        _of_person("emergency_access", "owner_id"),
        _of_person("emergency_access", "patient_id"),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_emergency_access")),
    )
    op.create_index(op.f("ix_emergency_access_clinic_id_patient_id"), "emergency_access", ["clinic_id", "patient_id"])
    op.create_table(
        "audit_seal",
        _id("clinic_id"),
        _ms("day"),
        _ms("at_ms"),
        _ms("audit_seq"),
        _ms("ledgers"),
        _octets("seal"),
        sa.PrimaryKeyConstraint("clinic_id", "day", name=op.f("pk_audit_seal")),
    )
    with op.batch_alter_table("login") as table:
        table.add_column(_ms("proved_ms", nullable=True))
    with op.batch_alter_table("audit") as table:
        table.add_column(_id("login_id", nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("audit") as table:
        table.drop_column("login_id")
    with op.batch_alter_table("login") as table:
        table.drop_column("proved_ms")
    for table_name in ("audit_seal", "emergency_access", "erasure", "recovery_code", "authenticator", "passkey"):
        op.drop_table(table_name)
