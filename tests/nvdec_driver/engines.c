/* libnvcuvid.so.1, engines: how long pictures take, by NVDEC_STANDIN_PICTURE_US. */
#include "engines.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ENGINES = 64, USUAL_ENGINES = 4 };

/* What begins as zeros; NVDEC_STANDIN_SHARED names a file of it, which several processes share as they
   would a GPU. */
typedef struct {
    char held;
    long long pictures, free_at_us[MAX_ENGINES];
} Engines;

static Engines own, *engines;
static pthread_once_t found = PTHREAD_ONCE_INIT;

static void find(void) {
    const char *path = getenv("NVDEC_STANDIN_SHARED");
    engines = &own;
    if (!path) return;
    int file = open(path, O_RDWR | O_CREAT, 0600);
    if (file >= 0 && ftruncate(file, sizeof(Engines)) == 0)
        engines = mmap(NULL, sizeof(Engines), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file < 0 || engines == &own || engines == MAP_FAILED) {
        perror(path);
        abort();
    }
    close(file);
}

static Engines *all(void) {
    pthread_once(&found, find);
    return engines;
}

/* For benchmarks: how many have been decoded. */
long long standin_pictures(void) { return __atomic_load_n(&all()->pictures, __ATOMIC_RELAXED); }

static long long setting(const char *name, long long usual) {
    const char *said = getenv(name);
    return said ? atoll(said) : usual;
}

static long long picture_us(void) { return setting("NVDEC_STANDIN_PICTURE_US", 0); }

int engines_are_timed(void) { return picture_us() > 0; }

int engines_count(void) {
    long long count = setting("NVDEC_STANDIN_ENGINES", USUAL_ENGINES);
    return count < 1 ? 1 : count > MAX_ENGINES ? MAX_ENGINES : (int)count;
}

static long long now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static long long later(long long one, long long other) { return one > other ? one : other; }

long long engines_decode(Session *session) {
    Engines *shared = all();
    int count = engines_count(), best = session->engine % count;
    long long ready = later(now_us(), session->done_us), *free_at_us = shared->free_at_us;
    __atomic_add_fetch(&shared->pictures, 1, __ATOMIC_RELAXED);
    /* No lock of pthread's: one that processes share would have to be made by one of them. */
    while (__atomic_test_and_set(&shared->held, __ATOMIC_ACQUIRE)) sched_yield();
    /* The one where it begins first; of equals the session's own, or engines would stand empty until
       a session is done that could have stayed where it was. */
    for (int i = 0; i < count; i++)
        if (later(free_at_us[i], ready) < later(free_at_us[best], ready)) best = i;
    session->engine = best;
    session->done_us = free_at_us[best] = later(free_at_us[best], ready) + picture_us();
    __atomic_clear(&shared->held, __ATOMIC_RELEASE);
    return session->done_us;
}

void engines_wait(long long done_us) {
    long long left = done_us - now_us();
    struct timespec wait = {left / 1000000, left % 1000000 * 1000};
    if (left > 0) nanosleep(&wait, NULL);
}
