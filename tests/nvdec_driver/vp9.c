/* VP9's superframes and uncompressed headers (VP9 Bitstream & Decoding Process, Annex B and 6.2). */
#include "frames.h"

#include <string.h>

enum { KEY = 0, SUPERFRAME = 6, MOST_FRAMES = 8, SRGB = 7 };

/* The size of the first frame from `at` on; a superframe's index is behind all of its frames. */
static size_t first_size(const unsigned char *at, const unsigned char *end, const unsigned char **rest) {
    size_t whole = (size_t)(end - at);
    unsigned char last = whole ? end[-1] : 0;
    size_t frames = (last & 7) + 1u, bytes = (last >> 3 & 3) + 1u, index = 2 + frames * bytes;
    *rest = end;
    if (last >> 5 != SUPERFRAME || whole < index || end[-(long)index] != last) return whole;
    /* Those before have been taken: the index is read from its end. */
    size_t sizes[MOST_FRAMES], left = 0, first = frames;
    const unsigned char *said = end - index + 1;
    for (size_t i = 0; i < frames; i++) {
        sizes[i] = 0;
        for (size_t byte = 0; byte < bytes; byte++) sizes[i] |= (size_t)*said++ << 8 * byte;
    }
    while (first && left < whole - index) left += sizes[--first];
    if (left != whole - index || first == frames) return *rest = at, 0;
    *rest = at + sizes[first];
    return sizes[first];
}

static void frame_size(Bits *b, Frame *frame, Frame *last) {
    last->width = bits(b, 16) + 1;
    last->height = bits(b, 16) + 1;
    frame->width = last->width, frame->height = last->height;
}

static void colours(Bits *b, unsigned profile, Frame *frame, Frame *last) {
    last->bit_depth = profile < 2 ? 8 : bit(b) ? 12 : 10;
    frame->bit_depth = last->bit_depth;
    if (bits(b, 3) != SRGB) {
        skip(b, 1);
        if (profile & 1) skip(b, 3);
    } else if (profile & 1)
        skip(b, 1);
}

Frame vp9_frame(const unsigned char **at, const unsigned char *end, Frame *last) {
    Frame frame = *last;
    frame.is_frame = 0;
    frame.existing = -1;
    frame.kept = 0;
    frame.data = *at;
    frame.size = first_size(*at, end, at);
    /* What is left is the index alone. */
    if (*at != end && *at == frame.data) *at = end;
    if (!frame.size) return frame;
    Bits b = {.data = frame.data, .size = frame.size, .plain = 1};
    if (bits(&b, 2) != 2) return frame;
    frame.is_frame = 1;
    unsigned profile = bit(&b);
    profile |= bit(&b) << 1;
    if (profile == 3) skip(&b, 1);
    if (bit(&b)) return frame.existing = (int)bits(&b, 3), frame.shown = 1, frame.entry = 0, frame;
    frame.entry = bit(&b) == KEY;
    frame.shown = (int)bit(&b);
    int resilient = (int)bit(&b);
    if (frame.entry) {
        skip(&b, 24);
        colours(&b, profile, &frame, last);
        frame_size(&b, &frame, last);
        return frame.kept = WHOLE, frame;
    }
    int intra_only = frame.shown ? 0 : (int)bit(&b);
    if (!resilient) skip(&b, 2);
    if (intra_only) {
        skip(&b, 24);
        if (profile) colours(&b, profile, &frame, last);
        frame.kept = bits(&b, 8);
        frame_size(&b, &frame, last);
        return frame;
    }
    frame.kept = bits(&b, 8);
    return frame;
}
