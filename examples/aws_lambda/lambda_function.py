"""An AWS Lambda function: an image lands in a bucket, and its thumbnail and its proxy follow.

It takes notifications of S3, straight from the bucket or through an SQS queue. Lambda runs again what
was raised, up to two times, and a queue hands again what `batchItemFailures` names; so what may pass is
told that way, and what will not, such as a damaged file, is logged and done with. Nothing is written to
the function's disk.
"""

import functools
import json
import logging
import os
from typing import Any, Dict, Iterator, List, NamedTuple, Optional
from urllib.parse import unquote_plus

import proxycore

LOG = logging.getLogger("proxycore.lambda")
LOG.setLevel(logging.INFO)  # Lambda's own handler is at the root, and passes warnings alone


class Location(NamedTuple):
    """An object in a bucket."""

    bucket: str
    key: str


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
    except ValueError as error:
        # an `InvalidError` of the pipeline is one, too, and is a setting to be mended
        if isinstance(error, proxycore.ProxycoreError):
            LOG.exception("a message has to come again")
            return False
        LOG.error("a message that is no notification: %s", error)
    except Exception:
        LOG.exception("a message has to come again")
        return False
    return True


def _all(notification: Any) -> List[Dict[str, Any]]:
    """Runs each object, and then raises the first error that may pass: the objects that were done are
    found up to date when the notification comes again."""
    results, raised = [], None
    for location in locations(notification):
        try:
            results.append(_run(location))
        except Exception as error:
            LOG.error("s3://%s/%s: %s", location.bucket, location.key, error)
            raised = raised or error
    if raised is not None:
        raise raised
    return results


def locations(notification: Any) -> List[Location]:
    """The objects that were made. What is no notification is a `ValueError`; S3's test message, which
    a queue gets when it is set up, is one of no objects."""
    try:
        if notification.get("Event") == "s3:TestEvent":
            return []
        return list(_created(notification["Records"]))
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a notification of S3: {error!r}") from error


def _created(records: List[Dict[str, Any]]) -> Iterator[Location]:
    for record in records:
        if record["eventName"].startswith("ObjectCreated:"):
            s3 = record["s3"]
            # keys are encoded as in a form, with `+` for a blank
            yield Location(s3["bucket"]["name"], unquote_plus(s3["object"]["key"]))


def _run(location: Location) -> Dict[str, Any]:
    place = f"s3://{location.bucket}/{location.key}"
    if ".proxies" in location.key.split("/")[:-1]:
        LOG.info("%s: an output of this function, left alone", place)
        return {"status": "error", "error": f"{location.key}: lies in .proxies, where this function writes"}
    # a wrong setting is no fault of the file, and so is raised
    pipeline = _pipeline(location.bucket)
    try:
        result = pipeline.run(location.key)
    except proxycore.ProxycoreError as error:
        if error.is_retryable or isinstance(error, proxycore.DeniedError):
            raise
        LOG.error("%s: %s", place, error)
        return {"status": "error", "error": str(error)}
    for warning in result.warnings:
        LOG.warning("%s: %s", place, warning)
    LOG.info("%s: %s", place, "stood already" if result.skipped else "made")
    return result.to_dict()


@functools.lru_cache(maxsize=None)
def _pipeline(bucket: str) -> proxycore.Pipeline:
    """One for each bucket, for as long as Lambda keeps the function warm. Region and keys are those
    that Lambda puts into the environment."""
    return proxycore.Pipeline(
        f"s3://{bucket}", metadata=_setting("PROXYCORE_METADATA"), events=_setting("PROXYCORE_EVENTS")
    )


def _setting(name: str) -> Optional[str]:
    return os.environ.get(name) or None
