"""What the models share: their base, the types of names, years and words, and short forms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    create_model,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from nianjian import printable
from nianjian.language import FIRST, languages


class Declared(BaseModel):
    """Base of all models: unknown keys are errors, types are not guessed."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, defer_build=True, protected_namespaces=()
    )

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = _keys_of(cls)
            unknown = [key for key in data if key not in known]
            if unknown:
                # The error's own context carries what a message with a suggestion needs.
                raise PydanticCustomError(
                    "unknown_keys", "unknown keys", {"unknown": unknown, "known": [*known]}
                )
        return data

    def plain(self) -> dict[str, Any]:
        """As plain values, under the names that the YAML uses."""
        return self.model_dump(mode="json", by_alias=True)


@cache
def _keys_of(model: type[BaseModel]) -> dict[str, None]:
    """Keys that a model takes, in its order: looked up for every mapping of every declaration."""
    return dict.fromkeys(field.alias or name for name, field in model.model_fields.items())


def matches(pattern: str, what: str) -> AfterValidator:
    """Text must match the whole of ``pattern``; ``what`` says in words what that is."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return value

    return AfterValidator(check)


def regular(value: str) -> str:
    """Text must be a regular expression."""
    try:
        re.compile(value)
    except re.error as error:
        raise PydanticCustomError("pattern", "{what}", {"what": f"a regular expression ({error})"}) from None
    return value


def ascending(value: list[Any]) -> list[Any]:
    """Of two numbers the smaller stands first; null is an open end."""
    if None not in value and value[0] > value[1]:
        raise PydanticCustomError("pattern", "{what}", {"what": "the smaller number first"})
    return value


def text_keys(data: Any) -> Any:
    """``3:`` and ``"3":`` are the same table."""
    return (
        {str(key) if isinstance(key, int) else key: value for key, value in data.items()}
        if isinstance(data, dict)
        else data
    )


LONGEST_NAME = 80
"""Characters of a name that becomes a file's: file systems take 255 bytes, and endings and digests come behind it."""
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)))
)


def is_file_name(value: str) -> bool:
    """Whether a name of letters can be a file's on every file system."""
    return len(value) <= LONGEST_NAME and value.lower() not in _DEVICES


def _names_a_file(value: str) -> str:
    """A name by which outputs are called must be one on every file system."""
    if len(value) > LONGEST_NAME:
        raise PydanticCustomError(
            "pattern", "{what}", {"what": f"a name of at most {LONGEST_NAME} characters"}
        )
    if value.lower() in _DEVICES:
        what = f"another name than {value}, which Windows keeps for a device"
        raise PydanticCustomError("pattern", "{what}", {"what": what})
    return value


named_file = AfterValidator(_names_a_file)
"""A name by which a file or folder is called."""


def below(folder: str, such_as: str) -> AfterValidator:
    """Text must name a file below a folder: neither an absolute path nor one that leads out of it."""

    def check(value: str) -> str:
        if not within(value):
            what = f"a file below {folder}, such as {such_as}"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return value

    return AfterValidator(check)


def within(path: str) -> bool:
    """Whether a declared path stays below the folder that it is relative to, on every system."""
    parts = path.split("/")
    return (
        not any(part in ("", ".", "..") for part in parts)
        and not any(character in path for character in '\\:"<>|\0')
        and not printable.control(path)
    )


Id = Annotated[
    str,
    matches(
        r"[a-z][a-z0-9]*(_[a-z0-9]+)*",
        "a name of small letters, digits and single underscores, such as ln_fdi",
    ),
    named_file,
]
ColumnName = Annotated[
    str,
    matches(r"[^\W\d_]\w*", "a name of letters (also Chinese ones), digits and underscores, such as ln_fdi"),
    named_file,
]
"""A column of a sample: own data have names of their own."""
TableId = Annotated[
    str,
    matches(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)*", "a number or name such as 3 or A1"),
    named_file,
]
Year = Annotated[int, Field(ge=1949, le=2100)]
Years = Annotated[list[Year], Field(min_length=2, max_length=2), AfterValidator(ascending)]
OpenYears = Annotated[list[Year | None], Field(min_length=2, max_length=2), AfterValidator(ascending)]
Share = Annotated[float, Field(ge=0, le=1)]
CityCode = Annotated[int, Field(ge=110000, le=829999)]
Regex = Annotated[str, AfterValidator(regular)]
Scope = Literal["city", "districts"]
FormulaText = Annotated[str, Field(min_length=1)]


class _Words(Declared):
    """Words in the languages of the outputs; one string serves all, and what a language lacks is said in English."""

    def plain(self) -> dict[str, Any]:
        """``{language: words}``."""
        return self.model_dump(mode="json", exclude_none=True)


_BY_LANGUAGE: dict[str, Any] = {
    language: (str, ...) if language == FIRST else (str | None, None) for language in languages()
}
Text: Any = create_model("Text", __base__=_Words, **_BY_LANGUAGE)


Words = Annotated[
    Text,
    BeforeValidator(
        lambda given: {FIRST: given} if isinstance(given, str) else given,
        json_schema_input_type=str | Text,
    ),
]


@dataclass(frozen=True)
class short:
    """A lone string stands for ``{key: string}``, nothing at all for ``{}``."""

    key: str

    def _expand(self, given: Any) -> Any:
        return {self.key: given} if isinstance(given, str) else {} if given is None else given

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._expand, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, handler(schema), {"type": "null"}]}


def listed(given: Any) -> Any:
    """A lone entry stands for a list of one."""
    return given if isinstance(given, list) or given is None else [given]


Names = Annotated[list[str], BeforeValidator(listed, json_schema_input_type=str | list[str])]
