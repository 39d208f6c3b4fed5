/* HEVC parameter sets and slice headers (ITU-T H.265, 7.3.2 and 7.3.6). */
#include "headers.h"

#include <string.h>

static void profile_tier_level(Bits *b, unsigned sublayers) {
    skip(b, 96);
    int profile[8], level[8];
    for (unsigned i = 0; i < sublayers; i++) profile[i] = (int)bit(b), level[i] = (int)bit(b);
    if (sublayers)
        for (unsigned i = sublayers; i < 8; i++) skip(b, 2);
    for (unsigned i = 0; i < sublayers; i++) skip(b, (profile[i] ? 88 : 0) + (level[i] ? 8 : 0));
}

static void sequence(Sets *sets, Bits *b) {
    Sequence s;
    memset(&s, 0, sizeof s);
    skip(b, 4);
    unsigned sublayers = bits(b, 3);
    skip(b, 1);
    profile_tier_level(b, sublayers);
    unsigned id = ue(b) % 32;
    s.known = 1;
    s.chroma = (int)ue(b);
    if (s.chroma == 3) s.separate_planes = (int)bit(b);
    s.coded_width = s.right = ue(b);
    s.coded_height = s.bottom = ue(b);
    if (bit(b)) {
        unsigned across = s.chroma == 1 || s.chroma == 2 ? 2 : 1, down = s.chroma == 1 ? 2 : 1;
        s.left = ue(b) * across;
        s.right -= ue(b) * across;
        s.top = ue(b) * down;
        s.bottom -= ue(b) * down;
    }
    s.bit_depth = 8 + (int)ue(b);
    ue(b);
    s.order_bits = (int)ue(b) + 4;
    for (unsigned i = bit(b) ? 0 : sublayers; i <= sublayers; i++) {
        s.surfaces = (int)ue(b) + 1;
        s.reorder = (int)ue(b);
        ue(b);
    }
    sets->sequences[id] = s;
}

Slice hevc_nal(Sets *sets, const unsigned char *data, size_t size) {
    Slice slice;
    memset(&slice, 0, sizeof slice);
    if (size < 3) return slice;
    Bits b = {.data = data + 2, .size = size - 2};
    int type = data[0] >> 1 & 63;
    if (type == 33) sequence(sets, &b);
    if (type == 34) {
        Picture *picture = &sets->pictures[ue(&b) % 256];
        picture->known = 1;
        picture->sequence = (int)ue(&b) % 32;
        picture->dependent_slices = (int)bit(&b);
        picture->output_flag = (int)bit(&b);
        picture->extra_bits = (int)bits(&b, 3);
    }
    if (type > 9 && (type < 16 || type > 21)) return slice;
    slice.is_slice = 1;
    slice.begins = (int)bit(&b);
    slice.entry = type >= 16;
    slice.idr = type >= 16 && type <= 20; /* and BLA: what came before is over */
    slice.leading = type == 8 || type == 9;
    slice.reference = type >= 16 || type & 1;
    if (type >= 16) skip(&b, 1);
    slice.picture_set = (int)ue(&b) % 256;
    if (!slice.begins) return slice;
    Picture *picture = &sets->pictures[slice.picture_set];
    Sequence *s = &sets->sequences[picture->sequence];
    skip(&b, picture->extra_bits);
    ue(&b);
    if (picture->output_flag) skip(&b, 1);
    if (s->separate_planes) skip(&b, 2);
    if (type != 19 && type != 20) slice.order = (int)bits(&b, s->order_bits);
    return slice;
}
