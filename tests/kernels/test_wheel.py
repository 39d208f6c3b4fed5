"""What a wheel of ours puts into an environment: our import names, and no ``kernels``."""

from __future__ import annotations

import os
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.kernels.children import ROOT, run_python


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the contents of a wheel of this tree."""
    if find_spec("hatchling") is None:
        message = "hatchling is missing; it is part of the extra 'test'"
        if os.environ.get("GPU_SERVICE_TEST_REQUIRE"):
            pytest.fail(message)
        pytest.skip(message)
    folder = tmp_path_factory.mktemp("wheel")
    done = run_python("-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def test_no_name_but_ours(installed: Path) -> None:
    names = {path.name for path in installed.iterdir() if path.suffix != ".dist-info"}
    assert names == {"gpu_service", "gpu_service_kernels"}


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    """A folder with another project's package ``kernels``."""
    package = tmp_path / "kernels"
    package.mkdir()
    (package / "__init__.py").write_text("stranger = True\n")
    return tmp_path


_BOTH = (
    "import os\n"
    "os.chdir('/')\n"
    "import kernels\n"
    "import gpu_service_kernels.surface_to_detector as ours\n"
    "assert kernels.stranger\n"
    "print(ours.__file__)\n"
)


def test_the_wheel_and_another_projects_kernels_live_together(
    installed: Path, stranger: Path
) -> None:
    done = run_python("-P", "-c", _BOTH, path=(installed, stranger))
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(installed)


def test_so_does_a_checkout_though_its_folder_is_found_first(stranger: Path) -> None:
    done = run_python("-P", "-c", _BOTH, path=(ROOT, ROOT / "kernels", stranger))
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(ROOT / "kernels")
