/* crm.command: commands of the command line.
 *
 * A command runs inside the server when one is running and inside the `perigee` process otherwise;
 * it cannot tell the difference. Files named on the command line are opened by the person's own
 * process, with the person's rights, and read through the command. Threads: `run` has a thread and
 * a view of its own. */
#ifndef CRM_COMMAND_H
#define CRM_COMMAND_H

#include <crm/query.h>

#define CRM_COMMAND_SERVICE "crm.command"
#define CRM_COMMAND_VERSION 1

struct crm_command;
struct crm_input;
struct crm_output;

enum crm_option_kind {
    CRM_OPTION_FLAG = 0,    /* --dry-run */
    CRM_OPTION_TEXT = 1,    /* --key FIELD, --key=FIELD */
    CRM_OPTION_INTEGER = 2, /* checked before run */
    CRM_OPTION_FILE_IN = 3, /* --map-file F: opened for reading before run; "-" is standard input */
    CRM_OPTION_REPEATED = 4, /* TEXT that may be given several times, see option_at; as the last
                                argument: all further words */
    CRM_OPTION_STDIN = 5,    /* --password-stdin: a flag that opens standard input, see input */
    CRM_OPTION_FILES_IN =
        6 /* as the last argument: all further words are files, opened before run; see input_at */
};

struct crm_option {
    const char *name;  /* "dry-run"; of an argument: "FILE" */
    const char *value; /* how help calls the value: "FIELD"; NULL for flags and arguments */
    const char *help;  /* one line */
    int32_t kind;      /* enum crm_option_kind; of an argument TEXT, INTEGER or FILE_IN */
    bool required;     /* arguments: those that may be missing come last */
    const char *const *choices; /* closed by NULL; NULL = any */
};

/* A text of the definition and what people of the other language read. */
struct crm_help_text {
    const char *en, *ru;
};

struct crm_command_definition {
    uint32_t size;
    uint32_t reserved;
    const char *name;                   /* "import" or two words: "script run" */
    const char *summary;                /* one line for `perigee help` */
    const char *help;                   /* paragraphs below the options */
    const struct crm_option *arguments; /* in their order */
    size_t argument_count;
    const struct crm_option
        *options; /* beside the global --data --database --as --lang --json --help */
    size_t option_count;
    /* CRM_OK is exit 0; an error is printed in the person's language and is exit 1, CRM_UNSUPPORTED
     * (a combination of options that makes no sense) exit 2. */
    crm_status (*run)(void *ctx, struct crm_command *c, struct crm_error *err);
    void *ctx;
    const struct crm_help_text *texts; /* of its summary, help, arguments and options */
    size_t text_count;
};

#define CRM_COMMAND_TABLE(X)                                                                       \
    X(crm_status, command_add,                                                                     \
      (struct crm_host * host, const struct crm_command_definition *definition,                    \
       struct crm_error *err))                                                                     \
    /* ---- what was asked; texts live until run returns ---- */                                   \
    X(struct crm_str, argument,                                                                    \
      (struct crm_command * c, const char *name)) /* empty when not given */                       \
    X(struct crm_str, option, (struct crm_command * c, const char *name))                          \
    X(bool, has_option, (struct crm_command * c, const char *name))                                \
    X(int64_t, option_int64, (struct crm_command * c, const char *name, int64_t otherwise))        \
    X(size_t, option_count, (struct crm_command * c, const char *name))                            \
    X(struct crm_str, option_at, (struct crm_command * c, const char *name, size_t position))      \
    X(struct crm_view *, view, (struct crm_command * c)) /* as the system or --as */               \
    X(struct crm_arena *, arena, (struct crm_command * c))                                         \
    X(int32_t, language, (struct crm_command * c))                                                 \
    X(bool, wants_json, (struct crm_command * c))                                                  \
    X(bool, cancelled,                                                                             \
      (struct crm_command * c)) /* ctrl-C, or the client has gone: return CRM_CANCELLED soon */    \
    /* ---- files: `name` of an argument or option of kind FILE_IN ---- */                         \
    X(crm_status, input,                                                                           \
      (struct crm_command * c, const char *name, struct crm_input **ret, struct crm_error *err))   \
    X(crm_status, input_at,                                                                        \
      (struct crm_command * c, const char *name, size_t position, struct crm_input **ret,          \
       struct crm_error *err)) /* of several, as option_at counts */                               \
    X(crm_status, input_read,                                                                      \
      (struct crm_input * in, void *ret, size_t max, size_t *ret_len, struct crm_error *err))      \
    X(crm_status, input_rewind,                                                                    \
      (struct crm_input * in, struct crm_error * err)) /* CRM_UNSUPPORTED for a pipe */            \
    X(int64_t, input_size, (struct crm_input * in))    /* -1: not known */                         \
    /* Makes a new file where the person stands (never over another: a number is added); *ret_path \
     * its name. */                                                                                \
    X(crm_status, output_new,                                                                      \
      (struct crm_command * c, struct crm_str path, struct crm_output * *ret,                      \
       struct crm_str * ret_path, struct crm_error * err))                                         \
    X(crm_status, output_write,                                                                    \
      (struct crm_output * out, struct crm_str bytes, struct crm_error * err))                     \
    X(crm_status, output_close, (struct crm_output * out, struct crm_error * err))                 \
    /* ---- what is said ---- */                                                                   \
    /* Data on standard output, byte for byte (export). */                                         \
    X(crm_status, write, (struct crm_command * c, struct crm_str bytes, struct crm_error * err))   \
    /* A line for people: standard output, or standard error after `write` or with --json. */      \
    X(void, say, (struct crm_command * c, struct crm_str line))                                    \
    /* A bar on terminals; total 0 = not known. Cheap: drawn a few times a second at most. */      \
    X(void, progress, (struct crm_command * c, int64_t done, int64_t total, struct crm_str what))  \
    /* The object that --json prints as the last line: write one JSON value into it. */            \
    X(struct crm_json *, result, (struct crm_command * c))

CRM_TABLE(crm_command_service, CRM_COMMAND_TABLE)

#endif
