"""A certificate for 127.0.0.1 that is made for a run and signs itself, for servers in tests that speak TLS."""

from __future__ import annotations

import pathlib
import subprocess


class CertificateFiles:
    """PEM files of a certificate, which a client is told to trust, and of its key."""

    def __init__(self, folder: pathlib.Path):
        self.certificate, self.key = folder / "certificate.pem", folder / "key.pem"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        subprocess.run([*command, "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True)
