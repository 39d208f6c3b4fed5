"""Presigned addresses as today's S3 takes them: signed by version 4, for the client's own region.

botocore would sign them by version 2, which buckets made since 2020 refuse, and for the global host,
which newer regions do not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client


def sign_links_as_requests(client: S3Client) -> None:
    """Let the client sign addresses as it does requests; an endpoint of one's own stays."""
    events = client.meta.events
    events.register_first("choose-signer.s3", _same_version)
    events.register_first("before-endpoint-resolution.s3", _same_region)


def _same_version(signature_version: str, **_: object) -> Any:
    return signature_version if signature_version.endswith("-query") else None


def _same_region(context: dict[str, Any], **_: object) -> None:
    if "use_global_endpoint" in context:
        context["use_global_endpoint"] = False
