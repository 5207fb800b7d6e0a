"""How gunicorn serves Stillpoint: `gunicorn -c docs/gunicorn.conf.py wsgi:app`."""

bind = "127.0.0.1:8000"  # behind a proxy on this machine that speaks TLS
workers = 2  # about one for each core; any number is correct, the database is the only shared state
worker_class = "gthread"
threads = 8  # the size of the connection pool of each worker
timeout = 30
graceful_timeout = 30  # after SIGTERM, for requests in hand
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
limit_request_line = 4094
limit_request_fields = 60
accesslog = None  # raw paths hold tokens: the application logs its requests by route
