"""How gunicorn serves Stillpoint: `gunicorn -c docs/gunicorn.conf.py wsgi:app`."""

import contextlib
import gc
import os
import signal

bind = "127.0.0.1:8000"  # behind a proxy on this machine that speaks TLS
workers = 2  # about one for each core; any number is correct, the database is the only shared state
worker_class = "gthread"
threads = 8  # the size of the connection pool of each worker
timeout = 120  # a start on a busy machine takes its time; threads are not watched by it anyway
graceful_timeout = 30  # after SIGTERM, for requests in hand
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
limit_request_line = 4094
limit_request_fields = 60
accesslog = None  # raw paths hold tokens: the application logs its requests by route


# On SIGHUP gunicorn sends the old processes home as soon as the new ones are born, seconds before
# these can answer, on a busy machine a minute. Here each goes when the one that relieves it serves.
# (Fewer `workers` than before take a restart.)


def on_reload(server):
    """Keep whoever serves, besides the new ones that are about to be made."""
    for worker in server.WORKERS.values():
        worker.old = True
        worker.age += server.worker_age  # gunicorn waits for its elders to go, deaf to a stop
    server.num_workers += len(server.WORKERS)


def pre_fork(server, worker):
    """Note whom a new process relieves: an old one that nobody relieves yet, if there is any."""
    relieved = {each.relieves for each in server.WORKERS.values()}
    left = (pid for pid, each in server.WORKERS.items() if each.old and pid not in relieved)
    worker.old, worker.relieves = False, next(left, None)


def post_worker_init(worker):
    """Let the old one finish what it has in hand and go, now that this one serves."""
    # What is loaded stays, so it is not looked through for what could go; and pages make tens of
    # thousands of values that go by themselves, so it is looked less often.
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)
    if worker.relieves:
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.relieves, signal.SIGTERM)


def child_exit(server, worker):
    """Want one fewer, where an old one went."""
    if worker.old:
        server.num_workers -= 1
