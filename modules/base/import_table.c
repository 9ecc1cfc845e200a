/* Reading the table of an import: see import_table.h. */
#include "import_table.h"

#include <stdlib.h>

/* Rows may have CSV_ROW_BYTES_MAX: a sample and a piece end with the row that fills them. */
enum {
    READ_BYTES = IMPORT_SAMPLE_BYTES,
    CARRY_ARENA_BYTES = 16 * 1024 * 1024,
    SAMPLE_ROWS_BYTES = 1024 * 1024,
    PIECE_ROWS_BYTES = 8 * 1024 * 1024
};

static const struct crm_text no_header = {"no_header", "The file has no header row.",
                                          "В файле нет строки заголовков."};
static const struct crm_text bad_delimiter = {"bad_delimiter",
                                              "“{0}” is no delimiter: one character, or tab.",
                                              "«{0}» — не разделитель: один символ или tab."};

/* Reads once and hands the bytes, as UTF-8, to the CSV reader. */
static crm_status feed(struct import_table *t, struct crm_str bytes, bool last,
                       struct crm_error *err) {
    const struct crm_base *base = t->run->crm->base;
    if (t->charset) {
        base->buf_clear(t->text);
        crm_status status = base->charset_convert(t->charset, bytes, last, t->text, err);
        if (status != CRM_OK) return status;
        if (base->buf_status(t->text) != CRM_OK) return base->error_no_memory(err);
        bytes = base->buf_str(t->text);
    }
    return csv_reader_feed(&t->reader, bytes.ptr, bytes.len, last) ? CRM_OK
                                                                   : base->error_no_memory(err);
}

static crm_status read_some(struct import_table *t, struct crm_error *err) {
    size_t len = 0;
    crm_status status = t->source.read(t->source.ctx, t->read_buffer, READ_BYTES, &len, err);
    if (status != CRM_OK) return status;
    t->bytes_done = t->form ? import_form_bytes_done(t->form) : t->bytes_done + (int64_t)len;
    return feed(t, crm_str_make(t->read_buffer, len), len == 0, err);
}

/* The next row that is not blank; *ret_end at the end of the file. Cells are the reader's. */
static crm_status next_row(struct import_table *t, struct csv_row *ret, bool *ret_end,
                           struct crm_error *err) {
    *ret_end = false;
    for (;;) {
        switch (csv_reader_next(&t->reader, ret)) {
        case CSV_ROW:
            if (csv_row_is_blank(ret)) continue;
            if (import_form_is_cut(t->form, ret)) ret->problem = CSV_ROW_TOO_LONG;
            return CRM_OK;
        case CSV_END:
            *ret_end = true;
            return CRM_OK;
        case CSV_NO_MEMORY:
            return t->run->crm->base->error_no_memory(err);
        case CSV_MORE:
            break;
        }
        crm_status status = read_some(t, err);
        if (status != CRM_OK) return status;
    }
}

static size_t row_bytes(const struct csv_row *row) {
    size_t bytes = 0;
    for (size_t i = 0; i < row->count; i++)
        bytes += row->cells[i].len;
    return bytes;
}

static bool copy_row(const struct crm_base *base, struct crm_arena *a, const struct csv_row *from,
                     struct csv_row *ret) {
    struct csv_cell *cells = base->arena_array(a, from->count + 1, sizeof *cells);
    *ret = *from;
    ret->cells = cells;
    for (size_t i = 0; cells && i < from->count; i++) {
        struct crm_str copy =
            base->arena_str(a, crm_str_make(from->cells[i].ptr, from->cells[i].len));
        if (!copy.ptr) return false;
        cells[i] = (struct csv_cell){copy.ptr, copy.len};
    }
    return cells != NULL;
}

/* ---- opening ----------------------------------------------------------------------------------
 */

/* The first bytes, as many as the source gives up to the sample's size. */
static crm_status read_sample(struct import_table *t, char *sample, size_t *ret_len, bool *ret_last,
                              struct crm_error *err) {
    *ret_len = 0;
    *ret_last = false;
    while (*ret_len < IMPORT_SAMPLE_BYTES && !*ret_last) {
        size_t len = 0;
        crm_status status = t->source.read(t->source.ctx, sample + *ret_len,
                                           IMPORT_SAMPLE_BYTES - *ret_len, &len, err);
        if (status != CRM_OK) return status;
        *ret_len += len;
        *ret_last = len == 0;
    }
    t->bytes_done = (int64_t)*ret_len;
    return CRM_OK;
}

static crm_status choose_dialect(struct import_table *t, struct crm_str text,
                                 struct csv_dialect *ret, struct crm_error *err) {
    struct crm_str wish = t->run->options.delimiter;
    csv_sniff(text.ptr, text.len, ret);
    if (t->form) *ret = (struct csv_dialect){.delimiter = ','};
    if (t->form || wish.len == 0) return CRM_OK;
    if (crm_str_is(wish, "tab") || crm_str_is(wish, "\\t"))
        ret->delimiter = '\t';
    else if (wish.len == 1 && wish.ptr[0] != '"')
        ret->delimiter = wish.ptr[0];
    else
        return t->run->crm->base->error_set(err, CRM_INVALID, &bad_delimiter, &wish, 1);
    ret->skip_space = false;
    return CRM_OK;
}

static crm_status open_charset(struct import_table *t, struct crm_str *sample,
                               struct crm_error *err) {
    const struct crm_base *base = t->run->crm->base;
    size_t bom = 0;
    struct crm_str name =
        t->form ? CRM_STR("UTF-8") : crm_str_from(base->charset_detect(*sample, &bom));
    if (t->run->options.encoding.len && !t->form) name = t->run->options.encoding;
    t->encoding = name;
    *sample = crm_str_make(sample->ptr + bom, sample->len - bom);
    if (crm_str_is(name, "UTF-8") || crm_str_is(name, "utf-8")) return CRM_OK;
    return base->charset_open(name, &t->charset, err);
}

static crm_status start_reader(struct import_table *t, struct crm_str sample, bool last,
                               struct crm_error *err) {
    const struct crm_base *base = t->run->crm->base;
    struct csv_dialect dialect;
    struct crm_str text = sample;
    if (t->charset) {
        crm_status status = base->charset_convert(t->charset, sample, last, t->text, err);
        if (status != CRM_OK) return status;
        if (base->buf_status(t->text) != CRM_OK) return base->error_no_memory(err);
        text = base->buf_str(t->text);
    }
    crm_status status = choose_dialect(t, text, &dialect, err);
    if (status != CRM_OK) return status;
    csv_reader_init(&t->reader, &dialect, 0);
    return csv_reader_feed(&t->reader, text.ptr, text.len, last) ? CRM_OK
                                                                 : base->error_no_memory(err);
}

static crm_status read_head(struct import_table *t, struct crm_error *err) {
    const struct crm_base *base = t->run->crm->base;
    struct csv_row row;
    bool end;
    crm_status status = next_row(t, &row, &end, err);
    if (status != CRM_OK) return status;
    if (end) return base->error_set(err, CRM_INVALID, &no_header, NULL, 0);
    if (!copy_row(base, t->keep, &row, &t->header)) return base->error_no_memory(err);
    t->sample = base->arena_array(t->keep, IMPORT_SAMPLE_ROWS, sizeof *t->sample);
    if (!t->sample) return base->error_no_memory(err);
    for (size_t bytes = 0; t->sample_count < IMPORT_SAMPLE_ROWS && bytes < SAMPLE_ROWS_BYTES;) {
        status = next_row(t, &row, &end, err);
        if (status != CRM_OK || end) return status;
        if (!copy_row(base, t->keep, &row, &t->sample[t->sample_count]))
            return base->error_no_memory(err);
        t->sample_count++;
        bytes += row_bytes(&row);
    }
    return CRM_OK;
}

crm_status import_table_open(struct import_table *t, const struct import_run *run,
                             struct crm_arena *keep, struct crm_error *err) {
    const struct crm_base *base = run->crm->base;
    *t =
        (struct import_table){.run = run, .keep = keep, .read_buffer = malloc(IMPORT_SAMPLE_BYTES)};
    t->text = base->buf_new(16 * 1024 * 1024);
    t->carry_arena = base->arena_new(CARRY_ARENA_BYTES);
    if (!t->read_buffer || !t->text || !t->carry_arena) return base->error_no_memory(err);
    size_t len = 0;
    bool last = false;
    t->source = run->source;
    crm_status status = read_sample(t, t->read_buffer, &len, &last, err);
    struct crm_str sample = crm_str_make(t->read_buffer, len);
    if (status == CRM_OK) status = import_form_open(run, sample, last, &t->form, err);
    if (status == CRM_OK && t->form) {
        t->source = import_form_source(t->form);
        status = read_sample(t, t->read_buffer, &len, &last, err);
        sample = crm_str_make(t->read_buffer, len);
        t->bytes_done = import_form_bytes_done(t->form);
    }
    if (status == CRM_OK) status = open_charset(t, &sample, err);
    if (status == CRM_OK) status = start_reader(t, sample, last, err);
    return status == CRM_OK ? read_head(t, err) : status;
}

void import_table_close(struct import_table *t) {
    if (!t->run) return;
    if (t->charset) t->run->crm->base->charset_close(t->charset);
    if (t->text) t->run->crm->base->buf_free(t->text);
    if (t->carry_arena) t->run->crm->base->arena_free(t->carry_arena);
    import_form_close(t->form);
    csv_reader_fini(&t->reader);
    lookup_fini(&t->seen);
    free(t->read_buffer);
}

/* ---- pieces -----------------------------------------------------------------------------------
 */

/* The next row from what was carried, the sample, or the file. */
static crm_status take_row(struct import_table *t, struct csv_row *ret, bool *ret_end,
                           struct crm_error *err) {
    *ret_end = false;
    if (t->has_carried) {
        *ret = t->carried;
        t->has_carried = false;
        return CRM_OK;
    }
    if (t->sample_used < t->sample_count) {
        *ret = t->sample[t->sample_used++];
        return CRM_OK;
    }
    return next_row(t, ret, ret_end, err);
}

crm_status import_table_skip(struct import_table *t, uint64_t rows, struct crm_error *err) {
    struct csv_row row;
    bool end = false;
    crm_status status = CRM_OK;
    while (status == CRM_OK && !end && t->rows < rows) {
        status = take_row(t, &row, &end, err);
        t->rows++;
    }
    return status;
}

/* Is the row's key in the piece already? Enters it when not. */
static crm_status is_repeated(struct import_table *t, struct crm_arena *a,
                              const struct import_plan *plan, const struct csv_row *row, bool *ret,
                              struct crm_error *err) {
    *ret = false;
    if (plan->key == SIZE_MAX) return CRM_OK;
    struct import_row probe = {.cells = row->cells, .cell_count = row->count};
    struct crm_str key = t->run->crm->base->fold_key(
        a, import_text(t->run, a, plan, &plan->columns[plan->key], &probe));
    if (!key.ptr) return t->run->crm->base->error_no_memory(err);
    *ret = key.len > 0 && lookup_find(&t->seen, key);
    if (*ret || key.len == 0 || lookup_enter(&t->seen, key, key)) return CRM_OK;
    return t->run->crm->base->error_no_memory(err);
}

static crm_status carry(struct import_table *t, const struct csv_row *row, struct crm_error *err) {
    struct csv_row copy;
    t->run->crm->base->arena_reset(t->carry_arena);
    if (!copy_row(t->run->crm->base, t->carry_arena, row, &copy))
        return t->run->crm->base->error_no_memory(err);
    t->carried = copy;
    t->has_carried = true;
    return CRM_OK;
}

crm_status import_table_piece(struct import_table *t, struct crm_arena *a,
                              const struct import_plan *plan, struct import_piece *ret,
                              struct crm_error *err) {
    ret->count = 0;
    ret->rows = t->run->crm->base->arena_array(a, ret->room, sizeof *ret->rows);
    if (!ret->rows) return t->run->crm->base->error_no_memory(err);
    lookup_fini(&t->seen);
    for (size_t bytes = 0; ret->count < ret->room && bytes < PIECE_ROWS_BYTES;) {
        struct csv_row row, copy;
        bool end, repeated;
        crm_status status = take_row(t, &row, &end, err);
        if (status != CRM_OK || end) return status;
        status = is_repeated(t, a, plan, &row, &repeated, err);
        if (status != CRM_OK) return status;
        if (repeated) return carry(t, &row, err);
        if (!copy_row(t->run->crm->base, a, &row, &copy))
            return t->run->crm->base->error_no_memory(err);
        ret->rows[ret->count++] = (struct import_row){.line = import_form_line(t->form, &copy),
                                                      .cells = copy.cells,
                                                      .cell_count = copy.count,
                                                      .problem = copy.problem};
        t->rows++;
        bytes += row_bytes(&copy);
    }
    return CRM_OK;
}
