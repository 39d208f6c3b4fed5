from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.simulated.devices import TABLE, BadTableError, read_devices

_WHOLE = TABLE.read_text()


def _table(folder: Path, text: str) -> Path:
    path = folder / "devices.toml"
    path.write_text(text)
    return path


def _line_of(text: str, beginning: str, *, after: str = "") -> int:
    start = text.index(after)
    return text[: text.index(beginning, start)].count("\n") + 1


def test_the_table_has_the_classes_of_devices_that_are_asked_for() -> None:
    devices = read_devices()
    assert list(devices) == ["T4", "L4", "A10G", "L40S", "A100", "H100"]
    # What the chips have and NVIDIA says of them.
    assert {name: device.engines for name, device in devices.items()} == {
        "T4": 2,
        "L4": 4,
        "A10G": 2,
        "L40S": 3,
        "A100": 5,
        "H100": 7,
    }
    with_av1 = {name for name, device in devices.items() if "av1" in device.frames_per_second}
    assert with_av1 == {"L4", "A10G", "L40S"}


@pytest.mark.parametrize(
    ("name", "noted", "noted_mhz", "mhz"),
    [
        ("T4", 771, 1860, 1470),
        ("L4", 903, 2160, 1770),
        ("A10G", 748, 1665, 1500),
        ("L40S", 903, 2160, 1965),
        ("A100", 771, 1860, 1290),
        ("H100", 771, 1860, 1545),
    ],
)
def test_h264_rates_are_the_notes_scaled_by_the_clock(
    name: str, noted: int, noted_mhz: int, mhz: int
) -> None:
    rate = read_devices()[name].frames_per_second["h264"]
    assert rate == pytest.approx(noted * mhz / noted_mhz, abs=0.6)


def test_windows_a_second_follow_from_the_peak() -> None:
    device = read_devices()["T4"]
    assert device.windows_per_second == pytest.approx(65e12 * 0.20 / 83.2e9)
    assert device.decode_rate("h264") == 2 * 609
    assert device.batch_overhead_seconds == pytest.approx(0.001)


def test_windows_a_second_that_are_stated_go_before_those(tmp_path: Path) -> None:
    stated = "[devices.T4]\nwindows_per_second = { value = 90.5, source = 'measured' }\n"
    devices = read_devices(_table(tmp_path, _WHOLE.replace("[devices.T4]\n", stated)))
    assert devices["T4"].windows_per_second == 90.5
    assert devices["T4"].sources["windows_per_second"] == "measured"
    # It is no estimate any more; every other device's still is.
    assert "share_of_peak" not in devices["T4"].estimated
    assert devices["L4"] == read_devices()["L4"]


def test_every_figure_says_where_it_comes_from() -> None:
    for device in read_devices().values():
        assert set(device.frames_per_second) <= set(device.sources)
        assert all(device.sources.values())
        assert "share_of_peak" in device.estimated
        assert "h264" not in device.estimated


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    text = _WHOLE.replace("value = 609,", "value = 1000,").replace("[devices.T4]", "[devices.Mine]")
    device = read_devices(_table(tmp_path, text))["Mine"]
    assert (device.name, device.frames_per_second["h264"]) == ("Mine", 1000)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("h264 = { value = 609,", "h264 = { value = 0,", "h264 must be a positive number, not 0"),
        ("h264 = { value = 609,", 'h264 = { value = "fast",', "h264 must be a positive number"),
        ("h264 = { value = 609,", "h264 = { value = true,", "h264 must be a positive number"),
        ("h264 = { value = 609,", "h265 = { value = 609,", "has no h264"),
        ("nvdec_engines = { value = 2,", "nvdec_engines = { value = 2.5,", "not a whole number"),
        ('source = "NVIDIA T4 datasheet"', 'source = " "', "fp16_tensor_tflops has no source"),
        (', source = "NVIDIA T4 datasheet"', "", "fp16_tensor_tflops must be { value = "),
        (
            "[devices.T4]\n",
            "[devices.T4]\nwindows_per_second = { value = 0, source = 's' }\n",
            "windows_per_second must be a positive number, not 0",
        ),
        (
            "[devices.T4]\n",
            "[devices.T4]\nwindows_per_second = { value = 9, source = '' }\n",
            "windows_per_second has no source",
        ),
        ("[devices.T4]\n", "[devices.T4]\nvp9 = { value = 1, source = 's' }\n", "vp9 is not a"),
    ],
)
def test_a_bad_figure_is_refused_by_name_and_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in _WHOLE
    text = _WHOLE.replace(old, new, 1)
    with pytest.raises(BadTableError) as raised:
        read_devices(_table(tmp_path, text))
    message = str(raised.value)
    assert said in message
    assert "[devices.T4]" in message
    name = message.split("[devices.T4] ")[1].split(" ")[0]
    beginning = "[devices.T4]" if name == "has" else f"{name} ="
    line = _line_of(text, beginning, after="[devices.T4]")
    assert f"devices.toml, line {line}:" in message


def test_what_is_no_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadTableError, match=r"devices\.toml: .*line 2"):
        read_devices(_table(tmp_path, "[model]\nshare_of_peak = \n"))


@pytest.mark.parametrize(("gone", "said"), [("model", r"\[model\]"), ("devices", "devices")])
def test_a_table_without_a_section_is_refused(tmp_path: Path, gone: str, said: str) -> None:
    text = _WHOLE.replace(f"[{gone}", "[other")
    with pytest.raises(BadTableError, match=said):
        read_devices(_table(tmp_path, text))
