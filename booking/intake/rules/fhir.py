"""One form as a FHIR R4 Bundle: the answers, each medicine, each allergy.

It records what a person says she takes and reacts to, as the free text she gave; nothing is
coded that she did not choose, except that "no known allergies" has a code of its own.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from booking.intake.rules.answers import Answer, Answers, Json, State
from booking.intake.rules.draft import PAGE
from booking.intake.rules.questionnaire import Questionnaire

ABSENT = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
UNCONFIRMED = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
STATUSES = {"yes": "active", "no": "stopped"}


def bundle(
    response: Mapping[str, Any],
    answers: Answers,
    *,
    questionnaire: Questionnaire,
    patient: UUID,
    authored: datetime,
) -> Json:
    """The Bundle of one form. `response` is as stored, `patient` a public id, `authored` UTC."""
    about = {"reference": f"urn:uuid:{patient}"}
    told = {key: value for key, value in response.items() if key != "extension"}
    rest = [entry for entry in response.get("extension", ()) if entry["url"] != PAGE]
    resources: list[Json] = [
        {**told, "subject": about, "source": about, **({"extension": rest} if rest else {})},
        *_medicines(answers, about, questionnaire, authored),
        *_allergies(answers, about, questionnaire, authored),
    ]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": authored.isoformat(timespec="seconds"),
        "entry": [
            {"fullUrl": f"urn:uuid:{uuid5(NAMESPACE_URL, f'{patient}/{number}')}", "resource": each}
            for number, each in enumerate(resources)
        ],
    }


def _medicines(
    answers: Answers, about: Json, asked: Questionnaire, authored: datetime
) -> Iterator[Json]:
    listed = answers.get("med_list")
    for row in listed.rows if listed is not None else ():
        period = {"start": _date(row, "med_started"), "end": _date(row, "med_stopped")}
        dated = {key: value for key, value in period.items() if value}
        dosage = _words(row, asked, "med_dose", "med_form", "med_often")
        reason = row.get("med_why")
        yield {
            "resourceType": "MedicationStatement",
            "status": _status(row),
            "medicationCodeableConcept": {"text": row["med_name"].text},
            "subject": about,
            "informationSource": about,
            "dateAsserted": authored.isoformat(timespec="seconds"),
            **({"effectivePeriod": dated} if dated else {}),
            **({"dosage": [{"text": dosage}]} if dosage else {}),
            **({"reasonCode": [{"text": reason.text}]} if reason and reason.text else {}),
        }


def _status(row: Answers) -> str:
    still = row.get("med_still")
    return STATUSES.get(next(iter(still.codes), ""), "unknown") if still else "unknown"


def _allergies(
    answers: Answers, about: Json, asked: Questionnaire, authored: datetime
) -> Iterator[Json]:
    frame: Json = {
        "resourceType": "AllergyIntolerance",
        "patient": about,
        "recordedDate": authored.isoformat(timespec="seconds"),
    }
    whether = answers.get("allergy_any")
    if whether is not None and "no_known" in whether.codes:
        coding = {"system": ABSENT, "code": "no-known-allergies", "display": "No known allergies"}
        yield {**frame, "code": {"coding": [coding], "text": "No known allergies"}}
    listed = answers.get("allergy_list")
    for code in listed.codes if listed is not None else ():
        option = asked.find("allergy_list").option(code)
        detail = answers.get(f"allergy_{code}")
        text = (
            detail.text if detail is not None and detail.text else option.text if option else code
        )
        reaction = _words(answers, asked, f"allergy_react_{code}")
        unconfirmed = {"coding": [{"system": UNCONFIRMED, "code": "unconfirmed"}]}
        yield {
            **frame,
            "verificationStatus": unconfirmed,
            "code": {"text": text},
            **({"reaction": [{"manifestation": [{"text": reaction}]}]} if reaction else {}),
        }


def _date(row: Answers, question: str) -> str:
    answer = row.get(question)
    return str(answer.date) if answer is not None and answer.date is not None else ""


def _words(answers: Answers, asked: Questionnaire, *wanted: str) -> str:
    found = ((question, answers.get(question)) for question in wanted)
    return ", ".join(_plain(asked, key, each) for key, each in found if each is not None)


def _plain(asked: Questionnaire, question: str, answer: Answer) -> str:
    """An answer in the words of the questionnaire itself."""
    if answer.state is not State.ANSWERED:
        return str(answer.state).replace("-", " ")
    item = asked.find(question)
    options = (item.option(code) for code in answer.codes)
    return ", ".join([*(option.text for option in options if option), *filter(None, [answer.text])])
