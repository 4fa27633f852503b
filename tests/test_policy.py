from __future__ import annotations

from pathlib import Path

import pytest

from photoguard.errors import UsageError
from photoguard.photo import Kind, Method
from photoguard.policy import Channel, Policy


@pytest.mark.parametrize("channel", list(Channel))
def test_every_channel_has_a_preset_that_masks_faces_text_and_codes(channel: Channel) -> None:
    policy = Policy.for_channel(channel)
    assert policy.channel is channel
    assert Method.KEEP not in {policy.masking.method(kind) for kind in (Kind.FACE, Kind.TEXT, Kind.CODE)}


def test_what_anyone_can_see_shows_the_body_alone() -> None:
    backgrounds = {channel: Policy.for_channel(channel).background for channel in Channel}
    public = {Channel.SOCIAL_MEDIA, Channel.WEBSITE}
    assert {channel for channel, what in backgrounds.items() if what == "all"} == public
    assert {what for channel, what in backgrounds.items() if channel not in public} == {"identifying"}


def test_only_use_inside_the_practice_goes_without_consent_for_pairs() -> None:
    free = [channel for channel in Channel if not Policy.for_channel(channel).pairs_need_consent]
    assert free == [Channel.INTERNAL]


def test_a_policy_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text('channel = "journal"\n[masking]\nface = "pixelate"\n')
    policy = Policy.from_toml(file)
    assert policy.channel is Channel.JOURNAL
    assert policy.masking.face is Method.PIXELATE
    assert policy.masking.text is Policy().masking.text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not toml [", "POLICY_UNREADABLE"),
        pytest.param("most_masked = " + "1" * 5000, "POLICY_UNREADABLE", id="a long number"),
        pytest.param("most_masked = " + "[" * 5000, "POLICY_UNREADABLE", id="deep brackets"),
        ("colour = 1", "POLICY_INVALID"),
        ('[masking]\nface = "eyebar"', "POLICY_INVALID"),
        ("most_masked = 2", "POLICY_INVALID"),
        ('background = "some"', "POLICY_INVALID"),
        ('channel = "fax"', "CHANNEL_UNKNOWN"),
        ("channel = 3", "CHANNEL_UNKNOWN"),
        ("masking = 3", "POLICY_INVALID"),
    ],
)
def test_a_policy_that_can_not_be_understood_is_refused(tmp_path: Path, text: str, code: str) -> None:
    file = tmp_path / "p.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as refused:
        Policy.from_toml(file)
    assert refused.value.code == code


def test_two_policies_share_a_digest_only_if_they_are_the_same() -> None:
    assert Policy().digest() == Policy().digest()
    assert Policy().digest() != Policy(most_masked=0.5).digest()
