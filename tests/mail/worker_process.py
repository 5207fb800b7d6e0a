"""A worker in a process of its own: `worker_process.py SETTINGS.json INSTANT`.

Its clock starts at the ISO instant. It ends with SIGTERM, or by being killed.
"""

import json
import sys
from datetime import datetime
from pathlib import Path

from booking import create_app
from booking.core import clock
from booking.core.settings import MailSettings, Settings
from booking.mail import jobs


def settings_of(told: dict[str, object]) -> Settings:
    mail = told.pop("mail")
    assert isinstance(mail, dict)
    paths = {name: Path(str(told.pop(name))) for name in ("instance", "key_ring")}
    mail["ca_file"] = Path(mail["ca_file"])
    hosts = tuple(told.pop("trusted_hosts"))  # type: ignore[arg-type]
    return Settings(**told, **paths, trusted_hosts=hosts, mail=MailSettings(**mail))  # type: ignore[arg-type]


def main() -> None:
    settings, instant = Path(sys.argv[1]).read_text(), sys.argv[2]
    clock.travel(datetime.fromisoformat(instant))
    jobs.run_until_signalled(create_app(settings_of(json.loads(settings))))


if __name__ == "__main__":
    main()
