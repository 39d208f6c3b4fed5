/* What the rest of libcuda.so.1 needs of its memory. */
#ifndef MEMORY_H
#define MEMORY_H
#include <ffnvcodec/dynlink_cuda.h>

/* Allocations that have not been freed. */
int memory_live(void);

/* The host waits for what runs behind on a stream, or on all of them. */
void memory_wait(CUstream stream);
#endif
