"""Every reason why a photo is held back: a stable code, the status it leads to, and what people are told.

Why a pair is blocked for want of consent stands in `photoguard.consent.gate`, in the same shape.
"""

from __future__ import annotations

from dataclasses import dataclass

from .outcome import Status


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. The three sentences say what was seen, why it matters and what to do now."""

    code: str
    status: Status
    seen: str
    matters: str
    do: str


_ALL = (
    # The file
    Reason(
        "FILE_EMPTY",
        Status.FAILED,
        "The file is empty.",
        "There is no photo in it.",
        "Copy it from the camera again.",
    ),
    Reason(
        "FILE_UNREADABLE",
        Status.FAILED,
        "The file can't be opened.",
        "It was not looked at.",
        "Check who may read it, then run again.",
    ),
    Reason(
        "LINK_BROKEN",
        Status.FAILED,
        "This is a link to a file that is not there.",
        "There is no photo behind it.",
        "Copy the photo itself into the folder.",
    ),
    Reason(
        "LINK_OUTSIDE",
        Status.FAILED,
        "This is a link to a file outside the folder.",
        "Only what lies in the folder is meant to be shared.",
        "Copy the photo itself into the folder.",
    ),
    Reason(
        "NOT_A_FILE",
        Status.FAILED,
        "This is a folder with the name of a photo.",
        "It was not looked into.",
        "Give the folder another name, then run again.",
    ),
    Reason(
        "FILE_CHANGED",
        Status.FAILED,
        "The file changed while it was being cleaned.",
        "What was checked may not be what is there now.",
        "Wait until copying has ended, then run again.",
    ),
    Reason(
        "NOT_A_PHOTO",
        Status.FAILED,
        "The content is not a photo, whatever the name says.",
        "What can't be read can't be cleaned.",
        "Export it as JPEG or PNG, or leave it out.",
    ),
    Reason(
        "FORMAT_UNSUPPORTED",
        Status.FAILED,
        "photoguard does not clean this kind of picture yet.",
        "What can't be cleaned is not passed on.",
        "Export it as JPEG or PNG.",
    ),
    Reason(
        "RAW_PHOTO",
        Status.FAILED,
        "This is a camera's raw file: the photo in it is still to be developed.",
        "What it shows at once is only a small preview, which is not the photo.",
        "Export it as JPEG or TIFF from the camera's program.",
    ),
    Reason(
        "DICOM_NOT_A_PHOTO",
        Status.FAILED,
        "This DICOM file is no photograph.",
        "photoguard knows what identifies a patient in photos, not in X-ray, CT, MR or ultrasound images.",
        "Have it de-identified where it is archived.",
    ),
    Reason(
        "DICOM_INCOMPLETE",
        Status.FAILED,
        "The DICOM file does not say how its picture is stored.",
        "A picture that is read by guessing may be the wrong one.",
        "Export it again from the archive.",
    ),
    Reason(
        "DICOM_PART_MISSING",
        Status.FAILED,
        "This is a DICOM file, and the part that reads them is not installed.",
        "It was not looked at.",
        "Install photoguard with its extra 'dicom', or export the photo as JPEG or PNG.",
    ),
    Reason(
        "FILE_DAMAGED",
        Status.FAILED,
        "The picture is damaged or cut off.",
        "The missing part can't be checked.",
        "Copy it from the camera again.",
    ),
    Reason(
        "TOO_LARGE",
        Status.FAILED,
        "The file announces more pixels than any camera takes.",
        "Opening it could stop this computer.",
        "Export it in its real size, or raise max_megapixels in the policy.",
    ),
    Reason(
        "NO_PIXELS",
        Status.FAILED,
        "The picture has no width or no height.",
        "There is no photo in it.",
        "Copy it from the camera again.",
    ),
    Reason(
        "OUTPUT_FULL",
        Status.FAILED,
        "The output folder is full or can't be written.",
        "Nothing was kept of this photo.",
        "Make room or choose another folder, then run again.",
    ),
    Reason(
        "WORKER_DIED",
        Status.FAILED,
        "The program stopped twice while it worked on this photo.",
        "It may need more memory than there is, or hurt the decoder on purpose.",
        "Close other programs and run again, or leave the photo out.",
    ),
    Reason(
        "TIME_LIMIT",
        Status.FAILED,
        "Working on this photo took too long, twice.",
        "The file may be made to keep this computer busy.",
        "Export it anew in a smaller size and run again, or leave it out.",
    ),
    Reason(
        "MEMORY_LIMIT",
        Status.FAILED,
        "This photo needs more memory than one photo may take.",
        "Working on it could stop this computer.",
        "Export it in a smaller size and run again, or leave it out.",
    ),
    Reason(
        "INTERNAL_ERROR",
        Status.FAILED,
        "photoguard could not finish this photo.",
        "It was held back to be safe.",
        "Run again. If it stays, report the code, never the photo.",
    ),
    # The proof of what was written
    Reason(
        "VERIFY_STRUCTURE",
        Status.FAILED,
        "The cleaned file still held something that is not on the list.",
        "It could tell who, where or when.",
        "Nothing was kept. Report this: it is a fault in photoguard.",
    ),
    Reason(
        "VERIFY_PICTURE",
        Status.FAILED,
        "The cleaned picture was not the one that should have been written.",
        "A mask could be missing or the picture turned.",
        "Nothing was kept. Report this: it is a fault in photoguard.",
    ),
    Reason(
        "VERIFY_RESIDUE",
        Status.FAILED,
        "Something identifying was still found in the cleaned picture.",
        "The patient could be recognised.",
        "Crop or cover the photo by hand and run again.",
    ),
    Reason(
        "SIZE_UNREACHED",
        Status.FAILED,
        "The photo holds so much detail that it can't be made as small as the size asks.",
        "With still less quality, traces of the coding could be taken for a finding.",
        "Choose a larger size, or the original one, and send it as a file.",
    ),
    # The manifest
    Reason(
        "MANIFEST_FILE_MISSING",
        Status.FAILED,
        "The manifest names this file, but it is not there.",
        "A pair could be incomplete without anyone noticing.",
        "Correct the manifest or add the file.",
    ),
    Reason(
        "MANIFEST_DUPLICATE",
        Status.BLOCKED,
        "The manifest names this file more than once.",
        "It is not clear which line holds.",
        "Keep one line for this file.",
    ),
    Reason(
        "MANIFEST_LINE",
        Status.BLOCKED,
        "The manifest's line for this file can't be understood.",
        "Patient, pair or keep area may be wrong.",
        "Correct the line.",
    ),
    # What a person must look at
    Reason(
        "MIRRORED",
        Status.REVIEW,
        "The picture is mirrored.",
        "Left and right are swapped, which misleads diagnosis.",
        "Flip it back, or take the original.",
    ),
    Reason(
        "MIRROR_SUSPECTED",
        Status.REVIEW,
        "The picture may be mirrored.",
        "Left and right could be swapped, which misleads diagnosis.",
        "Compare it with the patient or the original. Flip it if it is wrong.",
    ),
    Reason(
        "KEEP_TOUCHED",
        Status.REVIEW,
        "A mask touches the area marked as the clinical finding.",
        "The finding may be covered.",
        "Check that the mask leaves the finding visible.",
    ),
    Reason(
        "TATTOO_UNSURE",
        Status.REVIEW,
        "Something may be a tattoo or part of the clinical finding. It was not masked.",
        "A tattoo names a person. A masked finding is of no use.",
        "If it is the finding, mark it as such. If it is a tattoo, draw a mask over it.",
    ),
    Reason(
        "TATTOO_NEAR_FINDING",
        Status.REVIEW,
        "A tattoo touches the clinical finding, or what may be one.",
        "Its mask may cover part of the finding, or leave part of the tattoo visible.",
        "Check that the ink is masked and the finding is not.",
    ),
    Reason(
        "BACKGROUND_UNSURE",
        Status.REVIEW,
        "It is not clear where the body ends. The background was left as it is.",
        "The room could identify the patient. A wrong outline would cut into the body.",
        "If the background shows nothing that identifies, release it as it is. Otherwise mask or crop it.",
    ),
    Reason(
        "FACE_VISIBLE",
        Status.REVIEW,
        "A face is left visible, as the policy says.",
        "Whoever is shown can be recognised, and must have agreed to exactly that in writing.",
        "Check that the signed consent allows an identifiable picture here. Otherwise mask faces in the policy.",
    ),
    Reason(
        "MASKS_COVER_MOST",
        Status.REVIEW,
        "Masks cover most of the picture.",
        "Little of the clinical finding may be left.",
        "Check that the photo is still of use.",
    ),
    Reason(
        "MULTI_PAGE",
        Status.REVIEW,
        "The file holds several pages or an animation. Only the first is shown here.",
        "The other pages were left out.",
        "Export each page as a photo of its own.",
    ),
    Reason(
        "PAIR_HALF_HELD",
        Status.REVIEW,
        "The other half of this pair is held back.",
        "A before/after pair goes out whole or not at all.",
        "Settle the other half first.",
    ),
    Reason(
        "PAIR_HALF_ALONE",
        Status.REVIEW,
        "The name says this is half of a before/after pair. The other half is not here.",
        "A pair needs signed consent, also when its halves go out one by one.",
        "Add the other half, name the pair in a manifest, or release it as a single photo.",
    ),
    Reason(
        "UNDECLARED_PAIR",
        Status.REVIEW,
        "Another photo in this run shows the same site of the body, and not on the same day for all that is known.",
        "Shown together they are a before/after comparison, which needs signed consent.",
        "If they are a pair, name it in a manifest. If not, release each on a person's decision.",
    ),
    Reason(
        "COLLAGE",
        Status.REVIEW,
        "The picture is made of two that show the same thing: a before/after comparison by itself.",
        "A comparison needs signed consent.",
        "Add a signed consent that names this photo. If it is no comparison, say so in a person's decision.",
    ),
    # The pair
    Reason(
        "PAIR_TOO_MANY",
        Status.BLOCKED,
        "More than one photo claims this place in the pair.",
        "It is not clear which photos belong together.",
        "Name the pair in a manifest.",
    ),
    # A file that is to be sent
    Reason(
        "NOT_RELEASED",
        Status.BLOCKED,
        "photoguard has not released this file here, or it was changed since.",
        "Nobody knows what is in it.",
        "Clean the original and send the file that comes out of it, as it is.",
    ),
    Reason(
        "RELEASE_OVERTAKEN",
        Status.BLOCKED,
        "Since this file was released, its photo was held back, or a person has decided about it anew.",
        "What was noticed or decided then does not show in this file.",
        "Clean the original again into a new folder and send what is released there.",
    ),
    Reason(
        "INTERNAL_ONLY",
        Status.BLOCKED,
        "This file was made for use inside the practice.",
        "Whether a consent is needed to send it was not asked.",
        "Clean the original again for the channel that it leaves through.",
    ),
)

REASONS: dict[str, Reason] = {reason.code: reason for reason in _ALL}

LEFT_OUT: dict[str, str] = {
    "hidden": "Hidden file.",
    "sidecar": "Sidecar with a photo's metadata or edits.",
    "live_photo": "Moving part of a Live Photo.",
    "link": "Link to something that is in the folder already.",
    "home": "A practice's own folder.",
    "not_a_photo": "Not a photo.",
    "arriving": "Not completely written yet.",
}
"""Why a file that is not a photo was not passed on."""
