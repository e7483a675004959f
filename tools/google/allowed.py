"""Which buckets may be worked with, and which object in which of them is meant."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from tools import names
from tools.errors import BadArguments, Refused
from tools.google.results import Bucket, BucketPage, StoredObject
from tools.prefect import wording
from tools.spec import Backends

GS = "gs://"
WHICH_BUCKET = "The bucket; may be left out where this installation has one of its own."
WHICH_OBJECT = "The object: its name in the bucket, or gs://BUCKET/NAME."
LOOKED_AT = 1_000
NONE_ALLOWED = (
    "No bucket may be worked with here: the policy names none under [storage], and GCS_BUCKET is not set. "
    "Whoever runs me can do either."
)


@dataclass(frozen=True, slots=True)
class Meant:
    """A name in a bucket.

    Attributes:
        bucket: The bucket, which may be worked with.
        name: The name; may be empty where a beginning of names will do.
        note: What was understood, when that was not what was written.
    """

    bucket: str
    name: str
    note: str = ""

    @property
    def uri(self) -> str:
        """Such as `gs://bucket/name`."""
        return f"{GS}{self.bucket}/{self.name}"


def globs(backends: Backends) -> tuple[str, ...]:
    """The names of the buckets that may be worked with, `*` and `?` as in a policy.

    Raises:
        Refused: Google Cloud is not configured, or there is no such bucket.
    """
    if not backends.storage.configured:
        backends.storage.identity()  # says that it is not
    found = backends.desk.buckets()
    if not found:
        raise Refused(NONE_ALLOWED)
    return found


def fits(bucket: str, allowed: tuple[str, ...]) -> bool:
    """Whether a bucket is one of them."""
    return any(fnmatchcase(bucket, glob.replace("[", "[[]")) for glob in allowed)


def buckets(backends: Backends) -> BucketPage:
    """The buckets that may be worked with and exist; those of a policy that names them by `*` as far as we may list."""
    allowed = globs(backends)
    by_name = {name: _looked_up(backends, name) for name in allowed if not _is_glob(name)}
    found: dict[str, Bucket] = {name: bucket for name, bucket in by_name.items() if bucket is not None}
    more = False
    if any(_is_glob(name) for name in allowed):
        page = backends.storage.buckets(limit=LOOKED_AT)
        found |= {each.name: each for each in page.buckets if fits(each.name, allowed)}
        more = page.more
    return BucketPage(buckets=tuple(found[name] for name in sorted(found)), more=more)


def bucket_of(backends: Backends, text: str) -> tuple[str, str]:
    """The bucket that is meant, and what was understood.

    Raises:
        BadArguments: None is named where none is meant by itself, or several could be meant.
        Refused: It is not one of those that may be worked with.
    """
    allowed = globs(backends)
    wanted = text.strip().removeprefix(GS).rstrip("/") or backends.storage.default_bucket
    if not wanted:
        raise BadArguments(f"Say in which bucket: {names.either(allowed)}.")
    if fits(wanted, allowed):
        return wanted, ""
    near = [each.name for each in buckets(backends).buckets]
    try:
        found = names.match(wanted, near, noun="bucket").name
    except BadArguments as error:
        raise Refused(
            f"The bucket “{names.shown(wanted)}” is not one of those that may be worked with here: "
            f"{wording.listed(list(allowed))}."
        ) from error
    return found, f"I took “{names.shown(wanted)}” for the bucket **{found}**."


def named(backends: Backends, text: str, bucket: str = "") -> Meant:
    """The bucket and the name that a text stands for; whether anything is there is not looked at.

    Raises:
        BadArguments: It names two buckets, or none.
        Refused: The bucket may not be worked with.
    """
    wanted = text.strip().strip("`<>")
    if wanted.startswith(GS):
        home, _, name = wanted.removeprefix(GS).partition("/")
        if bucket and bucket.strip().removeprefix(GS).rstrip("/") != home:
            raise BadArguments(f"{wanted} is not in the bucket {bucket}; name one of the two.")
        found, note = bucket_of(backends, home)
        return Meant(found, name, note)
    found, note = bucket_of(backends, bucket)
    return Meant(found, wanted.lstrip("/"), note)


def find_object(backends: Backends, text: str, bucket: str = "") -> tuple[StoredObject, str]:
    """The object that is meant, and what was understood: exact, then a unique beginning, then the nearest.

    Raises:
        BadArguments: None is near, or several are.
        Refused: Its bucket may not be worked with.
    """
    meant = named(backends, text, bucket)
    if not meant.name:
        raise BadArguments(f"Say which object of {meant.bucket}; `/mlops objects {meant.bucket}` lists them.")
    try:
        return backends.storage.object(meant.bucket, meant.name), meant.note
    except BadArguments:
        known = _near(backends, meant)
    name = names.match(meant.name, [each.name for each in known], noun="object").name
    found = next(each for each in known if each.name == name)
    return found, wording.joined(
        meant.note, f"I took “{names.shown(meant.name)}” for **{wording.shortened(found.name, 300)}**."
    )


def _near(backends: Backends, meant: Meant) -> tuple[StoredObject, ...]:
    """Objects among which the one that is meant may be: those of its folder, or all when it names none."""
    folder, cut, _ = meant.name.rpartition("/")
    page = backends.storage.objects(meant.bucket, prefix=folder + cut, flat=True, limit=LOOKED_AT)
    if not page.objects and folder:
        page = backends.storage.objects(meant.bucket, flat=True, limit=LOOKED_AT)
    return page.objects


def _is_glob(name: str) -> bool:
    return "*" in name or "?" in name


def _looked_up(backends: Backends, name: str) -> Bucket | None:
    try:
        return backends.storage.bucket(name)
    except BadArguments:
        return None
    except Refused:  # what is in it may be open to us all the same
        return Bucket(name=name)
