"""``analyze``: videos named by words and a manifest, all in one run."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gpu_service.batch.read import STDIN, fetch_manifest, read_manifest
from gpu_service.commands.common import errors, read_settings, run, with_database
from gpu_service.commands.outputs import OutputFile
from gpu_service.console.analyze import AnalyzeConsole
from gpu_service.console.plain import plain
from gpu_service.errors import GpuServiceError, SettingsError
from gpu_service.jobs import SourceRef, VideoJob
from gpu_service.pipeline.accelerator import STAGE
from gpu_service.pipeline.batch import analyze_recorded
from gpu_service.pipeline.deal import Deal
from gpu_service.processes.member import Hearing
from gpu_service.processes.run import analyze_in_processes
from gpu_service.processes.share import process_count
from gpu_service.run_summary import RunRecord
from gpu_service.settings import Settings
from gpu_service.trace_chrome import ChromeTrace

logger = logging.getLogger("gpu_service.cli")

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class AnalyzeWords:
    """The command line of ``analyze``.

    :param manifest: a path, ``s3://…`` or ``-``.
    :param device: None leaves it to the settings; so for ``concurrency`` and ``processes``.
    :param trace: a file for the timeline.
    :param summary: a file for the run object, or ``-``.
    """

    sources: tuple[str, ...]
    manifest: str | None
    video_id: int | None
    session: str | None
    device: str | None
    concurrency: int | None
    processes: int | None
    local: bool
    as_json: bool
    trace: Path | None
    summary: str | None


def run_analyze(words: AnalyzeWords) -> int:
    """Analyse every video; returns the exit code.

    :raises GpuServiceError: what is wrong with the command, its settings or the set-up.
    """
    jobs = _named_jobs(words)
    with ExitStack() as stack:
        outputs = _open_outputs(words, stack)
        timeline = _timeline(outputs["--trace"], stack) if "--trace" in outputs else None
        record = RunRecord(STAGE, *([timeline] if timeline is not None else []))
        if words.summary is not None:
            stack.enter_context(_summary(record, outputs.get("--summary")))
        seen = AnalyzeConsole(errors, record, as_json=words.as_json, device=words.device or "")
        stack.enter_context(seen)
        seen.expect(jobs)
        settings = _settings(words)
        if words.manifest is not None:
            jobs += _manifest_jobs(words.manifest, settings)
            seen.expect(jobs)
        _begin_outputs(outputs, words, jobs)
        settings = stack.enter_context(with_database(settings, local=words.local))
        folder = _folder(outputs["--trace"]) if timeline is not None else None
        hearing = Hearing(record, timeline, seen.listen, seen.done, seen.say, folder)
        return run(lambda: _analyze(settings, words.local, jobs, hearing))


def _named_jobs(words: AnalyzeWords) -> list[VideoJob]:
    """The jobs that the command line names.

    :raises SettingsError: ``usage``.
    """
    if not words.sources and words.manifest is None:
        raise SettingsError(
            "nothing to analyze; name s3://bucket/key, a path or --manifest", reason="usage"
        )
    if words.manifest is not None and (words.video_id is not None or words.session is not None):
        raise SettingsError(
            "--video-id and --session do not go with --manifest; its lines say video_id and "
            "session",
            reason="usage",
        )
    refs = [SourceRef.parse(source) for source in words.sources]
    if words.video_id is not None and len(refs) > 1:
        raise SettingsError(
            "--video-id names one video; give one source, or a --manifest", reason="usage"
        )
    return [VideoJob(ref, words.video_id, words.session) for ref in refs]


def _settings(words: AnalyzeWords) -> Settings:
    settings = read_settings()
    if words.device is not None:
        settings = settings.model_copy(update={"device": words.device})
    wanted = {"concurrency": words.concurrency, "processes": words.processes}
    said = {name: value for name, value in wanted.items() if value is not None}
    return settings.model_copy(update={"pipeline": settings.pipeline.model_copy(update=said)})


def _manifest_jobs(where: str, settings: Settings) -> list[VideoJob]:
    if where != STDIN:
        ref = SourceRef.parse(where)
        if ref.bucket is not None:
            return run(lambda: fetch_manifest(ref, settings))
    return read_manifest(where)


async def _analyze(settings: Settings, local: bool, jobs: list[VideoJob], hearing: Hearing) -> int:
    processes = process_count(settings, len(jobs))
    if processes < min(settings.pipeline.processes, len(jobs)):
        logger.warning(
            "%d processes, since no more videos run at once; see --concurrency", processes
        )
    if processes > 1:
        return await analyze_in_processes(
            settings, jobs, processes=processes, local=local, hearing=hearing
        )
    return await analyze_recorded(
        settings,
        Deal(jobs),
        record=hearing.record,
        local=local,
        sources=[job.source for job in jobs],
        listen=hearing.listen,
        done=hearing.done,
        alone=len(jobs) == 1,
    )


def _open_outputs(words: AnalyzeWords, stack: ExitStack) -> dict[str, OutputFile]:
    """The files to write, by their options.

    :raises SettingsError: ``usage``: one can't be written.
    """
    paths = {"--trace": words.trace}
    if words.summary is not None and words.summary != STDOUT:
        paths["--summary"] = Path(words.summary)
    return {
        option: stack.enter_context(OutputFile(option, path))
        for option, path in paths.items()
        if path is not None
    }


def _begin_outputs(
    outputs: dict[str, OutputFile], words: AnalyzeWords, jobs: list[VideoJob]
) -> None:
    taken = [Path(job.source.key) for job in jobs if job.source.bucket is None]
    if words.manifest is not None:
        taken.append(Path(words.manifest))
    for output in outputs.values():
        output.check(taken)
        taken.append(output.path)
    for output in outputs.values():
        output.begin()


def _folder(output: OutputFile) -> Path | None:
    """Where the file lies; None for a pipe or a terminal."""
    return output.path.parent if output.path.is_file() else None


def _timeline(output: OutputFile, stack: ExitStack) -> ChromeTrace:
    timeline = ChromeTrace(output.file)

    def finish() -> None:
        if output.begun:
            timeline.finish()
        if timeline.failure is not None:
            _not_whole(output, timeline.failure)

    stack.callback(finish)
    return timeline


@contextmanager
def _summary(record: RunRecord, output: OutputFile | None) -> Iterator[None]:
    """Write the run object at the end of the block, however it ends.

    :param output: None is stdout.
    """
    known: GpuServiceError | None = None
    try:
        yield
    except GpuServiceError as error:
        known = error
        raise
    finally:
        line = json.dumps(record.summary(known).as_json()) + "\n"
        if output is None:
            sys.stdout.write(line)
            sys.stdout.flush()
        elif output.begun:
            try:
                output.file.write(line)
                output.file.flush()
            except OSError as error:
                _not_whole(output, error)


def _not_whole(output: OutputFile, error: OSError) -> None:
    """The videos are done, and no other run would do them better: it is no error of theirs."""
    logger.warning("%s is not whole: %s", plain(str(output.path)), error.strerror)
