"""Certificates of an installation at home: its own authority, and a short-lived one for the server.

The authority may vouch for this computer's names and for nothing else, so that a phone that trusts
it gives nothing else away, even if its key is stolen.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ekbom.web.serving.names import Names
from ekbom.web.serving.private import write_private

FOLDER = "tls"
AUTHORITY = "ekbom-ca.pem"
_AUTHORITY_KEY = "ekbom-ca-key.pem"
_SERVER = "server.pem"

_AUTHORITY_LASTS = timedelta(days=5 * 365)
_AUTHORITY_LEFT = timedelta(days=365)
"""An authority with less left than a trial may take is made anew when the server starts."""
_SERVER_LASTS = timedelta(days=14)
_SERVER_LEFT = timedelta(days=7)
_SLOW_CLOCK = timedelta(days=1)
"""A phone's clock may be behind."""

_EVERYWHERE = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Authority:
    """What an installation vouches with."""

    certificate: x509.Certificate
    key: Key

    @property
    def fingerprint(self) -> str:
        """Return what a phone shows of the certificate: SHA-256, in pairs of signs."""
        return fingerprint(self.certificate)


def fingerprint(certificate: x509.Certificate) -> str:
    """Return a certificate's SHA-256 as phones write it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def shown_authority(data: Path) -> x509.Certificate | None:
    """Return the certificate that phones are to trust, ``None`` before there is one."""
    file = data / FOLDER / AUTHORITY
    return x509.load_pem_x509_certificate(file.read_bytes()) if file.is_file() else None


def authority_for(data: Path, *, names: Names, now: datetime) -> Authority:
    """Return the installation's authority; one for other names, or nearly over, is replaced."""
    kept = _kept_authority(data)
    if kept is not None and _serves(kept.certificate, names, now):
        return kept
    made = make_authority(names=names, now=now)
    write_private(data / FOLDER / _AUTHORITY_KEY, _key_pem(made.key))
    write_private(data / FOLDER / AUTHORITY, _pem(made.certificate))
    return made


def server_file(data: Path, *, names: Names, now: datetime) -> Path:
    """Return the file with the server's certificate and key, made anew when half its time is over.

    Its authority is `authority_for`.
    """
    authority = authority_for(data, names=names, now=now)
    file = data / FOLDER / _SERVER
    if not _still_good(file, authority, names, now):
        certificate, key = make_server(authority, hosts=names.hosts, now=now)
        write_private(file, _pem(certificate) + _key_pem(key))
    return file


def make_authority(*, names: Names, now: datetime) -> Authority:
    """Return a new authority that can vouch for these names alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"ekbom at {names.host}")
    certificate = (
        _builder(name, name, key, now, _AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_constraints(names), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def make_server(
    authority: Authority, *, hosts: Iterable[str], now: datetime
) -> tuple[x509.Certificate, Key]:
    """Return a new certificate for a server with its key; ``hosts`` are names and numbers."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = authority.key.public_key()
    known = [_general(host) for host in hosts]
    certificate = (
        _builder(_name("ekbom"), authority.certificate.subject, key, now, _SERVER_LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(known), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(own), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return certificate, key


def server_context(file: Path) -> ssl.SSLContext:
    """Return how the server speaks TLS, with the certificate and key in ``file``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(file)
    return context


def _kept_authority(data: Path) -> Authority | None:
    certificate = shown_authority(data)
    file = data / FOLDER / _AUTHORITY_KEY
    if certificate is None or not file.is_file():
        return None
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, Key) or key.public_key() != certificate.public_key():
        return None
    return Authority(certificate, key)


def _serves(certificate: x509.Certificate, names: Names, now: datetime) -> bool:
    kept = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    return kept == _constraints(names) and certificate.not_valid_after_utc - now > _AUTHORITY_LEFT


def _still_good(file: Path, authority: Authority, names: Names, now: datetime) -> bool:
    if not file.is_file():
        return False
    kept = x509.load_pem_x509_certificate(file.read_bytes())
    hosts = kept.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    ours = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    from_it = kept.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value == ours
    lasts = kept.not_valid_after_utc - now > _SERVER_LEFT
    return from_it and lasts and list(hosts) == [_general(host) for host in names.hosts]


def _constraints(names: Names) -> x509.NameConstraints:
    host = x509.DNSName(names.host)
    if names.address:
        number = x509.IPAddress(ip_network(names.address))
        return x509.NameConstraints([host, number], None)
    # Without a word about numbers, every number would be allowed.
    return x509.NameConstraints([host], [x509.IPAddress(network) for network in _EVERYWHERE])


def _general(host: str) -> x509.GeneralName:
    try:
        number = ip_address(host)
    except ValueError:
        return x509.DNSName(host)
    assert isinstance(number, IPv4Address)  # noqa: S101 - `Names` holds no others
    return x509.IPAddress(number)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, now: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLOW_CLOCK)
        .not_valid_after(now + lasts)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
