"""Questions that a booking page asks besides name and address, and what visitors answer.

`text` is a line, `long_text` several, `choice` one of `choices`, `yes_no` a box to be ticked. An empty answer to what
need not be answered is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from convene.core.errors import Invalid
from convene.core.people import checked_line

Kind = Literal["text", "long_text", "choice", "yes_no"]
KINDS: tuple[Kind, ...] = ("text", "long_text", "choice", "yes_no")
MAX_QUESTIONS, MAX_CHOICES, MAX_LABEL, MAX_ANSWER = 10, 20, 200, 1000
YES = "yes"


@dataclass(frozen=True, slots=True)
class Question:
    label: str
    kind: Kind = "text"
    is_required: bool = False
    choices: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as it is stored and told."""
        return {
            "label": self.label,
            "kind": self.kind,
            "is_required": self.is_required,
            "choices": list(self.choices),
        }


def checked_questions(given: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Return the questions; raise `Invalid` that names the one that cannot be asked."""
    if len(given) > MAX_QUESTIONS:
        raise Invalid("questions", f"questions has at most {MAX_QUESTIONS} entries.")
    found = []
    for number, item in enumerate(given):
        at = f"questions.{number}"
        label = checked_line(str(item["label"]), f"{at}.label", max_length=MAX_LABEL, required=True)
        kind: Kind = next((kind for kind in KINDS if kind == item.get("kind", "text")), "text")
        choices = tuple(
            checked_line(str(choice), f"{at}.choices", max_length=MAX_LABEL, required=True)
            for choice in item.get("choices", ())
        )
        if kind == "choice" and not 2 <= len(set(choices)) == len(choices) <= MAX_CHOICES:
            raise Invalid(f"{at}.choices", f"{at}.choices must have 2 to {MAX_CHOICES} different entries.")
        if kind != "choice" and choices:
            raise Invalid(f"{at}.choices", f"{at}.choices goes with the kind choice only.")
        found.append(Question(label, kind, bool(item.get("is_required")), choices))
    if len({question.label for question in found}) < len(found):
        raise Invalid("questions", "questions: two of them are the same.")
    return tuple(found)


def questions_of(stored: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Return the questions that `Question.to_json` stored."""
    return tuple(
        Question(item["label"], item["kind"], item["is_required"], tuple(item["choices"])) for item in stored
    )


def unanswered(questions: Sequence[Question], given: Sequence[str]) -> list[int]:
    """Return the places of questions whose answer is missing or is none of the choices."""
    wrong = []
    for number, (question, text) in enumerate(zip(questions, given, strict=True)):
        is_missing = question.is_required and not text.strip()
        is_unknown = question.kind == "choice" and bool(text) and text not in question.choices
        if is_missing or is_unknown:
            wrong.append(number)
    return wrong


def answers_of(questions: Sequence[Question], given: Sequence[str]) -> list[dict[str, str]]:
    """Return `[{"label", "answer"}]` of what was answered."""
    return [
        {"label": question.label, "answer": YES if question.kind == "yes_no" else text.strip()[:MAX_ANSWER]}
        for question, text in zip(questions, given, strict=True)
        if text.strip()
    ]


def told_answers(answers: Sequence[Mapping[str, Any]]) -> str:
    """Return the answers as plain text for the hosts' calendars."""
    return "\n".join(f"{item['label']}: {item['answer']}" for item in answers)
