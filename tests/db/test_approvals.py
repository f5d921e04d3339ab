"""Approvals: one row for each version that somebody of the clinic has read, and a line in the audit for each change."""

from server.db import approvals
from server.db.audit import verify_audit
from server.db.store import Store
from tests.db.cast import Cast

SLUG = "soft-belly-breathing"


async def test_the_first_approval_of_a_version_stands(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        await approvals.approve(tx, cast.clinic, SLUG, 1, person_id=cast.therapist, now_ms=1_000)
        await approvals.approve(tx, cast.clinic, SLUG, 1, person_id=cast.owner, now_ms=2_000)

    async with store.reader() as tx:
        found = await approvals.approvals_of(tx, cast.clinic)
        entries = await verify_audit(tx, cast.clinic)
        assert await approvals.is_approved(tx, cast.clinic, SLUG, 1)
        assert not await approvals.is_approved(tx, cast.clinic, SLUG, 2)
        assert not await approvals.is_approved(tx, "elsewhere", SLUG, 1)

    assert found == {(SLUG, 1): approvals.Approval(SLUG, 1, cast.therapist, 1_000)}
    assert entries == 1


async def test_a_withdrawn_approval_is_gone_and_can_be_given_again(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        await approvals.withdraw(tx, cast.clinic, SLUG, 1, person_id=cast.therapist, now_ms=500)
        await approvals.approve(tx, cast.clinic, SLUG, 1, person_id=cast.therapist, now_ms=1_000)
        await approvals.withdraw(tx, cast.clinic, SLUG, 1, person_id=cast.owner, now_ms=2_000)
        assert not await approvals.is_approved(tx, cast.clinic, SLUG, 1)
        await approvals.approve(tx, cast.clinic, SLUG, 1, person_id=cast.owner, now_ms=3_000)

    async with store.reader() as tx:
        assert (await approvals.approvals_of(tx, cast.clinic))[(SLUG, 1)].at_ms == 3_000
        assert await verify_audit(tx, cast.clinic) == 3
