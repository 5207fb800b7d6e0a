"""Tables of the questions before a visit."""

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

__all__ = [
    "AnswersVersion",
    "Choice",
    "Decision",
    "Flag",
    "FormBrowser",
    "FormState",
    "IntakeForm",
    "LaterForm",
    "Question",
    "QuestionSwitch",
    "QuestionnaireApproval",
    "QuestionnaireVersion",
    "Severity",
    "TypedForm",
    "Way",
]
