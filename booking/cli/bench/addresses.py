"""The addresses that are measured."""

from urllib.parse import urlencode

from booking.cli.bench import clinic
from booking.cli.bench.clinic import Made


def month(made: Made, givers: int) -> str:
    """A month of the service that so many give, as JSON."""
    return _offers(made, givers, days=clinic.DAYS)


def first(made: Made, givers: int) -> str:
    """The first time of the service that so many give, as JSON."""
    return _offers(made, givers, days=clinic.DAYS, limit=1)


def times(made: Made, givers: int) -> str:
    """The patient's page of times."""
    return f"/book/{made.services[givers].public_id}/times"


def _offers(made: Made, givers: int, **asked: int) -> str:
    return f"/api/offers?{urlencode({'service': made.services[givers].public_id, **asked})}"
