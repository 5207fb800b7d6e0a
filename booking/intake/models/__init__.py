"""Tables of the questions before a visit."""

from booking.intake.models.consents import (
    Consent,
    ConsentKind,
    ConsentText,
    Given,
    Outcome,
    Through,
    Topic,
    VisitLine,
)
from booking.intake.models.forms import (
    AnswersVersion,
    Choice,
    Decision,
    Flag,
    FormBrowser,
    FormState,
    IntakeForm,
    LaterForm,
    Question,
    Severity,
    TypedForm,
    Way,
)
from booking.intake.models.questionnaires import (
    QuestionnaireApproval,
    QuestionnaireVersion,
    QuestionSwitch,
)
from booking.intake.models.reading import HandOver, ReadingRight

__all__ = [
    "AnswersVersion",
    "Choice",
    "Consent",
    "ConsentKind",
    "ConsentText",
    "Decision",
    "Flag",
    "FormBrowser",
    "FormState",
    "Given",
    "HandOver",
    "IntakeForm",
    "LaterForm",
    "Outcome",
    "Question",
    "QuestionSwitch",
    "QuestionnaireApproval",
    "QuestionnaireVersion",
    "ReadingRight",
    "Severity",
    "Through",
    "Topic",
    "TypedForm",
    "VisitLine",
    "Way",
]
