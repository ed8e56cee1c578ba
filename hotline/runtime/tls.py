"""The certificate of pages and softphone: the operator's, or our own with a CA to install in browsers."""

from __future__ import annotations

import datetime
import ipaddress
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hotline.runtime.identity import hotline_user
from hotline.settings import Settings

CA_DAYS = 3650
LEAF_DAYS = 397
"""Browsers refuse longer ones."""
MODES = {"ca.key": 0o600, "ca.crt": 0o644}
"""Asterisk, in the hotline's group, reads the others; everybody may install the CA."""
RENEW_DAYS = 30


class BadCertificate(RuntimeError):
    """The given certificate or key cannot be used."""


def ensure(settings: Settings) -> None:
    """Leave `server.crt`, `server.key` and, for an own one, `ca.crt` in HOME/tls."""
    where = settings.home / "tls"
    if settings.tls_certificate:
        _take_over(settings, where)
    elif not _still_good(where / "server.crt", names(settings)):
        _issue(where, names(settings))
    for file in where.iterdir():
        hotline_user(settings).own(file)
        file.chmod(MODES.get(file.name, 0o640))


def names(settings: Settings) -> list[str]:
    """Every name or address that this node is reached by."""
    return sorted({settings.public_name, settings.bind_address, "localhost", "127.0.0.1"})


def days_left(certificate: Path) -> float:
    """Days until the certificate ends; below 0: it has ended."""
    ends = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    return (ends - datetime.datetime.now(datetime.UTC)).total_seconds() / 86400


def _take_over(settings: Settings, where: Path) -> None:
    try:
        chain, key = Path(settings.tls_certificate).read_bytes(), Path(settings.tls_key).read_bytes()
        leaf = x509.load_pem_x509_certificate(chain)
        private = serialization.load_pem_private_key(key, password=None)
    except (OSError, ValueError, TypeError) as error:
        raise BadCertificate(f"证书或私钥无法读取 (tls_certificate, tls_key): {error}") from None
    if _public(leaf.public_key()) != _public(private.public_key()):
        raise BadCertificate("证书与私钥不匹配 (tls_key does not belong to tls_certificate)")
    _write(where / "server.crt", chain)
    _write(where / "server.key", key)
    (where / "ca.crt").unlink(missing_ok=True)


def _public(key: object) -> bytes:
    return key.public_bytes(  # type: ignore[attr-defined, no-any-return]
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _still_good(certificate: Path, wanted: list[str]) -> bool:
    try:
        leaf = x509.load_pem_x509_certificate(certificate.read_bytes())
        held = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    present = {str(name.value) for name in held}
    return set(wanted) <= present and days_left(certificate) > RENEW_DAYS


def _issue(where: Path, wanted: list[str]) -> None:
    """A new leaf below the kept CA, so that browsers which trust it need nothing new."""
    ca_key, ca = _own_ca(where)
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = (
        _begun(wanted[0], ca.subject, key.public_key(), LEAF_DAYS)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in wanted]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    _write(where / "server.key", _pem(key))
    _write(where / "server.crt", b"".join(c.public_bytes(serialization.Encoding.PEM) for c in (leaf, ca)))


def _own_ca(where: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    if (where / "ca.key").exists() and (where / "ca.crt").exists():
        kept = serialization.load_pem_private_key((where / "ca.key").read_bytes(), password=None)
        if isinstance(kept, ec.EllipticCurvePrivateKey):
            return kept, x509.load_pem_x509_certificate((where / "ca.crt").read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("12345 Hotline own CA")
    ca = (
        _begun("12345 Hotline own CA", name, key.public_key(), CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_SIGNS_CERTIFICATES, critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(where / "ca.key", _pem(key))
    _write(where / "ca.crt", ca.public_bytes(serialization.Encoding.PEM))
    return key, ca


_SIGNS_CERTIFICATES = x509.KeyUsage(
    key_cert_sign=True, crl_sign=True, digital_signature=False, content_commitment=False, key_encipherment=False,
    data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
)  # fmt: skip


def _begun(subject: str, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(path.suffix + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    os.replace(fresh, path)
