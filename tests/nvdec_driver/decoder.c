/* libnvcuvid.so.1, decoding: each picture becomes a surface that carries the PTS of its packet. */
#include <ffnvcodec/dynlink_cuda.h>
#include <ffnvcodec/dynlink_cuviddec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engines.h"
#include "faults.h"

enum { INVALID_VALUE = 1, NOT_SUPPORTED = 801, MAX_SURFACES = 64, POISON = 0xEE };

typedef struct {
    CUVIDDECODECREATEINFO info;
    long long pts[MAX_SURFACES];
    int decoded[MAX_SURFACES];
    unsigned char *output[MAX_SURFACES];
    int mapped[MAX_SURFACES];
    long long done_us[MAX_SURFACES];
    Session session;
    size_t pitch, size;
} Decoder;

static int live_decoders;

/* For tests: decoders that have not been destroyed. */
int standin_live_decoders(void) { return live_decoders; }

static int denied(int codec) {
    const char *list = getenv("NVDEC_STANDIN_UNSUPPORTED");
    for (; list && *list; list = strchr(list, ',') ? strchr(list, ',') + 1 : NULL)
        if (atoi(list) == codec) return 1;
    return 0;
}

/* As an Ada device has it: no H.264 of 10 bits, HEVC from 144x144, VP9 and AV1 from 128x128. */
CUresult cuvidGetDecoderCaps(CUVIDDECODECAPS *caps) {
    int hevc = caps->eCodecType == cudaVideoCodec_HEVC, h264 = caps->eCodecType == cudaVideoCodec_H264;
    unsigned depth = caps->nBitDepthMinus8;
    int h264_ok = h264 && caps->eChromaFormat == cudaVideoChromaFormat_420 && depth == 0;
    int hevc_ok = hevc && caps->eChromaFormat == cudaVideoChromaFormat_420 && depth <= 4;
    int framed = caps->eCodecType == cudaVideoCodec_VP9 || caps->eCodecType == cudaVideoCodec_AV1;
    int framed_ok = framed && caps->eChromaFormat == cudaVideoChromaFormat_420 && depth <= 2;
    caps->bIsSupported = (h264_ok || hevc_ok || framed_ok) && !denied(caps->eCodecType);
    if (!caps->bIsSupported) return CUDA_SUCCESS;
    caps->nNumNVDECs = (unsigned char)engines_count();
    caps->nOutputFormatMask = depth ? 3 : 1;
    caps->nMinWidth = hevc ? 144 : framed ? 128 : 48;
    caps->nMinHeight = hevc ? 144 : framed ? 128 : 16;
    caps->nMaxWidth = caps->nMaxHeight = hevc ? 8192 : 4096;
    caps->nMaxMBCount = hevc ? 262144 : 65536;
    return CUDA_SUCCESS;
}

static void make_outputs(Decoder *d) {
    int bytes = d->info.OutputFormat == cudaVideoSurfaceFormat_P016 ? 2 : 1;
    d->pitch = ((size_t)d->info.ulTargetWidth * bytes + 255) & ~(size_t)255;
    d->size = d->pitch * ((d->info.ulTargetHeight + 1) / 2 * 3);
    for (unsigned long i = 0; i < d->info.ulNumOutputSurfaces; i++) {
        free(d->output[i]);
        d->output[i] = malloc(d->size);
    }
}

CUresult cuvidCreateDecoder(CUvideodecoder *handle, CUVIDDECODECREATEINFO *info) {
    if (info->ulNumDecodeSurfaces > MAX_SURFACES || info->ulNumOutputSurfaces > MAX_SURFACES)
        return INVALID_VALUE;
    if (denied(info->CodecType)) return NOT_SUPPORTED;
    Decoder *d = calloc(1, sizeof *d);
    d->info = *info;
    make_outputs(d);
    __atomic_add_fetch(&live_decoders, 1, __ATOMIC_RELAXED);
    return *handle = d, CUDA_SUCCESS;
}

CUresult cuvidDestroyDecoder(CUvideodecoder handle) {
    Decoder *d = handle;
    if (!d) return INVALID_VALUE;
    for (int i = 0; i < MAX_SURFACES; i++) free(d->output[i]);
    __atomic_sub_fetch(&live_decoders, 1, __ATOMIC_RELAXED);
    return free(d), CUDA_SUCCESS;
}

CUresult cuvidReconfigureDecoder(CUvideodecoder handle, CUVIDRECONFIGUREDECODERINFO *to) {
    Decoder *d = handle;
    if (to->ulWidth > d->info.ulMaxWidth || to->ulHeight > d->info.ulMaxHeight ||
        to->ulNumDecodeSurfaces > d->info.ulNumDecodeSurfaces)
        return INVALID_VALUE;
    d->info.ulWidth = to->ulWidth;
    d->info.ulHeight = to->ulHeight;
    d->info.ulTargetWidth = to->ulTargetWidth;
    d->info.ulTargetHeight = to->ulTargetHeight;
    make_outputs(d);
    return CUDA_SUCCESS;
}

CUresult cuvidDecodePicture(CUvideodecoder handle, CUVIDPICPARAMS *picture) {
    Decoder *d = handle;
    int index = picture->CurrPicIdx;
    if (index < 0 || (unsigned long)index >= d->info.ulNumDecodeSurfaces) return INVALID_VALUE;
    memcpy(&d->pts[index], picture->Reserved, sizeof d->pts[index]);
    d->decoded[index] = 1;
    if (engines_are_timed()) d->done_us[index] = engines_decode(&d->session);
    return fault_at("NVDEC_STANDIN_FAIL_AT", d->pts[index]) ? CUDA_ERROR_UNKNOWN : CUDA_SUCCESS;
}

CUresult cuvidGetDecodeStatus(CUvideodecoder handle, int index, CUVIDGETDECODESTATUS *status) {
    Decoder *d = handle;
    int corrupt = fault_at("NVDEC_STANDIN_CORRUPT_AT", d->pts[index]);
    status->decodeStatus = corrupt ? cuvidDecodeStatus_Error : cuvidDecodeStatus_Success;
    return CUDA_SUCCESS;
}

static void draw(Decoder *d, unsigned char *surface, long long pts) {
    if (engines_are_timed()) {
        memcpy(surface, &pts, sizeof pts);
        return;
    }
    int wide = d->info.OutputFormat == cudaVideoSurfaceFormat_P016;
    size_t width = d->info.ulTargetWidth, rows = (d->info.ulTargetHeight + 1) / 2 * 3;
    size_t luma_rows = (d->info.ulTargetHeight + 1) / 2 * 2;
    unsigned char luma = (unsigned char)(16 + (unsigned long long)pts % 1009 * 37 % 219);
    unsigned char chroma = (unsigned char)(64 + (unsigned long long)pts % 1009 * 29 % 128);
    memset(surface, POISON, d->size);
    for (size_t row = 0; row < rows; row++)
        for (size_t x = 0; x < width; x++) {
            unsigned char value = row < luma_rows ? luma : chroma;
            if (row == 0 && x < 8) value = (unsigned char)((unsigned long long)pts >> 8 * x);
            unsigned char *at = surface + row * d->pitch + x * (wide ? 2 : 1);
            if (wide) *at++ = 0;
            *at = value;
        }
}

CUresult cuvidMapVideoFrame64(CUvideodecoder handle, int index, unsigned long long *pointer,
                              unsigned *pitch, CUVIDPROCPARAMS *processing) {
    Decoder *d = handle;
    (void)processing;
    if (index < 0 || index >= MAX_SURFACES || !d->decoded[index]) return INVALID_VALUE;
    if (engines_are_timed()) engines_wait(d->done_us[index]);
    for (unsigned long i = 0; i < d->info.ulNumOutputSurfaces; i++)
        if (!d->mapped[i]) {
            d->mapped[i] = 1;
            draw(d, d->output[i], d->pts[index]);
            *pointer = (unsigned long long)d->output[i];
            *pitch = (unsigned)d->pitch;
            return CUDA_SUCCESS;
        }
    return CUDA_ERROR_UNKNOWN;
}

CUresult cuvidUnmapVideoFrame64(CUvideodecoder handle, unsigned long long pointer) {
    Decoder *d = handle;
    for (unsigned long i = 0; i < d->info.ulNumOutputSurfaces; i++)
        if ((unsigned long long)d->output[i] == pointer && d->mapped[i]) {
            if (!engines_are_timed()) memset(d->output[i], POISON, d->size);
            return d->mapped[i] = 0, CUDA_SUCCESS;
        }
    return INVALID_VALUE;
}

CUresult cuvidCtxLockCreate(CUvideoctxlock *lock, CUcontext context) {
    (void)context;
    return *lock = malloc(1), CUDA_SUCCESS;
}

CUresult cuvidCtxLockDestroy(CUvideoctxlock lock) { return free(lock), CUDA_SUCCESS; }
CUresult cuvidCtxLock(CUvideoctxlock lock, unsigned flags) { return (void)lock, (void)flags, 0; }
CUresult cuvidCtxUnlock(CUvideoctxlock lock, unsigned flags) { return (void)lock, (void)flags, 0; }
