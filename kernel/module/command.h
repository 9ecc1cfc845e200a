/* A command while it runs: what was asked, where its words go, whose view it has. Commands of the
 * kernel and of modules are the same thing.
 *
 * It writes to descriptors (those of the person's process, also inside a server) and asks for new
 * files through `io`. Threads: its own, one. */
#ifndef MODULE_COMMAND_H
#define MODULE_COMMAND_H

#include "module/view.h"

enum { COMMAND_VALUES_MAX = 64, COMMAND_RESULT_MAX = 16 * 1024 * 1024 };

struct command_value {
    const char *name; /* of the option or argument, as defined */
    struct str text;
    int fd; /* FILE_IN, else -1; the command's */
};

struct command_io {
    int out, err; /* descriptors; the caller's */
    /* A new file where the person stands; the descriptor is the command's. */
    crm_status (*create)(void *ctx, struct str path, struct arena *a, int *ret_fd,
                         struct str *ret_path, struct err *err);
    /* Gives such a file its final name, flushed, never over another; `to` empty: removes it. */
    crm_status (*place)(void *ctx, struct str from, struct str to, struct err *err);
    bool (*cancelled)(void *ctx);
    void *ctx;
};

struct crm_input {
    int fd;
    int64_t size; /* -1: a pipe */
};

struct crm_command {
    struct kernel *kernel; /* may be without a database */
    const struct crm_command_definition *definition;
    const void *program; /* the command line's own, for kernel commands */
    struct command_value values[COMMAND_VALUES_MAX];
    size_t value_count;
    struct str as; /* --as LOGIN, empty = the system */
    enum language language;
    bool json;
    struct command_io io;
    struct arena arena;
    struct crm_view *view;
    struct buf result;
    struct json_writer writer;
    bool has_raw_output, is_bar_shown, out_is_broken;
    int64_t bar_ns; /* when the bar was drawn */
};

void command_init(struct crm_command *c);
/* Closes what is still open: view, inputs. */
void command_fini(struct crm_command *c);
/* Opens the view of the actor; CRM_NOT_FOUND for an unknown --as. */
crm_status command_open_view(struct crm_command *c, struct err *err);
/* Runs and says what came of it: errors in words, the JSON line. The exit code. */
int command_run(struct crm_command *c);
/* An error, in the person's language, and its code. */
int command_fail(struct crm_command *c, const struct err *err);
void command_say(struct crm_command *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct str command_value(const struct crm_command *c, const char *name); /* empty when not given */
bool command_has(const struct crm_command *c, const char *name);
crm_status command_write(struct crm_command *c, struct str bytes, struct err *err);
struct json_writer *command_result(struct crm_command *c);
/* A bar on terminals; total 0 = not known. */
void command_progress(struct crm_command *c, int64_t done, int64_t total, struct str what);

#endif
