/* The command line: finds the command, decides where it runs - here without a database, here with
 * the data directory locked, or inside the server that has it - and runs it.
 *
 * Threads: main. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "cli/arguments.h"
#include "cli/settings.h"
#include "module/loaded.h"

enum cli_where {
    CLI_ANYWHERE,         /* in the server when there is one, else here */
    CLI_WITHOUT_DATABASE, /* here, nothing is opened */
    CLI_HERE              /* here, opens what it needs by itself: init, serve */
};

struct cli_command {
    struct crm_command_definition definition;
    enum cli_where where;
};

/* What commands of the kernel find behind crm_command.program. */
struct program {
    const crm_module_get_fn *statics;
    struct settings settings;
    struct kernel *kernel; /* modules are loaded; a database is open where the command says so */
    char modules_folder[4096], files_folder[4096], plugins_folder[4096], scripts_folder[4096];
};

/* The exit code. `statics`: modules that are part of the program, closed by NULL. */
int cli_main(int argc, char **argv, const crm_module_get_fn *statics);

extern const struct cli_command *const cli_commands[]; /* closed by NULL, in the order of help */
/* A command of the kernel or of a module by one or two words; *ret_words how many. */
const struct crm_command_definition *cli_find(struct program *p, const struct str *words,
                                              size_t count, size_t *ret_words,
                                              enum cli_where *ret_where);
void cli_kernel_options(const struct program *p, struct kernel_options *ret);
/* Where modules lie: the setting, or beside the program; where plugins and scripts of the
 * installation lie: beside the program. */
void cli_find_folders(struct program *p);
/* Who crashed the last time, and where this process will say so. */
crm_status cli_watch_crashes(struct program *p, struct err *err);
static inline struct program *cli_program(const struct crm_command *c) {
    return (struct program *)(uintptr_t)c->program;
}
/* Definitions are written with the kernel's own error type. */
#define CLI_RUN(function)                                                                          \
    static crm_status function##_(void *ctx, struct crm_command *c, struct crm_error *err) {       \
        (void)ctx;                                                                                 \
        return function(c, (struct err *)err);                                                     \
    }
enum language cli_language(void); /* of the environment */
void cli_help(struct crm_command *c,
              const struct crm_command_definition *d); /* one command; NULL: all */
/* A new file of this process, never over another, and its final name; see command_io. */
crm_status cli_create_file(void *ctx, struct str path, struct arena *a, int *ret_fd,
                           struct str *ret_path, struct err *err);
crm_status cli_place_file(void *ctx, struct str from, struct str to, struct err *err);

#endif
