/* libnvcuvid.so.1, parsing: access units and frames to pictures, displayed in their order. */
#include <ffnvcodec/dynlink_cuda.h>
#include <ffnvcodec/dynlink_cuviddec.h>
#include <ffnvcodec/dynlink_nvcuvid.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "frames.h"
#include "headers.h"

enum { MAX_WAITING = 32, MAX_SLICES = 1024 };

typedef struct {
    int surface, order;
    long long pts, timestamp; /* what it was fed with, and what it would be shown with */
} Waiting;

typedef struct {
    CUVIDPARSERPARAMS params;
    Sets sets;
    Sequence active;
    /* The picture whose slices are still coming. */
    unsigned char *data;
    size_t size, room;
    unsigned slices[MAX_SLICES], slice_count;
    Slice first;
    long long pts;
    /* Pictures that wait to be displayed. */
    Waiting waiting[MAX_WAITING];
    int waits, surfaces, last_surface;
    int order_high, order_low, entered, entry_order;
    /* Of VP9 and AV1: which surface is in which place, and whether it is a keyframe's. */
    int places[FRAME_PLACES], entries[FRAME_PLACES], shown;
    Frame last_frame;
    Av1Sequence av1;
} Parser;

static int live_parsers;

/* For tests: parsers that have not been destroyed. */
int standin_live_parsers(void) { return live_parsers; }

/* The picture that is first in order, with the smallest timestamp of all that wait. */
static int display_next(Parser *p) {
    int next = 0, earliest = 0;
    for (int i = 1; i < p->waits; i++) {
        if (p->waiting[i].order < p->waiting[next].order) next = i;
        if (p->waiting[i].timestamp < p->waiting[earliest].timestamp) earliest = i;
    }
    Waiting shown = p->waiting[next];
    long long timestamp = p->waiting[earliest].timestamp;
    p->waiting[earliest].timestamp = shown.timestamp;
    memmove(p->waiting + next, p->waiting + next + 1, (size_t)(--p->waits - next) * sizeof shown);
    if (fault_at("NVDEC_STANDIN_LOSE_AT", shown.pts)) return 1;
    CUVIDPARSERDISPINFO info = {shown.surface, 1, 0, 0, timestamp};
    return p->params.pfnDisplayPicture(p->params.pUserData, &info);
}

static int display_all(Parser *p) {
    int done = 1;
    while (p->waits) done &= display_next(p) > 0;
    return done;
}

static int begin_sequence(Parser *p, const Sequence *s) {
    CUVIDEOFORMAT format;
    memset(&format, 0, sizeof format);
    format.codec = p->params.CodecType;
    format.progressive_sequence = 1;
    format.bit_depth_luma_minus8 = format.bit_depth_chroma_minus8 = (unsigned char)(s->bit_depth - 8);
    format.min_num_decode_surfaces = (unsigned char)(s->surfaces + 4);
    format.coded_width = s->coded_width;
    format.coded_height = s->coded_height;
    format.display_area.left = (int)s->left;
    format.display_area.top = (int)s->top;
    format.display_area.right = (int)s->right;
    format.display_area.bottom = (int)s->bottom;
    format.chroma_format = (cudaVideoChromaFormat)s->chroma;
    if (!display_all(p)) return 0;
    int surfaces = p->params.pfnSequenceCallback(p->params.pUserData, &format);
    if (!surfaces) return 0;
    if (surfaces > 1) p->surfaces = surfaces;
    p->active = *s;
    return 1;
}

/* ITU-T H.264, 8.2.1.1, and H.265, 8.3.1; across an IDR nothing is compared. */
static int display_order(Parser *p) {
    int range = 1 << p->active.order_bits, low = p->first.order;
    if (p->active.order_bits == 0) return p->first.idr ? p->order_high = 0 : ++p->order_high;
    if (p->first.idr || !p->entered) p->order_high = p->order_low = 0;
    int high = p->order_high;
    if (low < p->order_low && p->order_low - low >= range / 2) high += range;
    if (low > p->order_low && low - p->order_low > range / 2) high -= range;
    if (p->first.reference) p->order_high = high, p->order_low = low;
    return high + low;
}

static int free_surface(Parser *p) {
    for (int step = 1; step <= p->surfaces; step++) {
        int surface = (p->last_surface + step) % p->surfaces, taken = 0;
        for (int i = 0; i < p->waits; i++) taken |= p->waiting[i].surface == surface;
        for (int i = 0; i < FRAME_PLACES; i++) taken |= p->places[i] == surface;
        if (!taken) return p->last_surface = surface;
    }
    return -1;
}

/* As before the first packet. */
static void forget(Parser *p) {
    memset(&p->sets, 0, sizeof p->sets);
    memset(p->places, -1, sizeof p->places);
    memset(&p->last_frame, 0, sizeof p->last_frame);
    memset(&p->av1, 0, sizeof p->av1);
    p->entered = p->shown = 0;
}

/* Decode what has been gathered into a surface, for which others may have to be shown first. */
static int decode(Parser *p, const Sequence *s, int *surface) {
    int done = 1;
    while ((*surface = free_surface(p)) < 0) done &= display_next(p) > 0;
    CUVIDPICPARAMS *picture = calloc(1, sizeof *picture);
    picture->PicWidthInMbs = (int)(s->coded_width + 15) / 16;
    picture->FrameHeightInMbs = (int)(s->coded_height + 15) / 16;
    picture->CurrPicIdx = *surface;
    picture->nBitstreamDataLen = (unsigned)p->size;
    picture->pBitstreamData = p->data;
    picture->nNumSlices = p->slice_count;
    picture->pSliceDataOffsets = p->slices;
    picture->ref_pic_flag = p->first.reference != 0;
    picture->intra_pic_flag = p->first.entry;
    memcpy(picture->Reserved, &p->pts, sizeof p->pts);
    done &= p->params.pfnDecodePicture(p->params.pUserData, picture) > 0;
    free(picture);
    return done;
}

static int finish_picture(Parser *p) {
    if (!p->slice_count) return 1;
    const Sequence *s = &p->sets.sequences[p->sets.pictures[p->first.picture_set].sequence];
    int known = p->sets.pictures[p->first.picture_set].known && s->known, done = 1;
    if (known) {
        if ((!p->entered || memcmp(s, &p->active, sizeof *s)) && !begin_sequence(p, s)) return 0;
        if (p->first.idr) done &= display_all(p);
        int order = display_order(p), entering = !p->entered;
        if (entering || p->first.idr) p->entry_order = p->first.idr ? INT_MIN : order;
        p->entered = 1;
        int dropped = order < p->entry_order &&
                      (p->params.CodecType == cudaVideoCodec_HEVC ? p->first.leading
                                                                  : getenv("NVDEC_STANDIN_DROP_LEADING") != NULL);
        if (order > p->entry_order && p->first.entry) p->entry_order = INT_MIN;
        if (!dropped) {
            int surface = -1;
            done &= decode(p, s, &surface);
            p->waiting[p->waits++] = (Waiting){surface, order, p->pts, p->pts};
            int delay = s->reorder + (int)p->params.ulMaxDisplayDelay;
            while (p->waits > delay || p->waits == MAX_WAITING) done &= display_next(p) > 0;
        }
    }
    p->slice_count = 0;
    p->size = 0;
    return done;
}

static void add_slice(Parser *p, const unsigned char *data, size_t size) {
    if (p->slice_count == MAX_SLICES) return;
    if (p->size + size + 3 > p->room) p->data = realloc(p->data, p->room = (p->size + size + 3) * 2);
    p->slices[p->slice_count++] = (unsigned)p->size;
    memcpy(p->data + p->size, "\0\0\1", 3);
    memcpy(p->data + p->size + 3, data, size);
    p->size += size + 3;
}

static void keep(Parser *p, int surface, int entry, unsigned where) {
    for (int i = 0; i < FRAME_PLACES; i++)
        if (where >> i & 1) p->places[i] = surface, p->entries[i] = entry;
}

static int take_frame(Parser *p, const Frame *f, long long pts, int coded) {
    int done = 1, surface = f->existing < 0 ? -1 : p->places[f->existing];
    if (f->existing >= 0) {
        if (surface < 0) return 1;
        if (p->entries[f->existing]) keep(p, surface, 1, WHOLE);
    } else {
        if (!p->entered && !f->entry) return 1;
        Sequence s = {.known = 1, .coded_width = f->width, .coded_height = f->height,
                      .right = f->width, .bottom = f->height, .chroma = 1,
                      .bit_depth = f->bit_depth, .surfaces = FRAME_PLACES};
        if ((!p->entered || memcmp(&s, &p->active, sizeof s)) && !begin_sequence(p, &s)) return 0;
        p->entered = 1;
        p->pts = pts + coded;
        p->first = (Slice){.entry = f->entry, .reference = f->kept != 0};
        add_slice(p, f->data, f->size);
        done &= decode(p, &s, &surface);
        p->slice_count = 0;
        p->size = 0;
        keep(p, surface, f->entry, f->kept);
    }
    if (f->shown) p->waiting[p->waits++] = (Waiting){surface, p->shown++, pts, pts};
    while (p->waits > (int)p->params.ulMaxDisplayDelay) done &= display_next(p) > 0;
    return done;
}

static int take_frames(Parser *p, const unsigned char *at, const unsigned char *end, long long pts) {
    int done = 1, coded = 0;
    while (at < end) {
        Frame f = p->params.CodecType == cudaVideoCodec_VP9 ? vp9_frame(&at, end, &p->last_frame)
                                                           : av1_frame(&at, end, &p->av1);
        if (f.is_frame) done &= take_frame(p, &f, pts, coded);
        coded += f.is_frame && f.existing < 0;
    }
    return done;
}

static int take_nal(Parser *p, const unsigned char *data, size_t size, long long pts) {
    int hevc = p->params.CodecType == cudaVideoCodec_HEVC, done = 1;
    /* A parameter set may replace the one that the picture before still needs. */
    int type = hevc ? data[0] >> 1 & 63 : data[0] & 31;
    if (hevc ? type >= 32 && type <= 35 : type >= 7 && type <= 9) done = finish_picture(p);
    Slice slice = hevc ? hevc_nal(&p->sets, data, size) : h264_nal(&p->sets, data, size);
    if (!slice.is_slice) return done;
    if (slice.begins) {
        done &= finish_picture(p);
        p->first = slice;
        p->pts = pts;
    }
    if (slice.begins || p->slice_count) add_slice(p, data, size);
    return done;
}

CUresult cuvidParseVideoData(CUvideoparser handle, CUVIDSOURCEDATAPACKET *packet) {
    Parser *p = handle;
    const unsigned char *data = packet->payload, *end = data + packet->payload_size, *nal = NULL;
    int done = 1, framed = p->params.CodecType == cudaVideoCodec_VP9 || p->params.CodecType == cudaVideoCodec_AV1;
    if (framed && packet->payload_size) done &= take_frames(p, data, end, packet->timestamp);
    for (const unsigned char *at = data; !framed && packet->payload_size && at <= end; at++) {
        int code = at + 3 <= end && !at[0] && !at[1] && at[2] == 1;
        if (!code && at < end) continue;
        const unsigned char *stop = at;
        while (nal && stop > nal && !stop[-1]) stop--;
        if (nal && stop > nal) done &= take_nal(p, nal, (size_t)(stop - nal), packet->timestamp);
        if (code) nal = at + 3, at += 2;
    }
    if (packet->flags & (CUVID_PKT_ENDOFPICTURE | CUVID_PKT_ENDOFSTREAM)) done &= finish_picture(p);
    if (packet->flags & CUVID_PKT_ENDOFSTREAM) {
        done &= display_all(p);
        forget(p);
        if (packet->flags & CUVID_PKT_NOTIFY_EOS)
            p->params.pfnDisplayPicture(p->params.pUserData, NULL);
    }
    return done ? CUDA_SUCCESS : CUDA_ERROR_UNKNOWN;
}

CUresult cuvidCreateVideoParser(CUvideoparser *handle, CUVIDPARSERPARAMS *params) {
    Parser *p = calloc(1, sizeof *p);
    p->params = *params;
    p->surfaces = (int)params->ulMaxNumDecodeSurfaces;
    forget(p);
    __atomic_add_fetch(&live_parsers, 1, __ATOMIC_RELAXED);
    return *handle = p, CUDA_SUCCESS;
}

CUresult cuvidDestroyVideoParser(CUvideoparser handle) {
    Parser *p = handle;
    free(p->data);
    __atomic_sub_fetch(&live_parsers, 1, __ATOMIC_RELAXED);
    return free(p), CUDA_SUCCESS;
}

/* The wheel looks these up and never calls them. */
CUresult cuvidCreateVideoSource(void) { return CUDA_ERROR_UNKNOWN; }
CUresult cuvidCreateVideoSourceW(void) { return CUDA_ERROR_UNKNOWN; }
CUresult cuvidDestroyVideoSource(void) { return CUDA_ERROR_UNKNOWN; }
CUresult cuvidSetVideoSourceState(void) { return CUDA_ERROR_UNKNOWN; }
CUresult cuvidGetVideoSourceState(void) { return CUDA_ERROR_UNKNOWN; }
CUresult cuvidGetSourceVideoFormat(void) { return CUDA_ERROR_UNKNOWN; }
CUresult cuvidGetSourceAudioFormat(void) { return CUDA_ERROR_UNKNOWN; }
