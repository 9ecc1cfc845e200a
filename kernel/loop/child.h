/* A child process under a loop: started by exec without a shell, its standard streams as callbacks.
 *
 * Input is written without blocking and bounded; output and errors arrive as they come. `ended`
 * runs once, when the process has ended and its streams are drained (or a second after, should
 * something else hold them open). child_free may come at any time, kills a child that still runs,
 * reaps it, and no callback runs after it. Loop thread only. */
#ifndef LOOP_CHILD_H
#define LOOP_CHILD_H

#include "loop/loop.h"

struct child;
struct child_options {
    const char *file;        /* a path, or a name looked up in PATH */
    const char *const *args; /* argv, closed by NULL */
    const char *const *env;  /* closed by NULL; NULL = an empty environment */
    const char *folder;      /* working folder, NULL = ours */
    int passed_fd;           /* becomes descriptor 3 of the child; -1 = none; stays the caller's */
    bool with_input;         /* else the child reads /dev/null */
    void (*output)(void *ctx, struct str bytes); /* NULL = our own standard output */
    void (*errors)(void *ctx, struct str bytes); /* NULL = our own standard error */
    void (*ended)(void *ctx, int64_t exit_code, int signal);
    void *ctx;
};

crm_status child_start(struct loop *l, const struct child_options *options, struct child **ret,
                       struct err *err);
/* Copies. CRM_UNAVAILABLE when more than CHILD_INPUT_MAX_BYTES wait, CRM_IO when the input is shut.
 */
enum { CHILD_INPUT_MAX_BYTES = 1024 * 1024 };
crm_status child_write(struct child *c, struct str bytes, struct err *err);
/* The child sees the end of its input once what was written has gone out. */
void child_shut_input(struct child *c);
void child_kill(struct child *c, int signal);
int64_t child_pid(const struct child *c);
void child_free(struct child *c);

#endif
