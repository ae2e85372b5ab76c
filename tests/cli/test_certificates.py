"""Which TLS certificates are trusted, by the real program against the replica's https."""

import pathlib
import shutil
import subprocess

import pytest
from replica_process import Replica

WINDOW = ("2024-03-04T00:00Z", "2024-03-04T23:00Z")
# All that holds certificates on any of the systems that are looked for.
PLACES = ("/etc/ssl", "/etc/pki", "/usr/lib/ssl", "/usr/share/ca-certificates", "/var/lib/ca-certificates")
UNSHARE = ("unshare", "--user", "--map-root-user", "--mount")

pytestmark = pytest.mark.usefixtures("uncached")


@pytest.fixture(scope="module")
def secure():
    with Replica(now="2026-09-24T12:00:00Z", frozen=True, https=True) as replica:
        yield replica


@pytest.fixture
def https(kk, secure):
    kk.env |= {"KLINEKEEP_REST_URL": secure.https_url, "KLINEKEEP_VISION_URL": secure.https_url}
    return kk


def run_hidden(kk, hidden: str, mounts: list[str]) -> None:
    """From now on the command is run in a mount namespace of its own, with `mounts` done after the places are `hidden`."""
    wrapper = kk.home / "klinekeep-elsewhere"
    lines = ["#!/bin/sh", "set -e", hidden, *mounts, f'exec "{kk.binary}" "$@"']
    inner = kk.home / "inner"
    inner.write_text("\n".join(lines) + "\n")
    inner.chmod(0o755)
    wrapper.write_text(f'#!/bin/sh\nexec {" ".join(UNSHARE)} {inner} "$@"\n')
    wrapper.chmod(0o755)
    kk.binary = str(wrapper)


@pytest.fixture
def elsewhere(https):
    """A system that keeps no certificates where any is known to keep them; `place` puts a file there."""
    if shutil.which("unshare") is None or subprocess.run([*UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode != 0:
        pytest.skip("this machine lets nobody make a mount namespace, in which certificates could be hidden")
    hidden = "\n".join(f"mount -t tmpfs none {place}" for place in PLACES if pathlib.Path(place).is_dir())

    def place(*mounts: str):
        run_hidden(https, hidden, list(mounts))
        return https

    return place


def get(kk, source="rest", **options):
    return kk.get("BTCUSDT", "1h", *WINDOW, source, **options)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("source", ["rest", "vision"])
def test_a_file_that_the_environment_names_is_trusted(https, secure, variable, source):
    assert len(get(https, source, env={variable: str(secure.certificate)}).ok().rows) == 24


def test_what_is_not_trusted_is_refused(https):
    result = get(https)
    assert result.code == 8 and "certificate is not trusted (trusted are those of" in result.err


def test_the_config_file_comes_before_the_environment(https, secure):
    config = https.home / "config/klinekeep/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'ca_file = "{secure.certificate}"\n')
    assert len(get(https, env={"SSL_CERT_FILE": "/nowhere.pem"}).ok().rows) == 24
    config.write_text('ca_file = "/nowhere.pem"\n')
    result = get(https, env={"SSL_CERT_FILE": str(secure.certificate)})
    assert result.code == 8 and "'/nowhere.pem', which ca_file names, cannot be read" in result.err


@pytest.mark.parametrize("source", ["rest", "vision", "auto"])
def test_a_named_file_that_cannot_be_read_is_told_with_its_variable(https, source):
    result = get(https, source, env={"SSL_CERT_FILE": "/nowhere.pem"})
    assert result.code == 8 and "'/nowhere.pem', which SSL_CERT_FILE names, cannot be read" in result.err


def test_a_named_file_without_certificates_is_told(https):
    (https.home / "empty.pem").write_text("no certificate\n")
    result = get(https, env={"SSL_CERT_FILE": str(https.home / "empty.pem")})
    assert result.code == 8 and "which SSL_CERT_FILE names, holds none that can be used" in result.err


@pytest.mark.parametrize("source", ["rest", "vision", "auto"])
def test_where_there_are_none_it_is_said_what_to_do(elsewhere, secure, replica, source):
    kk = elsewhere()
    result = get(kk, source)
    assert result.code == 8
    for words in ("install the package ca-certificates", "SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/"):
        assert words in result.err
    assert len(get(kk, source, env={"SSL_CERT_FILE": str(secure.certificate)}).ok().rows) == 24
    plain = {"KLINEKEEP_REST_URL": replica.url, "KLINEKEEP_VISION_URL": replica.url}
    assert len(get(kk, source, env=plain).ok().rows) == 24, "http needs none"


@pytest.mark.parametrize("place", [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/lib/ssl/cert.pem",
])
def test_those_of_other_systems_are_found(elsewhere, secure, place):
    kk = elsewhere(f"mkdir -p {pathlib.Path(place).parent}", f"cp {secure.certificate} {place}")
    assert len(get(kk).ok().rows) == 24


def test_only_the_file_is_trusted_and_not_the_systems_folder(elsewhere, secure, tmp_path):
    """libcurl as Debian builds it trusts all that lies in /etc/ssl/certs beside the file that it is told."""
    def openssl(*words):
        return subprocess.run(["openssl", *words], capture_output=True, text=True, check=True).stdout.strip()

    other = tmp_path / "other.pem"
    digest = openssl("x509", "-hash", "-noout", "-in", secure.certificate)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=another", "-keyout", "/dev/null", "-out", other)
    kk = elsewhere("mkdir -p /etc/ssl/certs", f"cp {secure.certificate} /etc/ssl/certs/{digest}.0")
    result = get(kk, env={"SSL_CERT_FILE": str(other)})
    assert result.code == 8 and "certificate is not trusted (trusted are those of" in result.err
