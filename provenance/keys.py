"""The key with which this user's files are signed: made here, kept here, vouched for by nobody.

One private file holds key and certificates. The authority that issues the certificate signs once and is forgotten, so
that nothing else can be issued in its name. Needs the extra `provenance`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import platformdirs
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from runtime.whole_file import write_whole

YEARS = 10
_KEY_END = "-----END PRIVATE KEY-----\n"
_CERTIFICATE = "-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class Identity:
    """A key and its certificates, as PEM text: the signer's own first, then its authority's."""

    key: str
    chain: str

    @property
    def authority(self) -> str:
        """The authority's certificate."""
        return _CERTIFICATE + self.chain.rpartition(_CERTIFICATE)[2]

    @property
    def expires(self) -> datetime:
        """When the certificate ends."""
        return x509.load_pem_x509_certificate(self.chain.encode()).not_valid_after_utc


def identity_file() -> Path:
    """Returns where the user's key is kept."""
    return platformdirs.user_config_path("dlc", appauthor=False) / "signing_key.pem"


def own_identity(file: Path) -> Identity:
    """Returns the identity in a file, made at first use and again when it has expired; raises `OSError`."""
    identity = read_identity(file)
    if identity is not None and identity.expires > datetime.now(UTC) + timedelta(days=1):
        return identity
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = _made()
    write_whole(file, made.key + made.chain, mode=0o600)
    return read_identity(file) or made  # two first runs at once: the later one's key is everybody's


def read_identity(file: Path) -> Identity | None:
    """Returns the identity in a file, or None where there is none."""
    try:
        key, end, chain = file.read_text(encoding="ascii").partition(_KEY_END)
    except FileNotFoundError:
        return None
    return Identity(key + end, chain)


def _made() -> Identity:
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name, name = _name("dlc, self-signed authority"), _name("dlc, self-signed on this machine")
    authority = (
        _certificate(authority_name, authority_name, authority_key, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    own = (
        _certificate(name, authority_name, key, authority_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)  # C2PA wants one
        .sign(authority_key, hashes.SHA256())
    )
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Identity(key_pem, "".join(item.public_bytes(Encoding.PEM).decode() for item in (own, authority)))


def _certificate(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, issuer_key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    begin = datetime.now(UTC) - timedelta(days=1)  # other clocks may be behind
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder(issuer, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365 * YEARS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(issued_by, critical=False)
    )


def _name(common: str) -> x509.Name:
    """Returns a name that says of nobody who they are."""
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "dlc (self-signed)")
    return x509.Name([organization, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority, key_cert_sign=authority, crl_sign=authority, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
