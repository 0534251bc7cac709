"""The keys of an encrypted diary: one that all its files are encrypted with, wrapped twice.

The data key is 32 bytes of chance, made once. It is kept encrypted by AES-GCM with a key that Argon2id (RFC 9106) makes of the
passphrase, and a second time with one made of the recovery key. A new passphrase wraps it anew; the files stay as they are. What
opens the database and what opens the other files are made of it by HKDF (RFC 5869), so that neither tells the other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
import unicodedata
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..extras import upgrade
from . import recovery
from .driver import missing
from .entries import DiaryError

WHAT = "keys of a Mebuki diary"
FORM = 1
SHORTEST = 8  # letters of a passphrase
MOST = (4 << 20, 1000, 64)  # that a file may ask for: KiB, passes, lanes
Json = dict[str, Any]


class LockedError(DiaryError):
    """An encrypted diary, and no passphrase, or not the right one."""


@dataclass(frozen=True)
class Cost:
    """What trying one passphrase costs whoever tries, with Argon2id.

    Attributes:
        memory: KiB.
        passes: over this memory.
        lanes: that could be gone in parallel.
    """

    memory: int = 128 << 10
    passes: int = 3
    lanes: int = 4


COST = Cost()


@dataclass(frozen=True)
class Keys:
    """What an unlocked diary is read with.

    Attributes:
        id: of the diary; no secret.
        data: 32 bytes, the secret.
    """

    id: str
    data: bytes = field(repr=False)

    @property
    def database(self) -> str:
        """For SQLCipher: 64 hexadecimal digits."""
        return _derived(self.data, self.id.encode(), "database").hex()

    @property
    def files(self) -> bytes:
        """For all that lies beside the database: 32 bytes."""
        return _derived(self.data, self.id.encode(), "files")


@dataclass(frozen=True)
class Wrapped:
    """The data key, encrypted with another.

    Attributes:
        salt: of the other.
        nonce, content: as AES-GCM knows them.
    """

    salt: bytes
    nonce: bytes
    content: bytes


@dataclass(frozen=True)
class Vault:
    """The data key, wrapped twice: what is written into keys.json.

    Attributes:
        id: of the diary.
        cost: of trying a passphrase.
        passphrase, recovery: the data key, wrapped with each.

    >>> vault, keys, shown = Vault.new("four words nobody guesses", Cost(memory=64, passes=1))
    >>> vault.opened("four words nobody guesses") == vault.recovered(shown) == keys
    True
    """

    id: str
    cost: Cost
    passphrase: Wrapped
    recovery: Wrapped

    @classmethod
    def new(cls, passphrase: str, cost: Cost = COST) -> tuple[Vault, Keys, str]:
        """Keys for a diary, and the recovery key as it is shown.

        Raises:
            DiaryError: the passphrase is too short.
        """
        keys, empty = Keys(secrets.token_hex(8), secrets.token_bytes(32)), Wrapped(b"", b"", b"")
        vault, shown = cls(keys.id, cost, empty, empty).with_recovery_key(keys)
        return vault.with_passphrase(keys, passphrase, cost), keys, shown

    def with_passphrase(self, keys: Keys, passphrase: str, cost: Cost = COST) -> Vault:
        """The same, with another passphrase.

        Raises:
            DiaryError: it is too short.
        """
        said = plain_form(passphrase)
        if len(said) < SHORTEST:
            raise DiaryError(
                f"a passphrase of {len(said)} letters",
                allowed=f"{SHORTEST} or more",
                hint="four words that nobody would guess",
            )
        salt, anew = secrets.token_bytes(16), replace(self, cost=cost)
        return replace(anew, passphrase=anew._wrapped(keys, _argon2(said, salt, cost), salt, "passphrase"))

    def with_recovery_key(self, keys: Keys) -> tuple[Vault, str]:
        """The same, with another recovery key, and how that is shown."""
        secret, salt = secrets.token_bytes(recovery.BYTES), secrets.token_bytes(16)
        wrapped = self._wrapped(keys, _derived(secret, salt, "recovery"), salt, "recovery")
        return replace(self, recovery=wrapped), recovery.written(secret)

    def opened(self, passphrase: str) -> Keys:
        """
        Raises:
            LockedError: it is another passphrase.
        """
        key = _argon2(plain_form(passphrase), self.passphrase.salt, self.cost)
        if keys := self._unwrapped(self.passphrase, key, "passphrase"):
            return keys
        raise LockedError("this is not the passphrase of the diary", hint="mebuki diary recover, with its recovery key")

    def recovered(self, said: str) -> Keys:
        """
        Raises:
            LockedError: it is the recovery key of another diary, or one that was replaced.
            DiaryError: it is none.
        """
        key = _derived(recovery.read(said), self.recovery.salt, "recovery")
        if keys := self._unwrapped(self.recovery, key, "recovery"):
            return keys
        raise LockedError("this is the recovery key of another diary, or an old one of this diary")

    def _wrapped(self, keys: Keys, key: bytes, salt: bytes, use: str) -> Wrapped:
        assert keys.id == self.id
        nonce = secrets.token_bytes(12)
        return Wrapped(salt, nonce, aes(key).encrypt(nonce, keys.data, self._about(use)))

    def _unwrapped(self, wrapped: Wrapped, key: bytes, use: str) -> Keys | None:
        from cryptography.exceptions import InvalidTag

        try:
            return Keys(self.id, aes(key).decrypt(wrapped.nonce, wrapped.content, self._about(use)))
        except InvalidTag:
            return None

    def _about(self, use: str) -> bytes:
        """What belongs to a wrapped key and is no secret."""
        cost = asdict(self.cost) if use == "passphrase" else None
        return json.dumps([WHAT, FORM, self.id, use, cost]).encode()

    def to_json(self) -> Json:
        """As the file holds it, with a sum by which damage is told from a wrong passphrase."""
        content: Json = {
            "what": WHAT,
            "form": FORM,
            "id": self.id,
            "passphrase": {"made_by": "argon2id", **asdict(self.cost), **_texts(self.passphrase)},
            "recovery": {"made_by": "hkdf-sha256", **_texts(self.recovery)},
        }
        return {**content, "sum": _sum(content)}

    @classmethod
    def from_json(cls, content: Any) -> Vault:
        """
        Raises:
            ValueError: it is no such file, or damaged.
            DiaryError: a newer version wrote it.
        """
        try:
            if content["what"] == WHAT and content["form"] > FORM:
                raise DiaryError(
                    f"the keys were written by a newer version of this program (form {content['form']})",
                    allowed=f"forms up to {FORM}",
                    hint=upgrade(),
                )
            told = {name: value for name, value in content.items() if name != "sum"}
            said = content["passphrase"]
            cost = Cost(said["memory"], said["passes"], said["lanes"])
            within = all(0 < given <= most for given, most in zip(asdict(cost).values(), MOST, strict=True))
            if content["what"] != WHAT or content["sum"] != _sum(told) or not within:
                raise ValueError("it is damaged")
            return cls(content["id"], cost, _of_texts(said), _of_texts(content["recovery"]))
        except (KeyError, TypeError, AttributeError, binascii.Error) as error:
            raise ValueError("it is damaged") from error


def plain_form(passphrase: str) -> str:
    """A passphrase as it counts: typed in full or half width, composed or not, it is the same.

    >>> plain_form("ｐａｓｓ ｶﾞ")
    'pass ガ'
    """
    return unicodedata.normalize("NFKC", passphrase)


def _argon2(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    """32 bytes; `cost` makes each guess dear (RFC 9106, section 3)."""
    try:
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
    except ImportError:
        raise missing() from None
    way = Argon2id(salt=salt, length=32, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory)
    try:
        return way.derive(passphrase.encode(errors="surrogatepass"))
    except MemoryError:
        raise DiaryError(f"a passphrase takes {cost.memory >> 10} MiB of memory, and they are not free") from None


def _derived(secret: bytes, salt: bytes, use: str) -> bytes:
    """32 bytes for one use, by HKDF (RFC 5869) with SHA-256."""
    try:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    except ImportError:
        raise missing() from None
    return HKDF(SHA256(), 32, salt, f"mebuki diary {use}".encode()).derive(secret)


def aes(key: bytes) -> Any:
    """AES-GCM with a key."""
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise missing() from None
    return AESGCM(key)


def _texts(wrapped: Wrapped) -> Json:
    return {name: base64.b64encode(value).decode() for name, value in asdict(wrapped).items()}


def _of_texts(row: Json) -> Wrapped:
    return Wrapped(*(base64.b64decode(row[name], validate=True) for name in ("salt", "nonce", "content")))


def _sum(content: Json) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
