/* What the parser needs of a VP9 or AV1 frame: each may be kept in some of eight places, and be shown
   at once, later, or never. */
#ifndef FRAMES_H
#define FRAMES_H
#include "bits.h"

enum { FRAME_PLACES = 8, WHOLE = (1 << FRAME_PLACES) - 1 };

typedef struct {
    int is_frame;
    int existing; /* the place whose frame is shown, and none is coded; -1 otherwise */
    int shown, entry;
    unsigned kept; /* a bit for each place */
    unsigned width, height;
    int bit_depth;
    const unsigned char *data;
    size_t size;
} Frame;

/* Of AV1's sequence header. */
typedef struct {
    int known;
    unsigned width, height;
    int bit_depth, id_bits, order_bits, screen_content, integer_mv;
    int has_timing, equal_interval, has_decoder_model, presentation_bits;
} Av1Sequence;

/* The next frame of a packet, which moves on; no frame at its end. A frame's size is that of the
   last one that said it, which is in `last`. */
Frame vp9_frame(const unsigned char **at, const unsigned char *end, Frame *last);
Frame av1_frame(const unsigned char **at, const unsigned char *end, Av1Sequence *sequence);
#endif
