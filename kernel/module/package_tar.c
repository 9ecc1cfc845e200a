/* Packages that are tars in gzip, as `tar czf` writes them: ustar headers, the long names of GNU
 * and of pax; inflated by zlib. See package.h. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "module/messages.h"
#include "module/package.h"

enum {
    BLOCK = 512,
    NAME_AT = 0,
    SIZE_AT = 124,
    KIND_AT = 156,
    PREFIX_AT = 345,
    LONG_MAX_BYTES = 8192
};

struct tar {
    gzFile file;
    struct arena *arena;
    struct str long_name; /* for the next header; empty: it has its own */
};

static crm_status damaged(const char *what, struct err *err) {
    crm_status status = err_set(err, CRM_INVALID, &module_package_damaged, NULL);
    err_because(err, "%s", what);
    return status;
}

static crm_status read_exactly(struct tar *t, void *to, size_t len, struct err *err) {
    return gzread(t->file, to, (unsigned)len) == (int)len ? CRM_OK : damaged("it is cut off", err);
}

/* Octal; what is larger than the limits is as good as one that is. */
static bool size_of(const char *header, int64_t *ret) {
    int64_t size = 0;
    for (size_t i = SIZE_AT; i < SIZE_AT + 12 && header[i] && header[i] != ' '; i++) {
        if (header[i] < '0' || header[i] > '7') return false;
        size = size * 8 + (header[i] - '0');
    }
    *ret = size;
    return true;
}

static struct str text_at(const char *header, size_t at, size_t max) {
    return str_make(header + at, strnlen(header + at, max));
}

static struct str name_of(struct tar *t, const char *header) {
    struct str name = text_at(header, NAME_AT, 100), prefix = text_at(header, PREFIX_AT, 155);
    if (t->long_name.len) return t->long_name;
    bool has_prefix = memcmp(header + 257, "ustar", 5) == 0 && header[262] == '\0' && prefix.len;
    return has_prefix ? arena_printf(t->arena, "%.*s/%.*s", STR_ARG(prefix), STR_ARG(name))
                      : arena_str(t->arena, name);
}

/* The entry's bytes, into `text`; with the padding behind them. */
static crm_status read_text(struct tar *t, int64_t size, struct str *ret, struct err *err) {
    char padding[BLOCK];
    if (size > LONG_MAX_BYTES) return damaged("a header is too long", err);
    char *text = arena_alloc(t->arena, (size_t)size + 1);
    if (!text) return err_no_memory(err);
    crm_status status = read_exactly(t, text, (size_t)size, err);
    size_t rest = (size_t)((BLOCK - size % BLOCK) % BLOCK);
    if (status == CRM_OK && rest) status = read_exactly(t, padding, rest, err);
    text[size] = '\0';
    *ret = str_make(text, strnlen(text, (size_t)size));
    return status;
}

/* "27 path=insurance/entities/...\n", one record a line. */
static struct str path_of_pax(struct str records) {
    struct str line, word;
    for (bool more = records.len > 0; more;) {
        more = str_split(&records, '\n', &line);
        if (!str_split(&line, ' ', &word)) continue;
        if (str_starts_with(line, STR("path="))) return str_make(line.ptr + 5, line.len - 5);
    }
    return STR_NONE;
}

static crm_status copy_bytes(struct tar *t, int64_t size, struct unpacking *u, struct err *err) {
    char piece[64 * BLOCK];
    crm_status status = CRM_OK;
    int64_t whole = (size + BLOCK - 1) / BLOCK * BLOCK;
    for (int64_t at = 0; status == CRM_OK && at < whole;) {
        size_t len = whole - at < (int64_t)sizeof piece ? (size_t)(whole - at) : sizeof piece;
        status = read_exactly(t, piece, len, err);
        size_t wanted = size - at < (int64_t)len ? (size_t)(size - at) : len;
        if (status == CRM_OK && u) status = unpacking_write(u, str_make(piece, wanted), err);
        at += (int64_t)len;
    }
    return status;
}

static crm_status take_file(struct tar *t, struct str name, int64_t size, struct unpacking *u,
                            struct err *err) {
    bool passed = false;
    crm_status status = unpacking_name(name, &passed, err);
    if (status != CRM_OK) return status;
    if (passed) { /* it is inflated all the same */
        status = unpacking_count(u, size, err);
        return status == CRM_OK ? copy_bytes(t, size, NULL, err) : status;
    }
    status = unpacking_begin(u, name, err);
    if (status == CRM_OK) status = copy_bytes(t, size, u, err);
    return status == CRM_OK ? unpacking_end(u, err) : status;
}

static crm_status take_entry(struct tar *t, const char *header, struct unpacking *u,
                             struct err *err) {
    int64_t size = 0;
    struct str text = STR_NONE;
    char kind = header[KIND_AT];
    if (!size_of(header, &size)) return damaged("a size", err);
    if (kind == 'L' || kind == 'x' || kind == 'g') {
        crm_status status = read_text(t, size, &text, err);
        if (status == CRM_OK && kind == 'L') t->long_name = text;
        if (status == CRM_OK && kind == 'x') t->long_name = path_of_pax(text);
        return status;
    }
    struct str name = name_of(t, header);
    t->long_name = STR_NONE;
    if (!name.ptr) return err_no_memory(err);
    if (kind == '0' || kind == '\0') return take_file(t, name, size, u, err);
    if (kind != '5') return err_set_args(err, CRM_INVALID, &module_package_link, &name, 1);
    bool passed = false;
    if (name.len > 1 && name.ptr[name.len - 1] == '/') name.len--;
    return str_is(name, ".") || str_is(name, "./") ? CRM_OK : unpacking_name(name, &passed, err);
}

static crm_status take_all(struct tar *t, struct unpacking *u, struct err *err) {
    static const char end[BLOCK];
    char header[BLOCK];
    crm_status status = CRM_OK;
    for (size_t entries = 0; status == CRM_OK; entries++) {
        if (entries > PACKAGE_ENTRIES_MAX)
            return err_set(err, CRM_TOO_LARGE, &module_package_large, "2,000 files", NULL);
        status = read_exactly(t, header, BLOCK, err);
        if (status != CRM_OK || memcmp(header, end, BLOCK) == 0) return status;
        status = take_entry(t, header, u, err);
    }
    return status;
}

crm_status package_from_tar(int fd, struct unpacking *u, struct err *err) {
    int own = dup(fd);
    struct tar t = {.arena = u->arena};
    if (own < 0 || lseek(own, 0, SEEK_SET) != 0 || !(t.file = gzdopen(own, "rb"))) {
        if (own >= 0) close(own);
        return err_no_memory(err);
    }
    crm_status status = take_all(&t, u, err);
    gzclose_r(t.file);
    return status;
}
