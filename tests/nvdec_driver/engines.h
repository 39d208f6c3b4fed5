/* NVDEC's engines as far as time goes: each picture takes one of them for a while. */
#ifndef ENGINES_H
#define ENGINES_H

/* Whether pictures take time; then none is drawn, and a surface has its stamp alone. */
int engines_are_timed(void);

int engines_count(void);

/* One picture after another: where the last one was, and when it will be done. */
typedef struct {
    int engine;
    long long done_us;
} Session;

/* Take an engine for a session's next picture; when it will be done, on the monotonic clock. */
long long engines_decode(Session *session);

/* Sleep until then. */
void engines_wait(long long done_us);
#endif
