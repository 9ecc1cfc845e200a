/* What the small modules of the loader's test share: a trace of what was called, appended to the
 * file that SMALL_TRACE names. */
#ifndef SMALL_H
#define SMALL_H

#include <stdio.h>
#include <stdlib.h>

#include <crm/services.h>

static inline void small_trace(const char *module, const char *what) {
    const char *path = getenv("SMALL_TRACE");
    FILE *file = path ? fopen(path, "ae") : NULL;
    if (!file) return;
    fprintf(file, "%s %s\n", module, what);
    fclose(file);
}

#define SMALL_LIFE(module)                                                                         \
    static crm_status small_start(void *state, struct crm_error *err) {                            \
        (void)state;                                                                               \
        (void)err;                                                                                 \
        small_trace(module, "start");                                                              \
        return CRM_OK;                                                                             \
    }                                                                                              \
    static void small_stop(void *state) {                                                          \
        (void)state;                                                                               \
        small_trace(module, "stop");                                                               \
    }                                                                                              \
    static void small_fini(void *state) {                                                          \
        (void)state;                                                                               \
        small_trace(module, "fini");                                                               \
    }

#define SMALL_INIT(module)                                                                         \
    static crm_status small_init(struct crm_host *host, const struct crm_host_calls *calls,        \
                                 void **ret_state, struct crm_error *err) {                        \
        (void)host;                                                                                \
        (void)calls;                                                                               \
        (void)ret_state;                                                                           \
        (void)err;                                                                                 \
        small_trace(module, "init");                                                               \
        return CRM_OK;                                                                             \
    }

static inline crm_status small_handle(void *ctx, struct crm_request *r, struct crm_error *err) {
    (void)ctx;
    (void)r;
    (void)err;
    return CRM_OK;
}

#endif
