"""What differs from country to country, to begin with. Every text can be changed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from booking.core.errors import N_


@dataclass(frozen=True, kw_only=True)
class Region:
    """Columns of a clinic that a country suggests, and what its law is likely to ask.

    `laws` are translatable sentences to be checked by somebody who knows that law. They stand on
    the owner's page only.
    """

    name: str
    columns: Mapping[str, str]
    laws: tuple[str, ...] = ()


REGIONS: Mapping[str, Region] = {
    "GB": Region(
        name=N_("United Kingdom"),
        columns={
            "region": "GB",
            "currency": "GBP",
            "locale": "en_GB",
            "emergency_number": "999",
            "emergency_department": N_("your nearest A&E"),
            "urgent_advice_line": "NHS 111",
            "early_pregnancy_unit": N_("the early pregnancy unit at your hospital"),
            "crisis_text": N_("Call 111 in a crisis, and choose the mental health option."),
        },
        laws=(
            N_(
                "Adults' records: 8 years after the last contact in England's code for the health "
                "service. Members' notices say 7 or 8. Set the longest that binds you."
            ),
            N_(
                "Children's records: until the 25th birthday, or the 26th after a last visit at 17."
            ),
            N_(
                "16 and 17: presumed able to consent in England, Wales and Northern Ireland. "
                "Scotland differs."
            ),
            N_("Consent is not the usual basis for keeping a health record. Take advice on yours."),
        ),
    ),
    "US": Region(
        name=N_("United States"),
        columns={
            "region": "US",
            "currency": "USD",
            "locale": "en_US",
            "emergency_number": "911",
            "emergency_department": N_("the nearest emergency room"),
            "urgent_advice_line": N_("your doctor or nurse line"),
            "early_pregnancy_unit": N_("your doctor, midwife or clinic"),
            "crisis_text": N_("Call or text 988 in a crisis."),
        },
        laws=(
            N_("Records: each state sets its own number of years. Ask your board."),
            N_("Age of consent is usually 18. Some states differ for some kinds of care."),
            N_("Which privacy law binds you depends on how you bill and where patients live."),
        ),
    ),
    "other": Region(
        name=N_("Somewhere else"),
        columns={
            "region": "GB",
            "currency": "EUR",
            "locale": "en_GB",
            "emergency_number": "112",
            "emergency_department": N_("the nearest emergency department"),
            "urgent_advice_line": N_("your doctor"),
            "early_pregnancy_unit": N_("your doctor, midwife or hospital"),
            "crisis_text": N_("Call your doctor or the emergency number in a crisis."),
        },
        laws=(N_("We know nothing of the law where you are. Ask your professional body."),),
    ),
}


def region_of(code: str) -> Region:
    """Return what is known of a country, by its two letters; "other" where nothing is."""
    return REGIONS.get(code, REGIONS["other"])
