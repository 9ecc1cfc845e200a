/* See import_rejects.h. */
#include "import_rejects.h"

#include <string.h>

/* A part is kept as one text of at most 1 MiB: what it has when another row still comes, and that
 * row and its reason, each byte of them written as three at most, and its commas. */
enum {
    PART_BYTES = 128 * 1024,
    REJECTED_ROW_BYTES_MAX = 192 * 1024,
    REASON_BYTES_MAX = 64 * 1024,
    BUFFER_BYTES_MAX = 1024 * 1024
};

struct lines {
    const struct import_run *run;
    const struct import_plan *plan;
    uint64_t piece;
    unsigned part;
    struct crm_buf *out; /* owned */
    struct crm_error *err;
};

/* Less of a text, but no half character. */
static struct crm_str cut_at(struct crm_str text, size_t len) {
    while (len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
        len--;
    return crm_str_make(text.ptr, len);
}

/* What is no text, zero bytes among it, is kept as U+FFFD. */
static void add_text(struct lines *l, struct crm_str text) {
    const struct crm_base *base = l->run->crm->base;
    bool valid = base->utf8_valid(text);
    for (size_t i = 0, len; i < text.len; i += len) {
        unsigned char lead = (unsigned char)text.ptr[i];
        len = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (!valid && (len > text.len - i || !base->utf8_valid(crm_str_make(text.ptr + i, len)))) {
            len = 1;
            base->buf_add(l->out, "\uFFFD", strlen("\uFFFD"));
            continue;
        }
        if (lead == '"') base->buf_add(l->out, "\"", 1);
        base->buf_add(l->out, text.ptr + i, len);
    }
}

/* A cell that is longer than *room loses its end; *room shrinks by what is added. */
static void add_cell(struct lines *l, struct crm_str cell, size_t *room) {
    const struct crm_base *base = l->run->crm->base;
    bool quoted = false, is_cut = cell.len > *room;
    if (is_cut) cell = cut_at(cell, *room);
    *room -= cell.len;
    for (size_t i = 0; i < cell.len; i++)
        quoted = quoted || memchr(",\"\r\n", cell.ptr[i], 4);
    if (quoted) base->buf_add(l->out, "\"", 1);
    add_text(l, cell);
    if (is_cut) base->buf_add(l->out, "…", strlen("…"));
    if (quoted) base->buf_add(l->out, "\"", 1);
}

/* "field: what is wrong with it". */
static void add_reason(struct lines *l, const struct import_row *row) {
    const struct crm_base *base = l->run->crm->base;
    struct crm_buf *text = base->buf_new(REASON_BYTES_MAX);
    size_t room = REASON_BYTES_MAX;
    if (!text) return;
    base->buf_add(text, row->field.ptr, row->field.len);
    if (row->field.len) base->buf_add(text, ": ", 2);
    base->buf_add(text, row->reason.ptr, row->reason.len);
    add_cell(l, base->buf_str(text), &room);
    base->buf_free(text);
}

static void add_header(struct lines *l) {
    size_t room = REJECTED_ROW_BYTES_MAX;
    for (size_t i = 0; i < l->plan->header_count; i++) {
        add_cell(l, l->plan->headers[i], &room);
        l->run->crm->base->buf_add(l->out, ",", 1);
    }
    l->run->crm->base->buf_add(l->out, "perigee_reason,perigee_line\r\n", 29);
}

static void add_row(struct lines *l, const struct import_row *row) {
    const struct crm_base *base = l->run->crm->base;
    size_t room = REJECTED_ROW_BYTES_MAX;
    for (size_t i = 0; i < row->cell_count || i < l->plan->header_count; i++) {
        if (i < row->cell_count)
            add_cell(l, crm_str_make(row->cells[i].ptr, row->cells[i].len), &room);
        base->buf_add(l->out, ",", 1);
    }
    add_reason(l, row);
    base->buf_add(l->out, ",", 1);
    base->buf_add_int64(l->out, (int64_t)row->line);
    base->buf_add(l->out, "\r\n", 2);
}

/* Once a part has `least` bytes. */
static crm_status hand_over(struct lines *l, size_t least) {
    const struct crm_base *base = l->run->crm->base;
    struct crm_str text = base->buf_str(l->out);
    if (base->buf_status(l->out) != CRM_OK) return base->error_no_memory(l->err);
    if (text.len < least) return CRM_OK;
    const struct import_sink *to = &l->run->rejects;
    crm_status status = to->write(to->ctx, l->piece, l->part++, text, l->err);
    base->buf_clear(l->out);
    return status;
}

crm_status import_rejects_write(const struct import_run *run, const struct import_plan *plan,
                                const struct import_piece *piece, bool first,
                                struct crm_error *err) {
    if (!run->rejects.write) return CRM_OK;
    struct lines l = {.run = run,
                      .plan = plan,
                      .piece = piece->number,
                      .out = run->crm->base->buf_new(BUFFER_BYTES_MAX),
                      .err = err};
    if (!l.out) return run->crm->base->error_no_memory(err);
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < piece->count; i++) {
        if (piece->rows[i].reason.len == 0) continue;
        if (first) add_header(&l);
        if (first) status = hand_over(&l, PART_BYTES);
        first = false;
        add_row(&l, &piece->rows[i]);
        if (status == CRM_OK) status = hand_over(&l, PART_BYTES);
    }
    if (status == CRM_OK) status = hand_over(&l, 1);
    run->crm->base->buf_free(l.out);
    return status;
}
