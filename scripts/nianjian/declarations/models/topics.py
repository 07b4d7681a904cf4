"""Topics under which the items of the dictionary are listed, ``topics.yaml``."""

from typing import Annotated

from pydantic import Field

from nianjian.declarations.models.base import Declared, Id, Words


class Topic(Declared):
    """Items that belong together: from the first one to that of the next topic, in the order of ``items.yaml``."""

    first: Id = Field(description="first item of the topic")
    label: Words = Field(description="what it is called")


Topics = Annotated[list[Topic], Field(description="topics in the order of items.yaml")]
