"""Decoding with NVDEC: a video's scan and its pictures."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from gpu_service.decode.decoded import DecodedFrames
from gpu_service.decode.nvdec.chunks import detector_chunks
from gpu_service.decode.nvdec.look import FirstLook
from gpu_service.decode.nvdec.loss import ask_cpu
from gpu_service.decode.nvdec.pictures import NvdecPictures
from gpu_service.decode.nvdec.pool import DecoderPool, shared_pool
from gpu_service.decode.nvdec.stream import gpu_of
from gpu_service.decode.nvdec.stretch import Stretches
from gpu_service.decode.nvdec.suited import suited
from gpu_service.decode.nvdec.surface import Surface
from gpu_service.decode.nvdec.turn import TURN
from gpu_service.decode.opened_file import OpenedFile
from gpu_service.decode.seek import Packets
from gpu_service.decode.video import StreamedVideo
from gpu_service.errors import InternalError
from gpu_service.frames import DeviceDetectorFrames


class NvdecDecoder(StreamedVideo[DeviceDetectorFrames]):
    """A :class:`~gpu_service.decode.base.VideoDecoder` on NVDEC.

    What NVDEC mends in a damaged picture is in no count, since it tells no one. Interlaced pictures
    come as PyNvVideoCodec makes them, deinterlaced, where the CPU weaves the fields. Of a stream
    that changes its size on the way, NVDEC scales what is smaller than where its decoder began, so that
    a thumbnail has the size at its own keyframe or at an earlier one; what is larger than the header's
    size, rounded up to 64, is an error, and so is a picture that was cut out of a larger one.

    :param device: where surfaces lie and are read: ``cuda:0`` and the like, or ``cpu``.
    :param pool: lends the decoders; the process's own by default.
    :raises InputError: ``unsupported``, this GPU's NVDEC does not decode the stream.
    :raises SettingsError: ``no_cuda``, there is no NVDEC that can be used.
    """

    def __init__(self, opened: OpenedFile, *, device: str, pool: DecoderPool | None = None) -> None:
        demuxer = opened.demuxer
        kind = suited(demuxer, gpu_of(device), opened.name)
        lender = shared_pool() if pool is None else pool
        self._first_look = FirstLook(demuxer.stream)
        # One each: pictures are decoded while the scan goes on.
        self._stretches, again = (
            Stretches(demuxer, lender, kind, device, self._first_look) for _ in range(2)
        )
        opened.file.waiting = TURN.released
        decoded = DecodedFrames()
        pictures = NvdecPictures(opened, decoded, again)
        codec = demuxer.stream.codec_context.codec.canonical_name
        super().__init__(opened, decoded, pictures, backend=f"nvdec/{codec}")
        self._frameless: dict[int, int] = {}

    def _chunks(self, chunk_frames: int) -> Generator[DeviceDetectorFrames]:
        for rgb in detector_chunks(self._scanned(), chunk_frames):
            yield DeviceDetectorFrames(rgb, self._next_pts(len(rgb)))
        self._account_for_frameless()
        self._finish()

    def _scanned(self) -> Iterator[Surface]:
        index, clock = self._demuxer.index, self._clock()
        depth = self._demuxer.stream.codec_context.reorder_depth
        watched = self._first_look.watch(self._packets())
        for packet, surface in self._stretches.decode(self._counted(watched)):
            duration = self._frameless.pop(packet)
            # libavcodec gives a frame out with the packet that is `reorder_depth` later.
            due = len(self._decoded) + depth
            dts = index[due].dts if due < len(index) else None
            time = clock.stamp(index.pts(packet), dts, duration)
            entry = index.is_keyframe(packet)
            self._decoded.append(time, packet, entry=entry, corrupt=surface.is_corrupt)
            self._last_duration = duration
            yield surface

    def _counted(self, packets: Packets) -> Packets:
        for number, packet in packets:
            self._frameless[number] = packet.duration or 0
            yield number, packet

    def _account_for_frameless(self) -> None:
        if not self._frameless:
            return
        verdict = ask_cpu(self._demuxer, self._frameless)
        self._counts.undecodable_packets += verdict.broken
        if verdict.sound is not None:
            raise InternalError(
                f"{self._name}: NVDEC gave {len(self._decoded)} frames of "
                f"{len(self._demuxer.index)} packets and lost packet {verdict.sound}, which the "
                "CPU decodes; analyze it with --device cpu",
                reason="nvdec",
            )
