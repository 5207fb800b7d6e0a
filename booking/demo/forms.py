"""The demo's forms, one in each state of the review, filled in through the ordinary actions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.access.policy import Actor
from booking.appointments.models import Appointment
from booking.intake.actions import deciding, review, typing
from booking.intake.actions import patient as patient_side
from booking.intake.models import Choice, Way
from booking.intake.queries.answers import answered
from booking.intake.rules.answers import Answer, PartialDate, State
from booking.intake.rules.questionnaire import questions

HOURS = timedelta(hours=1)
Answers = Mapping[str, Answer]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What stands around the forms: who reviews, this demo's address, and the time."""

    desk: Actor
    treating: Callable[[Appointment], Actor]
    base_url: str
    now: datetime


def said(*codes: str) -> Answer:
    """An answer of chosen options."""
    return Answer(codes=codes)


# Every question that has to be answered, with the answer that calls for nothing.
CALM: Answers = {
    "u_now": said("none"),
    "reason": said("other"),
    "med_change": said("no"),
    "health_change": said("no"),
    "filled_by": said("me"),
    "contact_ok": said("email", "text"),
    "gp": Answer(text="Dr Ahmed, Canal Street surgery"),
    "gp_share": said("ask_first"),
    "blood_thin": said("no"),
    "bleed_dis": said("no"),
    "implant_elec": said("no"),
    "heart_valve": said("no"),
    "bp": said("no"),
    "fits": said("no"),
    "faint_hist": said("no"),
    "immune": said("no"),
    "lymph": said("no"),
    "diabetes": said("no"),
    "skin": said("no"),
    "lung": said("no"),
    "liver_kid": said("no"),
    "told_not": said("no"),
    "med_any": said("nothing"),
    "allergy_any": said("no_known"),
    "preg_status": said("no"),
    "read_info": said("yes"),
    "privacy_seen": said("yes"),
    "correct": said("yes"),
}
TABLETS: Answers = {
    "med_any": said("list"),
    "med_list": Answer(
        rows=(
            {
                "med_name": Answer(text="Warfarin"),
                "med_dose": Answer(text="3 mg"),
                "med_often": said("daily"),
                "med_still": said("yes"),
            },
            {"med_name": Answer(text="Folic acid"), "med_often": said("daily")},
        )
    ),
    "blood_thin": said("yes"),
}
FAINTS: Answers = {
    "faint_hist": said("yes"),
    "allergy_any": said("yes"),
    "allergy_list": said("metal"),
    "allergy_react_metal": said("rash"),
    "language": said("no"),
    "access": said("quiet"),
    "else": Answer(text="I would like to see the needles before we begin."),
}
UNSURE: Answers = {"bleed_dis": Answer(state=State.NOT_SURE), "lung": Answer(state=State.NOT_SURE)}
GENTLY: Answers = {
    **UNSURE,
    "reason": said("after_loss"),
    "access": said("quiet"),
    "wait_away": said("yes"),
    "words": said("baby_loss"),
    "words_avoid": Answer(text="Tissue, products"),
}
SINCE: Answers = {
    **TABLETS,
    "med_list": Answer(
        rows=(
            {
                "med_name": Answer(text="Warfarin"),
                "med_dose": Answer(text="5 mg"),
                "med_often": said("daily"),
                "med_still": said("yes"),
            },
            {"med_name": Answer(text="Magnesium"), "med_often": said("daily")},
        )
    ),
    "med_change": said("yes"),
    "med_change_text": Answer(text="More warfarin since Monday. No folic acid any more."),
    "skin": said("yes"),
    "skin_where": Answer(text="Left wrist"),
}
SWOLLEN_LEG: Answers = {"u_now": said("one_leg")}
EARLY: Answers = {
    "preg_status": said("yes"),
    "preg_weeks": Answer(number=7),
    "preg_scan": said("womb"),
    "preg_bleed": said("no"),
    "preg_care": said("midwife"),
}


def fill_in_again(before: Appointment, after: Appointment, scene: Scene) -> None:
    """A form before an earlier visit, and what has changed since before a coming one of hers."""
    _send(before, TABLETS, scene)
    _send(after, SINCE, scene)


def fill_in(visits: Sequence[Appointment], scene: Scene) -> None:
    """Bring the forms of `visits`, soonest first, into all states; the rest stay unopened."""
    steps = (
        _read_and_decided,
        _with_practitioner,
        _urgent,
        _asked_again,
        _to_review,
        _half,
        _ready,
        _early,
        _typed,
        _gently,
        _half,
        _nothing,
    )
    for visit, step in zip(visits, steps, strict=False):
        step(visit, scene)


def _nothing(_visit: Appointment, _scene: Scene) -> None:
    """She has not opened the link yet."""


def _half(visit: Appointment, scene: Scene) -> None:
    _save(visit, _named(visit), scene, pages=6)


def _urgent(visit: Appointment, scene: Scene) -> None:
    """Something urgent was ticked; the desk has not rung yet."""
    _save(visit, {**_named(visit), **SWOLLEN_LEG}, scene, pages=2)


def _to_review(visit: Appointment, scene: Scene) -> None:
    _send(visit, FAINTS, scene)


def _gently(visit: Appointment, scene: Scene) -> None:
    _send(visit, GENTLY, scene)


def _typed(visit: Appointment, scene: Scene) -> None:
    """Reception typed what she said on the telephone."""
    typing.type_form(
        scene.desk,
        visit.public_id,
        {**_named(visit), **FAINTS},
        Way.PHONE,
        link=f"{scene.base_url}/forms",
        now=_before(visit, scene),
    )


def _early(visit: Appointment, scene: Scene) -> None:
    _send(visit, EARLY, scene)


def _asked_again(visit: Appointment, scene: Scene) -> None:
    """The desk asked again about something left unknown."""
    _send(visit, {**UNSURE, "contact_ok": Answer(state=State.TALK)}, scene)
    review.claim(scene.desk, visit.public_id, holder=None, now=_before(visit, scene))
    review.ask(
        scene.desk, visit.public_id, ["gp"], base_url=scene.base_url, now=_before(visit, scene)
    )


def _with_practitioner(visit: Appointment, scene: Scene) -> None:
    """Reception's part is done; the practitioner has to decide."""
    _send(visit, TABLETS, scene)
    review.finish_at_desk(scene.desk, visit.public_id, now=_before(visit, scene))


def _read_and_decided(visit: Appointment, scene: Scene) -> None:
    _with_practitioner(visit, scene)
    who, now = scene.treating(visit), _before(visit, scene)
    found = deciding.open_to_read(who, visit.public_id, now=now)
    note = "Spoke with her. Shallow needles, longer pressure afterwards."
    version = found.version
    deciding.decide(who, visit.public_id, Choice.ADAPT, note, version=version, now=now)


def _ready(visit: Appointment, scene: Scene) -> None:
    """Nothing was raised, and reception has looked."""
    _send(visit, {}, scene)
    review.finish_at_desk(scene.desk, visit.public_id, now=_before(visit, scene))


def _named(visit: Appointment) -> Answers:
    born = PartialDate(
        1979 + visit.patient_id % 22, 1 + visit.patient_id % 12, 1 + visit.patient_id % 28
    )
    return {
        **CALM,
        "name_known": Answer(text=visit.patient.name.split()[0]),
        "dob": Answer(date=born),
    }


def _before(visit: Appointment, scene: Scene) -> datetime:
    """Some time before the visit, and not in the future."""
    return min(scene.now, visit.starts_at - HOURS)


def _send(visit: Appointment, changes: Answers, scene: Scene) -> None:
    answers = {**_named(visit), **changes}
    _save(visit, answers, scene)
    ticks = {key: answers[key] for key in ("read_info", "privacy_seen", "correct")}
    patient_side.send(
        Actor(appointment_id=visit.id),
        visit.public_id,
        ticks,
        pages={},
        token=_token(visit),
        link=f"{scene.base_url}/forms",
        now=_before(visit, scene),
    )


def _save(visit: Appointment, answers: Answers, scene: Scene, *, pages: int = 99) -> None:
    """Save page after page, as she would; only pages on which something is answered."""
    saved = 0
    asked = answered(visit).questionnaire
    for page in (page for section in asked.sections for page in section.items):
        given = {q.link_id: answers[q.link_id] for q in questions(page) if q.link_id in answers}
        if not given or saved == pages:
            continue
        saved += 1
        patient_side.save_page(
            Actor(appointment_id=visit.id),
            visit.public_id,
            page,
            given,
            token=_token(visit),
            link=f"{scene.base_url}/forms",
            now=_before(visit, scene),
        )


def _token(visit: Appointment) -> str:
    """Stands for her browser, which nobody has."""
    return f"demo {visit.public_id}"
