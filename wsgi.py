"""What a server runs: `gunicorn wsgi:app`, `flask --app wsgi …`."""

import sys

from booking import create_app
from booking.core.errors import UnsafeSettings

try:
    app = create_app()
except UnsafeSettings as why:
    sys.stderr.write(f"{why}\n")  # one line for each thing to mend, instead of a traceback
    raise SystemExit(3) from why
