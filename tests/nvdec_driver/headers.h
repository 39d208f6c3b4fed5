/* What the parser needs of a codec's headers. */
#ifndef HEADERS_H
#define HEADERS_H
#include "bits.h"

typedef struct {
    int known;
    unsigned coded_width, coded_height, left, top, right, bottom;
    int chroma, bit_depth;
    int reorder;  /* pictures that may have to wait for an earlier one */
    int surfaces; /* of the decoded picture buffer */
    int order_bits; /* of the picture order count's low part; 0: decode order is display order */
    int frame_num_bits, separate_planes, frames_only;
} Sequence;

typedef struct {
    int known, sequence, extra_bits, output_flag, dependent_slices;
} Picture;

typedef struct {
    int is_slice, begins; /* the first slice of a picture */
    int picture_set, order, entry, idr, leading, reference;
} Slice;

typedef struct {
    Sequence sequences[32];
    Picture pictures[256];
} Sets;

/* Take one NAL unit without its start code: fill in a parameter set, or say what slice it is. */
Slice h264_nal(Sets *sets, const unsigned char *data, size_t size);
Slice hevc_nal(Sets *sets, const unsigned char *data, size_t size);
#endif
