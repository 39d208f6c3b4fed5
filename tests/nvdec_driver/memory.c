/* libcuda.so.1: the device's memory, which is the host's. */
#include "memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { INVALID_VALUE = 1, MAX_BLOCKS = 4096, POISON = 0xEE };
enum { ATTRIBUTE_DEVICE_POINTER = 3, ATTRIBUTE_DEVICE_ORDINAL = 9 };

static int live_blocks;
static CUdeviceptr blocks[MAX_BLOCKS];
static pthread_mutex_t blocks_lock = PTHREAD_MUTEX_INITIALIZER;
static void (*behind)(CUstream stream, void *copy);

int memory_live(void) { return live_blocks; }

/* For tests: copies on a stream go to `hook` rather than be done, and so does, without a copy, the
   host's wait for a stream, or, without one, for all. */
void standin_run_behind(void (*hook)(CUstream stream, void *copy)) { behind = hook; }

void memory_wait(CUstream stream) {
    if (behind) behind(stream, NULL);
}

/* Put `to` where `from` was; as the real one, refuse what was never allocated. */
static CUresult replace_block(CUdeviceptr from, CUdeviceptr to, int change) {
    CUresult result = (CUresult)INVALID_VALUE;
    pthread_mutex_lock(&blocks_lock);
    for (int i = 0; i < MAX_BLOCKS; i++)
        if (blocks[i] == from) {
            blocks[i] = to;
            live_blocks += change;
            result = CUDA_SUCCESS;
            break;
        }
    pthread_mutex_unlock(&blocks_lock);
    return result;
}

CUresult cuMemAlloc_v2(CUdeviceptr *pointer, size_t size) {
    *pointer = (CUdeviceptr)memset(malloc(size), POISON, size);
    return replace_block(0, *pointer, 1);
}

CUresult cuMemFree_v2(CUdeviceptr pointer) {
    if (!pointer) return CUDA_SUCCESS;
    memory_wait(NULL);
    CUresult result = replace_block(pointer, 0, -1);
    if (!result) free((void *)pointer);
    return result;
}

CUresult cuMemAllocAsync(CUdeviceptr *pointer, size_t size, CUstream stream) {
    (void)stream;
    return cuMemAlloc_v2(pointer, size);
}

CUresult cuMemFreeAsync(CUdeviceptr pointer, CUstream stream) {
    (void)stream;
    return cuMemFree_v2(pointer);
}

CUresult cuMemAllocPitch_v2(CUdeviceptr *pointer, size_t *pitch, size_t width, size_t height,
                            unsigned element) {
    (void)element;
    *pitch = (width + 511) & ~(size_t)511;
    return cuMemAlloc_v2(pointer, *pitch * height);
}

CUresult cuMemcpy2D_v2(const CUDA_MEMCPY2D *c) {
    const char *from = c->srcMemoryType == CU_MEMORYTYPE_HOST ? c->srcHost : (void *)c->srcDevice;
    char *to = c->dstMemoryType == CU_MEMORYTYPE_HOST ? c->dstHost : (void *)c->dstDevice;
    for (size_t row = 0; row < c->Height; row++)
        memcpy(to + (c->dstY + row) * c->dstPitch + c->dstXInBytes,
               from + (c->srcY + row) * c->srcPitch + c->srcXInBytes, c->WidthInBytes);
    return CUDA_SUCCESS;
}

/* A copy that is still to be done, of what its source was when it was asked for. */
typedef struct {
    CUDA_MEMCPY2D to;
    char rows[];
} Copy;

/* For tests: do a copy that the hook was given, once. */
void standin_copy(Copy *copy) {
    copy->to.srcHost = copy->rows;
    cuMemcpy2D_v2(&copy->to);
    free(copy);
}

CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D *c, CUstream stream) {
    if (!behind || !stream) return cuMemcpy2D_v2(c);
    Copy *copy = malloc(sizeof *copy + c->WidthInBytes * c->Height);
    CUDA_MEMCPY2D keep = *c;
    keep.dstMemoryType = CU_MEMORYTYPE_HOST;
    keep.dstHost = copy->rows;
    keep.dstXInBytes = keep.dstY = 0;
    keep.dstPitch = c->WidthInBytes;
    cuMemcpy2D_v2(&keep);
    copy->to = *c;
    copy->to.srcMemoryType = CU_MEMORYTYPE_HOST;
    copy->to.srcXInBytes = copy->to.srcY = 0;
    copy->to.srcPitch = c->WidthInBytes;
    return behind(stream, copy), CUDA_SUCCESS;
}

CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, size_t size) {
    return memcpy((void *)to, from, size), CUDA_SUCCESS;
}

CUresult cuMemcpyDtoH_v2(void *to, CUdeviceptr from, size_t size) {
    return memcpy(to, (void *)from, size), CUDA_SUCCESS;
}

CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t size, CUstream stream) {
    (void)stream;
    return cuMemcpyDtoH_v2(to, from, size);
}

/* Of the start of a block alone. */
CUresult cuPointerGetAttribute(void *data, int attribute, CUdeviceptr pointer) {
    if (!pointer || replace_block(pointer, pointer, 0)) return INVALID_VALUE;
    if (attribute == ATTRIBUTE_DEVICE_POINTER) return *(CUdeviceptr *)data = pointer, CUDA_SUCCESS;
    if (attribute == ATTRIBUTE_DEVICE_ORDINAL) return *(int *)data = 0, CUDA_SUCCESS;
    return INVALID_VALUE;
}
