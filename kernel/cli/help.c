/* perigee help, --help and version. */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/help_texts.h"
#include "cli/messages.h"

enum { NAME_COLUMN = 26 };

/* Where the text is written, in the language of who reads it. */
struct page {
    struct buf *out;
    enum language language;
    const struct crm_command_definition *of;
};

static const struct crm_help_text texts[] = {
#define HELP_TEXT(en, ru) {en, ru},
    CLI_HELP_TEXTS(HELP_TEXT)
#undef HELP_TEXT
};

static const char *find(const struct crm_help_text *list, size_t count, const char *text) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].en, text) == 0) return list[i].ru;
    return NULL;
}

static const char *in(const struct page *p, const char *text) {
    const char *found = NULL;
    if (!text || p->language != LANGUAGE_RU) return text;
    if (p->of) found = find(p->of->texts, p->of->text_count, text);
    if (!found) found = find(texts, sizeof texts / sizeof *texts, text);
    return found ? found : text;
}

static void add_usage(struct buf *out, const struct crm_command_definition *d) {
    buf_printf(out, "perigee %s", d->name);
    for (size_t i = 0; i < d->argument_count; i++) {
        const struct crm_option *a = &d->arguments[i];
        bool repeats = a->kind == CRM_OPTION_REPEATED || a->kind == CRM_OPTION_FILES_IN;
        buf_printf(out, a->required ? " %s%s" : " [%s%s]", a->name, repeats ? "..." : "");
    }
    if (d->option_count) buf_add_cstr(out, " [OPTIONS]");
}

static void add_choices(struct buf *out, const struct crm_option *o) {
    if (!o->choices) return;
    buf_add_cstr(out, " (");
    for (size_t i = 0; o->choices[i]; i++)
        buf_printf(out, "%s%s", i ? ", " : "", o->choices[i]);
    buf_add_cstr(out, ")");
}

static void add_option(const struct page *p, const struct crm_option *o, bool is_argument) {
    char name[128];
    if (is_argument)
        snprintf(name, sizeof name, "%s", o->name);
    else
        snprintf(name, sizeof name, "--%s%s%s", o->name, o->value ? " " : "",
                 o->value ? o->value : "");
    const char *help = in(p, o->help);
    buf_printf(p->out, "  %-*s%s%s", NAME_COLUMN, name, strlen(name) >= NAME_COLUMN ? " " : "",
               help ? help : "");
    add_choices(p->out, o);
    buf_add_cstr(p->out, "\n");
}

static void add_command(const struct page *p, const struct crm_command_definition *d) {
    struct buf *out = p->out;
    add_usage(out, d);
    buf_printf(out, "\n\n%s.\n", in(p, d->summary));
    if (d->argument_count) buf_add_cstr(out, "\n");
    for (size_t i = 0; i < d->argument_count; i++)
        if (d->arguments[i].help) add_option(p, &d->arguments[i], true);
    if (d->option_count) buf_add_cstr(out, "\n");
    for (size_t i = 0; i < d->option_count; i++)
        add_option(p, &d->options[i], false);
    buf_add_cstr(out, "\n");
    static const struct crm_option global[] = {
        {.name = "data", .value = "DIR", .help = "the data directory (PERIGEE_DATA, perigee-data)"},
        {.name = "database", .value = "URI", .help = "a PostgreSQL database instead of SQLite"},
        {.name = "as", .value = "LOGIN", .help = "act as this user, with their rights"},
        {.name = "lang", .value = "LANGUAGE", .help = "language of what is said: en or ru (LANG)"},
        {.name = "json", .help = "the last line of output is one JSON object"},
        {.name = "help", .help = "this text"}};
    for (size_t i = 0; i < sizeof global / sizeof *global; i++)
        add_option(p, &global[i], false);
    if (d->help) buf_printf(out, "\n%s\n", in(p, d->help));
}

static void add_line(const struct page *page, const struct crm_command_definition *d) {
    const struct page own = {page->out, page->language, d};
    buf_printf(page->out, "  %-*s%s\n", 18, d->name, in(&own, d->summary));
}

static bool is_of_group(const struct crm_command_definition *d, struct str group) {
    size_t len = strlen(d->name);
    return len > group.len && d->name[group.len] == ' ' &&
           memcmp(d->name, group.ptr, group.len) == 0;
}

/* The commands that begin with a word: those of plugins, of scripts ... False: there are none. */
static bool add_group(const struct page *page, struct program *p, struct str group) {
    const struct registry *r = p->kernel ? &kernel_modules(p->kernel)->registry : NULL;
    size_t before = page->out->len;
    for (size_t i = 0; cli_commands[i]; i++)
        if (is_of_group(&cli_commands[i]->definition, group))
            add_line(page, &cli_commands[i]->definition);
    for (size_t i = 0; r && i < r->command_count; i++)
        if (is_of_group(&r->commands[i].definition, group))
            add_line(page, &r->commands[i].definition);
    return page->out->len > before;
}

static void add_all(const struct page *page, struct program *p) {
    struct buf *out = page->out;
    bool russian = page->language == LANGUAGE_RU;
    buf_printf(out, "Perigee %s\n\nperigee %s\n\n", PERIGEE_VERSION,
               russian ? "КОМАНДА [АРГУМЕНТЫ] [ПАРАМЕТРЫ]" : "COMMAND [ARGUMENTS] [OPTIONS]");
    for (size_t i = 0; cli_commands[i]; i++)
        add_line(page, &cli_commands[i]->definition);
    const struct registry *r = p->kernel ? &kernel_modules(p->kernel)->registry : NULL;
    if (r && r->command_count) buf_add_cstr(out, "\n");
    for (size_t i = 0; r && i < r->command_count; i++)
        add_line(page, &r->commands[i].definition);
    buf_add_cstr(out, russian ? "\n«perigee КОМАНДА --help» расскажет больше. Коды выхода: 0 "
                                "сделано, 1 не удалось, 2 "
                                "неверный вызов.\n"
                              : "\n\"perigee COMMAND --help\" says more. Exit codes: 0 done, 1 "
                                "failed, 2 wrong usage.\n");
}

void cli_help(struct crm_command *c, const struct crm_command_definition *d) {
    struct program *p = cli_program(c);
    BUF_CLEANUP struct buf text;
    const struct page page = {&text, c->language, d};
    buf_init(&text, 256 * 1024);
    if (d) {
        add_command(&page, d);
    } else {
        struct kernel_options options;
        struct err err;
        cli_find_folders(p);
        cli_kernel_options(p, &options);
        options.without_database = true;
        if (!p->kernel)
            kernel_open(&options, &p->kernel, &err); /* commands of modules, when they load */
        add_all(&page, p);
    }
    command_say(c, "%.*s", (int)(text.len > 0 ? text.len - 1 : 0), text.ptr ? text.ptr : "");
}

static bool say_group(struct crm_command *c, struct str group) {
    BUF_CLEANUP struct buf text;
    const struct page page = {&text, c->language, NULL};
    buf_init(&text, 256 * 1024);
    if (!add_group(&page, cli_program(c), group)) return false;
    command_say(c, "%.*s", (int)(text.len - 1), text.ptr);
    return true;
}

static crm_status help(struct crm_command *c, struct err *err) {
    struct program *p = cli_program(c);
    struct str words[2] = {command_value(c, "COMMAND"), command_value(c, "SUBCOMMAND")};
    size_t count = (words[0].len != 0) + (size_t)(words[1].len != 0), used = 0;
    enum cli_where where;
    if (count == 0) {
        cli_help(c, NULL);
        return CRM_OK;
    }
    const struct crm_command_definition *d = cli_find(p, words, count, &used, &where);
    if (!d) {
        struct kernel_options options;
        cli_find_folders(p);
        cli_kernel_options(p, &options);
        options.without_database = true;
        if (!p->kernel) kernel_open(&options, &p->kernel, err);
        d = cli_find(p, words, count, &used, &where);
    }
    if (!d && count == 1 && say_group(c, words[0])) return CRM_OK;
    if (!d) return err_set_args(err, CRM_UNSUPPORTED, &cli_command_unknown, words, 1);
    cli_help(c, d);
    return CRM_OK;
}

static crm_status version(struct crm_command *c, struct err *err) {
    (void)err;
    command_say(c, "Perigee %s", PERIGEE_VERSION);
    struct json_writer *w = command_result(c);
    json_object_open(w);
    json_key_lit(w, "version");
    json_cstr(w, PERIGEE_VERSION);
    json_key_lit(w, "abi");
    json_int64(w, CRM_ABI_MAJOR);
    json_object_shut(w);
    return CRM_OK;
}

CLI_RUN(help)
CLI_RUN(version)
static const struct crm_option help_arguments[] = {
    {.name = "COMMAND", .help = "what to explain", .kind = CRM_OPTION_TEXT},
    {.name = "SUBCOMMAND", .kind = CRM_OPTION_TEXT}};
extern const struct cli_command cli_command_help, cli_command_version;
const struct cli_command cli_command_help = {{.size = sizeof(struct crm_command_definition),
                                              .name = "help",
                                              .summary = "Explains the commands",
                                              .arguments = help_arguments,
                                              .argument_count = 2,
                                              .run = help_},
                                             CLI_WITHOUT_DATABASE};
const struct cli_command cli_command_version = {{.size = sizeof(struct crm_command_definition),
                                                 .name = "version",
                                                 .summary = "Shows the version",
                                                 .run = version_},
                                                CLI_WITHOUT_DATABASE};
