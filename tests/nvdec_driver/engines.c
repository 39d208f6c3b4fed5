/* libnvcuvid.so.1, engines: how long pictures take, by NVDEC_STANDIN_PICTURE_US. */
#include "engines.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { MAX_ENGINES = 64, USUAL_ENGINES = 4 };

static long long free_at_us[MAX_ENGINES], pictures;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* For benchmarks: how many have been decoded. */
long long standin_pictures(void) { return __atomic_load_n(&pictures, __ATOMIC_RELAXED); }

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
    int engines = engines_count(), best = session->engine % engines;
    long long ready = later(now_us(), session->done_us);
    __atomic_add_fetch(&pictures, 1, __ATOMIC_RELAXED);
    pthread_mutex_lock(&lock);
    /* The one where it begins first; of equals the session's own, or engines would stand empty until
       a session is done that could have stayed where it was. */
    for (int i = 0; i < engines; i++)
        if (later(free_at_us[i], ready) < later(free_at_us[best], ready)) best = i;
    session->engine = best;
    session->done_us = free_at_us[best] = later(free_at_us[best], ready) + picture_us();
    pthread_mutex_unlock(&lock);
    return session->done_us;
}

void engines_wait(long long done_us) {
    long long left = done_us - now_us();
    struct timespec wait = {left / 1000000, left % 1000000 * 1000};
    if (left > 0) nanosleep(&wait, NULL);
}
