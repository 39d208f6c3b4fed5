/* libcuda.so.1: one device, its contexts, streams and events; every call is done when it returns. */
#include <ffnvcodec/dynlink_cuda.h>

#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum { NO_DEVICE = 100, INVALID_CONTEXT = 201, MAX_NESTED = 64 };

static int live_contexts, live_streams, live_events;
static struct CUctx_st { int device; } primary;
static _Thread_local CUcontext stack[MAX_NESTED];
static _Thread_local int depth;

/* For tests: allocations, contexts, streams and events that have not been freed. */
int standin_live(void) {
    return memory_live() + live_contexts + live_streams + live_events;
}

static int devices(void) {
    const char *count = getenv("NVDEC_STANDIN_DEVICES");
    return count ? atoi(count) : 1;
}

CUresult cuInit(unsigned flags) { return flags || !devices() ? NO_DEVICE : CUDA_SUCCESS; }
CUresult cuDriverGetVersion(int *version) { return *version = 13000, CUDA_SUCCESS; }
CUresult cuDeviceGetCount(int *count) { return *count = devices(), CUDA_SUCCESS; }

CUresult cuDeviceGet(CUdevice *device, int ordinal) {
    if (ordinal < 0 || ordinal >= devices()) return 101;
    return *device = ordinal, CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char *name, int length, CUdevice device) {
    (void)device;
    return strncpy(name, "stand-in", (size_t)length), CUDA_SUCCESS;
}

CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice device) {
    (void)attribute, (void)device;
    return *value = 1, CUDA_SUCCESS;
}

CUresult cuCtxPushCurrent_v2(CUcontext context) {
    if (depth == MAX_NESTED) return INVALID_CONTEXT;
    return stack[depth++] = context, CUDA_SUCCESS;
}

CUresult cuCtxPopCurrent_v2(CUcontext *context) {
    if (!depth) return INVALID_CONTEXT;
    depth--;
    if (context) *context = stack[depth];
    return CUDA_SUCCESS;
}

CUresult cuCtxCreate_v2(CUcontext *context, unsigned flags, CUdevice device) {
    (void)flags, (void)device;
    __atomic_add_fetch(&live_contexts, 1, __ATOMIC_RELAXED);
    return *context = calloc(1, sizeof **context), cuCtxPushCurrent_v2(*context);
}

CUresult cuCtxDestroy_v2(CUcontext context) {
    __atomic_sub_fetch(&live_contexts, 1, __ATOMIC_RELAXED);
    return free(context), CUDA_SUCCESS;
}

CUresult cuCtxGetDevice(CUdevice *device) {
    return *device = 0, depth ? CUDA_SUCCESS : INVALID_CONTEXT;
}

CUresult cuCtxGetCurrent(CUcontext *context) {
    return *context = depth ? stack[depth - 1] : NULL, CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
    (void)device;
    __atomic_add_fetch(&live_contexts, 1, __ATOMIC_RELAXED);
    return *context = &primary, CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
    (void)device;
    __atomic_sub_fetch(&live_contexts, 1, __ATOMIC_RELAXED);
    return CUDA_SUCCESS;
}

CUresult cuStreamCreate(CUstream *stream, unsigned flags) {
    (void)flags;
    __atomic_add_fetch(&live_streams, 1, __ATOMIC_RELAXED);
    return *stream = malloc(1), CUDA_SUCCESS;
}

CUresult cuStreamDestroy_v2(CUstream stream) {
    __atomic_sub_fetch(&live_streams, 1, __ATOMIC_RELAXED);
    return free(stream), CUDA_SUCCESS;
}

CUresult cuStreamGetCtx(CUstream stream, CUcontext *context) {
    (void)stream;
    return *context = &primary, CUDA_SUCCESS;
}

CUresult cuStreamSynchronize(CUstream stream) { return memory_wait(stream), CUDA_SUCCESS; }

CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags) {
    return (void)stream, (void)event, (void)flags, CUDA_SUCCESS;
}

CUresult cuEventCreate(CUevent *event, unsigned flags) {
    (void)flags;
    __atomic_add_fetch(&live_events, 1, __ATOMIC_RELAXED);
    return *event = malloc(1), CUDA_SUCCESS;
}

CUresult cuEventDestroy_v2(CUevent event) {
    __atomic_sub_fetch(&live_events, 1, __ATOMIC_RELAXED);
    return free(event), CUDA_SUCCESS;
}

CUresult cuEventRecord(CUevent event, CUstream stream) {
    return (void)event, (void)stream, CUDA_SUCCESS;
}

CUresult cuEventSynchronize(CUevent event) { return (void)event, CUDA_SUCCESS; }

CUresult cuGetErrorName(CUresult error, const char **name) {
    return *name = error ? "CUDA_ERROR_STAND_IN" : "CUDA_SUCCESS", CUDA_SUCCESS;
}

CUresult cuGetErrorString(CUresult error, const char **words) {
    return *words = error ? "error of the stand-in driver" : "no error", CUDA_SUCCESS;
}
