"""The commands: parsing and printing, nothing else. Results on stdout, everything else on stderr."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from gpu_service import __version__
from gpu_service.commands.common import errors
from gpu_service.console.plain import plain
from gpu_service.console.stdout import results_alone
from gpu_service.errors import GpuServiceError, InternalError, SettingsError

_EXIT_CODES = (
    "Exit codes: **0** all done, **2** usage or settings, **65** the input can never work, "
    "**75** try again, **70** a fault of ours."
)

app = typer.Typer(
    name="gpu-service",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Finds the events of videos in S3 and publishes each one's exact midpoint frame.",
    epilog=f"{_EXIT_CODES} Settings come from the environment; "
    "`gpu-service doctor --settings` lists them.",
)

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
        with results_alone(), signals_raise():
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


@app.command(
    epilog="Examples:\n\n"
    "`gpu-service analyze s3://capstone-dev-raw/videos/session_7/video_42.mp4`\n\n"
    "`gpu-service analyze holiday.mp4 --local`\n\n"
    "`gpu-service analyze --manifest s3://bucket/week.jsonl --concurrency 8 --json`\n\n"
    "`gpu-service analyze a.mp4 b.mkv --local --trace out.json --summary run.json`\n\n"
    f"{_EXIT_CODES}"
)
def analyze(
    sources: Annotated[
        list[str] | None, typer.Argument(help="s3://bucket/key or a path; several at once.")
    ] = None,
    manifest: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="More videos, one JSON object a line: "
            '{"source": "s3://… or a path", "video_id": 42, "session": "7"}, the last two if '
            "wanted. A file, s3://bucket/key, or - for stdin. Its relative paths begin at the "
            "working directory.",
        ),
    ] = None,
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
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Videos at once; else GPU_SERVICE_CONCURRENCY."),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=64,
            help="Processes that share the GPU and the videos at once, for a GPU whose decoders are "
            "faster than a single process feeds; else GPU_SERVICE_PROCESSES.",
        ),
    ] = None,
    local: Local = False,
    as_json: JsonLines = False,
    trace: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a timeline of every stage for ui.perfetto.dev or chrome://tracing.",
        ),
    ] = None,
    summary: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write the run as one JSON object: time and waits of each stage, how busy the "
            "model was, memory, bytes. - for stdout, as its last line.",
        ),
    ] = None,
) -> None:
    """Find the events of videos; store each one's midpoint frame and row.

    Several videos run at once and share the model of their process. Results come as each video finishes.
    """
    from gpu_service.commands.analyze import AnalyzeWords, run_analyze

    words = AnalyzeWords(
        sources=tuple(sources or ()),
        manifest=manifest,
        video_id=video_id,
        session=session,
        device=device,
        concurrency=concurrency,
        processes=processes,
        local=local,
        as_json=as_json,
        trace=trace,
        summary=summary,
    )
    raise typer.Exit(run_analyze(words))


@app.command(
    epilog="Examples:\n\n`DATABASE_URL=postgresql://… gpu-service migrate`\n\n"
    "`GPU_SERVICE_SCHEMA=video gpu-service migrate`"
)
def migrate(local: Local = False) -> None:
    """Create or update the tables."""
    from gpu_service.commands.common import read_settings, run, with_database
    from gpu_service.sink.migrate import migrate as apply

    with with_database(read_settings(), local=local) as settings:
        applied = run(lambda: apply(settings.database))
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
    from gpu_service.commands.common import read_settings, run, with_database
    from gpu_service.console.verify import print_report
    from gpu_service.pipeline.services import open_sinks
    from gpu_service.pipeline.verify import Report, verify_sinks

    with with_database(read_settings(), local=local) as settings:

        async def work() -> Report:
            async with open_sinks(settings, local=local) as sinks:
                return await verify_sinks(sinks, video_id)

        report = run(work)
    print_report(report, errors, as_json=as_json)
    raise typer.Exit(0 if report.sound else InternalError.exit_code)


@app.command(
    epilog="Examples:\n\n"
    "`gpu-service serve`\n\n"
    "`gpu-service serve --local --port 8080`\n\n"
    "`curl -H 'Content-Type: application/json' -d "
    '\'{"bucket": "capstone-dev-raw", "key": "videos/session_7/video_42.mp4"}\' '
    "localhost:8000/videos/42/analysis`\n\n"
    "A signal stops it: what runs is cancelled and can be asked for again. Exit codes: **0** "
    "stopped, **75** stopped with jobs undone, others as usual."
)
def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; it asks nobody who they are.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8000,
    device: Annotated[
        Literal["auto", "cpu", "cuda"] | None,
        typer.Option(help="Where to work; cuda never becomes the CPU silently."),
    ] = None,
    local: Local = False,
) -> None:
    """Analyse videos that are asked for over HTTP: an internal trigger, without authentication.

    `POST /videos/{video_id}/analysis`, `GET /jobs/{id}`, `GET /videos/{video_id}/events`,
    `/healthz` and `/readyz`. The model is loaded once; GPU_SERVICE_CONCURRENCY videos run at once.
    """
    from gpu_service.commands.serve import run_serve

    raise typer.Exit(run_serve(host, port, device=device, local=local))


@app.command(epilog="Examples:\n\n`gpu-service health`\n\n`gpu-service health --pid 1234`")
def health(
    process: Annotated[
        int, typer.Option("--pid", min=1, help="Look at this process and its children.")
    ] = 1,
) -> None:
    """Ask the `serve` of this container whether it lives; where there is none, all is well.

    Ends with 0 or 1, as Docker wants it.
    """
    from gpu_service.commands.health import run_health

    raise typer.Exit(run_health(process))


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

    from gpu_service.doctor.examine import examine
    from gpu_service.settings import load_settings

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
    from gpu_service.commands.common import read_settings
    from gpu_service.demo.run import run_demo

    raise typer.Exit(run_demo(read_settings(), video, keep=keep))


if __name__ == "__main__":
    main()
