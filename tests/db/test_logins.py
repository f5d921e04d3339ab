"""Signing in: logins that end when they are meant to, invitations that are used once, counters that count."""

import asyncio

import pytest

from server.db import logins, people
from server.db.errors import Taken
from server.db.logins import Invitation, Login, Purpose
from server.db.store import Store, Tx
from tests.db.cast import Cast

NOW_MS = 1_750_000_000_000
DAY_MS = 86_400_000


async def sign_in(tx: Tx, cast: Cast, token: str, *, person: str | None = None) -> Login:
    return await logins.create_login(
        tx,
        clinic_id=cast.clinic,
        person_id=person or cast.patient,
        token_hash=tx.keys.token_hash(token),
        device_label="a phone",
        now_ms=NOW_MS,
        expires_ms=NOW_MS + DAY_MS,
    )


async def found(store: Store, token: str, *, now_ms: int = NOW_MS) -> Login | None:
    async with store.reader() as tx:
        return await logins.login_by_token_hash(tx, store.keys.token_hash(token), now_ms=now_ms)


async def test_a_login_is_found_by_its_token_alone(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        login = await sign_in(tx, cast, "token")

    assert await found(store, "token") == login
    assert await found(store, "another") is None
    assert (login.person_id, login.device_label) == (cast.patient, "a phone")


async def test_a_login_ends_when_it_expires(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        login = await sign_in(tx, cast, "token")
    assert await found(store, "token", now_ms=NOW_MS + DAY_MS) is None

    async with store.write() as tx:
        await logins.touch_login(tx, cast.clinic, login.id, now_ms=NOW_MS + 5, expires_ms=NOW_MS + 2 * DAY_MS)

    kept = await found(store, "token", now_ms=NOW_MS + DAY_MS)
    assert kept is not None
    assert kept.seen_ms == NOW_MS + 5


async def test_a_revoked_login_is_not_revived_by_use(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        login = await sign_in(tx, cast, "token")
        await logins.revoke_login(tx, cast.clinic, login.id, now_ms=NOW_MS)
        await logins.touch_login(tx, cast.clinic, login.id, now_ms=NOW_MS, expires_ms=NOW_MS + 9 * DAY_MS)

    assert await found(store, "token") is None


async def test_a_disabled_person_is_signed_out_everywhere(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        await sign_in(tx, cast, "token")
        await people.disable(tx, cast.clinic, cast.patient, now_ms=NOW_MS)

    assert await found(store, "token") is None


async def test_all_logins_but_this_one_can_be_revoked(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        kept, lost = [await sign_in(tx, cast, token) for token in ("kept", "lost")]
        other = await sign_in(tx, cast, "other", person=cast.other_patient)
        revoked = await logins.revoke_logins_of(tx, cast.clinic, cast.patient, now_ms=NOW_MS, but=kept.id)

    assert revoked == [lost.id]
    async with store.reader() as tx:
        assert await logins.logins_of(tx, cast.clinic, cast.patient, now_ms=NOW_MS) == [kept]
        assert await logins.logins_of(tx, cast.clinic, cast.other_patient, now_ms=NOW_MS) == [other]


async def invite(tx: Tx, cast: Cast, token: str, *, code: str | None = None) -> Invitation:
    return await logins.create_invitation(
        tx,
        clinic_id=cast.clinic,
        person_id=cast.patient,
        purpose=Purpose.INVITE,
        token_hash=tx.keys.token_hash(token),
        code_hash=None if code is None else tx.keys.code_hash(code),
        now_ms=NOW_MS,
        expires_ms=NOW_MS + DAY_MS,
    )


async def test_an_invitation_is_found_by_its_link_and_by_its_code(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        invitation = await invite(tx, cast, "link", code="KELP-4471")

    async with store.reader() as tx:
        assert await logins.invitation_by_token_hash(tx, tx.keys.token_hash("link")) == invitation
        assert await logins.invitation_by_code_hash(tx, tx.keys.code_hash("kelp 4471")) == invitation
        assert await logins.invitation_by_code_hash(tx, tx.keys.code_hash("kelp 4472")) is None
    assert invitation.is_open(NOW_MS)
    assert not invitation.is_open(NOW_MS + DAY_MS)


async def test_an_invitation_is_used_once_however_many_try(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        invitation = await invite(tx, cast, "link")

    async def use() -> bool:
        async with store.write() as tx:
            return await logins.use_invitation(tx, cast.clinic, invitation.id, now_ms=NOW_MS + 1)

    assert sorted(await asyncio.gather(*(use() for _ in range(4)))) == [False, False, False, True]
    async with store.reader() as tx:
        used = await logins.invitation_by_token_hash(tx, tx.keys.token_hash("link"))
    assert used is not None
    assert used.used_ms == NOW_MS + 1


async def test_an_invitation_that_has_expired_cannot_be_used(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        invitation = await invite(tx, cast, "link")

        assert not await logins.use_invitation(tx, cast.clinic, invitation.id, now_ms=NOW_MS + DAY_MS)
        assert await logins.use_invitation(tx, cast.clinic, invitation.id, now_ms=NOW_MS + DAY_MS - 1)


async def test_a_code_in_use_is_refused_and_a_used_one_is_free_again(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        first = await invite(tx, cast, "one", code="4471")
    with pytest.raises(Taken):
        async with store.write() as tx:
            await invite(tx, cast, "two", code="4471")

    async with store.write() as tx:
        await logins.use_invitation(tx, cast.clinic, first.id, now_ms=NOW_MS)
        again = await invite(tx, cast, "three", code="4471")
        await logins.withdraw_invitation(tx, cast.clinic, again.id)
        await invite(tx, cast, "four", code="4471")


async def test_dead_invitations_are_cleared_away_with_their_codes(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        await invite(tx, cast, "one", code="4471")
        assert await logins.delete_dead_invitations(tx, before_ms=NOW_MS + DAY_MS) == 0
        assert await logins.delete_dead_invitations(tx, before_ms=NOW_MS + DAY_MS + 1) == 1
        await invite(tx, cast, "two", code="4471")


async def test_tries_at_a_code_are_counted(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        invitation = await invite(tx, cast, "link", code="4471")
        tries = [await logins.count_invitation_try(tx, cast.clinic, invitation.id) for _ in range(3)]

    assert tries == [1, 2, 3]


async def test_attempts_are_counted_by_who_where_and_when(store: Store) -> None:
    key, other = store.keys.attempt_hash("203.0.113.7"), store.keys.attempt_hash("203.0.113.8")

    async def attempt(scope: str, key_hash: bytes, window_ms: int) -> int:
        async with store.write() as tx:
            return await logins.count_attempt(tx, scope=scope, key_hash=key_hash, window_ms=window_ms)

    counts = await asyncio.gather(*(attempt("sign-in", key, 0) for _ in range(5)))
    assert sorted(counts) == [1, 2, 3, 4, 5]
    assert await attempt("sign-in", other, 0) == 1
    assert await attempt("sign-in", key, 60_000) == 1
    assert await attempt("code", key, 0) == 1

    async with store.write() as tx:
        await logins.delete_old_attempts(tx, before_ms=60_000)
        assert await logins.attempts(tx, scope="sign-in", key_hash=key, window_ms=0) == 0
        assert await logins.attempts(tx, scope="sign-in", key_hash=key, window_ms=60_000) == 1
        await logins.forget_attempts(tx, scope="sign-in", key_hash=key)
        assert await logins.attempts(tx, scope="sign-in", key_hash=key, window_ms=60_000) == 0
