/* The way of a command line; see cli.h. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/client.h"
#include "cli/lock.h"
#include "cli/messages.h"

enum { CLI_WORDS_MAX = 256, NAME_WORDS_MAX = 2 };

/* Set by signals while a command runs here. */
static volatile sig_atomic_t interrupts = 0;
static void on_interrupt(int number) {
    (void)number;
    interrupts++;
}
static bool is_interrupted(void *ctx) {
    (void)ctx;
    return interrupts > 0;
}

enum language cli_language(void) {
    static const char *const names[] = {"PERIGEE_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value) return language_find(str_from(value));
    }
    return LANGUAGE_EN;
}

crm_status cli_create_file(void *ctx, struct str path, struct arena *a, int *ret_fd,
                           struct str *ret_path, struct err *err) {
    (void)ctx;
    for (int number = 1; number < 1000; number++) {
        struct str name =
            number == 1 ? arena_str(a, path) : arena_printf(a, "%.*s.%d", STR_ARG(path), number);
        if (!name.ptr) return err_no_memory(err);
        int fd = open(name.ptr, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0) {
            *ret_fd = fd;
            *ret_path = name;
            return CRM_OK;
        }
        if (errno != EEXIST) break;
    }
    const struct str args[] = {path, str_from(strerror(errno))};
    return err_set_args(err, CRM_IO, &cli_file_make, args, 2);
}

static bool flush_folder_of(char *path) {
    char *slash = strrchr(path, '/');
    if (slash) *(slash == path ? slash + 1 : slash) = '\0';
    int fd = open(slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return ok;
}

/* Not over a file that is there. NFS and the like do not rename so, but know links. */
static bool give_name(const char *from, const char *to) {
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return true;
    return (errno == EINVAL || errno == ENOSYS) && link(from, to) == 0 && unlink(from) == 0;
}

crm_status cli_place_file(void *ctx, struct str from, struct str to, struct err *err) {
    struct arena a;
    (void)ctx;
    arena_init(&a, 64 * 1024);
    char *old_name = arena_cstr(&a, from), *new_name = arena_cstr(&a, to);
    bool ok = old_name && new_name;
    if (ok && to.len == 0)
        ok = unlink(old_name) == 0;
    else if (ok)
        ok = give_name(old_name, new_name) && flush_folder_of(new_name);
    arena_fini(&a);
    if (ok) return CRM_OK;
    const struct str args[] = {to.len ? to : from, str_from(strerror(errno))};
    return err_set_args(err, CRM_IO, &cli_file_make, args, 2);
}

/* ---- finding the command ------------------------------------------------------------------ */

/* How many of the words the name has; 0 = it is another command. */
static size_t name_matches(const char *name, const struct str *words, size_t count) {
    struct str rest = str_from(name), part;
    size_t used = 0;
    for (bool more = true; more;) {
        more = str_split(&rest, ' ', &part);
        if (used == count || !str_eq(part, words[used])) return 0;
        used++;
    }
    return used;
}

const struct crm_command_definition *cli_find(struct program *p, const struct str *words,
                                              size_t count, size_t *ret_words,
                                              enum cli_where *ret_where) {
    for (size_t i = 0; cli_commands[i]; i++) {
        *ret_words = name_matches(cli_commands[i]->definition.name, words, count);
        *ret_where = cli_commands[i]->where;
        if (*ret_words) return &cli_commands[i]->definition;
    }
    const struct registry *r = p->kernel ? &kernel_modules(p->kernel)->registry : NULL;
    for (size_t i = 0; r && i < r->command_count; i++) {
        *ret_words = name_matches(r->commands[i].definition.name, words, count);
        *ret_where = CLI_ANYWHERE;
        if (*ret_words) return &r->commands[i].definition;
    }
    return NULL;
}

/* Global options in front of the name go behind it. */
static void put_name_first(struct str *words, size_t count) {
    size_t front = 0;
    while (front < count && arguments_global_words(words[front]) &&
           !str_is(words[front], "--help") && !str_is(words[front], "-h"))
        front += arguments_global_words(words[front]);
    if (front == 0 || front >= count) return;
    struct str moved[CLI_WORDS_MAX];
    memcpy(moved, words, front * sizeof *words);
    memmove(words, words + front, (count - front) * sizeof *words);
    memcpy(words + count - front, moved, front * sizeof *words);
}

/* ---- where it runs ------------------------------------------------------------------------ */

void cli_kernel_options(const struct program *p, struct kernel_options *ret) {
    const struct settings *s = &p->settings;
    *ret = (struct kernel_options){.data_dir = settings_text(s, SETTING_DATA),
                                   .database = settings_text(s, SETTING_DATABASE),
                                   .node = (int32_t)settings_number(s, SETTING_NODE),
                                   .http_allowed = settings_text(s, SETTING_HTTP_ALLOWED),
                                   .mail_allowed = settings_text(s, SETTING_MAIL_ALLOWED),
                                   .job_threads = (size_t)settings_number(s, SETTING_JOB_THREADS),
                                   .figures_bytes = (size_t)settings_number(s, SETTING_FIGURES_MB)
                                                    << 20,
                                   .shadow_rows = settings_number(s, SETTING_SHADOW_ROWS),
                                   .statics = p->statics,
                                   .modules_folder = p->modules_folder,
                                   .files_folder = p->files_folder,
                                   .plugins_folder = p->plugins_folder,
                                   .scripts_folder = p->scripts_folder};
}

/* A module may crash as it is loaded: a server notes that too. */
static crm_status load_modules(struct program *p, bool serves, struct err *err) {
    struct kernel_options options;
    crm_status status;
    if (p->kernel) return CRM_OK;
    cli_find_folders(p);
    cli_kernel_options(p, &options);
    options.without_database = true;
    if (serves) {
        status = cli_watch_crashes(p, err);
        if (status != CRM_OK) return status;
    }
    return kernel_open(&options, &p->kernel, err);
}

static void catch_interrupts(void) {
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL); /* a second one ends at once */
    sigaction(SIGTERM, &action, NULL);
}

static crm_status run_with_database(struct program *p, struct crm_command *c, int *ret_exit,
                                    struct err *err) {
    struct kernel_options options;
    int lock = -1;
    struct str folder = settings_text(&p->settings, SETTING_DATA);
    cli_kernel_options(p, &options);
    /* Who is asked for a right needs definitions in force; the program itself may look first. */
    bool plans =
        strcmp(c->definition->name, "plan") == 0 || strcmp(c->definition->name, "apply") == 0;
    options.without_apply = plans && c->as.len == 0;
    if (access(arena_cstr(&c->arena, folder), F_OK) != 0)
        return err_set_args(err, CRM_NOT_FOUND, &cli_not_made, &folder, 1);
    crm_status status = lock_take(folder, LOCK_WAIT_MS, &lock, err);
    if (status != CRM_OK) return status;
    status = kernel_open_data(p->kernel, &options, err);
    if (status == CRM_OK) {
        catch_interrupts();
        *ret_exit = command_run(c);
    }
    /* Everything is closed before another process may come in. */
    command_fini(c);
    command_init(c);
    kernel_close(p->kernel);
    p->kernel = NULL;
    close(lock);
    return status;
}

/* A command line on its way: the words, and what they turned out to ask for. */
struct invocation {
    struct program *program;
    struct crm_command *command;
    struct str *words;
    size_t count, name_words;
    const struct crm_command_definition *definition;
    enum cli_where where;
    struct arguments_global global;
    int exit_code;
};

static crm_status run_anywhere(struct invocation *i, struct err *err) {
    struct program *p = i->program;
    int socket = -1;
    crm_status status = client_connect(settings_text(&p->settings, SETTING_DATA), &socket, err);
    if (status != CRM_OK) return status;
    if (socket >= 0) return client_run(socket, i->command, i->words, i->count, &i->exit_code, err);
    return run_with_database(p, i->command, &i->exit_code, err);
}

static crm_status run_parsed(struct invocation *i, struct err *err) {
    struct program *p = i->program;
    crm_status status = settings_load(&p->settings, i->global.data, i->global.database, err);
    if (status == CRM_OK && i->where != CLI_WITHOUT_DATABASE)
        status = load_modules(p, strcmp(i->definition->name, "serve") == 0, err);
    if (status != CRM_OK) return status;
    i->command->kernel = i->where == CLI_WITHOUT_DATABASE ? NULL : p->kernel;
    if (i->where == CLI_ANYWHERE) return run_anywhere(i, err);
    i->exit_code = command_run(i->command);
    return CRM_OK;
}

static crm_status check_language(struct str given, struct err *err) {
    if (!given.len || str_is(given, "en") || str_is(given, "ru")) return CRM_OK;
    return err_set_args(err, CRM_UNSUPPORTED, &cli_language_unknown, &given, 1);
}

/* Of --lang, wherever it stands, so that also what is wrong with the words is told in it. */
static enum language asked_language(const struct str *words, size_t count) {
    for (size_t i = 0; i < count && !str_is(words[i], "--"); i++) {
        if (str_is(words[i], "--lang") && i + 1 < count) return language_find(words[i + 1]);
        if (str_starts_with(words[i], STR("--lang=")))
            return language_find(str_make(words[i].ptr + 7, words[i].len - 7));
    }
    return cli_language();
}

static int run_found(struct invocation *i) {
    struct crm_command *c = i->command;
    struct err err;
    const struct command_io io = c->io;
    enum language language = c->language;
    err_clear(&err);
    crm_status status = arguments_parse(i->definition, i->words + i->name_words,
                                        i->count - i->name_words, NULL, c, &i->global, &err);
    if (status == CRM_OK) status = check_language(i->global.language, &err);
    if (status == CRM_OK && i->global.help) {
        cli_help(c, i->definition);
        return 0;
    }
    if (status == CRM_OK) status = run_parsed(i, &err);
    if (status == CRM_OK) return i->exit_code;
    c->io = io; /* the command may have been emptied on the way */
    c->language = language;
    c->json = i->global.json;
    return command_fail(c, &err);
}

static int run_words(struct invocation *i) {
    struct program *p = i->program;
    struct err err;
    err_clear(&err);
    put_name_first(i->words, i->count);
    if (i->count == 0 || arguments_global_words(i->words[0])) {
        cli_help(i->command, NULL);
        return i->count ? 0 : 2;
    }
    i->definition = cli_find(p, i->words, i->count, &i->name_words, &i->where);
    if (!i->definition && load_modules(p, false, &err) != CRM_OK)
        return command_fail(i->command, &err);
    if (!i->definition)
        i->definition =
            cli_find(p, i->words, i->count, &i->name_words, &i->where); /* perhaps a module's */
    if (i->definition) return run_found(i);
    err_set_args(&err, CRM_UNSUPPORTED, &cli_command_unknown, i->words, 1);
    return command_fail(i->command, &err);
}

/* Below 3 nothing of ours may be opened. */
static void keep_standard_streams(void) {
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
}

int cli_main(int argc, char **argv, const crm_module_get_fn *statics) {
    struct str words[CLI_WORDS_MAX];
    size_t count = 0;
    static struct program p; /* lives as long as the process */
    struct crm_command c;
    keep_standard_streams();
    signal(SIGPIPE, SIG_IGN);
    umask(077);
    log_set_level(LOG_WARN);
    for (int i = 1; i < argc && count < CLI_WORDS_MAX; i++)
        words[count++] = str_from(argv[i]);
    p.statics = statics;
    settings_init(&p.settings);
    command_init(&c);
    c.program = &p;
    c.language = asked_language(words, count);
    c.io = (struct command_io){.out = STDOUT_FILENO,
                               .err = STDERR_FILENO,
                               .create = cli_create_file,
                               .place = cli_place_file,
                               .cancelled = is_interrupted};
    struct invocation invocation = {.program = &p,
                                    .command = &c,
                                    .words = words,
                                    .count = count,
                                    .where = CLI_HERE,
                                    .exit_code = 1};
    int code = run_words(&invocation);
    command_fini(&c);
    kernel_close(p.kernel);
    settings_fini(&p.settings);
    return code;
}
