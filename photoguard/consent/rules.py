"""The table of rules that the gate goes through. A lawyer should be able to read it from top to bottom.

One row is one rule: a stable code, three sentences, and the rule itself, which says when the row fires. A row
that fires blocks, and so does one that can't be evaluated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..policy import Channel
from .case import Candidate, Case, Depicted, UseRequest
from .held import FormState
from .record import Assent, ConsentRecord, GrantorRole, MaskLevel, PersonKey, Statement

_TO_SOMEBODY = (Channel.MESSENGER, Channel.JOURNAL)
"""Channels that end with one recipient, so that the way there can be closed to others."""
_UPRIGHT = ("not_mirrored", "no_cue")


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: a stable code, three sentences (what was seen, why it matters, what to do now), and the rule.

    Exactly one of `pair` and `record` is given: what the rule is asked of. True means that the row fires.
    """

    code: str
    seen: str
    matters: str
    do: str
    pair: Callable[[Case], bool] | None = None
    record: Callable[[Candidate], bool] | None = None


# --- what the rows need more than a line for ---------------------------------------------------------------


def _clock(case: Case) -> bool:
    latest = case.evidence.latest if case.evidence else None
    attested = [
        proof.attested_at
        for one in case.held
        if one.record and (proof := one.record.proof) and proof.kind != "pades"
    ]
    return case.now.tzinfo is None or any(at and case.now < at for at in (latest, *attested))


def _fault(code: str) -> Callable[[Case], bool]:
    """What is wrong with the registry itself; STORE_STALE fires with it."""
    return lambda case: case.fault == code


def _ambiguous(case: Case) -> bool:
    keys = [text for photo in case.request.photos for text in (photo.patient, *photo.others)]
    for text in keys:
        if (text or "").strip():
            PersonKey.of(text or "")  # a bare number can't be evaluated: the row fires
    if any(len(case.named_for(photo)) > 1 for photo in case.request.photos):
        return True
    known = [case.persons(key) for key in case.shown] if case.evidence else []
    return any(len(persons) != 1 or persons[0].merged_into is not None for persons in known)


def _unknown(case: Case) -> bool:
    return case.evidence is not None and any(
        not (photo.patient or "").strip() and not case.named_for(photo) for photo in case.request.photos
    )


def _nobody_asked(case: Case) -> bool:
    """Whether there is no record at all, or more faces were seen than people named."""
    made = [
        (photo, photo.outgoing.derivation)
        for photo in case.request.photos
        if photo.outgoing and photo.outgoing.derivation
    ]
    return (case.evidence is not None and not case.held) or any(
        one.faces > 1 + len(photo.others) for photo, one in made
    )


def _denied(case: Case) -> bool:
    return any(
        one.record is not None
        and one.record.decision == "deny"
        and one.record.status == "active"
        and (one.record.valid_until is None or case.now < one.record.valid_until)
        and _about_photos(case, one.record)
        and _about_use(case.request, one.record)
        for one in case.standing
    )


def _about_photos(case: Case, said: ConsentRecord) -> bool:
    if said.photos:
        return any(said.covers(photo.sha256) for photo in case.request.photos)
    return case.one_key(said.patient) in case.shown


def _about_use(request: UseRequest, said: ConsentRecord) -> bool:
    """A refusal for one outlet is one for a request that names none."""
    return not said.uses or any(
        use.purpose == request.purpose
        and use.channel == request.channel
        and (use.outlet is None or request.outlet in (None, use.outlet))
        for use in said.uses
    )


def _ages(case: Case) -> bool:
    return any(person.born is None for key in case.shown for person in case.persons(key))


def _channel(it: Candidate) -> bool:
    request = it.case.request
    uses = [use for use in it.record.uses if use.purpose == request.purpose]
    fits = any(
        use.channel == request.channel
        and use.outlet in (None, request.outlet)
        and use.territory in (None, request.territory)
        for use in uses
    )
    return bool(uses) and not fits


def _underived(photo: Depicted) -> bool:
    file = photo.outgoing
    if file is None:
        return True
    made = file.derivation
    return file.sha256 != photo.sha256 and (
        made is None or made.output != file.sha256 or photo.sha256 not in made.sources
    )


def _mirrored(photo: Depicted) -> bool:
    made = photo.outgoing.derivation if photo.outgoing else None
    return made is None or made.mirror not in _UPRIGHT


def _banned(it: Candidate) -> bool:
    return any(
        ban.country == it.case.settings.country
        and it.case.request.channel in ban.channels
        and it.record.procedure in (None, ban.procedure)
        for ban in it.case.settings.bans
    )


def _scan(it: Candidate) -> bool:
    proof = it.record.proof
    told = it.held.proof.code if it.held.proof else None
    return told == "SCAN_NOT_ATTESTED" or (
        proof is not None and proof.kind == "attested-scan" and not (proof.attested_by and proof.attested_at)
    )


def _unbound(it: Candidate) -> bool:
    """A practice's seal shows where a form comes from, not that the patient or their representative agreed."""
    proof = it.record.proof
    told = it.held.proof.code if it.held.proof else None
    if told == "SIGNER_NOT_BOUND" or proof is None:
        return told == "SIGNER_NOT_BOUND"
    if proof.kind == "pades":
        return proof.signer != "grantor"
    return proof.kind == "practice-signature" and not (proof.attested_by and proof.attested_at)


def _invalid(it: Candidate) -> bool:
    """A digital signature that was not checked is one that does not hold."""
    proof, result = it.record.proof, it.held.proof
    if proof is None or it.held.form is not FormState.PRESENT:
        return False  # rows of their own
    if proof.kind == "attested-scan" and result is None:
        return False
    others = ("SCAN_NOT_ATTESTED", "SIGNER_NOT_BOUND", "FORM_ALTERED", "FORM_MISSING", "FORM_UNREADABLE")
    return result is None or (not result.ok and result.code not in others)


def _told(code: str) -> Callable[[Candidate], bool]:
    return lambda it: bool(it.held.proof and not it.held.proof.ok and it.held.proof.code == code)


def _minor(it: Candidate, age: int | None) -> bool:
    return age is not None and age < it.case.settings.adult_age


def _adult(it: Candidate, age: int | None) -> bool:
    return age is not None and age >= it.case.settings.adult_age


def _assent(it: Candidate) -> bool:
    if it.record.grantor.role is GrantorRole.PATIENT or not _minor(it, it.age):
        return False
    asked = it.age is not None and it.age >= it.case.settings.assent_age
    return it.record.assent is Assent.REFUSED or (asked and it.record.assent is not Assent.GIVEN)


def _authority(it: Candidate) -> bool:
    grantor = it.record.grantor
    if grantor.role is GrantorRole.PATIENT:
        return False
    if grantor.authority is None:
        return True
    until = grantor.authority.until
    signed = it.record.signed_at
    return until is not None and (it.case.now >= until or (signed is not None and signed >= until))


def _deceased(it: Candidate) -> bool:
    """After a death the next of kin decides, or whoever was appointed by law, by signing after it."""
    died = it.person.died if it.person else None
    if died is None:
        return False
    signed = it.record.signed_at
    alone = it.record.grantor.role in (GrantorRole.PATIENT, GrantorRole.PARENT, GrantorRole.GUARDIAN)
    return alone or signed is None or it.case.day(signed) < died


def _self(it: Candidate) -> bool:
    return it.record.grantor.role is GrantorRole.PATIENT


def _sending(rule: Callable[[Depicted], bool]) -> Callable[[Case], bool]:
    """A rule about finished files: asked when they are about to leave."""
    return lambda case: case.request.sending and any(map(rule, case.request.photos))


TABLE: tuple[Row, ...] = (
    # The practice's own state
    Row(
        "CLOCK_UNTRUSTED",
        "The computer's clock can't be relied on.",
        "Without the right day nobody can tell whether a consent has begun or ended.",
        "Set the clock, then run again.",
        pair=_clock,
    ),
    Row(
        "STORE_STALE",
        "The registry of consent can't be read, or what was read is too old.",
        "A consent may have been withdrawn without photoguard knowing.",
        "Close other programs that use the registry, or restore it from a backup.",
        pair=lambda case: case.evidence is None or case.is_stale(),
    ),
    Row(
        "REGISTRY_LOCKED",
        "Another program is using the registry of consent.",
        "As long as it does, nobody can tell whether a consent was withdrawn.",
        "Close the other program, then run again.",
        pair=_fault("REGISTRY_LOCKED"),
    ),
    Row(
        "REGISTRY_MISSING",
        "The registry of consent is gone, though signed forms are still there.",
        "Without it nobody can tell what was agreed to, or withdrawn.",
        "Restore the practice's folder from a backup.",
        pair=_fault("REGISTRY_MISSING"),
    ),
    Row(
        "REGISTRY_DAMAGED",
        "The registry of consent is damaged or cut off.",
        "What is lost could be a withdrawal.",
        "Restore it from a backup.",
        pair=_fault("REGISTRY_DAMAGED"),
    ),
    Row(
        "REGISTRY_BROKEN",
        "The registry of consent was changed from outside, or belongs to another practice's key.",
        "It may say what nobody signed, or no longer say what was withdrawn.",
        "Restore the registry and the key from the same backup.",
        pair=_fault("REGISTRY_BROKEN"),
    ),
    Row(
        "REGISTRY_NEWER",
        "The registry of consent was written by a newer photoguard.",
        "This version may not understand a limit that stands in it.",
        "Update photoguard on this computer.",
        pair=_fault("REGISTRY_NEWER"),
    ),
    Row(
        "REGISTRY_FULL",
        "The disk with the registry of consent is full.",
        "What leaves could not be written down, so nobody could take it back later.",
        "Make room, then run again.",
        pair=_fault("REGISTRY_FULL"),
    ),
    # The pair
    Row(
        "PAIR_INCOMPLETE",
        "The pair does not have exactly one photo before and one after.",
        "Consent is asked for the comparison, so both photos must be known and readable.",
        "Add the missing photo, or name the pair in a manifest.",
        pair=lambda case: (
            sorted(photo.role for photo in case.request.photos) != ["after", "before"]
            or not all(photo.sha256 for photo in case.request.photos)
        ),
    ),
    Row(
        "PAIR_SAME_IMAGE",
        "Before and after are the same photo.",
        "It would show a result that did not happen.",
        "Choose the right photo for each side.",
        pair=lambda case: (
            not case.request.collage
            and len({photo.sha256 for photo in case.request.photos}) < len(case.request.photos)
        ),
    ),
    Row(
        "PATIENT_UNKNOWN",
        "It is not known whose photo this is.",
        "Only the person shown can give consent.",
        "Name the patient in the manifest, or add a consent that names this photo.",
        pair=_unknown,
    ),
    Row(
        "PAIR_DIFFERENT_PATIENTS",
        "The two photos are of different patients.",
        "A comparison of two people misleads, and neither has agreed to it.",
        "Check which photos belong together and correct the manifest.",
        pair=lambda case: len({key for photo in case.request.photos if (key := case.patient_of(photo))}) > 1,
    ),
    Row(
        "PATIENT_ID_AMBIGUOUS",
        "It is not clear which person this is.",
        "The key is nobody's, several people's or a bare number, or consents of several people name the photo.",
        "Write the key with its system, as practice|123, and correct the entry that is wrong.",
        pair=_ambiguous,
    ),
    Row(
        "DOB_UNKNOWN",
        "The patient's date of birth is not known.",
        "Nobody can tell whether the patient may sign alone.",
        "Enter it with `photoguard consent person`.",
        pair=_ages,
    ),
    Row(
        "NO_CONSENT",
        "There is no consent for this pair, or not from everybody who is shown.",
        "A before/after pair leaves only with signed consent, also of others in the picture.",
        "Ask the patient. Then add the signed form with `photoguard consent add`.",
        pair=_nobody_asked,
    ),
    Row(
        "CONSENT_UNPARSEABLE",
        "A consent that may be about this pair can't be read.",
        "It could limit or forbid this use.",
        "Update photoguard, or restore the registry from a backup.",
        pair=lambda case: any(one.record is None and one.fault != "NAIVE_TIME" for one in case.held),
    ),
    Row(
        "NAIVE_TIME",
        "A consent holds a time without its zone.",
        "It is not clear when it begins or ends.",
        "Import it again from a source that gives the zone.",
        pair=lambda case: any(one.fault == "NAIVE_TIME" for one in case.held),
    ),
    Row(
        "CONSENT_DENIES",
        "The patient has refused this use.",
        "A refusal counts more than any permission.",
        "Leave the pair out. If the patient has changed their mind, revoke the refusal and record the new form.",
        pair=_denied,
    ),
    Row(
        "CHANNEL_UNKNOWN",
        "This channel is not one that photoguard knows.",
        "Nobody can have agreed to it.",
        "Choose one of the known channels.",
        pair=lambda case: case.request.channel not in list(Channel),
    ),
    # The record as such
    Row(
        "CONSENT_NOT_ACTIVE",
        "The consent is a draft, was replaced or was put aside.",
        "Only an active consent counts.",
        "Use the newer consent, or have this one signed.",
        record=lambda it: it.record.status != "active" or it.held.superseded_by is not None,
    ),
    Row(
        "SUBJECT_MISMATCH",
        "The consent is another patient's.",
        "Nobody can agree for someone else's photo.",
        "Check the patient in the manifest and in the consent.",
        record=lambda it: it.case.one_key(it.record.patient) != it.key,
    ),
    # The signature
    Row(
        "NO_SIGNATURE",
        "There is no signed form.",
        "Without it nobody can show that the patient agreed.",
        "Add the consent again with the signed form.",
        record=lambda it: it.record.form is None or it.record.proof is None,
    ),
    Row(
        "FORM_MISSING",
        "The signed form is no longer in the practice's folder.",
        "The consent can't be shown to anyone who asks for it.",
        "Restore the form from a backup, or add the consent again.",
        record=lambda it: (
            it.record.form is not None and it.held.form not in (FormState.PRESENT, FormState.CHANGED)
        ),
    ),
    Row(
        "FORM_ALTERED",
        "The signed form is not the file that was added.",
        "It may no longer say what the patient signed.",
        "Restore the form from a backup, or add the consent again.",
        record=lambda it: (
            it.record.form is not None
            and (
                it.held.form is FormState.CHANGED
                or (it.record.proof is not None and it.record.proof.form_sha256 != it.record.form.sha256)
            )
        ),
    ),
    Row(
        "FORM_UNREADABLE",
        "The signed form can't be checked.",
        "It may be an honest form of a kind that photoguard can't read.",
        "Have a member of staff attest a scan of it.",
        record=_told("FORM_UNREADABLE"),
    ),
    Row(
        "SIGNATURE_INVALID",
        "The form's digital signature does not hold.",
        "The form may have been changed, or was signed by somebody else.",
        "Ask for the form as it was signed, or have a new one signed.",
        record=_invalid,
    ),
    Row(
        "SCAN_NOT_ATTESTED",
        "Nobody has confirmed the signed form.",
        "A scan proves a signature only when a named person has compared it with the paper.",
        "Add the consent again and say who checked the form.",
        record=_scan,
    ),
    Row(
        "SIGNER_NOT_BOUND",
        "The signature is not that of the person named: it is the practice's own seal, or bears another name.",
        "It does not show that the patient agreed.",
        "Have the patient sign, or whoever may sign for them.",
        record=_unbound,
    ),
    Row(
        "NOT_VERIFIED",
        "Nobody has compared this consent with its form.",
        "What was entered may not be what was signed.",
        "Compare the two, then say so with `photoguard consent verify`.",
        record=lambda it: not it.held.verified,
    ),
    # When
    Row(
        "NO_SIGN_DATE",
        "The consent has no date of signing.",
        "Nobody can tell whether it was signed before the photos were used.",
        "Add the consent again with the day on which the form was signed.",
        record=lambda it: it.record.signed_at is None,
    ),
    Row(
        "SIGNED_IN_FUTURE",
        "The consent is dated after today, or after the photos were used.",
        "It can't have been signed yet.",
        "Check the date on the form and the computer's clock.",
        record=lambda it: (
            it.record.signed_at is not None
            and any(it.record.signed_at > at for at in (it.case.now, *(use.at for use in it.held.uses)))
        ),
    ),
    Row(
        "NOT_YET_VALID",
        "The consent has not begun yet.",
        "The patient agreed to a later start.",
        "Wait until its first day.",
        record=lambda it: it.record.starts_at is not None and it.case.now < it.record.starts_at,
    ),
    Row(
        "PERIOD_INVERTED",
        "The consent ends before it begins.",
        "One of its dates is wrong.",
        "Compare the dates with the form and add the consent again.",
        record=lambda it: (
            it.record.valid_until is not None
            and any(at and at >= it.record.valid_until for at in (it.record.signed_at, it.record.starts_at))
        ),
    ),
    Row(
        "NO_EXPIRY",
        "The consent has no last day.",
        "A consent without an end can't be told from one that was forgotten.",
        "Add the consent again with its last day.",
        record=lambda it: it.record.valid_until is None,
    ),
    Row(
        "EXPIRED",
        "The consent has ended.",
        "The patient agreed for a limited time.",
        "Ask the patient for a new consent.",
        record=lambda it: it.record.valid_until is not None and it.case.now >= it.record.valid_until,
    ),
    Row(
        "REVOKED",
        "The patient has withdrawn this consent.",
        "From then on the photos may not be used.",
        "Leave the pair out, and take down what was published.",
        record=lambda it: it.held.revocation is not None,
    ),
    # What for
    Row(
        "PURPOSE_NOT_COVERED",
        "The consent does not cover this purpose.",
        "A patient who agrees to teaching has not agreed to publication.",
        "Choose a purpose that the form names, or ask the patient.",
        record=lambda it: all(use.purpose != it.case.request.purpose for use in it.record.uses),
    ),
    Row(
        "CHANNEL_NOT_COVERED",
        "The consent does not cover this channel, or not this recipient or country.",
        "A patient who agrees to the website has not agreed to social media.",
        "Choose a channel that the form names, or ask the patient.",
        record=_channel,
    ),
    Row(
        "IMAGE_NOT_COVERED",
        "The consent does not name both photos.",
        "The patient agreed to certain photos only.",
        "Choose photos that the consent names, or ask the patient about these.",
        record=lambda it: not all(it.record.covers(photo.sha256, photo.role) for photo in it.photos),
    ),
    # The files that leave
    Row(
        "DERIVATION_UNPROVEN",
        "Nothing shows that this file was made from the photo in the consent.",
        "The patient agreed to a certain photo, and this may be another.",
        "Clean the original again and send the file that comes out of it, unchanged.",
        pair=_sending(_underived),
    ),
    Row(
        "MASK_BELOW_CONSENT",
        "Less is masked than the patient asked for.",
        "The consent holds only for photos that are masked as agreed.",
        "Clean the originals again with masks for what the form asks for.",
        record=lambda it: any(photo.masking.below(it.record.min_masking) for photo in it.photos),
    ),
    Row(
        "NOT_MASKED",
        "Faces are not masked, and the patient did not agree to be recognisable.",
        "Anyone could recognise the patient. A bar over the eyes does not prevent it.",
        "Clean the originals again with faces masked.",
        record=lambda it: (
            not it.record.identifiable and any(photo.masking.below(MaskLevel.FACE) for photo in it.photos)
        ),
    ),
    Row(
        "GPS_PRESENT",
        "The file tells where the photo was taken.",
        "The place can lead to the patient.",
        "Send the file that photoguard wrote, not the original.",
        pair=_sending(lambda photo: photo.outgoing is None or photo.outgoing.gps),
    ),
    Row(
        "METADATA_PRESENT",
        "The file tells more than the picture.",
        "Names, times or devices in it can lead to the patient.",
        "Send the file that photoguard wrote, not the original.",
        pair=_sending(lambda photo: photo.outgoing is None or photo.outgoing.metadata),
    ),
    Row(
        "MIRRORED_FILE",
        "The file is mirrored, or was never checked for it.",
        "Left and right may be swapped, which misleads.",
        "Flip the original back and clean it again.",
        pair=_sending(_mirrored),
    ),
    Row(
        "TRANSPORT_PLAIN",
        "It is not known that the way to the recipient is encrypted.",
        "Others could read along.",
        "Choose a service that encrypts from end to end, and confirm it with --encrypted.",
        pair=lambda case: (
            case.request.sending and case.request.channel in _TO_SOMEBODY and not case.request.encrypted
        ),
    ),
    # Whether it was understood and freely given
    Row(
        "LANGUAGE",
        "The form is not in a language that the signer understands, and no interpreter is named.",
        "Nobody can agree to what they can't read.",
        "Have the form signed in the right language, or with an interpreter.",
        record=lambda it: (
            not it.record.interpreter
            and (
                it.record.form is None
                or (it.record.form.language or "").split("-")[0]
                not in {language.split("-")[0] for language in it.record.languages}
            )
        ),
    ),
    Row(
        "RISK_NOT_ACKNOWLEDGED",
        "Not all statements on the form are ticked.",
        "The patient must know what publication means and that refusing is free.",
        "Go through the form with the patient again.",
        record=lambda it: set(it.record.statements) != set(Statement),
    ),
    Row(
        "CAPACITY",
        "It is not recorded that the patient is able to decide, and the patient signed alone.",
        "A signature counts only from someone who can judge what it means.",
        "Assess it and record it, or have a representative sign.",
        record=lambda it: _self(it) and it.record.capacity.state != "yes",
    ),
    Row(
        "MINOR_SELF_SIGNED",
        "A minor signed alone, and nobody recorded that they were able to judge.",
        "Whether a young person may decide alone depends on their maturity.",
        "Record who assessed it and when, or have a parent sign as well.",
        record=lambda it: (
            _self(it)
            and _minor(it, it.age_at_signing)
            and not (it.record.capacity.assessed_by and it.record.capacity.assessed_at)
        ),
    ),
    Row(
        "GUARDIAN_NO_AUTHORITY",
        "It is not recorded, or no longer true, that the signer may sign for the patient.",
        "Only someone with authority can agree for another person.",
        "Record the document that gives it, or have someone sign who has it.",
        record=_authority,
    ),
    Row(
        "GUARDIAN_CONSENT_LAPSED_ADULT",
        "A parent signed, and the patient is an adult now.",
        "An adult decides for themselves.",
        "Ask the patient for a consent of their own.",
        record=lambda it: (
            it.record.grantor.role is GrantorRole.PARENT
            and _adult(it, it.age)
            and not _adult(it, it.age_at_signing)
        ),
    ),
    Row(
        "GUARDIAN_SIGNED_FOR_ADULT",
        "A parent signed for an adult.",
        "A parent can't agree for someone of age.",
        "Ask the patient for a consent of their own.",
        record=lambda it: it.record.grantor.role is GrantorRole.PARENT and _adult(it, it.age_at_signing),
    ),
    Row(
        "MINOR_ASSENT_MISSING",
        "Somebody else signed for a young person who has not agreed as well, or who objects.",
        "Young people have a say in what is shown of them.",
        "Ask the young person and record the answer.",
        record=_assent,
    ),
    Row(
        "DECEASED_REVIEW",
        "The patient has died, and no decision from after the death is recorded.",
        "The family has to be asked.",
        "Ask the next of kin to sign.",
        record=_deceased,
    ),
    Row(
        "LEGAL_BAN",
        "The law of the practice's country may forbid this comparison.",
        "Consent does not help against a ban.",
        "Record what was treated, or leave the pair out. Ask a lawyer where it is not clear.",
        record=_banned,
    ),
)


def row_of(code: str) -> Row | None:
    """The row of a code, in whatever case it is written."""
    return next((one for one in TABLE if one.code == code.strip().upper()), None)
