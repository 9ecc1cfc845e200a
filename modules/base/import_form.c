/* See import_form.h. */
#include "import_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "vcard_read.h"
#include "xlsx_book.h"

enum { PIECE_BYTES = 64 * 1024, OWN_UID_BYTES = 96 };

/* What a card's parts fill, as far as the entity has such a field. */
static const struct {
    const char *path;
    enum vcard_slot slot;
} columns[] = {{"last_name", VCARD_SLOT_LAST},
               {"first_name", VCARD_SLOT_FIRST},
               {"middle_name", VCARD_SLOT_MIDDLE},
               {"organization", VCARD_SLOT_ORG},
               {"organization_name", VCARD_SLOT_ORG},
               {"name", VCARD_SLOT_ORG},
               {"job_title", VCARD_SLOT_TITLE},
               {"emails", VCARD_SLOT_EMAIL},
               {"emails.work", VCARD_SLOT_EMAIL_WORK},
               {"emails.home", VCARD_SLOT_EMAIL_HOME},
               {"phones", VCARD_SLOT_PHONE},
               {"phones.mobile", VCARD_SLOT_PHONE_MOBILE},
               {"phones.work", VCARD_SLOT_PHONE_WORK},
               {"phones.home", VCARD_SLOT_PHONE_HOME},
               {"phones.fax", VCARD_SLOT_PHONE_FAX},
               {"messengers", VCARD_SLOT_MESSENGER},
               {"messengers.telegram", VCARD_SLOT_TELEGRAM},
               {"messengers.skype", VCARD_SLOT_SKYPE},
               {"addresses", VCARD_SLOT_ADDRESS},
               {"addresses.work", VCARD_SLOT_ADDRESS_WORK},
               {"addresses.home", VCARD_SLOT_ADDRESS_HOME},
               {"website", VCARD_SLOT_URL},
               {"birthday", VCARD_SLOT_BIRTHDAY},
               {"tags", VCARD_SLOT_CATEGORIES},
               {"external_id", VCARD_SLOT_UID},
               {"description", VCARD_SLOT_NOTE}};
enum { COLUMNS = sizeof columns / sizeof *columns };

static const struct crm_text problems[] = {
    [XLSX_NO_BOOK] = {"xlsx_no_book", "The file is no workbook that can be read (.xlsx).",
                      "Файл — не книга, которую можно прочитать (.xlsx)."},
    [XLSX_ENCRYPTED] = {"xlsx_encrypted", "The workbook is locked by a password: save it without.",
                        "Книга закрыта паролем: сохраните её без пароля."},
    [XLSX_TOO_LARGE] = {"xlsx_too_large",
                        "The workbook unpacks to more than is read: save the sheet as CSV.",
                        "Книга распаковывается в больше, чем читается: сохраните лист как CSV."},
    [XLSX_DOCTYPE] = {"xlsx_doctype",
                      "The workbook holds a document type, which no spreadsheet writes.",
                      "В книге есть тип документа, какого не пишет ни одна таблица."},
    [XLSX_BROKEN] = {"xlsx_broken", "The workbook is damaged: open it and save it again.",
                     "Книга повреждена: откройте её и сохраните заново."},
    [XLSX_NO_SHEET] = {"xlsx_no_sheet", "The workbook has no sheet “{0}”.",
                       "В книге нет листа «{0}»."},
};

struct import_form {
    const struct import_run *run;
    const struct crm *crm;
    bool is_book;
    struct xlsx_book book;
    struct crm_file_reader *file; /* a workbook that was kept; or NULL */
    struct vcard_reader cards;
    enum vcard_slot slots[COLUMNS + 1];
    size_t slot_count;
    char own_uid[OWN_UID_BYTES];
    struct crm_charset *charset; /* of all cards; NULL = UTF-8 */
    struct crm_str head;         /* the sample, as far as it is not read yet */
    char *head_memory;           /* owned */
    bool head_last, ended;
    int64_t bytes_done;
    size_t at; /* in the lines at hand */
    char piece[PIECE_BYTES];
};

static crm_status refuse(struct import_form *f, enum xlsx_problem problem, struct crm_error *err) {
    if (problem == XLSX_NO_MEMORY) return f->crm->base->error_no_memory(err);
    return f->crm->base->error_set(err, CRM_INVALID, &problems[problem], &f->run->options.sheet, 1);
}

/* ---- workbooks --------------------------------------------------------------------------------
 */

static bool read_source_at(void *ctx, int64_t offset, void *ret, size_t max, size_t *ret_len) {
    struct import_form *f = ctx;
    const struct import_source *source = &f->run->source;
    char *to = ret;
    *ret_len = 0;
    for (size_t len = 1; len > 0 && *ret_len < max; *ret_len += len) {
        struct crm_error ignored;
        int64_t at = offset + (int64_t)*ret_len;
        crm_status status =
            f->file
                ? f->crm->file->read(f->file, at, to + *ret_len, max - *ret_len, &len, &ignored)
                : source->read_at(source->ctx, at, to + *ret_len, max - *ret_len, &len, &ignored);
        if (status != CRM_OK) return false;
    }
    return true;
}

static crm_status keep_rest(struct import_form *f, struct crm_file_writer *writer,
                            struct crm_str sample, bool last, struct crm_error *err) {
    char *piece = malloc(PIECE_BYTES);
    crm_status status =
        piece ? f->crm->file->write(writer, sample, err) : f->crm->base->error_no_memory(err);
    for (size_t len = 1; status == CRM_OK && !last && len > 0;) {
        status = f->run->source.read(f->run->source.ctx, piece, PIECE_BYTES, &len, err);
        if (status == CRM_OK && len > 0)
            status = f->crm->file->write(writer, crm_str_make(piece, len), err);
    }
    free(piece);
    return status;
}

static crm_status keep_book(struct import_form *f, struct crm_str sample, bool last,
                            int64_t *ret_bytes, struct crm_error *err) {
    struct crm_file_writer *writer;
    uint8_t digest[32];
    crm_status status = f->crm->file->create(f->crm->host, &writer, err);
    if (status != CRM_OK) return status;
    status = keep_rest(f, writer, sample, last, err);
    if (status != CRM_OK) {
        f->crm->file->abandon(writer);
        return status;
    }
    status = f->crm->file->finish(writer, digest, ret_bytes, err);
    return status == CRM_OK ? f->crm->file->open(f->crm->host, digest, &f->file, ret_bytes, err)
                            : status;
}

static crm_status open_book(struct import_form *f, struct crm_str sample, bool last,
                            struct crm_error *err) {
    int64_t bytes = f->run->source.bytes;
    crm_status status = f->run->source.read_at ? CRM_OK : keep_book(f, sample, last, &bytes, err);
    if (status != CRM_OK) return status;
    struct xlsx_file file = {read_source_at, f, bytes};
    f->is_book = true;
    enum xlsx_problem problem =
        xlsx_book_open(&f->book, &file, f->run->options.sheet.ptr, f->run->options.sheet.len);
    return problem == XLSX_FINE ? CRM_OK : refuse(f, problem, err);
}

/* ---- cards ------------------------------------------------------------------------------------
 */

static bool convert(void *ctx, const char *charset, const char *ptr, size_t len,
                    struct bytes *out) {
    struct import_form *f = ctx;
    const struct crm_base *base = f->crm->base;
    struct crm_error ignored;
    struct crm_charset *c;
    struct crm_buf *text = base->buf_new(8 * len + PIECE_BYTES);
    bool good = text && base->charset_open(crm_str_from(charset), &c, &ignored) == CRM_OK;
    if (good) {
        good = base->charset_convert(c, crm_str_make(ptr, len), true, text, &ignored) == CRM_OK;
        if (good) bytes_add(out, base->buf_str(text).ptr, base->buf_str(text).len);
        base->charset_close(c);
    }
    if (text) base->buf_free(text);
    return good;
}

/* Our own name for a record of this entity; then the columns that it has fields for. */
static void choose_columns(struct import_form *f, const struct crm_entity *entity) {
    struct crm_str name = f->run->options.entity;
    struct vcard_reader *r = &f->cards;
    snprintf(f->own_uid, sizeof f->own_uid,
             "urn:perigee:%.*s:", (int)(name.len < 64 ? name.len : 64), name.ptr);
    r->own_uid = f->own_uid;
    r->convert = convert;
    r->ctx = f;
    r->columns = f->slots;
    f->slots[f->slot_count++] = VCARD_SLOT_ID;
    bytes_text(&r->out, "id");
    for (size_t i = 0; i < COLUMNS; i++) {
        const char *dot = strchr(columns[i].path, '.');
        struct crm_str field = crm_str_from(columns[i].path);
        if (dot) field.len = (size_t)(dot - columns[i].path);
        bool is_name = strcmp(columns[i].path, "name") == 0;
        if (!f->crm->schema->field(f->run->view, entity, field) ||
            (is_name && f->crm->schema->field(f->run->view, entity, CRM_STR("last_name"))))
            continue;
        r->names_organizations = r->names_organizations || is_name;
        f->slots[f->slot_count++] = columns[i].slot;
        bytes_text(&r->out, ",");
        bytes_text(&r->out, columns[i].path);
    }
    bytes_text(&r->out, "\n");
    r->column_count = f->slot_count;
}

/* Properties that name their charset are in it; a file that names none is in one as a whole. */
static crm_status open_cards(struct import_form *f, struct crm_str sample, bool last,
                             const struct crm_entity *entity, struct crm_error *err) {
    size_t bom = 0;
    const char *found = f->crm->base->charset_detect(sample, &bom);
    bool names_its_own = memmem(sample.ptr, sample.len, "CHARSET=", 8) != NULL;
    struct crm_str name = f->run->options.encoding.len ? f->run->options.encoding
                          : names_its_own              ? CRM_STR("UTF-8")
                                                       : crm_str_from(found);
    vcard_reader_init(&f->cards);
    choose_columns(f, entity);
    f->head_memory = malloc(sample.len + 1);
    if (!f->head_memory) return f->crm->base->error_no_memory(err);
    memcpy(f->head_memory, sample.ptr, sample.len);
    f->head = crm_str_make(f->head_memory + bom, sample.len - bom);
    f->head_last = last;
    if (crm_str_is(name, "UTF-8") || crm_str_is(name, "utf-8")) return CRM_OK;
    return f->crm->base->charset_open(name, &f->charset, err);
}

static crm_status feed_cards(struct import_form *f, struct crm_str piece, bool last,
                             struct crm_error *err) {
    const struct crm_base *base = f->crm->base;
    struct crm_buf *text = NULL;
    f->bytes_done += (int64_t)piece.len;
    f->ended = last;
    if (f->charset) {
        text = base->buf_new(4 * PIECE_BYTES + 8 * piece.len);
        if (!text) return base->error_no_memory(err);
        crm_status status = base->charset_convert(f->charset, piece, last, text, err);
        if (status != CRM_OK) {
            base->buf_free(text);
            return status;
        }
        piece = base->buf_str(text);
    }
    bool good = vcard_reader_feed(&f->cards, piece.ptr, piece.len, last);
    if (text) base->buf_free(text);
    return good ? CRM_OK : base->error_no_memory(err);
}

static crm_status read_cards(struct import_form *f, struct crm_error *err) {
    size_t len = 0;
    if (f->head.len > 0 || f->head_last) {
        struct crm_str head = f->head;
        f->head = crm_str_make("", 0);
        return feed_cards(f, head, f->head_last, err);
    }
    crm_status status = f->run->source.read(f->run->source.ctx, f->piece, PIECE_BYTES, &len, err);
    return status == CRM_OK ? feed_cards(f, crm_str_make(f->piece, len), len == 0, err) : status;
}

/* ---- the lines --------------------------------------------------------------------------------
 */

static struct bytes *lines_of(struct import_form *f) {
    return f->is_book ? &f->book.out : &f->cards.out;
}

static crm_status read_more(struct import_form *f, struct crm_error *err) {
    if (!f->is_book) return read_cards(f, err);
    enum xlsx_problem problem = xlsx_book_read(&f->book, &f->ended);
    return problem == XLSX_FINE ? CRM_OK : refuse(f, problem, err);
}

static crm_status read_lines(void *ctx, void *ret, size_t max, size_t *ret_len,
                             struct crm_error *err) {
    struct import_form *f = ctx;
    struct bytes *lines = lines_of(f);
    while (f->at == lines->len && !f->ended) {
        lines->len = f->at = 0;
        crm_status status = read_more(f, err);
        if (status != CRM_OK) return status;
    }
    *ret_len = lines->len - f->at < max ? lines->len - f->at : max;
    if (*ret_len) memcpy(ret, lines->ptr + f->at, *ret_len);
    f->at += *ret_len;
    return CRM_OK;
}

static bool begins_card(struct crm_str sample) {
    static const char utf16[] = "B\0E\0G\0I\0N\0:\0V\0";
    size_t at = 0;
    while (at < sample.len && at < 64 && strchr("\xEF\xBB\xBF\xFF\xFE\r\n \t", sample.ptr[at]))
        at++;
    return (sample.len - at >= 11 && strncasecmp(sample.ptr + at, "BEGIN:VCARD", 11) == 0) ||
           (sample.len - at >= sizeof utf16 &&
            memcmp(sample.ptr + at, utf16, sizeof utf16 - 1) == 0);
}

crm_status import_form_open(const struct import_run *run, struct crm_str sample, bool last,
                            struct import_form **ret, struct crm_error *err) {
    static const char ole[] = "\xD0\xCF\x11\xE0"; /* an encrypted workbook, or an old one */
    const struct crm_entity *entity = run->crm->schema->entity(run->view, run->options.entity);
    bool is_book = sample.len >= 4 &&
                   (memcmp(sample.ptr, "PK\x03\x04", 4) == 0 || memcmp(sample.ptr, ole, 4) == 0);
    *ret = NULL;
    if (!is_book && (!entity || !begins_card(sample))) return CRM_OK;
    struct import_form *f = calloc(1, sizeof *f);
    if (!f) return run->crm->base->error_no_memory(err);
    *ret = f;
    f->run = run;
    f->crm = run->crm;
    if (is_book && memcmp(sample.ptr, ole, 4) == 0) return refuse(f, XLSX_ENCRYPTED, err);
    return is_book ? open_book(f, sample, last, err) : open_cards(f, sample, last, entity, err);
}

void import_form_close(struct import_form *f) {
    if (!f) return;
    if (f->is_book) xlsx_book_close(&f->book);
    vcard_reader_fini(&f->cards);
    if (f->file) f->crm->file->close(f->file);
    if (f->charset) f->crm->base->charset_close(f->charset);
    free(f->head_memory);
    free(f);
}

struct import_source import_form_source(struct import_form *f) {
    return (struct import_source){.read = read_lines, .ctx = f, .bytes = -1};
}

int64_t import_form_bytes_done(const struct import_form *f) {
    if (!f->is_book) return f->bytes_done;
    int64_t all = f->book.archive.file.bytes, size = f->book.part.bytes;
    return f->book.part.ended || size <= 0
               ? all
               : (int64_t)((double)f->book.part.fed / (double)size * (double)all);
}

uint64_t import_form_line(const struct import_form *f, const struct csv_row *row) {
    if (!f) return row->line;
    return f->is_book ? row->number : row->number - 1;
}

bool import_form_is_cut(const struct import_form *f, struct csv_row *row) {
    if (!f || f->is_book || row->count <= f->cards.column_count) return false;
    row->count = f->cards.column_count;
    return true;
}

struct crm_str import_form_word(const struct import_form *f) {
    return !f ? CRM_STR("csv") : f->is_book ? CRM_STR("xlsx") : CRM_STR("vcf");
}

int64_t import_form_left_out(const struct import_form *f) {
    return f && !f->is_book ? (int64_t)f->cards.left_out : 0;
}

void import_form_sheets_put(const struct import_form *f, const struct crm_base *base,
                            struct crm_json *out) {
    base->json_key(out, CRM_STR("sheets"));
    if (!f || !f->is_book) {
        base->json_null(out);
        return;
    }
    base->json_array_open(out);
    for (size_t i = 0; i < f->book.sheet_count; i++)
        base->json_text(out, crm_str_from(f->book.sheets[i].name));
    base->json_array_shut(out);
    base->json_key(out, CRM_STR("sheet"));
    base->json_text(out, crm_str_from(f->book.sheets[f->book.chosen].name));
}
