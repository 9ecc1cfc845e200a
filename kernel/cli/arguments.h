/* The words of a command line against what a command takes.
 *
 * Options may stand anywhere: --name value, --name=value; "--" ends them. Files are opened here, by
 * the process whose command line it is; beside a server the same words are parsed there again and
 * the descriptors come with them, in the same order. Threads: one. */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include "module/command.h"

/* Options that every command has; taken out before its own are looked at. */
struct arguments_global {
    struct str data, database, as, language;
    bool json, help;
};

struct arguments_files {
    const int *descriptors; /* NULL: files are opened by name */
    size_t count, used;
};

/* `words`: what stands behind the command's name. Errors are CRM_UNSUPPORTED: usage. With --help
 * what is missing is not complained about. */
crm_status arguments_parse(const struct crm_command_definition *d, struct str *words, size_t count,
                           struct arguments_files *files, struct crm_command *ret,
                           struct arguments_global *ret_global, struct err *err);
/* Whether a word is one of the global options, and how many words it takes (1 or 2); 0 = it is not.
 */
size_t arguments_global_words(struct str word);

#endif
