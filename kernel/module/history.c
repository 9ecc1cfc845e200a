/* Versions of scripts in files. See history.h. */
#include "module/history.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "module/files.h"
#include "module/messages.h"

enum {
    ENTRY_BYTES = 64 * 1024 * 1024,
    LISTING_BYTES = 1024 * 1024,
    ENTRIES_MAX = 10 * HISTORY_KEPT
};

/* "scripts/renewals" lies in "scripts.renewals"; no name goes outside of the folder. */
static struct str folder_of(const struct history *h, struct arena *a) {
    struct str path = arena_printf(a, "%.*s/history/%.*s", STR_ARG(h->data_dir), STR_ARG(h->owner));
    char *at = path.ptr ? (char *)(uintptr_t)path.ptr + path.len - h->owner.len : NULL;
    for (size_t i = 0; at && i < h->owner.len; i++)
        if (at[i] == '/' || (i == 0 && at[i] == '.')) at[i] = i ? '.' : '_';
    return path;
}

/* ---- names: 00000012-0f3a....json ----------------------------------------------------------- */

static bool read_name(struct str name, struct history_entry *ret) {
    static const struct str ending = {".json", 5};
    struct str number, rest = name;
    if (!str_ends_with(name, ending) || name.ptr[0] == '.' || !str_split(&rest, '-', &number))
        return false;
    *ret = (struct history_entry){.file = name, .version = str_make(rest.ptr, rest.len - 5)};
    return str_to_int64(number, &ret->number);
}

static int newest_first(const void *a, const void *b) {
    int64_t x = ((const struct history_entry *)a)->number,
            y = ((const struct history_entry *)b)->number;
    return (x < y) - (x > y);
}

static crm_status list_names(struct str folder, struct arena *a, struct history_entry **ret,
                             size_t *ret_count, struct err *err) {
    struct history_entry *entries = ARENA_ARRAY(a, ENTRIES_MAX, struct history_entry);
    size_t count = 0;
    if (!entries) return err_no_memory(err);
    DIR *dir = opendir(folder.ptr);
    if (!dir && errno != ENOENT && errno != ENAMETOOLONG) return files_failure(folder, err);
    for (const struct dirent *e; dir && count < ENTRIES_MAX && (e = readdir(dir));) {
        struct str name = arena_str(a, str_from(e->d_name));
        if (name.ptr && read_name(name, &entries[count])) count++;
    }
    if (dir) closedir(dir);
    qsort(entries, count, sizeof *entries, newest_first);
    *ret = entries;
    *ret_count = count;
    return CRM_OK;
}

/* ---- files ---------------------------------------------------------------------------------- */

static void put_entry(const struct history_entry *e, struct json_writer *w) {
    json_object_open(w);
    json_key_lit(w, "version");
    json_text(w, e->version);
    json_key_lit(w, "at");
    json_int64(w, e->at_ms);
    json_key_lit(w, "who");
    json_text(w, e->who);
    json_key_lit(w, "files");
    json_array_open(w);
    for (size_t i = 0; i < e->source_count; i++) {
        json_object_open(w);
        json_key_lit(w, "name");
        json_text(w, e->sources[i].name);
        json_key_lit(w, "text");
        json_text(w, e->sources[i].text);
        json_object_shut(w);
    }
    json_array_shut(w);
    json_object_shut(w);
}

static crm_status read_entry(struct str folder, struct arena *a, bool with_texts,
                             struct history_entry *e, struct err *err) {
    struct str text = STR_NONE,
               path = arena_printf(a, "%.*s/%.*s", STR_ARG(folder), STR_ARG(e->file));
    const struct json_limits limits = {
        .max_bytes = ENTRY_BYTES, .max_depth = 4, .max_elements = 100000};
    JSON_CLEANUP json_t *tree = NULL;
    if (!path.ptr) return err_no_memory(err);
    crm_status status = files_read(a, path, ENTRY_BYTES, &text, err);
    if (status == CRM_OK) status = json_parse(text, &limits, &tree, err);
    if (status != CRM_OK) return status;
    const json_t *files = json_object_get(tree, "files");
    e->at_ms = json_integer_value(json_object_get(tree, "at"));
    e->who = arena_str(a, json_str(json_object_get(tree, "who")));
    e->source_count = json_array_size(files);
    if (!with_texts) return e->who.ptr ? CRM_OK : err_no_memory(err);
    e->sources = ARENA_ARRAY(a, e->source_count + 1, struct script_source);
    for (size_t i = 0; e->sources && i < e->source_count; i++) {
        const json_t *file = json_array_get(files, i);
        e->sources[i].name = arena_str(a, json_str(json_object_get(file, "name")));
        e->sources[i].text = arena_str(a, json_str(json_object_get(file, "text")));
        if (!e->sources[i].name.ptr || !e->sources[i].text.ptr) return err_no_memory(err);
    }
    return e->who.ptr && e->sources ? CRM_OK : err_no_memory(err);
}

/* ---- the functions of history.h ------------------------------------------------------------- */

static crm_status write_entry(const struct history *h, const struct history_entry *entry,
                              struct str folder, struct arena *a, struct err *err) {
    BUF_CLEANUP struct buf text;
    struct json_writer w;
    buf_init(&text, ENTRY_BYTES);
    json_writer_init(&w, &text);
    put_entry(entry, &w);
    struct str above = arena_printf(a, "%.*s/history", STR_ARG(h->data_dir));
    struct str path = arena_printf(a, "%.*s/%08lld-%.*s.json", STR_ARG(folder),
                                   (long long)entry->number, STR_ARG(entry->version));
    if (text.status != CRM_OK || !above.ptr || !path.ptr) return err_no_memory(err);
    crm_status status = files_folder(above, err);
    if (status == CRM_OK) status = files_folder(folder, err);
    return status == CRM_OK ? files_write(path, buf_str(&text), err) : status;
}

crm_status history_keep(const struct history *h, const struct history_entry *entry,
                        struct err *err) {
    struct arena a;
    struct history_entry *entries = NULL, next = *entry;
    size_t count = 0;
    arena_init(&a, LISTING_BYTES);
    struct str folder = folder_of(h, &a);
    crm_status status =
        folder.ptr ? list_names(folder, &a, &entries, &count, err) : err_no_memory(err);
    bool is_there = status == CRM_OK && count && str_eq(entries[0].version, entry->version);
    next.number = count ? entries[0].number + 1 : 1;
    if (status == CRM_OK && !is_there) status = write_entry(h, &next, folder, &a, err);
    for (size_t i = HISTORY_KEPT - 1; status == CRM_OK && !is_there && i < count; i++) {
        struct str path = arena_printf(&a, "%.*s/%.*s", STR_ARG(folder), STR_ARG(entries[i].file));
        if (path.ptr) unlink(path.ptr);
    }
    arena_fini(&a);
    return status;
}

crm_status history_list(const struct history *h, struct arena *a, struct history_entry **ret,
                        size_t *ret_count, struct err *err) {
    struct str folder = folder_of(h, a);
    struct history_entry *entries = NULL;
    size_t count = 0;
    crm_status status =
        folder.ptr ? list_names(folder, a, &entries, &count, err) : err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status = read_entry(folder, a, false, &entries[i], err);
    if (status != CRM_OK) return status;
    *ret = entries;
    *ret_count = count;
    return CRM_OK;
}

crm_status history_read(const struct history *h, struct str version, struct arena *a,
                        struct history_entry *ret, struct err *err) {
    struct str folder = folder_of(h, a);
    const struct str args[] = {h->owner, version};
    struct history_entry *entries = NULL;
    size_t count = 0;
    crm_status status =
        folder.ptr ? list_names(folder, a, &entries, &count, err) : err_no_memory(err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < count; i++) {
        if (!version.len || !str_starts_with(entries[i].version, version)) continue;
        *ret = entries[i];
        return read_entry(folder, a, true, ret, err);
    }
    return err_set_args(err, CRM_NOT_FOUND, &module_no_version, args, 2);
}
