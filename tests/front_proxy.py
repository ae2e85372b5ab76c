"""nghttpx before the replica: TLS and HTTP/2 as real hosts speak them, of which the replica itself knows nothing."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import os
import pathlib
import socket
import ssl
import subprocess
import tempfile
import uuid

from certificate_files import CertificateFiles
from replica_process import Replica


@dataclasses.dataclass(frozen=True)
class Passed:
    """One request that went through."""

    protocol: str  # as TLS agreed on: h2 or http/1.1
    connection: int  # the port it came from: one for each connection
    status: int
    target: str


class FrontProxy:
    """A context manager. REST, files and listing all go through `url`, by `protocol`: h2, or http/1.1 where that alone is offered."""

    def __init__(self, replica: Replica, protocol: str):
        self.protocol = protocol
        offered = "h2,http/1.1" if protocol == "h2" else protocol
        self._directory = tempfile.TemporaryDirectory(prefix="klinekeep-front-")
        folder = pathlib.Path(self._directory.name)
        files = CertificateFiles(folder)
        self.certificate, self._access = files.certificate, folder / "access.log"
        self._access.touch()
        # It takes no port 0. A socket that listens already is handed to it, as one of its own is when it is replaced by a newer one.
        with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
            self.port = listener.getsockname()[1]
            command = ["nghttpx", "--conf=/dev/null", f"--frontend=127.0.0.1,{self.port}", f"--backend=127.0.0.1,{replica.port}"]
            command += ["--workers=1", f"--npn-list={offered}", f"--accesslog-file={self._access}", f"--errorlog-file={folder / 'error.log'}"]
            command += ["--accesslog-format=$alpn $remote_port $status $path", files.key, self.certificate]
            inherited = {"NGHTTPX_ACCEPT_1": f"tcp,{listener.fileno()}"}
            self._process = subprocess.Popen(command, pass_fds=[listener.fileno()], env=os.environ | inherited, stderr=subprocess.DEVNULL)
        self.url = f"https://127.0.0.1:{self.port}"
        self.env = {"KLINEKEEP_REST_URL": self.url, "KLINEKEEP_VISION_URL": self.url, "SSL_CERT_FILE": str(self.certificate)}

    def __enter__(self) -> FrontProxy:
        return self

    def __exit__(self, *_) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
        self._directory.cleanup()

    def log(self) -> list[Passed]:
        """What has passed since the log was cleared, in the order in which it ended; its own questions left out."""
        mark = f"/mark-{uuid.uuid4().hex}"
        self._ask(mark)
        while mark not in (text := self._access.read_text()):
            os.sched_yield()
        entries = [line.split(" ", 3) for line in text.splitlines()]
        return [Passed(p, int(port), int(status), target) for p, port, status, target in entries if not target.startswith("/mark-")]

    def clear_log(self) -> None:
        self.log()
        os.truncate(self._access, 0)

    def _ask(self, target: str) -> None:
        """By a connection of its own, and HTTP/1.1, as it names no protocol: what came before has been logged when this has been."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        with contextlib.closing(http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=60)) as connection:
            connection.request("GET", target)
            connection.getresponse().read()
