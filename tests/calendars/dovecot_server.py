"""A real IMAP server, Dovecot, with one mailbox for the clinic's answers."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.left_out import left_out
from tests.mail.receiver import Authority, nobody_listens

CONFIG = """base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
"""


@dataclass
class Dovecot:
    """The server, and the Maildir behind it."""

    port: int
    maildir: Path

    def deliver(self, name: str, raw: bytes) -> None:
        """Let a message arrive."""
        made = self.maildir / "tmp" / name
        made.write_bytes(raw)
        shutil.chown(made, "mail", "mail")
        made.rename(self.maildir / "new" / name)

    def unseen(self) -> int:
        """How many messages nobody has seen."""
        seen = [each for each in (self.maildir / "cur").iterdir() if "S" in each.name[-8:]]
        every = [*(self.maildir / "new").iterdir(), *(self.maildir / "cur").iterdir()]
        return len(every) - len(seen)


@contextmanager
def dovecot(ours: Authority) -> Iterator[Dovecot]:
    program = shutil.which("dovecot") or shutil.which("/usr/sbin/dovecot")
    if program is None or os.getuid() != 0:
        left_out("IMAP: Dovecot is not installed (Debian: dovecot-imapd), or not started as root")
    # not under pytest's folders: the server reads mail as another user, who may not enter those
    folder = Path(tempfile.mkdtemp(prefix="dovecot-", dir="/tmp"))
    folder.chmod(0o755)
    server = Dovecot(nobody_listens(), folder / "mail" / "answers")
    for name in ("new", "cur", "tmp"):
        (server.maildir / name).mkdir(parents=True)
    subprocess.run(["chown", "-R", "mail:mail", str(folder / "mail")], check=True)
    certificate = ours.issuer.issue_cert("localhost", "127.0.0.1")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for number, part in enumerate(certificate.cert_chain_pems):
        part.write_to_path(folder / "cert.pem", append=number > 0)
    (folder / "dovecot.conf").write_text(CONFIG.format(folder=folder, port=server.port))
    process = subprocess.Popen([program, "-F", "-c", str(folder / "dovecot.conf")])
    try:
        _wait_for(server.port)
        yield server
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("Dovecot did not start")
