"""What of a cleaned photo only a person can settle: each doubt with its code, as in `photoguard.reasons`."""

from __future__ import annotations

from collections.abc import Sequence

from . import egress, mask
from .outcome import ASKED, MirrorVerdict, Verdict
from .pairing.collage import is_collage
from .photo import Box, Finding, Kind, Method, Photo, Region
from .policy import Policy

OF_MIRROR = {Verdict.MIRRORED: "MIRRORED", Verdict.SUSPECTED: "MIRROR_SUSPECTED"}
_NEAR = 0.01
"""A tattoo this near a keep area touches it, as a share of the photo's longer side: neither has a sharp edge."""


def plan(photo: Photo, findings: Sequence[Finding], policy: Policy) -> tuple[Region, ...]:
    """What is masked of findings: those that are sure, or of a kind that is masked all the same."""
    masked = [finding for finding in findings if finding.sure or finding.kind not in ASKED]
    return mask.plan(masked, policy.masking, photo.size, photo.block, beyond(photo))


def beyond(photo: Photo) -> int:
    """By how many blocks masks grow beyond their own.

    A JPEG that has to be coded anew may have blocks that do not begin where ours do, and decoders mix colours across
    them: what is to be masked has left a trace in the pixels of the next block.
    """
    return 1 if photo.block != (1, 1) and not egress.keeps_coding(photo) else 0


def of_mirror(verdict: MirrorVerdict, policy: Policy) -> tuple[str, ...]:
    """Whether left and right may be swapped."""
    if policy.mirrored == "release":
        return ()
    doubt = OF_MIRROR.get(verdict.verdict)
    return (doubt,) if doubt else ()


def of_pair(photo: Photo, paired: bool, policy: Policy) -> tuple[str, ...]:
    """Whether a photo that is not half of a pair is a before/after comparison by itself."""
    asked = policy.pairs_need_consent and not paired
    return ("COLLAGE",) if asked and is_collage(photo) else ()


def of_face(
    findings: Sequence[Finding], regions: Sequence[Region], paired: bool, policy: Policy
) -> tuple[str, ...]:
    """Whether a face is left visible in a photo of which the gate is not asked: its consent covers pairs only."""
    asked = policy.masking.face is Method.KEEP and policy.pairs_need_consent and not paired
    visible = (one for one in findings if one.kind is Kind.FACE and mask.covers(regions, one.box) < 1)
    return ("FACE_VISIBLE",) if asked and any(visible) else ()


def of_masks(
    photo: Photo, findings: Sequence[Finding], regions: Sequence[Region], keep: Sequence[Box], policy: Policy
) -> tuple[str, ...]:
    """Whether masks come too near to the clinical finding, or detectors were not sure."""
    asked = [
        finding
        for finding in findings
        if not finding.sure and policy.masking.method(finding.kind) is not Method.KEEP
    ]
    # Whether it is a tattoo or the clinical finding has been said by marking it.
    doubted = [
        finding.box
        for finding in asked
        if finding.kind is Kind.TATTOO and not any(_holds(box, finding.box) for box in keep)
    ]
    near = round(_NEAR * max(photo.size))
    tattoos = plan(photo, [finding for finding in findings if finding.kind is Kind.TATTOO], policy)

    def inked(box: Box) -> bool:
        return mask.touches(tattoos, [(box[0] - near, box[1] - near, box[2] + near, box[3] + near)])

    holding = {
        "KEEP_TOUCHED": mask.touches(regions, keep),
        "TATTOO_NEAR_FINDING": any(map(inked, (*keep, *doubted))),
        "TATTOO_UNSURE": not all(map(inked, doubted)),
        "BACKGROUND_UNSURE": any(finding.kind is Kind.BACKGROUND for finding in asked),
    }
    return tuple(code for code, held in holding.items() if held)


def of_use(
    photo: Photo, regions: Sequence[Region], room: Sequence[Finding], policy: Policy
) -> tuple[str, ...]:
    """Whether little is left to see of what could hold the clinical finding: the picture, less the room around the
    body."""
    outside = mask.covered_share(plan(photo, room, policy), photo.size)
    shown = 1 - mask.covered_share(regions, photo.size)
    covered = 1 - shown / (1 - outside) if outside < 1 else 1.0
    return ("MASKS_COVER_MOST",) if covered > policy.most_masked else ()


def _holds(outer: Box, inner: Box) -> bool:
    """The middle of a box lies in another one."""
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x < outer[2] and outer[1] <= y < outer[3]
