"""A real calendar server, Radicale, in a process of its own with one calendar for Mei."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
import urllib3

from tests.mail.receiver import Authority, nobody_listens

CONFIG = """[server]
hosts = 127.0.0.1:{port}
ssl = True
certificate = {folder}/cert.pem
key = {folder}/key.pem
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = {folder}/data
[logging]
level = error
"""


@dataclass
class Radicale:
    """The server, its calendar's address, and the files in it."""

    folder: Path
    port: int
    cafile: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    @property
    def address(self) -> str:
        return f"https://{self.host}/mei/visits/"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "radicale", "--config", str(self.folder / "config")]
        )
        for _ in range(200):
            try:
                self.ask("GET", "/")
                return
            except urllib3.exceptions.HTTPError:
                time.sleep(0.05)
        raise AssertionError("Radicale did not start")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def ask(self, method: str, path: str, body: str = "") -> int:
        headers = urllib3.make_headers(basic_auth="mei:pw")
        with urllib3.PoolManager(ca_certs=str(self.cafile), retries=False) as pool:
            return pool.request(
                method, f"https://{self.host}{path}", body=body, headers=headers
            ).status

    def entries(self) -> dict[str, str]:
        """What the calendar holds, by file name."""
        collection = self.folder / "data" / "collection-root" / "mei" / "visits"
        return {file.name: file.read_text() for file in collection.glob("*.ics")}


@contextmanager
def radicale(ours: Authority, folder: Path) -> Iterator[Radicale]:
    certificate: trustme.LeafCert = ours.issuer.issue_cert("localhost", "127.0.0.1")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for number, part in enumerate(certificate.cert_chain_pems):
        part.write_to_path(folder / "cert.pem", append=number > 0)
    port = nobody_listens()
    (folder / "users").write_text("mei:pw\n")
    (folder / "config").write_text(CONFIG.format(port=port, folder=folder))
    server = Radicale(folder, port, ours.cafile)
    server.start()
    try:
        assert server.ask("MKCALENDAR", "/mei/visits/") == 201
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder / "data", ignore_errors=True)
