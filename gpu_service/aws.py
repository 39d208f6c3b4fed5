"""S3 clients and the translation of their errors, shared by source and sink."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from gpu_service.errors import GpuServiceError, InputError, SettingsError, TransientError

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

_CONNECT_TIMEOUT_SECONDS = 5
_READ_TIMEOUT_SECONDS = 30

_BUCKET_CODES = {"NoSuchBucket", "InvalidBucketName"}
_MISSING_CODES = {"NoSuchKey", "404", "NotFound", "NoSuchVersion"}
_DENIED_CODES = {"AccessDenied", "403", "Forbidden", "AllAccessDisabled"}
_CHECK_KEYS = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile or role"
_RENEW = "they have run out, get new ones"
_CREDENTIAL_CODES = {
    "InvalidAccessKeyId": _CHECK_KEYS,
    "SignatureDoesNotMatch": _CHECK_KEYS,
    "InvalidToken": _CHECK_KEYS,
    "ExpiredToken": _RENEW,
    "TokenRefreshRequired": _RENEW,
    "AuthorizationHeaderMalformed": "check AWS_REGION",
    "RequestTimeTooSkewed": "set this machine's clock",
}
_PASSING_STATUS = {408, 409, 429}


def s3_client(*, connections: int, attempts: int = 4) -> AbstractAsyncContextManager[S3Client]:
    """An S3 client set up by the usual ``AWS_*`` names; one a process, closed by its block.

    Checksums only "when required", since many S3-compatible stores refuse the default ones.

    :param connections: the size of its connection pool.
    :param attempts: tries of one request in all; 1 for a caller that repeats requests itself.
    """
    import aioboto3
    from aiobotocore.config import AioConfig

    config = AioConfig(
        connect_timeout=_CONNECT_TIMEOUT_SECONDS,
        read_timeout=_READ_TIMEOUT_SECONDS,
        max_pool_connections=connections,
        retries={"mode": "standard", "total_max_attempts": attempts},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    client: AbstractAsyncContextManager[S3Client] = aioboto3.Session().client("s3", config=config)
    return client


def error_code(error: BaseException) -> str:
    """The service's code of a botocore ``ClientError``, else an empty text."""
    response: dict[str, Any] = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def translate_s3_error(error: Exception, *, what: str) -> GpuServiceError:
    """The error of ours that says the same; raise it ``from`` the original.

    :param what: what was being done, with the address: ``reading s3://bucket/key``.
    """
    from botocore import exceptions as aws_errors

    if isinstance(error, GpuServiceError):
        return error
    said = " ".join(str(error).split())
    if isinstance(error, aws_errors.NoCredentialsError | aws_errors.PartialCredentialsError):
        return SettingsError(
            f"{what}: no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "a profile or a role",
            reason="credentials",
        )
    if isinstance(
        error,
        aws_errors.CredentialRetrievalError
        | aws_errors.SSOError
        | aws_errors.TokenRetrievalError
        | aws_errors.ProfileNotFound,
    ):
        return SettingsError(f"{what}: {said}", reason="credentials")
    if isinstance(error, aws_errors.NoRegionError):
        return SettingsError(f"{what}: no AWS region; set AWS_REGION", reason="settings")
    if isinstance(error, aws_errors.ParamValidationError):
        if "Invalid bucket name" in said:
            said = "that is no name a bucket can have"
        return SettingsError(f"{what}: {said}", reason="usage")
    if isinstance(error, aws_errors.ConfigNotFound | aws_errors.ConfigParseError | ValueError):
        return SettingsError(
            f"{what}: {said}; check AWS_* (AWS_ENDPOINT_URL, …)", reason="settings"
        )
    if isinstance(error, RecursionError):
        # botocore follows a redirect by asking for the bucket's region, which is redirected too.
        return SettingsError(
            f"{what}: the endpoint redirects without end; check AWS_ENDPOINT_URL (https, not "
            "http?) and AWS_REGION",
            reason="settings",
        )
    if not isinstance(error, aws_errors.ClientError):
        return TransientError(
            f"{what}: S3 is unreachable: {said}; check the network and AWS_ENDPOINT_URL",
            reason="s3_unreachable",
        )
    code = error_code(error)
    if code in _BUCKET_CODES:
        return InputError(f"{what}: the bucket does not exist", reason="bucket_missing")
    if code in _MISSING_CODES:
        return InputError(f"{what}: no such object; check the key", reason="object_missing")
    if code in _CREDENTIAL_CODES:
        return SettingsError(
            f"{what}: S3 refuses the credentials ({code}): {_CREDENTIAL_CODES[code]}",
            reason="credentials",
        )
    if code in _DENIED_CODES:
        return InputError(
            f"{what}: access denied; allow it to these credentials (role or bucket policy)",
            reason="access_denied",
        )
    if code == "InvalidObjectState":
        return InputError(f"{what}: the object is archived; restore it first", reason="archived")
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if 400 <= status < 500 and status not in _PASSING_STATUS:
        return InputError(f"{what}: S3 refuses with {code}: {said}", reason="s3_refused")
    return TransientError(f"{what}: S3 answers {code or 'an error'}: {said}", reason="s3_error")
