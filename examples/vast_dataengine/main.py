"""A VAST DataEngine function: an image lands in a bucket, and its thumbnail, its proxy, a row and an event
follow.

`init` is called once per container, `handler` once per event. What may pass, or somebody may mend, is
raised, as DataEngine delivers such an event again; what lies in the file, such as damage, is returned, as
that is never tried again. Nothing is written to the container's disk.
"""

import os
from typing import Any, Dict, Mapping, Optional

import proxycore

from location import Location, locations
from rows import VastRows

_BESIDE = "{dir}/.proxies/{stem}_{name}.{ext}"
"""Where outputs lie in the bucket; in memory they are called the same."""

_function: Optional["Function"] = None


def init(ctx: Any) -> None:
    """Reads the settings. What they name is connected to by the first event, so that a database or a
    broker that is away for a moment is an event that comes again, and not a container that dies."""
    global _function
    _function = Function(ctx, os.environ)


def handler(ctx: Any, event: Any) -> Dict[str, Any]:
    """Makes the renditions of the objects that an event names: of all, before what is to be raised is."""
    if _function is None:
        init(ctx)
    assert _function is not None
    try:
        found = locations(event)
    except ValueError as error:
        ctx.logger.error("event %s: %s", getattr(event, "id", None), error)
        return _refusal(error)
    results, raised = [], None
    for each in found:
        try:
            results.append(_refusal(each) if isinstance(each, ValueError) else _function.run(ctx, each))
        except Exception as error:
            raised = raised or error
    if raised is not None:
        raise raised
    if len(results) == 1:
        return results[0]
    failed = any(each["status"] == "error" for each in results)
    return {"status": "error" if failed else "success", "results": results}


class Function:
    """What a container keeps between events: a pipeline for each bucket."""

    def __init__(self, ctx: Any, environment: Mapping[str, str]) -> None:
        names = "S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY"
        # what is left out, the library looks for where AWS's tools do
        self._s3 = [environment.get(name) or None for name in names]
        self.is_dev = _is_on(environment.get("DEV_MODE", ""))
        self.rows = None if self.is_dev else VastRows.of(_secret(ctx, environment), environment)
        self.events = None if self.is_dev else _topic(environment)
        self._pipelines: Dict[str, proxycore.Pipeline] = {}
        places = f"rows to {self.rows or 'nowhere'}, events to {self.events or 'nowhere'}"
        dry = "; DEV_MODE: nothing is written" if self.is_dev else ""
        ctx.logger.info("proxycore %s: %s%s", proxycore.__version__, places, dry)

    def run(self, ctx: Any, location: Location) -> Dict[str, Any]:
        """Runs the pipeline for one object."""
        place = f"s3://{location.bucket}/{location.key}"
        if ".proxies" in location.key.split("/")[:-1]:
            ctx.logger.info("%s: an output of this function, left alone", place)
            return _refusal(f"{location.key}: lies in .proxies, where this function writes")
        # a wrong setting is no fault of the file, and so is raised
        try:
            pipeline = self._pipeline(location.bucket)
        except Exception as error:
            ctx.logger.error("%s: %s", place, error)
            raise
        try:
            result = pipeline.run(location.key)
        except proxycore.ProxycoreError as error:
            said = _words(error)
            ctx.logger.error("%s: %s", place, said)
            if not self._is_lasting(error, location.bucket):
                raise
            return _refusal(said)
        for warning in result.warnings:
            ctx.logger.warning("%s: %s", place, warning)
        done = "stood already" if result.skipped else f"made in {result.processing_time_seconds:.2f} s"
        ctx.logger.info("%s: %s", place, done)
        return result.to_dict()

    def _is_lasting(self, error: proxycore.ProxycoreError, bucket: str) -> bool:
        """Whether the same event would fail again, whatever is mended elsewhere."""
        if isinstance(error.__cause__, proxycore.RefusedError):
            return True  # `VastRows` knows the rows that no table of that kind takes
        if isinstance(error, proxycore.NotFoundError):
            return self._store(bucket).exists()
        return error.is_of_source

    def _pipeline(self, bucket: str) -> proxycore.Pipeline:
        if self.is_dev:
            # with a memory of its own, which goes when the event is done
            memory = proxycore.Store(f"memory:{bucket}")
            return proxycore.Pipeline(self._store(bucket), output=memory, template=_BESIDE)
        known = self._pipelines.get(bucket)
        if known is None:
            opened = proxycore.Pipeline(self._store(bucket), metadata=self.rows, events=self.events)
            # opened without a lock, for a broker that is away would hold up all threads in turn
            known = self._pipelines.setdefault(bucket, opened)
        return known

    def _store(self, bucket: str) -> proxycore.Store:
        endpoint, access, secret = self._s3
        return proxycore.Store(f"s3://{bucket}", endpoint=endpoint, access_key=access, secret_key=secret)


def _is_on(switch: str) -> bool:
    return switch.strip().lower() not in ("", "0", "false", "no", "off")


def _secret(ctx: Any, environment: Mapping[str, str]) -> Dict[str, str]:
    """The database's secret, where the function was given one."""
    try:
        return dict(ctx.secrets[environment.get("VAST_DB_SECRET_NAME") or "vast-db"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}


def _topic(environment: Mapping[str, str]) -> Optional[str]:
    broker = environment.get("KAFKA_BROKER")
    if not broker:
        return None
    return f"kafka://{broker}/{environment.get('KAFKA_TOPIC') or 'spaceharbor.proxy'}"


def _words(error: proxycore.ProxycoreError) -> str:
    """What an error says, with what lay beneath where that may be a certificate or a cable; or, where
    `VastRows` raised it, what that said."""
    cause = error.__cause__
    if isinstance(cause, proxycore.ProxycoreError):
        return str(cause)
    return f"{error}: {cause}" if cause and error.is_retryable else str(error)


def _refusal(why: object) -> Dict[str, Any]:
    return {"status": "error", "error": str(why)}
