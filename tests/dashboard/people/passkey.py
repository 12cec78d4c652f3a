"""A passkey in software: signs what a browser would have a security key sign (WebAuthn, level 2)."""

import hashlib
import json
import secrets
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts.models import User

ORIGIN = "http://testserver"
RP = hashlib.sha256(b"testserver").digest()
FLAG = AuthenticatorData.FLAG
PRESENT_AND_VERIFIED = FLAG(FLAG.UP | FLAG.UV)


class Passkey:
    """One key pair. `made` answers a creation's options, `signed` a request's."""

    def __init__(self) -> None:
        self.id = secrets.token_bytes(16)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._count = 0

    def made(self, options: dict[str, Any]) -> dict[str, Any]:
        public = ES256.from_cryptography_key(self._key.public_key())
        credential = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        data = AuthenticatorData.create(RP, FLAG(PRESENT_AND_VERIFIED | FLAG.AT), 0, bytes(credential))
        attestation = AttestationObject.create("none", data, {})
        said = self._client_data("webauthn.create", options)
        return self._shown({"clientDataJSON": said, "attestationObject": bytes(attestation)}) | {
            "clientExtensionResults": {"credProps": {"rk": True}}
        }

    def signed(
        self, options: dict[str, Any], user: User, flags: AuthenticatorData.FLAG = PRESENT_AND_VERIFIED
    ) -> dict[str, Any]:
        self._count += 1
        data = bytes(AuthenticatorData.create(RP, flags, self._count))
        said = self._client_data("webauthn.get", options)
        signature = self._key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        handle = _base36(user.pk).encode()
        parts = {"clientDataJSON": said, "authenticatorData": data, "signature": signature, "userHandle": handle}
        return self._shown(parts) | {"clientExtensionResults": {}}

    def belongs_to(self, user: User) -> Authenticator:
        """Write the row that its page writes."""
        credential = self.made({"publicKey": {"challenge": websafe_encode(b"x" * 32)}})
        return Authenticator.objects.create(
            user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Phone", "credential": credential}
        )

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        return bytes(
            CollectedClientData(
                json.dumps({"type": kind, "challenge": options["publicKey"]["challenge"], "origin": ORIGIN}).encode()
            )
        )

    def _shown(self, parts: dict[str, bytes]) -> dict[str, Any]:
        shown = websafe_encode(self.id)
        response = {name: websafe_encode(value) for name, value in parts.items()}
        return {"id": shown, "rawId": shown, "type": "public-key", "response": response}


def _base36(number: int) -> str:
    from django.utils.http import int_to_base36

    return int_to_base36(number)
