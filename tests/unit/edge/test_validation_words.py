"""Every refusal of a body is a sentence of ours, not of the library that checked it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from convene.edge.validation_words import sentence


class Sample(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=5)
    code: str = Field(default="abcd", min_length=3)
    minutes: Annotated[int, Field(ge=5, le=60)] = 5
    mode: Literal["one", "two"] = "one"
    is_open: bool = True
    hosts: list[int] = Field(default=[1], min_length=1, max_length=2)

    @field_validator("code")
    @classmethod
    def _checked(cls, value: str) -> str:
        if value == "nope":
            raise ValueError("code is not nope")
        return value


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "name is missing."),
        ({"name": ""}, "name must not be empty."),
        ({"name": "abcdef"}, "name must have at most 5 characters."),
        ({"name": 3}, "name must be text."),
        ({"code": "a"}, "code must have at least 3 characters."),
        ({"code": "nope"}, "code is not nope."),
        ({"minutes": 4}, "minutes must be at least 5."),
        ({"minutes": 61}, "minutes must be at most 60."),
        ({"minutes": "many"}, "minutes must be a whole number."),
        ({"minutes": 7.5}, "minutes must be a whole number."),
        ({"mode": "three"}, "mode must be 'one' or 'two'."),
        ({"is_open": "perhaps"}, "is_open must be true or false."),
        ({"hosts": []}, "hosts must not be empty."),
        ({"hosts": [1, 2, 3]}, "hosts must have at most 2 entries."),
        ({"hosts": 1}, "hosts must be a list."),
        ({"colour": "red"}, "colour is not known here. Leave it out or check its spelling."),
    ],
)
def test_it_names_the_field_and_the_remedy(given: dict[str, Any], told: str):
    with pytest.raises(ValidationError) as refused:
        Sample.model_validate({"name": "Ana", **given} if given else given)
    [error] = refused.value.errors()
    assert sentence(".".join(map(str, error["loc"])), error) == told
