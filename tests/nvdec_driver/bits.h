/* Bits of a NAL unit, emulation prevention bytes left out; or, plain, of anything. */
#ifndef BITS_H
#define BITS_H
#include <stddef.h>

typedef struct {
    const unsigned char *data;
    size_t size, at;
    int bit, zeros, plain;
} Bits;

static inline unsigned bit(Bits *b) {
    if (!b->plain && b->bit == 0 && b->zeros >= 2 && b->at < b->size && b->data[b->at] == 3) {
        b->at++;
        b->zeros = 0;
    }
    if (b->at >= b->size) return 0;
    unsigned value = b->data[b->at] >> (7 - b->bit) & 1;
    if (++b->bit == 8) {
        b->zeros = b->data[b->at] ? 0 : b->zeros + 1;
        b->bit = 0;
        b->at++;
    }
    return value;
}

static inline unsigned bits(Bits *b, int count) {
    unsigned value = 0;
    while (count--) value = value << 1 | bit(b);
    return value;
}

static inline void skip(Bits *b, int count) {
    while (count--) bit(b);
}

static inline unsigned ue(Bits *b) {
    int zeros = 0;
    while (zeros < 32 && b->at < b->size && !bit(b)) zeros++;
    return zeros ? (1u << zeros) - 1 + bits(b, zeros) : 0;
}

static inline int se(Bits *b) {
    unsigned value = ue(b);
    return value & 1 ? (int)(value / 2) + 1 : -(int)(value / 2);
}
#endif
