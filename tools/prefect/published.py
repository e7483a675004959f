"""What runs publish for people to read."""

from datetime import datetime

from tools.spec import Result


class Artifact(Result):
    """Something that a run published.

    Attributes:
        id: Prefect's id.
        key: The name it was published under; empty when it has none.
        type: Prefect's type of it: `markdown`, `table`, `progress`, `image`, or a name of the pipeline's own.
        about: What the pipeline says of it.
        data: Its content as text; a table as JSON.
        created: When it was published.
    """

    id: str
    key: str
    type: str
    about: str = ""
    data: str = ""
    created: datetime | None = None
