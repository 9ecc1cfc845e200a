/* Parsing words. Everything is borrowed from them. */
#include "cli/arguments.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/messages.h"

struct parsing {
    const struct crm_command_definition *definition;
    struct str *words;
    size_t count, at;
    struct arguments_files *files;
    struct crm_command *command;
    struct arguments_global *global;
    size_t arguments; /* seen so far */
};

static crm_status usage(struct err *err, const struct err_text *text, struct str a, struct str b,
                        struct str c) {
    const struct str args[] = {a, b, c};
    return err_set_args(err, CRM_UNSUPPORTED, text, args, 3);
}

static struct str word_of(const struct parsing *p) { return p->words[p->at]; }

/* ---- global ones -------------------------------------------------------------------------- */

static const char *const global_flags[] = {"--json", "--help", "-h"};
static const char *const global_values[] = {"--data", "--database", "--as", "--lang"};

size_t arguments_global_words(struct str word) {
    for (size_t i = 0; i < sizeof global_flags / sizeof *global_flags; i++)
        if (str_is(word, global_flags[i])) return 1;
    for (size_t i = 0; i < sizeof global_values / sizeof *global_values; i++) {
        struct str name = str_from(global_values[i]);
        if (str_eq(word, name)) return 2;
        if (str_starts_with(word, name) && word.len > name.len && word.ptr[name.len] == '=')
            return 1;
    }
    return 0;
}

static crm_status take_global(struct parsing *p, struct err *err) {
    struct str word = word_of(p), value, name = word;
    if (str_is(word, "--json")) p->global->json = true;
    if (str_is(word, "--help") || str_is(word, "-h")) p->global->help = true;
    if (str_is(word, "--json") || str_is(word, "--help") || str_is(word, "-h")) return CRM_OK;
    if (arguments_global_words(word) == 2) {
        if (++p->at == p->count) return usage(err, &cli_option_value, word, STR_NONE, STR_NONE);
        value = word_of(p);
    } else {
        value = word;
        str_split(&value, '=', &name);
    }
    if (value.len == 0) return usage(err, &cli_option_value, name, STR_NONE, STR_NONE);
    struct str *to = str_is(name, "--data")       ? &p->global->data
                     : str_is(name, "--database") ? &p->global->database
                     : str_is(name, "--lang")     ? &p->global->language
                                                  : &p->global->as;
    *to = value;
    return CRM_OK;
}

/* ---- the command's own -------------------------------------------------------------------- */

static crm_status open_file(struct parsing *p, struct str path, int *ret_fd, struct err *err) {
    if (p->files && p->files->descriptors) {
        if (p->files->used == p->files->count)
            return usage(err, &cli_message_malformed, STR_NONE, STR_NONE, STR_NONE);
        *ret_fd = p->files->descriptors[p->files->used++];
        return CRM_OK;
    }
    const char *name = arena_cstr(&p->command->arena, path);
    if (!name) return err_no_memory(err);
    *ret_fd = str_is(path, "-") ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                : open(name, O_RDONLY | O_CLOEXEC);
    const struct str args[] = {path, str_from(strerror(errno))};
    return *ret_fd >= 0 ? CRM_OK : err_set_args(err, CRM_NOT_FOUND, &cli_file_open, args, 2);
}

static crm_status check_choice(const struct crm_option *o, struct str shown, struct str value,
                               struct err *err) {
    if (!o->choices) return CRM_OK;
    BUF_CLEANUP struct buf all;
    buf_init(&all, 1024);
    for (size_t i = 0; o->choices[i]; i++) {
        if (str_is(value, o->choices[i])) return CRM_OK;
        buf_printf(&all, "%s%s", i ? ", " : "", o->choices[i]);
    }
    return usage(err, &cli_option_choice, shown, buf_str(&all), value);
}

static crm_status add(struct parsing *p, const struct crm_option *o, struct str shown,
                      struct str value, struct err *err) {
    struct crm_command *c = p->command;
    int64_t number;
    if (c->value_count == COMMAND_VALUES_MAX)
        return usage(err, &cli_option_many, STR_NONE, STR_NONE, STR_NONE);
    if (o->kind != CRM_OPTION_REPEATED && o->kind != CRM_OPTION_FILES_IN && command_has(c, o->name))
        return usage(err, &cli_option_twice, shown, STR_NONE, STR_NONE);
    if (o->kind == CRM_OPTION_INTEGER && !str_to_int64(value, &number))
        return usage(err, &cli_option_number, shown, value, STR_NONE);
    crm_status status = check_choice(o, shown, value, err);
    int fd = -1;
    if (status == CRM_OK && (o->kind == CRM_OPTION_FILE_IN || o->kind == CRM_OPTION_FILES_IN ||
                             o->kind == CRM_OPTION_STDIN))
        status = open_file(p, value, &fd, err);
    if (status != CRM_OK) return status;
    c->values[c->value_count++] = (struct command_value){.name = o->name, .text = value, .fd = fd};
    return CRM_OK;
}

static const struct crm_option *option_find(const struct crm_command_definition *d,
                                            struct str name) {
    for (size_t i = 0; i < d->option_count; i++)
        if (str_is(name, d->options[i].name)) return &d->options[i];
    return NULL;
}

static crm_status take_option(struct parsing *p, struct err *err) {
    struct str word = word_of(p), shown, rest = word;
    bool has_value = str_split(&rest, '=', &shown);
    const struct crm_option *o = option_find(p->definition, str_make(shown.ptr + 2, shown.len - 2));
    if (!o) return usage(err, &cli_option_unknown, str_from(p->definition->name), shown, STR_NONE);
    if (o->kind == CRM_OPTION_STDIN && !has_value) return add(p, o, shown, STR("-"), err);
    if (o->kind == CRM_OPTION_FLAG || o->kind == CRM_OPTION_STDIN)
        return has_value ? usage(err, &cli_option_flag, shown, STR_NONE, STR_NONE)
                         : add(p, o, shown, STR("yes"), err);
    if (!has_value) {
        if (++p->at == p->count) return usage(err, &cli_option_value, shown, STR_NONE, STR_NONE);
        rest = word_of(p);
    }
    return add(p, o, shown, rest, err);
}

static crm_status take_argument(struct parsing *p, struct err *err) {
    const struct crm_command_definition *d = p->definition;
    struct str word = word_of(p);
    size_t position = p->arguments;
    int32_t last = d->argument_count ? d->arguments[d->argument_count - 1].kind : CRM_OPTION_TEXT;
    bool repeats = last == CRM_OPTION_REPEATED || last == CRM_OPTION_FILES_IN;
    if (position >= d->argument_count && repeats) position = d->argument_count - 1;
    if (position >= d->argument_count)
        return usage(err, &cli_argument_extra, word, STR_NONE, STR_NONE);
    p->arguments++;
    return add(p, &d->arguments[position], str_from(d->arguments[position].name), word, err);
}

static crm_status take_words(struct parsing *p, struct err *err) {
    crm_status status = CRM_OK;
    for (bool options = true; p->at < p->count && status == CRM_OK; p->at++) {
        struct str word = word_of(p);
        if (options && str_is(word, "--")) {
            options = false;
        } else if (options && arguments_global_words(word) &&
                   !option_find(p->definition,
                                str_make(word.ptr + 2, word.len > 2 ? word.len - 2 : 0))) {
            status = take_global(p, err);
        } else if (options && word.len > 2 && str_starts_with(word, STR("--"))) {
            status = take_option(p, err);
        } else {
            status = take_argument(p, err);
        }
    }
    return status;
}

static crm_status check_missing(const struct parsing *p, struct err *err) {
    const struct crm_command_definition *d = p->definition;
    for (size_t i = 0; i < d->argument_count; i++)
        if (d->arguments[i].required && !command_has(p->command, d->arguments[i].name))
            return usage(err, &cli_argument_missing, str_from(d->arguments[i].name), STR_NONE,
                         STR_NONE);
    for (size_t i = 0; i < d->option_count; i++) {
        if (!d->options[i].required || command_has(p->command, d->options[i].name)) continue;
        struct str shown = arena_printf(&p->command->arena, "--%s", d->options[i].name);
        return usage(err, &cli_option_missing, shown, STR_NONE, STR_NONE);
    }
    return CRM_OK;
}

crm_status arguments_parse(const struct crm_command_definition *d, struct str *words, size_t count,
                           struct arguments_files *files, struct crm_command *ret,
                           struct arguments_global *ret_global, struct err *err) {
    struct parsing p = {.definition = d,
                        .words = words,
                        .count = count,
                        .files = files,
                        .command = ret,
                        .global = ret_global};
    memset(ret_global, 0, sizeof *ret_global);
    ret->definition = d;
    crm_status status = take_words(&p, err);
    if (ret_global->help) return CRM_OK;
    if (status == CRM_OK) status = check_missing(&p, err);
    ret->json = ret_global->json;
    ret->as = ret_global->as;
    return status;
}
