/* perigee new plugin|script NAME: a folder, or two files, that are whole from the beginning: their
 * tests pass at once (perigee test). The texts are those of sdk/template, part of the program; the
 * word "sample" in them becomes the name. Nothing that is there is written over. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"

#define TEMPLATES(X)                                                                               \
    X("plugin", "sample/manifest.lua", plugin_manifest)                                            \
    X("plugin", "sample/entities/sample.lua", plugin_entities)                                     \
    X("plugin", "sample/automations/sample.lua", plugin_automations)                               \
    X("plugin", "sample/tests/sample.lua", plugin_tests)                                           \
    X("script", "sample.lua", script_text) X("script", "sample_test.lua", script_tests)

#define TEMPLATE_TEXT(kind, path, symbol)                                                          \
    extern const unsigned char cli_template_##symbol[];                                            \
    extern const size_t cli_template_##symbol##_bytes;
TEMPLATES(TEMPLATE_TEXT)
#undef TEMPLATE_TEXT

enum { TEMPLATE_BYTES = 256 * 1024, FILE_MODE = 0644, FOLDER_MODE = 0755 };

struct template_file {
    const char *kind, *path;
    struct str text;
};

static struct str named(struct arena *a, struct str text, struct str name) {
    static const struct str word = {"sample", 6};
    BUF_CLEANUP struct buf out;
    buf_init(&out, TEMPLATE_BYTES);
    if (!text.ptr) return STR_NONE;
    for (size_t at; (at = str_find(text, word)) != SIZE_MAX;) {
        buf_add_str(&out, str_make(text.ptr, at));
        buf_add_str(&out, name);
        text = str_make(text.ptr + at + word.len, text.len - at - word.len);
    }
    buf_add_str(&out, text);
    return out.status == CRM_OK ? arena_str(a, buf_str(&out)) : STR_NONE;
}

static crm_status failed(struct str path, struct err *err) {
    char reason[128];
    const struct str args[] = {path, str_from(strerror_r(errno, reason, sizeof reason))};
    return err_set_args(err, CRM_IO, &cli_file_make, args, 2);
}

static crm_status make_above(struct crm_command *c, struct str path, struct err *err) {
    for (size_t i = 1; i < path.len; i++) {
        if (path.ptr[i] != '/') continue;
        struct str above = arena_str(&c->arena, str_make(path.ptr, i));
        if (!above.ptr) return err_no_memory(err);
        if (mkdir(above.ptr, FOLDER_MODE) != 0 && errno != EEXIST) return failed(above, err);
    }
    return CRM_OK;
}

static crm_status write_file(struct crm_command *c, const struct template_file *f, struct str name,
                             struct err *err) {
    struct str path = named(&c->arena, str_from(f->path), name),
               text = named(&c->arena, f->text, name);
    if (!path.ptr || !text.ptr) return err_no_memory(err);
    crm_status status = make_above(c, path, err);
    if (status != CRM_OK) return status;
    int fd = open(path.ptr, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd < 0) return failed(path, err);
    bool is_whole = write(fd, text.ptr, text.len) == (ssize_t)text.len;
    is_whole = close(fd) == 0 && is_whole;
    if (!is_whole) return failed(path, err);
    command_say(c, "%.*s", STR_ARG(path));
    json_text(command_result(c), path);
    return CRM_OK;
}

static crm_status make(struct crm_command *c, const char *kind, struct err *err) {
    static const struct {
        const char *kind, *path;
        const unsigned char *text;
        const size_t *bytes;
    } files[] = {
#define TEMPLATE_FILE(kind, path, symbol)                                                          \
    {kind, path, cli_template_##symbol, &cli_template_##symbol##_bytes},
        TEMPLATES(TEMPLATE_FILE)
#undef TEMPLATE_FILE
    };
    struct str name = command_value(c, "NAME");
    struct json_writer *w = command_result(c);
    if (!module_name_is_valid(name)) return err_set_args(err, CRM_INVALID, &cli_new_name, &name, 1);
    crm_status status = CRM_OK;
    json_object_open(w);
    json_key_lit(w, "files");
    json_array_open(w);
    for (size_t i = 0; status == CRM_OK && i < sizeof files / sizeof *files; i++) {
        const struct template_file f = {files[i].kind, files[i].path,
                                        str_make((const char *)files[i].text, *files[i].bytes)};
        if (strcmp(f.kind, kind) == 0) status = write_file(c, &f, name, err);
    }
    json_array_shut(w);
    json_object_shut(w);
    return status;
}

static crm_status new_plugin(struct crm_command *c, struct err *err) {
    return make(c, "plugin", err);
}
static crm_status new_script(struct crm_command *c, struct err *err) {
    return make(c, "script", err);
}

CLI_RUN(new_plugin)
CLI_RUN(new_script)
static const struct crm_option name[] = {{.name = "NAME",
                                          .help = "small Latin letters, digits and _",
                                          .kind = CRM_OPTION_TEXT,
                                          .required = true}};
CLI_COMMAND(new_plugin, CLI_WITHOUT_DATABASE, .name = "new plugin",
            .summary = "Makes the folder of a plugin whose tests pass", CLI_ARGUMENTS(name),
            .run = new_plugin_)
CLI_COMMAND(new_script, CLI_WITHOUT_DATABASE, .name = "new script",
            .summary = "Makes a script and its tests, which pass", CLI_ARGUMENTS(name),
            .run = new_script_)
