"""A worker that is there again at once when it is killed: forked from a process that has loaded.

What a supervisor of the operating system does, without loading the program anew each time.
"""

import os
import signal

told: list[int] = []
child = 0


def stop(number: int, _frame: object) -> None:
    told.append(number)
    if child:
        os.kill(child, signal.SIGTERM)


signal.signal(signal.SIGTERM, stop)

from booking.mail import jobs  # noqa: E402 - loading takes a while, and may be interrupted
from wsgi import app  # noqa: E402

while not told:
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        jobs.run_until_signalled(app)
        os._exit(0)
    if told:  # meanwhile
        os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)
