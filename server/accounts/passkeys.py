"""Passkeys: what a browser is asked to sign, and whether what came back is right. The mathematics is `webauthn`'s.

Source: Web Authentication level 3, 7.1 and 7.2 (what a server checks), and 13 and 14 (security, privacy).

What is asked is kept nowhere. It is derived from a token that the browser sends back with its answer, from whom it was
made for, and from what it is for; that it is answered only once is counted as tries are.
"""

import hashlib
import hmac
import secrets
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Final

import webauthn
from aiohttp import web
from msgspec import Struct
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_registration_credential_json,
    structs,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from yarl import URL

from server import wiring
from server.accounts import changes, signing
from server.db import logins, passkeys, people
from server.db.audit import What, append_audit
from server.db.passkeys import Passkey
from server.db.people import Person
from server.notify.changes import Change
from server.security import Event
from sessions.people import Refused

#: How long somebody may take over their device's question. The same for what they are asked, and for the asking.
LASTS_MS: Final = 10 * 60_000
_TOKEN_BYTES: Final = 24
#: What a browser sends is about 1 KiB; one that holds a chain of certificates, some more.
_ANSWER_MOST_CHARS: Final = 16_000
#: Web Authentication level 3, 4: a credential's id. The largest key that is taken, of RSA with 4,096 bits, has 550.
_CREDENTIAL_ID_MOST_BYTES: Final = 1023
_PUBLIC_KEY_MOST_BYTES: Final = 1024
#: Nobody has more devices than that; each is named in what the browser is asked.
MOST: Final = 20
LABEL_MOST_CHARS: Final = 60
_ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
#: We ask for no attestation. What may come all the same is a signature by the passkey itself.
_FORMATS: Final = (structs.AttestationFormat.NONE, structs.AttestationFormat.PACKED)
#: Who offers the passkey, as devices show it: the name of the house alone, which says nothing of what it is for.
RP_NAME: Final = "Ebb"

NEEDS_A_NAME: Final = (
    "A passkey belongs to a name, and the address of this page is a number. Open Ebb by its name to use one."
)
NEEDS_HTTPS: Final = "A passkey needs an address that begins with https. Until then, use another way."
UNKNOWN: Final = "This passkey is no longer known here. Use another way, or ask your clinic for a new link."
TOO_LATE: Final = "That took too long, or it was sent twice. Try once more."
NOT_CHECKED: Final = "This passkey could not be checked. Try once more, or use another way."
WENT_BACK: Final = (
    "This passkey was refused: somebody may have a copy of it. Use another way, then remove it under “My devices”."
)
NOT_MADE: Final = "This passkey could not be checked, so it was not kept. Try once more."
KNOWN: Final = "This device has a passkey for Ebb already."
TOO_MANY: Final = "You have as many passkeys as fit here. Remove one first."
#: Said to whoever pressed before the page's script was there, which on a slow network is anybody.
NO_SCRIPT: Final = (
    "This page was not ready for a passkey yet. Press the button once more. "
    "A passkey needs JavaScript: if you read this again, use another way."
)


class Purpose(StrEnum):
    """What a passkey is asked for. An answer to one question is no answer to another."""

    SIGN_IN = "sign-in"
    ADD = "add"
    PROVE = "prove"


class Asked(Struct, frozen=True):
    """What a script of ours gives its browser. `asked` comes back with the answer."""

    asked: str
    options: dict[str, Any]


def problem(request: web.Request) -> str:
    """Why no passkey can be used at this address, or nothing. Browsers take none for a number, nor without TLS."""
    own = URL(origin_of(request))
    host = own.host or ""
    try:
        ip_address(host)
    except ValueError:
        pass
    else:
        return NEEDS_A_NAME
    trusted = own.scheme == "https" or host == "localhost" or host.endswith(".localhost")
    return "" if trusted else NEEDS_HTTPS


def origin_of(request: web.Request) -> str:
    """As browsers write it. The guard has looked already whether the host is ours."""
    return request.app[wiring.SETTINGS].public_url or f"http://{request.host}"


def rp_id_of(request: web.Request) -> str:
    return URL(origin_of(request)).raw_host or ""


def to_sign_in(request: web.Request, *, browser: str) -> Asked:
    """Names nobody's passkeys: the device knows which of its own are for here."""
    return _to_use(request, Purpose.SIGN_IN, whose=browser, among=[])


def to_prove(request: web.Request, *, login_id: str, among: list[Passkey]) -> Asked:
    return _to_use(request, Purpose.PROVE, whose=login_id, among=among)


def to_add(request: web.Request, *, login_id: str, person: Person, name: str, among: list[Passkey]) -> Asked:
    """`name` is what the device shows beside "Ebb"; `among` are those that this person has already."""
    token, challenge = _asked(request, Purpose.ADD, whose=login_id)
    options = webauthn.generate_registration_options(
        rp_id=rp_id_of(request),
        rp_name=RP_NAME,
        user_id=user_handle(person),
        user_name=name,
        user_display_name=name,
        challenge=challenge,
        timeout=LASTS_MS,
        attestation=structs.AttestationConveyancePreference.NONE,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_described(among),
        supported_pub_key_algs=_ALGORITHMS,
    )
    return Asked(asked=token, options=options_to_json_dict(options))


def user_handle(person: Person) -> bytes:
    """What a passkey keeps of its person: the same for all of theirs, and nothing that says who it is.

    It does not depend on the server key, which may be exchanged; a device keeps it for years.
    """
    return hashlib.sha256(f"ebb passkey\0{person.clinic_id}\0{person.id}".encode()).digest()


async def signed_in_by(request: web.Request, *, asked: str, answer: str, browser: str) -> Person:
    """Whose passkey answered. Raises Refused, HTTPTooManyRequests."""
    return await _used(request, Purpose.SIGN_IN, whose=browser, asked=asked, answer=answer, only=None)


async def proved_by(request: web.Request, *, asked: str, answer: str, login_id: str, person: Person) -> None:
    """Returns where a passkey of this person's answered. Raises Refused, HTTPTooManyRequests."""
    await _used(request, Purpose.PROVE, whose=login_id, asked=asked, answer=answer, only=person)


class Made(Struct, frozen=True):
    """A new passkey's public half, checked and not yet kept."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]


async def made(request: web.Request, *, asked: str, answer: str, login_id: str, person: Person) -> Made:
    """Raises Refused, HTTPTooManyRequests."""
    if not answer:
        raise Refused("passkey_needs_script", NO_SCRIPT)
    await signing.slow_down(request, "passkey", f"{person.clinic_id}/{person.id}")
    challenge = await _still_asked(request, Purpose.ADD, whose=login_id, asked=asked)
    try:
        new = _made(request, challenge, answer)
    except Exception as error:  # noqa: BLE001 - whatever a forged answer makes the library stumble over, it is refused
        raise _refused(request, Purpose.ADD, "passkey_not_checked", NOT_MADE, error) from None
    await _forget_tries(request, f"{person.clinic_id}/{person.id}")
    return new


def _made(request: web.Request, challenge: bytes, answer: str) -> Made:
    """Raises whatever the library raises, and ValueError for what it would let pass."""
    credential = parse_registration_credential_json(_short(answer))
    if parse_attestation_object(credential.response.attestation_object).fmt not in _FORMATS:
        raise ValueError
    verified = webauthn.verify_registration_response(
        credential=credential,
        expected_challenge=challenge,
        expected_rp_id=rp_id_of(request),
        expected_origin=origin_of(request),
        require_user_verification=True,
        supported_pub_key_algs=_ALGORITHMS,
    )
    public_key, credential_id = verified.credential_public_key, verified.credential_id
    if len(public_key) > _PUBLIC_KEY_MOST_BYTES or len(credential_id) > _CREDENTIAL_ID_MOST_BYTES:
        raise ValueError
    # A key that nothing could ever be checked with is found now, and not at the next sign-in.
    decoded_public_key_to_cryptography(decode_credential_public_key(public_key))
    transports = tuple(transport.value for transport in credential.response.transports or ())
    return Made(credential_id, public_key, verified.sign_count, transports)


async def _used(
    request: web.Request, purpose: Purpose, *, whose: str, asked: str, answer: str, only: Person | None
) -> Person:
    if not answer:
        # The button of the form, pressed where no script heard of it.
        raise Refused("passkey_needs_script", NO_SCRIPT)
    try:
        credential = parse_authentication_credential_json(_short(answer))
    except Exception as error:  # noqa: BLE001 - as above
        await signing.slow_down(request, "passkey", "unreadable")
        raise _refused(request, purpose, "passkey_not_checked", NOT_CHECKED, error) from None
    subject = credential.raw_id.hex()[:64]
    await signing.slow_down(request, "passkey", subject)
    challenge = await _still_asked(request, purpose, whose=whose, asked=asked)
    async with request.app[wiring.STORE].reader() as tx:
        passkey = await passkeys.by_credential_id(tx, credential.raw_id)
        person = None if passkey is None else await people.person(tx, passkey.clinic_id, passkey.person_id)
    if passkey is None or person is None or passkey.label is None or person.disabled_ms is not None:
        raise _refused(request, purpose, "passkey_unknown", UNKNOWN)
    if only is not None and (person.clinic_id, person.id) != (only.clinic_id, only.id):
        raise _refused(request, purpose, "passkey_unknown", UNKNOWN)
    try:
        sign_count = _checked(request, challenge, credential, passkey, person, named=only is not None)
    except Exception as error:  # noqa: BLE001 - as above
        raise _refused(request, purpose, "passkey_not_checked", NOT_CHECKED, error) from None
    now_ms = request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].write() as tx:
        went_on = await passkeys.used(tx, passkey, sign_count=sign_count, now_ms=now_ms)
        known = went_on or await passkeys.by_credential_id(tx, passkey.credential_id) is not None
        if known and not went_on:
            # Who held it is what nobody knows: it is noted for its owner, as done by nobody.
            await append_audit(
                tx, clinic_id=person.clinic_id, what=What.PASSKEY_REFUSED, now_ms=now_ms, subject_id=person.id
            )
    if not known:
        # Removed on another device in this very moment.
        raise _refused(request, purpose, "passkey_unknown", UNKNOWN)
    if not went_on:
        request.app[wiring.SECURITY].tell(Event.PASSKEY_WENT_BACK, clinic=person.clinic_id, person=person.id)
        changes.told(request, person, Change.PASSKEY_COPIED)
        raise _refused(request, purpose, "passkey_went_back", WENT_BACK)
    await _forget_tries(request, subject)
    return person


def _checked(
    request: web.Request,
    challenge: bytes,
    credential: structs.AuthenticationCredential,
    passkey: Passkey,
    person: Person,
    *,
    named: bool,
) -> int:
    """How often this passkey was used, as it says. Raises whatever the library raises, and ValueError."""
    verified = webauthn.verify_authentication_response(
        credential=credential,
        expected_challenge=challenge,
        expected_rp_id=rp_id_of(request),
        expected_origin=origin_of(request),
        credential_public_key=passkey.public_key,
        # Whether it went on is looked at where it is stored, in one statement: two may come at once.
        credential_current_sign_count=0,
        require_user_verification=True,
    )
    handle = credential.response.user_handle
    # Where nobody was named, the device says whose it is, and it has to be the one whom we know it from.
    if (handle is not None or not named) and not hmac.compare_digest(handle or b"", user_handle(person)):
        raise ValueError
    return verified.new_sign_count


def _to_use(request: web.Request, purpose: Purpose, *, whose: str, among: list[Passkey]) -> Asked:
    token, challenge = _asked(request, purpose, whose=whose)
    options = webauthn.generate_authentication_options(
        rp_id=rp_id_of(request),
        challenge=challenge,
        timeout=LASTS_MS,
        allow_credentials=_described(among),
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return Asked(asked=token, options=options_to_json_dict(options))


def _described(among: list[Passkey]) -> list[structs.PublicKeyCredentialDescriptor]:
    known = {transport.value: transport for transport in structs.AuthenticatorTransport}
    return [
        structs.PublicKeyCredentialDescriptor(
            id=passkey.credential_id,
            transports=[known[name] for name in passkey.transports if name in known] or None,
        )
        for passkey in among
    ]


def _asked(request: web.Request, purpose: Purpose, *, whose: str) -> tuple[str, bytes]:
    until_ms = request.app[wiring.CLOCK].now_ms() + LASTS_MS
    token = f"{until_ms}.{secrets.token_urlsafe(_TOKEN_BYTES)}"
    return token, _challenge(request, purpose, whose, token)


def _challenge(request: web.Request, purpose: Purpose, whose: str, token: str) -> bytes:
    return request.app[wiring.KEYS].challenge(f"{purpose}\0{whose}\0{token}")


async def _still_asked(request: web.Request, purpose: Purpose, *, whose: str, asked: str) -> bytes:
    """The challenge that this token stands for, once. Raises Refused.

    Nothing here tells whether the token is ours: of one that is not, or whose time was changed, another challenge
    comes out than any that was ever given out, and nothing that was signed fits it.
    """
    now_ms = request.app[wiring.CLOCK].now_ms()
    until = asked.partition(".")[0]
    if not (until.isascii() and until.isdigit() and len(until) < 16 and len(asked) < 80 and asked.isprintable()):
        raise _refused(request, purpose, "passkey_too_late", TOO_LATE)
    if not whose or not now_ms < int(until) <= now_ms + LASTS_MS:
        raise _refused(request, purpose, "passkey_too_late", TOO_LATE)
    challenge = _challenge(request, purpose, whose, asked)
    async with request.app[wiring.STORE].write() as tx:
        times = await logins.count_attempt(tx, scope="passkey.asked", key_hash=challenge, window_ms=int(until))
    if times > 1:
        raise _refused(request, purpose, "passkey_too_late", TOO_LATE)
    return challenge


async def _forget_tries(request: web.Request, subject: str) -> None:
    async with request.app[wiring.STORE].write() as tx:
        key_hash = request.app[wiring.KEYS].attempt_hash(subject)
        await logins.forget_attempts(tx, scope="passkey", key_hash=key_hash)


def _short(answer: str) -> str:
    if len(answer) > _ANSWER_MOST_CHARS:
        raise ValueError
    return answer


def _refused(request: web.Request, purpose: Purpose, code: str, words: str, error: Exception | None = None) -> Refused:
    """The log names the kind of stumbling, never its words: they hold what a browser sent."""
    request.app[wiring.SECURITY].tell(
        Event.SIGN_IN_REFUSED if purpose is Purpose.SIGN_IN else Event.SECOND_STEP_REFUSED,
        why=code,
        error=type(error).__name__ if error else None,
        place=signing.place_in_log(request),
    )
    return Refused(code, words)
