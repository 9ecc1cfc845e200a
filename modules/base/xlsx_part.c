/* See xlsx_part.h. */
#include "xlsx_part.h"

#include <string.h>
#include <zip.h>

enum {
    ENTRIES_MAX = 10000,
    DEPTH_MAX = 64,
    PIECE_BYTES = 32 * 1024,
    DENSITY_MAX = 400,              /* bytes unpacked for one packed ... */
    DENSE_BYTES = 16 * 1024 * 1024, /* ... from here on */
    TOKEN_BYTES_MAX = 1024 * 1024   /* of a tag with its attributes, which the parser keeps whole */
};

/* ---- the archive ------------------------------------------------------------------------------
 */

static zip_int64_t archive_seek(struct xlsx_archive *a, void *data, zip_uint64_t len,
                                zip_error_t *error) {
    zip_int64_t to = zip_source_seek_compute_offset((zip_uint64_t)a->at,
                                                    (zip_uint64_t)a->file.bytes, data, len, error);
    if (to < 0) return -1;
    a->at = to;
    return 0;
}

static zip_int64_t archive_read(struct xlsx_archive *a, void *data, zip_uint64_t len) {
    size_t got = 0;
    if (!a->file.read_at(a->file.ctx, a->at, data, (size_t)len, &got)) return -1;
    a->at += (int64_t)got;
    return (zip_int64_t)got;
}

static zip_int64_t archive_call(void *ctx, void *data, zip_uint64_t len, zip_source_cmd_t command) {
    struct xlsx_archive *a = ctx;
    zip_error_t error;
    switch (command) {
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                              ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_SEEK,
                                              ZIP_SOURCE_TELL, ZIP_SOURCE_FREE, -1);
    case ZIP_SOURCE_OPEN:
        a->at = 0;
        return 0;
    case ZIP_SOURCE_READ:
        return archive_read(a, data, len);
    case ZIP_SOURCE_STAT:
        zip_stat_init(data);
        ((zip_stat_t *)data)->size = (zip_uint64_t)a->file.bytes;
        ((zip_stat_t *)data)->valid = ZIP_STAT_SIZE;
        return (zip_int64_t)sizeof(zip_stat_t);
    case ZIP_SOURCE_SEEK:
        return archive_seek(a, data, len, &error);
    case ZIP_SOURCE_TELL:
        return a->at;
    case ZIP_SOURCE_ERROR:
        zip_error_init(&error);
        zip_error_set(&error, ZIP_ER_READ, 0);
        return zip_error_to_data(&error, data, len);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
        return 0;
    default:
        return -1;
    }
}

static enum xlsx_problem check_entries(struct zip *zip) {
    zip_int64_t count = zip_get_num_entries(zip, 0);
    if (count > ENTRIES_MAX) return XLSX_TOO_LARGE;
    for (zip_int64_t i = 0; i < count; i++) {
        zip_stat_t s;
        if (zip_stat_index(zip, (zip_uint64_t)i, 0, &s) != 0) return XLSX_BROKEN;
        if (s.valid & ZIP_STAT_ENCRYPTION_METHOD && s.encryption_method != ZIP_EM_NONE)
            return XLSX_ENCRYPTED;
        if (s.valid & ZIP_STAT_SIZE && s.valid & ZIP_STAT_COMP_SIZE && s.size > DENSE_BYTES &&
            s.size / DENSITY_MAX > s.comp_size)
            return XLSX_TOO_LARGE;
    }
    return XLSX_FINE;
}

enum xlsx_problem xlsx_archive_open(struct xlsx_archive *a, const struct xlsx_file *file) {
    zip_error_t error;
    *a = (struct xlsx_archive){.file = *file};
    zip_error_init(&error);
    zip_source_t *source = zip_source_function_create(archive_call, a, &error);
    if (!source) return XLSX_NO_MEMORY;
    a->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (a->zip) return check_entries(a->zip);
    zip_source_free(source);
    return zip_error_code_zip(&error) == ZIP_ER_MEMORY ? XLSX_NO_MEMORY : XLSX_NO_BOOK;
}

void xlsx_archive_close(struct xlsx_archive *a) {
    if (a->zip) zip_discard(a->zip);
    a->zip = NULL;
}

bool xlsx_archive_has(struct xlsx_archive *a, const char *name) {
    return zip_name_locate(a->zip, name, ZIP_FL_NOCASE) >= 0;
}

/* ---- XML --------------------------------------------------------------------------------------
 */

static const char *local_name(const char *name) {
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

const char *xlsx_attribute(const char **attributes, const char *name) {
    for (size_t i = 0; attributes[i]; i += 2)
        if (strcmp(local_name(attributes[i]), name) == 0) return attributes[i + 1];
    return NULL;
}

void xlsx_part_stop(struct xlsx_part *p, enum xlsx_problem problem) {
    p->problem = problem;
    XML_StopParser(p->parser, XML_FALSE);
}

static void XMLCALL on_start(void *ctx, const XML_Char *name, const XML_Char **attributes) {
    struct xlsx_part *p = ctx;
    if (p->problem != XLSX_FINE) return;
    if (++p->depth > DEPTH_MAX)
        xlsx_part_stop(p, XLSX_BROKEN);
    else
        p->handlers.start(p->handlers.ctx, local_name(name), attributes);
}

static void XMLCALL on_end(void *ctx, const XML_Char *name) {
    struct xlsx_part *p = ctx;
    if (p->problem != XLSX_FINE) return;
    p->depth--;
    if (p->handlers.end) p->handlers.end(p->handlers.ctx, local_name(name));
}

static void XMLCALL on_text(void *ctx, const XML_Char *ptr, int len) {
    struct xlsx_part *p = ctx;
    if (p->problem == XLSX_FINE && p->handlers.text && len > 0)
        p->handlers.text(p->handlers.ctx, ptr, (size_t)len);
}

static void XMLCALL on_doctype(void *ctx, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int has_subset) {
    (void)name, (void)system, (void)public, (void)has_subset;
    xlsx_part_stop(ctx, XLSX_DOCTYPE);
}

enum xlsx_problem xlsx_part_open(struct xlsx_part *p, struct xlsx_archive *a, const char *name,
                                 int64_t max_bytes, const struct xlsx_handlers *handlers) {
    *p = (struct xlsx_part){.handlers = *handlers, .left = max_bytes};
    p->entry = zip_fopen(a->zip, name, ZIP_FL_NOCASE);
    zip_stat_t size;
    if (!p->entry) return XLSX_BROKEN;
    if (zip_stat(a->zip, name, ZIP_FL_NOCASE, &size) == 0 && size.valid & ZIP_STAT_SIZE)
        p->bytes = (int64_t)size.size;
    p->parser = XML_ParserCreate(NULL);
    if (!p->parser) return XLSX_NO_MEMORY;
    XML_SetUserData(p->parser, p);
    XML_SetElementHandler(p->parser, on_start, on_end);
    XML_SetCharacterDataHandler(p->parser, on_text);
    XML_SetStartDoctypeDeclHandler(p->parser, on_doctype);
    return XLSX_FINE;
}

enum xlsx_problem xlsx_part_step(struct xlsx_part *p) {
    if (p->problem != XLSX_FINE || p->ended) return p->problem;
    void *piece = XML_GetBuffer(p->parser, PIECE_BYTES);
    if (!piece) return p->problem = XLSX_NO_MEMORY;
    zip_int64_t len = zip_fread(p->entry, piece, PIECE_BYTES);
    if (len < 0) return p->problem = XLSX_BROKEN;
    p->left -= len;
    p->fed += len;
    if (p->left < 0) return p->problem = XLSX_TOO_LARGE;
    p->ended = len == 0;
    if (XML_ParseBuffer(p->parser, (int)len, p->ended) != XML_STATUS_OK && p->problem == XLSX_FINE)
        p->problem =
            XML_GetErrorCode(p->parser) == XML_ERROR_NO_MEMORY ? XLSX_NO_MEMORY : XLSX_BROKEN;
    int64_t done = XML_GetCurrentByteIndex(p->parser);
    if (p->problem == XLSX_FINE && p->fed - (done < 0 ? 0 : done) > TOKEN_BYTES_MAX)
        p->problem = XLSX_TOO_LARGE;
    return p->problem;
}

void xlsx_part_close(struct xlsx_part *p) {
    if (p->parser) XML_ParserFree(p->parser);
    if (p->entry) zip_fclose(p->entry);
    p->parser = NULL;
    p->entry = NULL;
}

enum xlsx_problem xlsx_part_read(struct xlsx_archive *a, const char *name, int64_t max_bytes,
                                 const struct xlsx_handlers *handlers) {
    struct xlsx_part part;
    if (!xlsx_archive_has(a, name)) return XLSX_FINE;
    enum xlsx_problem problem = xlsx_part_open(&part, a, name, max_bytes, handlers);
    while (problem == XLSX_FINE && !part.ended)
        problem = xlsx_part_step(&part);
    xlsx_part_close(&part);
    return problem;
}
