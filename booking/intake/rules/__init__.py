"""Pure rules of the questions before a visit: answers, conditions, questionnaire, flags."""
