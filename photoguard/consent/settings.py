"""What a practice decides for itself about the rules: ages, minutes, its country's bans. HOME/consent.toml."""

from __future__ import annotations

import tomllib

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ..errors import StorageError
from ..home import Home
from ..policy import Channel


class Ban(BaseModel):
    """A country where a before/after pair may not be shown, whatever the patient signed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    country: str = Field(pattern=r"^[A-Z]{2}$")
    procedure: str
    channels: tuple[Channel, ...]
    source: str


_ADVERTISING = (Channel.SOCIAL_MEDIA, Channel.WEBSITE)

KNOWN_BANS = (
    Ban(
        country="DE",
        procedure="aesthetic-surgery",
        channels=_ADVERTISING,
        source="HWG section 11: no advertising with before/after pictures of surgery without medical need",
    ),
    Ban(
        country="FR",
        procedure="aesthetic-surgery",
        channels=_ADVERTISING,
        source="Rules of the Ordre des médecins on advertising",
    ),
)


class Settings(BaseModel):
    """The rules' parameters. No law fixes the two ages alike in every country; these are careful ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    adult_age: int = Field(default=18, ge=14, le=25)
    assent_age: int = Field(default=12, ge=6, le=18)
    token_minutes: int = Field(default=10, ge=1, le=60)
    """How long an answer holds for the files it was given for."""
    stale_minutes: int = Field(default=10, ge=1, le=60)
    """How old what was read from the registry may be."""
    server: str | None = Field(default=None, pattern=r"^https?://")
    """The FHIR server that holds the practice's consents: none counts unless all of them were taken over lately."""
    server_minutes: int = Field(default=60, ge=1, le=1440)
    """How long ago that may be."""
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    """Where the practice is, ISO 3166-1."""
    bans: tuple[Ban, ...] = KNOWN_BANS

    @field_validator("server")
    @classmethod
    def _up_to_the_names(cls, server: str | None) -> str | None:
        return f"{server.rstrip('/')}/" if server else None

    @classmethod
    def of(cls, home: Home) -> Settings:
        """What HOME/consent.toml says; the defaults where there is none.

        Raises StorageError (SETTINGS_INVALID).
        """
        try:
            said = tomllib.loads((home.path / "consent.toml").read_text(encoding="utf-8"))
            return cls.model_validate(said)
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, RecursionError):  # what TOML, UTF-8 and pydantic complain of
            raise StorageError(
                "SETTINGS_INVALID", "The file consent.toml in the practice's folder can't be understood."
            ) from None
