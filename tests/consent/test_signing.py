from __future__ import annotations

import json
import os
import stat
import sys

import pytest
from consent_case import BEFORE, derivation
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from photoguard.consent.derivation import Derivation
from photoguard.consent.signing import PracticeKey, Signature, canonical
from photoguard.errors import PhotoguardError, StorageError, UsageError
from photoguard.home import Home
from photoguard.policy import Size

_MANIFEST = {"type": "derivation", "original": "a" * 64, "output": "b" * 64, "masking": ["face"], "parts": 2}
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def home(tmp_path) -> Home:
    return Home.at(tmp_path / "home")


def test_a_statement_verifies_and_a_changed_one_does_not(home: Home) -> None:
    key = PracticeKey.at(home)
    signature = key.sign(_MANIFEST)
    assert key.verify(_MANIFEST, signature)
    for name, other in [("original", "c" * 64), ("type", "revocation"), ("masking", []), ("parts", 3)]:
        assert not key.verify({**_MANIFEST, name: other}, signature)
    assert not key.verify({**_MANIFEST, "more": None}, signature)


def test_the_order_of_keys_does_not_matter(home: Home) -> None:
    key = PracticeKey.at(home)
    assert key.verify(dict(reversed(_MANIFEST.items())), key.sign(_MANIFEST))


def test_the_key_is_the_same_the_next_day(home: Home) -> None:
    signature = PracticeKey.at(home).sign(_MANIFEST)
    assert PracticeKey.at(Home.at(home.path)).verify(_MANIFEST, signature)


def test_another_practice_can_not_sign_for_this_one(home: Home, tmp_path) -> None:
    ours, theirs = PracticeKey.at(home), PracticeKey.at(Home.at(tmp_path / "other"))
    assert not ours.verify(_MANIFEST, theirs.sign(_MANIFEST))
    forged = theirs.sign(_MANIFEST).model_copy(update={"key": ours.fingerprint})
    assert not ours.verify(_MANIFEST, forged)


@pytest.mark.parametrize("bit", range(0, 512, 7))
def test_a_signature_with_one_flipped_bit_is_refused(home: Home, bit: int) -> None:
    key = PracticeKey.at(home)
    good = key.sign(_MANIFEST)
    flipped = (int(good.value, 16) ^ (1 << bit)).to_bytes(64, "big").hex()
    assert not key.verify(_MANIFEST, Signature(key=good.key, value=flipped))


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are POSIX's")
def test_the_secret_is_its_owners_alone(home: Home) -> None:
    PracticeKey.at(home)
    secrets = [path for path in home.path.iterdir() if path.is_file()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in secrets] == [0o600]
    secrets[0].chmod(0o640)
    with pytest.raises(StorageError) as caught:
        PracticeKey.at(home)
    assert caught.value.code == "KEY_UNUSABLE"


def test_the_signing_key_does_not_show_in_its_repr_and_is_not_the_secret_itself(home: Home) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = PracticeKey.at(home)
    assert home.key().hex() not in repr(key)
    plain = PracticeKey(Ed25519PrivateKey.from_private_bytes(home.key()))
    assert plain.fingerprint != key.fingerprint


def test_others_can_check_with_the_public_key(home: Home) -> None:
    key = PracticeKey.at(home)
    public = load_pem_public_key(key.public_pem().encode())
    public.verify(bytes.fromhex(key.sign(_MANIFEST).value), canonical(_MANIFEST))  # type: ignore[union-attr,call-arg]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"type": ""},
        {"type": 1},
        {"original": "x"},
        {"type": "x", "at": os},
        {"type": "x", "n": 2**60},
        {"type": "x", "n": float("nan")},
        {"type": "x", "s": "\ud800"},
        {"type": "x", 1: 2},
    ],
    ids=repr,
)
def test_what_has_no_type_or_no_canonical_form_is_neither_signed_nor_verified(home: Home, payload) -> None:
    key = PracticeKey.at(home)
    with pytest.raises(UsageError) as caught:
        key.sign(payload)
    assert caught.value.code == "PAYLOAD_UNSIGNABLE"
    assert not key.verify(payload, key.sign(_MANIFEST))


@given(payload=st.dictionaries(st.text(max_size=6), _JSON, max_size=4))
def test_what_can_be_signed_verifies(tmp_path_factory, payload) -> None:
    key = PracticeKey.at(Home.at(tmp_path_factory.getbasetemp() / "signing"))
    payload = {**payload, "type": "x"}
    try:
        signature = key.sign(payload)
    except PhotoguardError:  # hypothesis found a lone surrogate
        return
    assert key.verify(payload, signature)


def test_a_manifest_from_before_there_were_sizes_holds_and_a_size_is_signed(home: Home) -> None:
    key = PracticeKey.at(home)
    earlier = derivation(BEFORE, "1" * 64).model_dump(mode="json", exclude={"size"})
    signature = key.sign({"type": "derivation", **earlier})
    manifest = Derivation.model_validate_json(json.dumps(earlier))
    assert manifest.holds(key, signature)
    small = manifest.model_copy(update={"size": Size.SMALL})
    assert small.holds(key, small.signed(key)) and not small.holds(key, signature)
