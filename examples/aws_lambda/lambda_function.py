"""An AWS Lambda function: an image lands in a bucket, and its thumbnail and its proxy follow.

It takes notifications of S3, straight from the bucket or through an SQS queue. Lambda runs again what
was raised, up to two times, and a queue hands again what `batchItemFailures` names; so what may pass, or
somebody may mend, is told that way, and what lies in the file, such as damage, is logged and done with.
Nothing is written to the function's disk.
"""

import functools
import json
import logging
import os
from typing import Any, Dict, List, NamedTuple, Optional, Union
from urllib.parse import unquote_plus

import proxycore

LOG = logging.getLogger("proxycore.lambda")
LOG.setLevel(logging.INFO)  # Lambda's own handler is at the root, and passes warnings alone


class Location(NamedTuple):
    """An object in a bucket."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def handler(event: Dict[str, Any], context: object) -> Dict[str, Any]:
    """Takes what S3 or SQS sends. Names the messages that are to come again to SQS, raises to S3."""
    records = event.get("Records", [])
    if records and records[0].get("eventSource") == "aws:sqs":
        again = [record["messageId"] for record in records if not _message(record["body"])]
        return {"batchItemFailures": [{"itemIdentifier": each} for each in again]}
    return {"results": _all(event)}


def _message(body: str) -> bool:
    """Does what a queue's message says, and tells whether it need not come again."""
    try:
        _all(json.loads(body))
    except Exception as error:
        if not _is_odd(error):
            LOG.exception("a message has to come again")
            return False
        LOG.error("a message that is no notification: %s", error)
    return True


def _is_odd(error: Exception) -> bool:
    """Whether an error says that a message is no notification. An `InvalidError` of the pipeline is a
    `ValueError`, too, and a setting to be mended."""
    return isinstance(error, ValueError) and not isinstance(error, proxycore.ProxycoreError)


def _all(notification: Any) -> List[Dict[str, Any]]:
    """Runs each object, and then raises the first error that may pass, before that of a record that is
    none: the objects that were done are found up to date when the notification comes again."""
    results: List[Dict[str, Any]] = []
    failed: List[Exception] = []
    for each in locations(notification):
        try:
            if isinstance(each, ValueError):
                raise each
            results.append(_run(each))
        except Exception as error:
            LOG.error("%s: %s", each, error)
            failed.append(error)
    if failed:
        raise min(failed, key=_is_odd)
    return results


def locations(notification: Any) -> List[Union[Location, ValueError]]:
    """The objects that were made. What is no notification is a `ValueError`, and a record that is none
    stands as one among the others; S3's test message, which a queue gets when it is set up, is one of no
    objects."""
    try:
        if notification.get("Event") == "s3:TestEvent":
            return []
        made = [_created(record) for record in notification["Records"]]
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a notification of S3: {error!r}") from error
    return [each for each in made if each is not None]


def _created(record: Any) -> Union[Location, ValueError, None]:
    try:
        if not record["eventName"].startswith("ObjectCreated:"):
            return None
        s3 = record["s3"]
        # keys are encoded as in a form, with `+` for a blank
        return Location(s3["bucket"]["name"], unquote_plus(s3["object"]["key"]))
    except (AttributeError, LookupError, TypeError) as error:
        return ValueError(f"not a record of S3: {error!r}")


def _run(location: Location) -> Dict[str, Any]:
    if ".proxies" in location.key.split("/")[:-1]:
        LOG.info("%s: an output of this function, left alone", location)
        return {"status": "error", "error": f"{location.key}: lies in .proxies, where this function writes"}
    # a wrong setting is no fault of the file, and so is raised
    pipeline = _pipeline(location.bucket)
    try:
        result = pipeline.run(location.key)
    except proxycore.ProxycoreError as error:
        if not _is_lasting(error, location.bucket):
            raise
        LOG.error("%s: %s", location, error)
        return {"status": "error", "error": str(error)}
    for warning in result.warnings:
        LOG.warning("%s: %s", location, warning)
    LOG.info("%s: %s", location, "stood already" if result.skipped else "made")
    return result.to_dict()


def _is_lasting(error: proxycore.ProxycoreError, bucket: str) -> bool:
    """Whether the same event would fail again, whatever is mended elsewhere."""
    if isinstance(error, proxycore.NotFoundError):
        return proxycore.Store(f"s3://{bucket}").exists()
    return error.is_of_source


@functools.lru_cache(maxsize=None)
def _pipeline(bucket: str) -> proxycore.Pipeline:
    """One for each bucket, for as long as Lambda keeps the function warm. Region and keys are those
    that Lambda puts into the environment."""
    return proxycore.Pipeline(
        f"s3://{bucket}", metadata=_setting("PROXYCORE_METADATA"), events=_setting("PROXYCORE_EVENTS")
    )


def _setting(name: str) -> Optional[str]:
    return os.environ.get(name) or None
