/* AV1's OBUs, sequence and frame headers (AV1 Bitstream & Decoding Process, 5.3 to 5.9). */
#include "frames.h"

#include <string.h>

enum { OBU_SEQUENCE = 1, OBU_FRAME_HEADER = 3, OBU_FRAME = 6 };
enum { KEY = 0, INTRA_ONLY = 2, SWITCH = 3, CHOSEN = 2 };

static void uvlc(Bits *b) {
    int zeros = 0;
    while (zeros < 32 && b->at < b->size && !bit(b)) zeros++;
    if (zeros < 32) skip(b, zeros);
}

/* Timing and operating points: nothing of it is wanted but how long it is. */
static void points(Bits *b, Av1Sequence *s) {
    int delay_bits = 0;
    if ((s->has_timing = (int)bit(b))) {
        skip(b, 64);
        if ((s->equal_interval = (int)bit(b))) uvlc(b);
        if ((s->has_decoder_model = (int)bit(b))) {
            delay_bits = (int)bits(b, 5) + 1;
            skip(b, 37);
            s->presentation_bits = (int)bits(b, 5) + 1;
        }
    }
    int delays = (int)bit(b);
    for (unsigned count = bits(b, 5) + 1; count; count--) {
        skip(b, 12);
        if (bits(b, 5) > 7) skip(b, 1);
        if (s->has_decoder_model && bit(b)) skip(b, 2 * delay_bits + 1);
        if (delays && bit(b)) skip(b, 4);
    }
}

static void sequence(Bits *b, Av1Sequence *s) {
    memset(s, 0, sizeof *s);
    unsigned profile = bits(b, 3);
    skip(b, 1);
    if (bit(b)) return; /* a still picture */
    points(b, s);
    int width_bits = (int)bits(b, 4) + 1, height_bits = (int)bits(b, 4) + 1;
    s->width = bits(b, width_bits) + 1;
    s->height = bits(b, height_bits) + 1;
    if (bit(b)) {
        int delta = (int)bits(b, 4) + 2;
        s->id_bits = delta + (int)bits(b, 3) + 1;
    }
    skip(b, 7);
    int has_order = (int)bit(b);
    if (has_order) skip(b, 2);
    s->screen_content = bit(b) ? CHOSEN : (int)bit(b);
    s->integer_mv = s->screen_content && !bit(b) ? (int)bit(b) : CHOSEN;
    if (has_order) s->order_bits = (int)bits(b, 3) + 1;
    skip(b, 3);
    s->bit_depth = bit(b) ? (profile == 2 && bit(b) ? 12 : 10) : 8;
    s->known = 1;
}

static void header(Bits *b, const Av1Sequence *s, Frame *frame) {
    if (bit(b)) {
        frame->existing = (int)bits(b, 3);
        frame->shown = 1;
        return;
    }
    unsigned type = bits(b, 2);
    frame->shown = (int)bit(b);
    frame->entry = type == KEY && frame->shown;
    if (frame->shown && s->has_decoder_model && !s->equal_interval) skip(b, s->presentation_bits);
    if (!frame->shown) skip(b, 1);
    int resilient = type == SWITCH || frame->entry ? 1 : (int)bit(b);
    skip(b, 1);
    int screen_content = s->screen_content == CHOSEN ? (int)bit(b) : s->screen_content;
    if (screen_content && s->integer_mv == CHOSEN) skip(b, 1);
    skip(b, s->id_bits);
    if (type != SWITCH) skip(b, 1);
    skip(b, s->order_bits);
    if (type != KEY && type != INTRA_ONLY && !resilient) skip(b, 3);
    /* The decoder model's removal times stand here; no video of ours has them. */
    frame->kept = type == SWITCH || frame->entry ? WHOLE : bits(b, 8);
}

Frame av1_frame(const unsigned char **at, const unsigned char *end, Av1Sequence *s) {
    Frame frame;
    memset(&frame, 0, sizeof frame);
    frame.existing = -1;
    while (*at < end && !frame.is_frame) {
        const unsigned char *obu = *at;
        unsigned char head = *obu++;
        size_t size = 0;
        if (head & 4) obu++;
        if (head & 2) {
            int shift = 0;
            while (obu < end && *obu & 128) size |= (size_t)(*obu++ & 127) << shift, shift += 7;
            if (obu < end) size |= (size_t)*obu++ << shift;
        } else
            size = (size_t)(end - obu);
        if (obu > end || size > (size_t)(end - obu)) return *at = end, frame;
        *at = obu + size;
        Bits b = {.data = obu, .size = size, .plain = 1};
        int type = head >> 3 & 15;
        if (type == OBU_SEQUENCE) sequence(&b, s);
        if ((type == OBU_FRAME || type == OBU_FRAME_HEADER) && s->known) {
            frame.is_frame = 1;
            header(&b, s, &frame);
            frame.width = s->width, frame.height = s->height, frame.bit_depth = s->bit_depth;
            frame.data = obu, frame.size = size;
        }
    }
    return frame;
}
