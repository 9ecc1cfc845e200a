/* A folder watched for changes (uv_fs_event), told of once things are quiet.
 *
 * One folder, not its subfolders: the caller watches each. Events are only a hint that something
 * may have changed; the callback looks for itself. Loop thread only. */
#ifndef LOOP_WATCH_H
#define LOOP_WATCH_H

#include "loop/loop.h"

struct loop_watch;
struct loop_watch_options {
    const char *folder;
    uint64_t quiet_ms; /* called when nothing has happened for so long, or after ten times that */
    void (*changed)(void *ctx);
    void *ctx;
};

crm_status loop_watch_start(struct loop *l, const struct loop_watch_options *options,
                            struct loop_watch **ret, struct err *err);
/* The callback never runs after. */
void loop_watch_stop(struct loop_watch *w);

#endif
