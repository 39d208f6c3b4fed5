"""The commands: parsing and printing, nothing else. Results on stdout, everything else on stderr."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer
from rich.console import Console

from gpu_service import __version__
from gpu_service.console.plain import plain
from gpu_service.errors import GpuServiceError, InternalError, SettingsError
from gpu_service.settings import Settings, load_settings

app = typer.Typer(
    name="gpu-service",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Finds the events of videos in S3 and publishes each one's exact midpoint frame.",
    epilog="Exit codes: **0** all done, **2** usage or settings, **65** the input can never work, "
    "**75** try again, **70** a fault of ours. Settings come from the environment; "
    "`gpu-service doctor --settings` lists them.",
)

errors = Console(stderr=True)

Local = Annotated[
    bool, typer.Option("--local", help="Use an embedded PostgreSQL and a folder as object store.")
]
JsonLines = Annotated[bool, typer.Option("--json", help="Print one JSON object a video on stdout.")]


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Entry point: every error of ours is one line on stderr and an exit code.

    Anything else is a fault of ours that nothing has translated: its traceback is what helps.

    :param words: the command line without the program's name; None takes the process's own.
    """
    from gpu_service.pipeline.signals import signals_raise

    try:
        with signals_raise():
            app(words, prog_name="gpu-service")
    except GpuServiceError as error:
        line = plain(f"gpu-service: {error.reason}: {error}")
        errors.print(line, style="red", markup=False, soft_wrap=True)
        sys.exit(error.exit_code)
    except Exception:  # noqa: BLE001 - the process ends here
        traceback.print_exc()
        sys.exit(InternalError.exit_code)
    sys.exit(0)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"gpu-service {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


@contextmanager
def _prepared(*, local: bool, device: str | None = None) -> Iterator[Settings]:
    """Settings read, logging set up, and with ``--local`` the embedded database running."""
    from gpu_service.console.logs import set_up_logging

    settings = load_settings()
    if device is not None:
        settings = settings.model_copy(update={"device": device})
    set_up_logging(settings.log_level, errors)
    if not local:
        if not settings.database.database_url:
            raise SettingsError(
                "DATABASE_URL is not set; set it to postgresql://…, or use --local for an "
                "embedded database"
            )
        yield settings
        return
    from gpu_service.local.services import local_settings

    with local_settings(settings) as settings:
        yield settings


def _run(work: Callable[[], Any]) -> Any:
    import anyio

    from gpu_service.pipeline.signals import stop_on_signals

    async def guarded() -> Any:
        async with stop_on_signals():
            return await work()

    return anyio.run(guarded)


@app.command(
    epilog="Examples:\n\n"
    "`gpu-service analyze s3://capstone-dev-raw/videos/session_7/video_42.mp4`\n\n"
    "`gpu-service analyze holiday.mp4 --local`\n\n"
    "`gpu-service analyze a.mp4 b.mkv --local --json | jq .events`"
)
def analyze(
    sources: Annotated[
        list[str], typer.Argument(help="s3://bucket/key or a path; several at once.")
    ],
    video_id: Annotated[
        int | None,
        typer.Option(min=1, help="The video's id; else from its key, its row, or derived."),
    ] = None,
    session: Annotated[
        str | None, typer.Option(help="The session it belongs to; else from its key.")
    ] = None,
    device: Annotated[
        Literal["auto", "cpu", "cuda"] | None,
        typer.Option(help="Where to work; cuda never becomes the CPU silently."),
    ] = None,
    local: Local = False,
    as_json: JsonLines = False,
) -> None:
    """Find a video's events; store each one's midpoint frame and row."""
    from gpu_service.console.analyze import AnalyzeConsole
    from gpu_service.jobs import SourceRef, VideoJob
    from gpu_service.pipeline.batch import analyze_all, overall_exit_code
    from gpu_service.pipeline.services import open_services
    from gpu_service.trace import Trace

    refs = [SourceRef.parse(source) for source in sources]
    if video_id is not None and len(refs) > 1:
        raise SettingsError("--video-id names one video; give one source", reason="usage")
    jobs = [VideoJob(ref, video_id, session) for ref in refs]
    trace = Trace()
    with (
        AnalyzeConsole(errors, as_json, jobs, device or "") as seen,
        _prepared(local=local, device=device) as settings,
    ):

        async def work() -> Any:
            async with open_services(settings, local=local, sources=refs, trace=trace) as services:
                return await analyze_all(services, jobs, listen=seen.listen, done=seen.done)

        code = overall_exit_code(_run(work))
    raise typer.Exit(code)


@app.command(
    epilog="Examples:\n\n`DATABASE_URL=postgresql://… gpu-service migrate`\n\n"
    "`GPU_SERVICE_SCHEMA=video gpu-service migrate`"
)
def migrate(local: Local = False) -> None:
    """Create or update the tables."""
    from gpu_service.sink.migrate import migrate as apply

    with _prepared(local=local) as settings:
        applied = _run(lambda: apply(settings.database))
    done = ", ".join(applied) if applied else "nothing to do"
    errors.print(f"schema {settings.database.schema_name}: {done}", markup=False)


@app.command(
    epilog="Examples:\n\n`gpu-service verify`\n\n`gpu-service verify 42 --json`",
)
def verify(
    video_id: Annotated[int | None, typer.Argument(help="One video; else all.")] = None,
    local: Local = False,
    as_json: JsonLines = False,
) -> None:
    """Read everything back: each row's object exists, is whole and says the same; no orphans."""
    from gpu_service.console.verify import print_report
    from gpu_service.pipeline.services import open_sinks
    from gpu_service.pipeline.verify import verify_sinks

    with _prepared(local=local) as settings:

        async def work() -> Any:
            async with open_sinks(settings, local=local) as sinks:
                return await verify_sinks(sinks, video_id)

        report = _run(work)
    print_report(report, errors, as_json=as_json)
    raise typer.Exit(0 if report.sound else InternalError.exit_code)


@app.command(epilog="Examples:\n\n`gpu-service doctor`\n\n`gpu-service doctor --settings`")
def doctor(
    settings_too: Annotated[
        bool, typer.Option("--settings", help="List every setting and leave.")
    ] = False,
    as_json: JsonLines = False,
) -> None:
    """Say what this machine has, what is missing, and what to do about it."""
    from gpu_service.console.doctor import print_checks, print_settings

    if settings_too:
        print_settings()
        return
    import anyio

    from gpu_service.doctor import examine

    checks = anyio.run(examine, load_settings())
    print_checks(checks, as_json=as_json)
    raise typer.Exit(0 if all(check.usable for check in checks) else SettingsError.exit_code)


@app.command(epilog="Examples:\n\n`gpu-service demo`\n\n`gpu-service demo my.mp4 --keep`")
def demo(
    video: Annotated[
        Path | None, typer.Argument(help="A video of yours; else one is drawn.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave database and S3 running until Ctrl-C.")
    ] = False,
) -> None:
    """Run the real thing on this machine: S3 endpoint, PostgreSQL, migrate, analyze, verify."""
    from gpu_service.console.logs import set_up_logging
    from gpu_service.demo.run import run_demo

    settings = load_settings()
    set_up_logging(settings.log_level, errors)
    raise typer.Exit(run_demo(settings, video, keep=keep))


if __name__ == "__main__":
    main()
