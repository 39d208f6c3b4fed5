/* libnvidia-encode.so.1: says its version; encodes nothing. */
#include <stdint.h>

int NvEncodeAPIGetMaxSupportedVersion(uint32_t *version) {
    *version = 13 << 4;
    return 0;
}

int NvEncodeAPICreateInstance(void *functions) {
    (void)functions;
    return 1; /* NV_ENC_ERR_NO_ENCODE_DEVICE */
}
