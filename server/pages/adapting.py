"""An exercise in a clinic's own words: written with a preview and the checks beside it; offered, approved, retired."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web
from msgspec import structs

from exercises.adapting import adapted, at_the_pace_of, made_from, refused, same_structure, version_words
from exercises.loader import ENGLISH
from exercises.model import Exercise
from exercises.wording import PLAIN, spoken, worded_parts
from server import languages, wiring
from server.accounts import access
from server.accounts.access import Login
from server.db import approvals, own_exercises
from server.db.own_exercises import APPROVED, DRAFT, OFFERED, RETIRED, OwnExercise
from server.db.people import Role
from server.own_library import may_be_offered
from server.pages import adapting_form, exercises, own_versions
from server.pages.forms import Form, posted
from server.pages.frame import house, page, see_other
from sessions.telling import breath_words

#: From which states each step may be taken, and where it leads.
_STEPS: Final = {
    "offer": ((DRAFT,), OFFERED),
    "approve": ((DRAFT, OFFERED), APPROVED),
    "retire": ((DRAFT, OFFERED, APPROVED), RETIRED),
}
_OVERTAKEN: Final = (
    "Somebody stored this draft after you had opened it. Yours still stands here. Look at theirs, then keep yours "
    "again: it will take its place."
)
_FIXED: Final = (
    "This draft was offered, approved or put away after you had opened it. Yours still stands here: keep it again, and "
    "it becomes a draft of its own."
)
_CHANGED: Final = "This wording has changed since you opened the page. Read it again; then you can decide."
_BEHIND: Final = (
    "The library has another version by now. Put that one into your own words: this one cannot be told any more."
)
_INSIDE: Final = (
    "This exercise has steps inside. In another language than English they are told once somebody has approved the "
    "words, and not before."
)


async def show(request: web.Request) -> web.StreamResponse:
    """The draft that is open, else a new one from what is told now, or from the version that was asked for; in the
    language that was asked for, else in that of this version, else in the reader's own."""
    login = await access.require(request, Role.THERAPIST)
    library = exercises.asked_for(request)
    every = await _every_own(request, login, library)
    wanted = request.query.get("from", "")
    of = next((one.language for one in every if str(one.version) == wanted), languages.current().code)
    base = _base(request, login, library, request.query.get("language", of))
    found = [one for one in every if one.language == base.language]
    draft = _draft(found, base)
    start = draft.told if draft is not None else None
    based_on = base.version if draft is None else draft.based_on
    if start is None:
        chosen = next((one for one in found if str(one.version) == wanted and one.told is not None), None)
        if chosen is None and not wanted:
            chosen = next((one for one in found if one.state == APPROVED and _fits(one, base)), None)
        # After an update the words of another step may stand in a place: those begin from the library's again.
        if chosen is not None and chosen.told is not None and same_structure(chosen.told, base):
            start, based_on = chosen.told, chosen.version
    form = adapting_form.filled(start or base)
    if base.language != ENGLISH:
        adapting_form.put_pace(form, base)
    form.put("language", base.language)
    form.put("based_on", str(based_on))
    form.put("edition", _edition(draft))
    own = adapted(base, adapting_form.telling_from(form, base), version=base.version)
    return await _page(request, login, base, own, form)


async def keep(request: web.Request) -> web.StreamResponse:
    """Keeps the draft where nothing is refused. `do=look` keeps nothing: so the script asks as one types."""
    login = await access.require(request, Role.THERAPIST)
    library, form = exercises.asked_for(request), await posted(request)
    # A page that was opened before there was a choice says none, and is English.
    base = _base(request, login, library, form.value("language"))
    if base.language != ENGLISH:
        adapting_form.put_pace(form, base)
    own = adapted(base, adapting_form.telling_from(form, base), version=base.version)
    adapting_form.note(form, adapting_form.finds(own, base))
    if form.value("do") == "look":
        return await _page(request, login, base, own, form)
    if form.errors:
        return await _page(request, login, base, own, form, status=422)
    now_ms = request.app[wiring.CLOCK].now_ms()
    found = [one for one in await _every_own(request, login, base) if one.language == base.language]
    draft = _draft(found, base)
    known = {base.version, *(one.version for one in found)}
    based_on = int(form.chosen("based_on", [str(one) for one in known]) or base.version)
    if form.value("edition") != _edition(draft):
        form.errors[""] = _FIXED if draft is None else _OVERTAKEN
        form.put("edition", _edition(draft))
        return await _page(request, login, base, own, form, theirs=draft, status=409)
    async with request.app[wiring.STORE].write() as tx:
        if draft is None:
            kept = await own_exercises.begin(
                tx,
                login.clinic_id,
                own,
                of=base.version,
                based_on=based_on,
                person_id=login.person.id,
                now_ms=now_ms,
            )
        else:
            told = structs.replace(own, version=draft.version)
            kept = await own_exercises.write(tx, login.clinic_id, draft, told, person_id=login.person.id, now_ms=now_ms)
    if kept is None:
        form.errors[""] = _OVERTAKEN
        return await _page(request, login, base, own, form, status=409)
    await request.app[wiring.OWN_LIBRARY].changed(request.app[wiring.STORE], login.clinic_id)
    return see_other(path(request, base, kept.version))


async def show_own(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.THERAPIST, Role.OWNER)
    own, base = await _asked_for(request, login)
    return await _own_page(request, login, base, own, Form())


async def decide(request: web.Request) -> web.StreamResponse:
    """Offers, approves or retires exactly what was read."""
    login = await access.require(request, Role.THERAPIST)
    form = await posted(request)
    own, base = await _asked_for(request, login)
    what = request.match_info["what"]
    before, state = _STEPS[what]
    if form.value("edition") != _edition(own) or own.state not in before:
        form.note("", _CHANGED)
    elif what != "retire" and not _fits(own, base):
        form.note("", _BEHIND)
    elif what == "offer" and own.told is not None and not may_be_offered(own.told):
        form.note("", _INSIDE)
    if form.errors or not await _become(request, login, own, state):
        form.note("", _CHANGED)
        own, base = await _asked_for(request, login)
        return await _own_page(request, login, base, own, form, status=422)
    await request.app[wiring.OWN_LIBRARY].changed(request.app[wiring.STORE], login.clinic_id)
    return see_other(f"{path(request, base, own.version)}#decide")


async def _become(request: web.Request, login: Login, own: OwnExercise, state: str) -> bool:
    """One transaction: whatever it takes the place of goes with it, so that there are never two in one language."""
    clinic_id, now_ms = login.clinic_id, request.app[wiring.CLOCK].now_ms()
    who, slug = login.person.id, own.exercise
    async with request.app[wiring.STORE].write() as tx:
        found = await own_exercises.own_of(tx, clinic_id, slug)
        others = [one for one in found if one.version != own.version and one.language == own.language]
        if not await own_exercises.become(tx, clinic_id, own, state, person_id=who, now_ms=now_ms):
            return False
        for one in others:
            if state in (OFFERED, APPROVED) and one.state == state:
                await own_exercises.become(tx, clinic_id, one, RETIRED, person_id=who, now_ms=now_ms)
                await approvals.withdraw(tx, clinic_id, slug, one.version, person_id=who, now_ms=now_ms)
        change = approvals.approve if state == APPROVED else approvals.withdraw
        await change(tx, clinic_id, slug, own.version, person_id=who, now_ms=now_ms)
    return True


def path(request: web.Request, base: Exercise, version: int | None = None) -> str:
    of = exercises.path(request, base)
    return f"{of}/adapt" if version is None else f"{of}/own/{version}"


def _base(request: web.Request, login: Login, library: Exercise, language: str) -> Exercise:
    """The library's words in this language, at the pace that all languages have; in English for one that it lacks."""
    own = request.app[wiring.OWN_LIBRARY]
    return own.base(login.clinic_id, library.slug, language if language in own.languages else ENGLISH)


async def _every_own(request: web.Request, login: Login, base: Exercise) -> list[OwnExercise]:
    async with request.app[wiring.STORE].reader() as tx:
        return await own_exercises.own_of(tx, login.clinic_id, base.slug)


async def _asked_for(request: web.Request, login: Login) -> tuple[OwnExercise, Exercise]:
    """The version that the address names, and what it is held against. Raises HTTPNotFound."""
    library = exercises.asked_for(request)
    async with request.app[wiring.STORE].reader() as tx:
        found = await own_exercises.own(tx, login.clinic_id, library.slug, int(request.match_info["version"]))
    if found is None:
        raise web.HTTPNotFound
    return found, _base(request, login, library, found.language)


def _draft(found: Sequence[OwnExercise], base: Exercise) -> OwnExercise | None:
    """The one draft that is open. One that was made from an earlier version of the library is no beginning any more."""
    return next((one for one in found if one.state == DRAFT and _fits(one, base)), None)


def _fits(own: OwnExercise, base: Exercise) -> bool:
    return made_from(own.version) == base.version and own.told is not None and not refused(own.told, base)


def _edition(own: OwnExercise | None) -> str:
    return "" if own is None else f"{own.version} {own.changed_ms} {own.state}"


async def _page(
    request: web.Request,
    login: Login,
    base: Exercise,
    own: Exercise,
    form: Form,
    *,
    theirs: OwnExercise | None = None,
    status: int = 200,
) -> web.Response:
    found = adapting_form.finds(own, base)
    return page(
        request,
        "adapt",
        login=login,
        place="library",
        status=status,
        form=form,
        base=base,
        title=spoken(base).title,
        **_tongue(request, base),
        tongues=[request.app[wiring.LANGUAGES].get(code) for code in request.app[wiring.OWN_LIBRARY].languages],
        untranslated=_untranslated(request, base),
        of=exercises.path(request, base),
        action=path(request, base),
        warnings=[one for one in found if one.level != "refuse"],
        tally=adapting_form.tally(found, len(form.errors)),
        seen=adapting_form.seen(own),
        theirs="" if theirs is None else path(request, base, theirs.version),
        names=adapting_form.WORD_NAMES,
        acts=exercises.ACTS,
        ways_out={step.way_out for step in base.steps if step.way_out},
        parts=lambda text: worded_parts(text, PLAIN, language=base.language),
        clinic=await house(request, login.clinic_id),
    )


async def _own_page(
    request: web.Request, login: Login, base: Exercise, own: OwnExercise, form: Form, *, status: int = 200
) -> web.Response:
    names = await own_versions.authors(request, login, [own])
    told = own.told
    same_steps = told is not None and len(told.steps) == len(base.steps) and len(told.cautions) == len(base.cautions)
    if told is not None and same_steps and own.language != ENGLISH:
        told = structs.replace(at_the_pace_of(told, base), version=own.version)
    return page(
        request,
        "own_exercise",
        login=login,
        place="library",
        status=status,
        form=form,
        own=own,
        exercise=told,
        **_tongue(request, base, own.language),
        may_offer=told is not None and may_be_offered(told),
        base=base,
        number=version_words(own.version),
        based_on=version_words(own.based_on),
        of=exercises.path(request, base),
        here=path(request, base, own.version),
        adapt=f"{path(request, base)}?from={own.version}",
        edition=_edition(own),
        by=names.get(own.author_id, ""),
        state=own_versions.STATES.get(own.state, own.state),
        fits=_fits(own, base),
        changes=adapting_form.changes(told, base) if told is not None and same_steps else [],
        parts=lambda text: worded_parts(text, PLAIN, language=own.language),
        ways_out={step.way_out for step in told.steps if step.way_out} if told is not None else set(),
        acts=exercises.ACTS,
        breath=breath_words,
        clinic=await house(request, login.clinic_id),
    )


def _tongue(request: web.Request, base: Exercise, language: str = "") -> dict[str, object]:
    """The language of the words, `tongue` only where it is not the page's, for whoever has the page read out."""
    code = language or base.language
    return {
        "worded_in": own_versions.language_name(request, code),
        "paced": code == ENGLISH,
        "tongue": "" if code == languages.current().code else code,
    }


def _untranslated(request: web.Request, base: Exercise) -> bool:
    """Whether the library itself stands in English here, so that a first wording begins from English words."""
    return request.app[wiring.LIBRARIES][base.language].exercises[base.slug].language != base.language


routes = [
    web.get("/library/{exercise:[0-9a-f]+}/adapt", show),
    web.post("/library/{exercise:[0-9a-f]+}/adapt", keep),
    web.get(r"/library/{exercise:[0-9a-f]+}/own/{version:\d{1,7}}", show_own),
    web.post(r"/library/{exercise:[0-9a-f]+}/own/{version:\d{1,7}}/{what:offer|approve|retire}", decide),
]
