"""Objects in buckets: listing, looking at, keeping and opening them, each named by its gs:// address."""

import re

from worker.agent.offline.intent import Intent
from worker.agent.offline.steps import Step

_ADDRESS = re.compile(r"gs://[a-z0-9._-]+(?:/[^\s<>`|\"',;]*)?", re.IGNORECASE)
_FILE = re.compile(r"[\w.-]+\.(?:csv|tsv|json|txt|parquet|pkl|onnx|zip|yaml|yml|md)\b", re.IGNORECASE)
_END = ".?!)"


def _address(step: Step) -> str:
    """The address that the message names; empty for none."""
    found = _ADDRESS.search(step.dialogue.now.said)
    return found[0].rstrip(_END) if found else ""


def _of_object(step: Step) -> str:
    return step.call(step.tool(), object=_address(step) or step.slots.quoted or None).text


def _look(step: Step) -> str:
    """The beginning of an object; of a place that holds many, what they are."""
    address = _address(step)
    listing = step.toolbox.find(("list_objects",))
    is_place = not address or address.endswith("/") or "/" not in address.removeprefix("gs://")
    if is_place and listing is not None:
        return step.call(listing, bucket=address or None).text
    return _of_object(step)


def _keep(step: Step) -> str:
    said = _ADDRESS.sub(" ", step.dialogue.now.said)
    named = _FILE.search(said)
    address = _address(step)
    if address and "/" not in address.removeprefix("gs://"):
        address += "/"  # a bucket is a place for the file's own name
    return step.call(step.tool(), object=address or None, file=named[0] if named else None).text


INTENTS = (
    Intent(
        name="keep_object",
        does="keep a file in a bucket",
        example="`upload data.csv to gs://BUCKET/data/`",
        play=_keep,
        tools=("upload_object", "upload_*"),
        changes=True,
        instead="Until then, use `gcloud storage cp`.",
        how="A file of the thread is kept under the name that you give; nothing is overwritten unless you name what.",
        signs="""
            =upload bucket @3.8
            =upload =gs @4.4
            =gs =keep|=store|=save|=put|=copy|=move|=archive @4.3
        """,
    ),
    Intent(
        name="download_object",
        does="put an object into the thread",
        example="`download gs://BUCKET/data.csv`",
        play=_of_object,
        tools=("download_object",),
        changes=True,
        instead="Until then, use `gcloud storage cp`.",
        how="It is a file of at most 5 MB that everybody here can read; it is written into the audit log.",
        signs="""
            =gs =download|=fetch|=attach @4.4
            =gs =send|=give|=bring|=put|=share =file|=here|=thread|=me !=link !=url !=address !=signed @4.35
        """,
    ),
    Intent(
        name="open_object",
        does="make an address that opens an object for a while",
        example="`give me a link to gs://BUCKET/data.csv`",
        play=_of_object,
        tools=("sign_object_url",),
        changes=True,
        instead="Until then, use `gcloud storage sign-url`.",
        how="Whoever has the address can read that one object for 15 minutes; it is written into the audit log.",
        signs="""
            =signed =url|=link|=address @3.6
            =gs =url|=link|=address|=share @4.3
        """,
    ),
    Intent(
        name="look_into_bucket",
        does="show objects of a bucket, or the beginning of one",
        example="`show gs://BUCKET/data.csv`",
        play=_look,
        tools=("read_object", "describe_object"),
        instead="Google Cloud tools are not part of this installation.",
        signs="""
            =gs @3.7
            =gs show|what|=list|=read|=open|=head|=preview|=look|=inspect @4.2
        """,
    ),
)
