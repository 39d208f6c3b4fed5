/* H.264 parameter sets and slice headers (ITU-T H.264, 7.3.2 and 7.3.3). */
#include "headers.h"

#include <string.h>

static void scaling_list(Bits *b, int size) {
    int last = 8, next = 8;
    for (int i = 0; i < size; i++) {
        if (next) next = (last + se(b) + 256) % 256;
        if (next) last = next;
    }
}

static void hrd(Bits *b) {
    unsigned count = ue(b) + 1;
    skip(b, 8);
    while (count-- && b->at < b->size) ue(b), ue(b), skip(b, 1);
    skip(b, 20);
}

static void vui(Bits *b, Sequence *s) {
    if (bit(b) && bits(b, 8) == 255) skip(b, 32);
    if (bit(b)) skip(b, 1);
    if (bit(b)) {
        skip(b, 4);
        if (bit(b)) skip(b, 24);
    }
    if (bit(b)) ue(b), ue(b);
    if (bit(b)) skip(b, 65);
    int nal = bit(b);
    if (nal) hrd(b);
    int vcl = bit(b);
    if (vcl) hrd(b);
    if (nal || vcl) skip(b, 1);
    skip(b, 1);
    if (bit(b)) {
        skip(b, 1);
        ue(b), ue(b), ue(b), ue(b);
        s->reorder = (int)ue(b);
        s->surfaces = (int)ue(b);
    }
}

static void sequence(Sets *sets, Bits *b) {
    Sequence s;
    memset(&s, 0, sizeof s);
    unsigned profile = bits(b, 8);
    skip(b, 16);
    unsigned id = ue(b) % 32;
    s.known = 1;
    s.chroma = 1;
    s.bit_depth = 8;
    if (profile >= 100 || profile == 44 || profile == 83 || profile == 86) {
        s.chroma = (int)ue(b);
        if (s.chroma == 3) s.separate_planes = (int)bit(b);
        s.bit_depth = 8 + (int)ue(b);
        ue(b);
        skip(b, 1);
        if (bit(b))
            for (int i = 0; i < (s.chroma == 3 ? 12 : 8); i++)
                if (bit(b)) scaling_list(b, i < 6 ? 16 : 64);
    }
    s.frame_num_bits = (int)ue(b) + 4;
    unsigned order_type = ue(b);
    if (order_type == 0) s.order_bits = (int)ue(b) + 4;
    if (order_type == 1) {
        skip(b, 1);
        se(b), se(b);
        for (unsigned n = ue(b); n && b->at < b->size; n--) se(b);
    }
    s.surfaces = (int)ue(b);
    s.reorder = s.order_bits ? s.surfaces : 0;
    skip(b, 1);
    s.coded_width = (ue(b) + 1) * 16;
    unsigned rows = ue(b) + 1;
    s.frames_only = (int)bit(b);
    s.coded_height = rows * 16 * (s.frames_only ? 1 : 2);
    if (!s.frames_only) skip(b, 1);
    skip(b, 1);
    s.right = s.coded_width;
    s.bottom = s.coded_height;
    if (bit(b)) {
        unsigned across = s.chroma == 1 || s.chroma == 2 ? 2 : 1;
        unsigned down = (s.chroma == 1 ? 2 : 1) * (s.frames_only ? 1 : 2);
        s.left = ue(b) * across;
        s.right -= ue(b) * across;
        s.top = ue(b) * down;
        s.bottom -= ue(b) * down;
    }
    if (bit(b)) vui(b, &s);
    sets->sequences[id] = s;
}

Slice h264_nal(Sets *sets, const unsigned char *data, size_t size) {
    Slice slice;
    memset(&slice, 0, sizeof slice);
    Bits b = {.data = data + 1, .size = size - 1};
    int type = data[0] & 31;
    if (type == 7) sequence(sets, &b);
    if (type == 8) {
        Picture *picture = &sets->pictures[ue(&b) % 256];
        picture->known = 1;
        picture->sequence = (int)ue(&b) % 32;
    }
    if (type != 1 && type != 5) return slice;
    slice.is_slice = 1;
    slice.reference = data[0] >> 5 & 3;
    slice.idr = type == 5;
    slice.begins = ue(&b) == 0;
    slice.entry = ue(&b) % 5 == 2;
    slice.picture_set = (int)ue(&b) % 256;
    Sequence *s = &sets->sequences[sets->pictures[slice.picture_set].sequence];
    if (s->separate_planes) skip(&b, 2);
    skip(&b, s->frame_num_bits);
    if (!s->frames_only && bit(&b)) skip(&b, 1);
    if (slice.idr) ue(&b);
    slice.order = (int)bits(&b, s->order_bits);
    return slice;
}
