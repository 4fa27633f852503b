"""What a run may do: one frozen model, a preset per channel, a TOML file for what differs."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import UsageError
from .photo import Kind, Method


class Channel(StrEnum):
    """Where a photo goes."""

    MESSENGER = "messenger"
    SOCIAL_MEDIA = "social-media"
    WEBSITE = "website"
    JOURNAL = "journal"
    SLIDES = "slides"
    INTERNAL = "internal"


class Purpose(StrEnum):
    """Why a photo goes there."""

    CARE = "care"
    TEACHING = "teaching"
    PUBLICATION = "publication"


class Size(StrEnum):
    """How large a photo may be when it leaves. ORIGINAL leaves it as it is."""

    ORIGINAL = "original"
    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class Largest:
    """What a photo that is made smaller may have."""

    side: int
    """Of its longer side, in pixels."""
    bytes: int


LARGEST = {
    # What messengers keep of a photo by themselves, as of 2026: Signal's better and its standard size, the latter
    # with WhatsApp's standard side, and Telegram's side. Bytes as Signal has them, and WhatsApp's usual ones.
    Size.LARGE: Largest(2048, 1_500_000),
    Size.MEDIUM: Largest(1600, 1_000_000),
    Size.SMALL: Largest(1280, 300_000),
}


class Masking(BaseModel):
    """How each kind of finding is masked. `keep` leaves it visible."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    face: Method = Method.BLUR
    tattoo: Method = Method.BLUR
    text: Method = Method.SOLID
    code: Method = Method.SOLID
    background: Method = Method.BLUR
    drawn: Method = Method.SOLID

    def method(self, kind: Kind) -> Method:
        """The method for a kind of finding."""
        return Method(getattr(self, kind.value))


class Policy(BaseModel):
    """Everything that decides what happens to a photo, apart from the photo itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: Channel = Channel.SOCIAL_MEDIA
    purpose: Purpose = Purpose.PUBLICATION
    outlet: str | None = Field(default=None, min_length=1, max_length=200)
    """The one account, journal, event or recipient that it is for, in the words of the consent form."""
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    """The one country that it is for, ISO 3166-1."""
    masking: Masking = Masking()
    background: Literal["identifying", "all", "keep"] = "all"
    """What of the background is masked: things that identify and other people, all outside the body, or nothing."""
    pairs_need_consent: bool = True
    mirrored: Literal["review", "flip", "release"] = "review"
    """What becomes of a photo that is mirrored or suspected to be. `flip` flips back what a cue in the photo proves to
    be mirrored, and holds the others for review."""
    size: Size = Size.ORIGINAL
    """Photos that have more pixels or bytes are made smaller; see LARGEST."""
    most_masked: float = Field(default=0.7, gt=0, le=1)
    """Share of the picture under masks above which a person must look: little of the finding may be left."""
    max_megapixels: float = Field(default=200, gt=0, le=1000)
    """Pictures that announce more are refused before they are decoded (decompression bombs)."""

    @classmethod
    def for_channel(cls, channel: Channel | str) -> Policy:
        """The preset for a channel.

        Raises UsageError (CHANNEL_UNKNOWN) for a channel that is not known.
        """
        try:
            known = Channel(channel)
        except ValueError:
            names = ", ".join(c.value for c in Channel)
            raise UsageError(
                "CHANNEL_UNKNOWN", f"There is no channel of that name. Choose one of: {names}."
            ) from None
        return cls.model_validate({"channel": known, **_PRESETS[known]})

    @classmethod
    def from_toml(cls, path: Path, channel: Channel | str = Channel.SOCIAL_MEDIA) -> Policy:
        """A channel's preset with what the file says in its place.

        Raises UsageError (POLICY_UNREADABLE, POLICY_INVALID).
        """
        try:
            said = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError:
            raise UsageError(
                "POLICY_UNREADABLE", "The policy file can't be opened. Check its name."
            ) from None
        except (ValueError, RecursionError) as error:
            raise UsageError(
                "POLICY_UNREADABLE", f"The policy file is not TOML. Correct it: {_brief(error)}."
            ) from None
        preset = cls.for_channel(said.pop("channel", channel)).model_dump()
        try:
            return cls.model_validate(_merged(preset, said))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise UsageError(
                "POLICY_INVALID", f"The policy file's entry '{place}' is not valid: {first['msg']}."
            ) from None

    def to(self, outlet: str | None, country: str | None) -> Policy:
        """The same for one outlet and one country, where they are named.

        Raises UsageError (POLICY_INVALID).
        """
        named = {name: said for name, said in (("outlet", outlet), ("country", country)) if said is not None}
        try:
            return Policy.model_validate(self.model_dump() | named)
        except ValidationError:
            raise UsageError(
                "POLICY_INVALID", "Say the outlet in one line and the country in two letters, as CH."
            ) from None

    @property
    def searches(self) -> bool:
        """Whether anything that could be found in a picture changes what becomes of it; else nothing is looked for."""
        found = (kind for kind in Kind if kind is not Kind.DRAWN)
        masks = (
            any(self.masking.method(kind) is not Method.KEEP for kind in found) or self.background != "keep"
        )
        return masks or self.mirrored != "release" or self.pairs_need_consent

    def sized(self, size: str) -> Policy:
        """The same for photos of this size.

        Raises UsageError (SIZE_UNKNOWN).
        """
        try:
            return self.model_copy(update={"size": Size(size)})
        except ValueError:
            names = ", ".join(one.value for one in Size)
            raise UsageError(
                "SIZE_UNKNOWN", f"There is no size of that name. Choose one of: {names}."
            ) from None

    def digest(self) -> str:
        """SHA-256 (hex) over the policy: two runs with the same digest treat a photo alike."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


_PRESETS: dict[Channel, dict[str, Any]] = {
    # A colleague sees more with the bed and the splint left in; papers and screens tell what is not asked.
    Channel.MESSENGER: {"purpose": Purpose.CARE, "background": "identifying"},
    # Open to everyone, neighbours and search engines included: a sofa is enough for them.
    Channel.SOCIAL_MEDIA: {"purpose": Purpose.PUBLICATION, "background": "all"},
    Channel.WEBSITE: {"purpose": Purpose.PUBLICATION, "background": "all"},
    # Editors want pictures altered no more than privacy asks for.
    Channel.JOURNAL: {"purpose": Purpose.PUBLICATION, "background": "identifying"},
    Channel.SLIDES: {"purpose": Purpose.TEACHING, "background": "identifying"},
    # The practice's own record: consent to publish is not what allows it, and labels may be wanted. Another
    # patient's papers on the desk don't belong into it.
    Channel.INTERNAL: {"purpose": Purpose.CARE, "background": "identifying", "pairs_need_consent": False},
}


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        inner = merged.get(key)
        merged[key] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged


def _brief(error: ValueError | RecursionError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, tomllib.TOMLDecodeError):
        return str(error).splitlines()[0]
    return "a number in it is too long, or its brackets are nested too deeply"
