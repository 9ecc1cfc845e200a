/* Reading and checking settings. */
#include "cli/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/messages.h"

enum {
    SETTINGS_MAX_BYTES = 256 * 1024,
    LINE_BYTES = 4096,
    NUMBER_MAX = 100000,
    NODE_MAX = 1023,
    ROWS_MAX = 1000000000
};

static const struct {
    const char *key, *fallback, *help;
    enum setting_kind kind;
} known[SETTING_COUNT] = {
#define SETTING_ITEM(name, key, kind, value, help)                                                 \
    [SETTING_##name] = {key, value, help, SETTING_KIND_##kind},
    SETTINGS(SETTING_ITEM)
#undef SETTING_ITEM
};

const char *setting_key(enum setting setting) { return known[setting].key; }
const char *setting_help(enum setting setting) { return known[setting].help; }

const char *setting_origin_word(enum setting_origin origin) {
    static const char *const words[] = {"default", "file", "environment", "option"};
    return words[origin];
}

void settings_init(struct settings *s) {
    memset(s, 0, sizeof *s);
    arena_init(&s->arena, SETTINGS_MAX_BYTES);
    for (int i = 0; i < SETTING_COUNT; i++)
        s->values[i].text = str_from(known[i].fallback);
}

void settings_fini(struct settings *s) { arena_fini(&s->arena); }

static bool flag_parse(struct str text, bool *ret) {
    static const char *const yes[] = {"yes", "true", "on", "1"}, *const no[] = {"no", "false",
                                                                                "off", "0"};
    for (size_t i = 0; i < 4; i++) {
        if (!str_is(text, yes[i]) && !str_is(text, no[i])) continue;
        *ret = str_is(text, yes[i]);
        return true;
    }
    return false;
}

static crm_status check(enum setting setting, struct str text, struct err *err) {
    const struct str key = str_from(known[setting].key);
    int64_t number = 0, most = setting == SETTING_NODE          ? NODE_MAX
                               : setting == SETTING_SHADOW_ROWS ? ROWS_MAX
                                                                : NUMBER_MAX;
    int64_t least = setting == SETTING_NODE ? -1 : 0;
    bool flag;
    if (known[setting].kind == SETTING_KIND_FLAG && !flag_parse(text, &flag)) {
        const struct str args[] = {key, text};
        return err_set_args(err, CRM_INVALID, &cli_setting_flag, args, 2);
    }
    if (known[setting].kind == SETTING_KIND_NUMBER &&
        (!str_to_int64(text, &number) || number < least || number > most)) {
        char limit[24];
        snprintf(limit, sizeof limit, "%lld", (long long)most);
        const struct str args[] = {key, least < 0 ? STR("-1") : STR("0"), str_from(limit), text};
        return err_set_args(err, CRM_INVALID, &cli_setting_number, args, 4);
    }
    return CRM_OK;
}

static crm_status put(struct settings *s, enum setting setting, struct str text,
                      enum setting_origin origin, struct err *err) {
    crm_status status = check(setting, text, err);
    if (status != CRM_OK) return status;
    struct str kept = arena_str(&s->arena, text);
    if (!kept.ptr) return err_no_memory(err);
    s->values[setting] = (struct setting_value){kept, origin};
    return CRM_OK;
}

static crm_status put_named(struct settings *s, struct str key, struct str text,
                            enum setting_origin origin, struct err *err) {
    for (int i = 0; i < SETTING_COUNT; i++)
        if (str_is(key, known[i].key)) return put(s, (enum setting)i, text, origin, err);
    return err_set_args(err, CRM_INVALID, &cli_setting_unknown, &key, 1);
}

static crm_status read_line(struct settings *s, struct str line, struct err *err) {
    struct str rest = str_trim(line), key;
    if (rest.len == 0 || rest.ptr[0] == '#') return CRM_OK;
    if (str_find(rest, STR("=")) == SIZE_MAX)
        return err_set(err, CRM_INVALID, &cli_setting_line, NULL);
    str_split(&rest, '=', &key);
    return put_named(s, str_trim(key), str_trim(rest), SETTING_FROM_FILE, err);
}

static crm_status read_file(struct settings *s, struct err *err) {
    char line[LINE_BYTES];
    FILE *file = fopen(s->file.ptr, "re");
    if (!file && errno == ENOENT) return CRM_OK;
    const struct str args[] = {s->file, str_from(strerror(errno))};
    if (!file) return err_set_args(err, CRM_IO, &cli_file_open, args, 2);
    crm_status status = CRM_OK;
    for (int number = 1; status == CRM_OK && fgets(line, sizeof line, file); number++) {
        status = read_line(s, str_from(line), err);
        if (status != CRM_OK) err_at(err, "%.*s:%d", STR_ARG(s->file), number);
    }
    fclose(file);
    return status;
}

static crm_status read_environment(struct settings *s, struct err *err) {
    crm_status status = CRM_OK;
    for (int i = 0; i < SETTING_COUNT && status == CRM_OK; i++) {
        char name[64] = "PERIGEE_";
        size_t at = strlen(name);
        for (const char *c = known[i].key; *c && at < sizeof name - 1; c++)
            name[at++] = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
        name[at] = '\0';
        const char *value = getenv(name);
        if (!value || i == SETTING_DATA) continue;
        status = put(s, (enum setting)i, str_trim(str_from(value)), SETTING_FROM_ENVIRONMENT, err);
        if (status != CRM_OK) err_at(err, "%s", name);
    }
    return status;
}

static crm_status find_data(struct settings *s, struct str data, struct err *err) {
    const char *environment = getenv("PERIGEE_DATA");
    crm_status status = CRM_OK;
    if (data.len)
        status = put(s, SETTING_DATA, data, SETTING_FROM_OPTION, err);
    else if (environment && *environment)
        status = put(s, SETTING_DATA, str_from(environment), SETTING_FROM_ENVIRONMENT, err);
    if (status != CRM_OK) return status;
    s->file = arena_printf(&s->arena, "%.*s/perigee.conf", STR_ARG(settings_text(s, SETTING_DATA)));
    return s->file.ptr ? CRM_OK : err_no_memory(err);
}

crm_status settings_read(struct settings *s, struct str data, struct err *err) {
    crm_status status = find_data(s, data, err);
    struct setting_value where = s->values[SETTING_DATA]; /* the file cannot move its own folder */
    if (status == CRM_OK) status = read_file(s, err);
    s->values[SETTING_DATA] = where;
    return status;
}

crm_status settings_load(struct settings *s, struct str data, struct str database,
                         struct err *err) {
    crm_status status = settings_read(s, data, err);
    struct setting_value where = s->values[SETTING_DATA], recorded = s->values[SETTING_DATABASE];
    if (status == CRM_OK) status = read_environment(s, err);
    s->values[SETTING_DATA] = where;
    if (status == CRM_OK && database.len)
        status = put(s, SETTING_DATABASE, database, SETTING_FROM_OPTION, err);
    if (status != CRM_OK) return status;
    if (recorded.origin == SETTING_FROM_FILE &&
        !str_eq(recorded.text, settings_text(s, SETTING_DATABASE)))
        return err_set(err, CRM_CONFLICT, &cli_database_differs, NULL);
    return CRM_OK;
}

crm_status settings_override(struct settings *s, enum setting setting, struct str text,
                             struct err *err) {
    return text.len ? put(s, setting, text, SETTING_FROM_OPTION, err) : CRM_OK;
}

struct str settings_text(const struct settings *s, enum setting setting) {
    return s->values[setting].text;
}

int64_t settings_number(const struct settings *s, enum setting setting) {
    int64_t number = 0;
    return str_to_int64(s->values[setting].text, &number) ? number : 0;
}

bool settings_flag(const struct settings *s, enum setting setting) {
    bool flag = false;
    return flag_parse(s->values[setting].text, &flag) && flag;
}

/* "postgresql://user:secret@host/db" and "host=... password=secret". */
static void show_secret(struct str text, struct buf *out) {
    size_t scheme = str_find(text, STR("://")), key = str_find(text, STR("password="));
    if (scheme != SIZE_MAX) {
        size_t at = str_find(text, STR("@"));
        size_t colon = SIZE_MAX;
        for (size_t i = scheme + 3; at != SIZE_MAX && i < at && colon == SIZE_MAX; i++)
            if (text.ptr[i] == ':') colon = i;
        if (colon != SIZE_MAX) {
            buf_add(out, text.ptr, colon + 1);
            buf_add_cstr(out, "***");
            text = str_make(text.ptr + at, text.len - at);
            key = str_find(text, STR("password="));
        }
    }
    if (key == SIZE_MAX) {
        buf_add_str(out, text);
        return;
    }
    buf_add(out, text.ptr, key + strlen("password="));
    buf_add_cstr(out, "***");
    for (size_t i = key; i < text.len; i++) {
        if (text.ptr[i] != ' ' && text.ptr[i] != '&') continue;
        buf_add(out, text.ptr + i, text.len - i);
        return;
    }
}

void setting_show(const struct settings *s, enum setting setting, struct buf *out) {
    if (known[setting].kind == SETTING_KIND_SECRET)
        show_secret(settings_text(s, setting), out);
    else
        buf_add_str(out, settings_text(s, setting));
}
