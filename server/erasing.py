"""Erasing what is personal at once, and the care record when the law lets go of it; and keeping dark what went.

What is done stands in a row first, and every step of it may be taken twice: a server that dies in between goes on with
the next look. The rows are emptied, then the key is destroyed, then it is noted that it was.
"""

import contextlib
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import date
from typing import Final

import structlog
from msgspec import Struct, structs

from server import logs
from server.bodies import Erased
from server.care.caring import Held
from server.care.keeping_company import CompanyBook
from server.clinic_settings import ClinicSettings, settings_of
from server.clock import Clock
from server.days import day_at
from server.db import erasures, errors, people, visits
from server.db.audit import What, append_audit
from server.db.erasures import Erasure
from server.db.store import Store, Tx
from server.db.vault import KeyKind
from server.desk.news import Item, News
from server.each_minute import each_minute
from server.exports.jobs import Exports
from server.live.book import Place
from server.live.rooms import Rooms
from server.retention import years_earlier, years_later
from server.visits import Visits
from sessions.people import Actor, Refused
from sessions.people import Role as Side
from sessions.system import VisitCancel

log = structlog.get_logger()

DAY_MS: Final = 86_400_000
#: Between the day on which a record is as old as the clinic keeps any, and its end: the clinic can keep it longer.
NOTICE_MS: Final = 30 * DAY_MS
#: So long copies of the key ring are to be kept at the most: with one of that day, an old backup opens.
RING_COPIES_DAYS: Final = 30
_PLANNED: Final = "scheduled"


class InVisit(Exception):
    """The patient is in a visit, or waits for one. Nothing was erased."""


class Ahead(Struct, frozen=True):
    """What erasing would mean for this patient now. `in_visit`: it has to wait until their visit is over."""

    in_visit: bool
    planned: int
    care_until_ms: int
    years: int


class Erasing:
    """`close` closes what is open of logins that ended."""

    def __init__(
        self,
        *,
        store: Store,
        visits: Visits,
        company: CompanyBook,
        rooms: Rooms,
        exports: Exports,
        news: News,
        clock: Clock,
        close: Callable[[Iterable[str]], None],
    ) -> None:
        self._store, self._visits, self._company = store, visits, company
        self._rooms, self._exports, self._news = rooms, exports, news
        self._clock, self._close = clock, close
        self._looked_on: date | None = None
        self._kept_dark = False

    def running(self) -> AbstractAsyncContextManager[None]:
        return each_minute(
            self.look, name="erasing", clock=self._clock, failed="erasing.look_failed", among=self._store.database
        )

    # Asking

    async def ahead(self, clinic_id: str, patient_id: str) -> Ahead:
        now_ms = self._clock.now_ms()
        async with self._store.reader() as tx:
            settings = await _settings(self._store, clinic_id)
            planned = await visits.open_sessions_of_patient(tx, clinic_id, patient_id)
        return Ahead(
            in_visit=any(session.phase != _PLANNED for session in planned),
            planned=len(planned),
            care_until_ms=years_later(now_ms, settings),
            years=settings.retention_years,
        )

    async def erase(self, clinic_id: str, patient_id: str, *, leaves: bool, login_id: str | None = None) -> Erasure:
        """The patient asks. Raises InVisit. What was done before is not done again: whoever left has left."""
        now_ms = self._clock.now_ms()
        async with self._store.write() as tx:
            await people.person_held(tx, clinic_id, patient_id)
            before = await erasures.erasure(tx, clinic_id, patient_id)
            if before is not None and before.leaves and before.personal_ms is not None:
                return before
            await self._refuse_in_visit(clinic_id, patient_id)
            asked = Erasure(
                clinic_id=clinic_id,
                patient_id=patient_id,
                asked_ms=now_ms,
                asked_by=patient_id,
                leaves=leaves,
                personal_ms=None,
                care_until_ms=years_later(now_ms, await _settings(self._store, clinic_id)) if leaves else None,
                care_ms=None,
            )
            await _put(tx, asked, login_id=login_id)
        return await self._personal(asked)

    async def ask_for(self, clinic_id: str, patient_id: str, *, by: str, login_id: str, reason: str) -> Erasure | None:
        """Somebody of the clinic asks in a patient's place: they leave, once the days to take it back are over.

        None where something was asked already.
        """
        now_ms = self._clock.now_ms()
        async with self._store.write() as tx:
            await people.person_held(tx, clinic_id, patient_id)
            before = await erasures.erasure(tx, clinic_id, patient_id)
            if before is not None and (before.leaves or before.personal_ms is None):
                return None
            asked = Erasure(
                clinic_id=clinic_id,
                patient_id=patient_id,
                asked_ms=now_ms,
                asked_by=by,
                leaves=True,
                personal_ms=None,
                care_until_ms=years_later(now_ms, await _settings(self._store, clinic_id)),
                care_ms=None,
                reason=reason,
            )
            await _put(tx, asked, login_id=login_id)
        return asked

    async def take_back(self, clinic_id: str, patient_id: str, *, by: str, login_id: str) -> bool:
        """Before anything of it is done. False where there is nothing to be taken back any more."""
        now_ms = self._clock.now_ms()
        async with self._store.write() as tx:
            if not await erasures.remove(tx, clinic_id, patient_id):
                return False
            await append_audit(
                tx,
                clinic_id=clinic_id,
                what=What.ERASURE_TAKEN_BACK,
                now_ms=now_ms,
                person_id=by,
                subject_id=patient_id,
                login_id=login_id,
            )
        return True

    async def _refuse_in_visit(self, clinic_id: str, patient_id: str) -> None:
        async with self._store.reader() as tx:
            found = await visits.open_sessions_of_patient(tx, clinic_id, patient_id)
        if any(session.phase != _PLANNED for session in found):
            raise InVisit

    # Doing

    async def look(self) -> None:
        """Each minute: what was begun goes on, what is due is done. Once a day: records that are as old as they get."""
        now_ms = self._clock.now_ms()
        async with self._store.reader() as tx:
            known = await (erasures.pending(tx, now_ms=now_ms) if self._kept_dark else erasures.everywhere(tx))
        all_went = True
        for one in known:
            try:
                await self._go_on(one, now_ms)
            except (errors.StorageError, Erased, Held, InVisit) as error:
                # The others are due as well. Whatever it was is tried again in a minute.
                all_went = False
                log.warning("erasing.waits", error=type(error).__name__, where=logs.where(error))
        self._kept_dark = self._kept_dark or all_went
        today = day_at(now_ms, "UTC")
        if self._looked_on != today:
            await self._by_age(now_ms)
            self._looked_on = today

    async def _go_on(self, one: Erasure, now_ms: int) -> None:
        if one.personal_ms is None and one.due_ms <= now_ms:
            if not one.own:
                await self._refuse_in_visit(one.clinic_id, one.patient_id)
            if one.by_age and await self._is_in_use(one):
                return
            one = await self._personal(one)
        if one.leaves and one.care_ms is None and one.care_until_ms is not None and one.care_until_ms <= now_ms:
            await self._care(one)
        elif not self._kept_dark:
            await self._keep_dark(one)

    async def _personal(self, one: Erasure) -> Erasure:
        """What is personal goes, and with whoever leaves every way in. Returns it as it is now."""
        clinic_id, patient_id = one.clinic_id, one.patient_id
        if one.leaves:
            async with self._store.write() as tx:
                ended = await erasures.shut_out(tx, clinic_id, patient_id, now_ms=self._clock.now_ms())
            self._close(ended)
            await self._call_off(one)
        async with self._store.write() as tx:
            await erasures.forget_personal(tx, clinic_id, patient_id)
            ended = []
            if one.leaves:
                ended = await erasures.forget_support(tx, clinic_id, patient_id, now_ms=self._clock.now_ms())
        self._close(ended)
        ring = self._store.ring
        if one.leaves:
            await ring.destroy(clinic_id, patient_id, KeyKind.PERSONAL)
        else:
            # One that is younger was made by whoever began this, or by another server that goes on with it as well.
            await ring.renew(clinic_id, patient_id, made_before_ms=one.asked_ms)
        now_ms = self._clock.now_ms()
        async with self._store.write() as tx:
            if await erasures.done(tx, clinic_id, patient_id, personal_ms=now_ms):
                await append_audit(
                    tx, clinic_id=clinic_id, what=What.ERASURE_DONE, now_ms=now_ms, subject_id=patient_id
                )
            now = await erasures.erasure(tx, clinic_id, patient_id)
            therapists = await people.therapists_of(tx, clinic_id, patient_id)
        self._exports.forget_about(patient_id)
        await self._rooms.sweep()
        for therapist in therapists:
            self._news.tell(therapist, Item(kind="changed"))
        log.info("erased.personal", leaves=one.leaves)
        return now or one

    async def _call_off(self, one: Erasure) -> None:
        """Visits that are planned, and whoever was let be there. One that cannot be called off now is nobody's
        reason to keep what is personal: it is not held, since nobody comes.
        """
        async with self._store.reader() as tx:
            planned = await visits.open_sessions_of_patient(tx, one.clinic_id, one.patient_id)
        patient = Actor(one.patient_id, Side.PATIENT)
        for session in planned:
            if session.phase != _PLANNED:
                continue
            with contextlib.suppress(Refused, Held, Erased, errors.StorageError):
                place = Place(one.clinic_id, session.id, one.patient_id)
                await self._visits.change(place, VisitCancel(), actor=patient)
        for grant in await self._company.granted(one.clinic_id, one.patient_id):
            with contextlib.suppress(errors.StorageError, Erased):
                await self._company.end(one.clinic_id, one.patient_id, grant.person_id)

    async def _care(self, one: Erasure) -> None:
        """The care record's key is destroyed; an id, numbers and times are left."""
        clinic_id, patient_id = one.clinic_id, one.patient_id
        for kind in (KeyKind.PERSONAL, KeyKind.CARE):
            await self._store.ring.destroy(clinic_id, patient_id, kind)
        now_ms = self._clock.now_ms()
        async with self._store.write() as tx:
            therapists = await people.therapists_of(tx, clinic_id, patient_id)
            await erasures.forget_record(tx, clinic_id, patient_id, now_ms=now_ms)
            if await erasures.done(tx, clinic_id, patient_id, care_ms=now_ms):
                await append_audit(
                    tx, clinic_id=clinic_id, what=What.ERASURE_DONE, now_ms=now_ms, subject_id=patient_id
                )
        self._exports.forget_about(patient_id)
        await self._rooms.sweep()
        for therapist in therapists:
            self._news.tell(therapist, Item(kind="changed"))
        log.info("erased.record")

    async def _keep_dark(self, one: Erasure) -> None:
        """Once after a start: a copy of the ring that somebody restored may have brought a destroyed key back."""
        ring, clinic_id, patient_id = self._store.ring, one.clinic_id, one.patient_id
        if one.care_ms is not None and await ring.made_ms(clinic_id, patient_id, KeyKind.CARE) is not None:
            await ring.destroy(clinic_id, patient_id, KeyKind.CARE)
            log.warning("erased.again")
        if one.personal_ms is None:
            return
        made_ms = await ring.made_ms(clinic_id, patient_id, KeyKind.PERSONAL)
        if made_ms is None or (not one.leaves and made_ms >= one.asked_ms):
            return
        if one.leaves:
            await ring.destroy(clinic_id, patient_id, KeyKind.PERSONAL)
        else:
            # The key that was made after the erasure is lost with the ring that was overwritten.
            await ring.renew(clinic_id, patient_id, made_before_ms=one.asked_ms, later=2)
        log.warning("erased.again")

    # By age

    async def aged(self, clinic_id: str) -> list[tuple[str, int]]:
        """Records that are as old as this clinic keeps any, with the day of their last entry, the oldest first.

        Without those that somebody asked to be erased: they have a day of their own.
        """
        now_ms = self._clock.now_ms()
        settings = await _settings(self._store, clinic_id)
        before_ms = years_earlier(now_ms, settings)
        found = []
        async with self._store.reader() as tx:
            old = await erasures.patients_since_before(tx, clinic_id, before_ms=before_ms)
            asked = await erasures.of_patients(tx, clinic_id, old)
            for patient_id in old:
                if patient_id in asked and asked[patient_id].leaves:
                    continue
                last_ms = await erasures.last_entry_ms(tx, clinic_id, patient_id)
                if last_ms < before_ms:
                    found.append((patient_id, last_ms))
        return sorted(found, key=lambda item: item[1])

    async def keep_longer(self, clinic_id: str, patient_id: str) -> bool:
        """A record whose end was announced is kept for another year. False where none was."""
        async with self._store.write() as tx:
            one = await erasures.erasure(tx, clinic_id, patient_id)
            if one is None or not one.by_age or one.personal_ms is not None:
                return False
            later = structs.replace(one, care_until_ms=self._clock.now_ms() + 365 * DAY_MS)
            await erasures.put(tx, later)
        return True

    async def _by_age(self, now_ms: int) -> None:
        """Announces the end of records, where an owner turned that on: for so many days it can be stopped."""
        async with self._store.reader() as tx:
            clinics = await people.clinics(tx)
        for clinic_id in clinics:
            by = (await _settings(self._store, clinic_id)).retention_by
            if not by:
                continue
            for patient_id, _ in await self.aged(clinic_id):
                async with self._store.write() as tx:
                    before = await erasures.erasure(tx, clinic_id, patient_id)
                    if before is not None and before.leaves:
                        continue
                    announced = Erasure(
                        clinic_id=clinic_id,
                        patient_id=patient_id,
                        asked_ms=now_ms,
                        asked_by=by,
                        leaves=True,
                        personal_ms=None,
                        care_until_ms=now_ms + NOTICE_MS,
                        care_ms=None,
                    )
                    await erasures.put(tx, announced)

    async def _is_in_use(self, one: Erasure) -> bool:
        """Somebody wrote into it since its end was announced, or the owner turned it off: then it is not erased."""
        async with self._store.write() as tx:
            last_ms = await erasures.last_entry_ms(tx, one.clinic_id, one.patient_id)
            on = bool((await _settings(self._store, one.clinic_id)).retention_by)
            if last_ms < one.asked_ms and on:
                return False
            await erasures.remove(tx, one.clinic_id, one.patient_id)
        return True


async def _put(tx: Tx, asked: Erasure, *, login_id: str | None) -> None:
    """Stored together with who asked, on which device."""
    await erasures.put(tx, asked)
    await append_audit(
        tx,
        clinic_id=asked.clinic_id,
        what=What.ERASURE_ASKED,
        now_ms=asked.asked_ms,
        person_id=asked.asked_by,
        subject_id=asked.patient_id,
        login_id=login_id,
    )


async def _settings(store: Store, clinic_id: str) -> ClinicSettings:
    async with store.reader() as tx:
        clinic = await people.clinic(tx, clinic_id)
    assert clinic is not None, "a patient belongs to a clinic"
    return settings_of(clinic)
