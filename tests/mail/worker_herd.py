"""Workers forked from one process that has loaded: `worker_herd.py SETTINGS.json INSTANT COUNT`.

Each line read kills the one that lives longest, as the system would, and another takes its place,
which a line says; at the end of the input all are told to stop. So hundreds are killed while one
program loads once.
"""

import json
import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from flask import Flask

from booking import create_app
from booking.core import clock
from booking.mail import jobs
from tests.mail.worker_process import settings_of


def fork(app: Flask) -> int:
    child = os.fork()
    if child == 0:
        jobs.run_until_signalled(app)
        os._exit(0)
    return child


def end(child: int, how: signal.Signals) -> None:
    os.kill(child, how)
    os.waitpid(child, 0)


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    settings, instant, count = Path(sys.argv[1]).read_text(), sys.argv[2], int(sys.argv[3])
    clock.travel(datetime.fromisoformat(instant))
    app = create_app(settings_of(json.loads(settings)))
    children = [fork(app) for _ in range(count)]
    say("ready")
    for _line in sys.stdin:
        end(children.pop(0), signal.SIGKILL)
        children.append(fork(app))
        say("killed")
    for child in children:
        end(child, signal.SIGTERM)


if __name__ == "__main__":
    main()
