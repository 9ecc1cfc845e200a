/* See import_reasons.h. What is kept is the CSV that people download: their cells, then "field:
 * what is wrong", then the line. */
#include "import_reasons.h"

#include <stdio.h>
#include <stdlib.h>

#include "csv.h"

struct page {
    const struct crm *crm;
    struct crm_json *out;
    uint64_t after, last;
    size_t left;
    bool has_more;
};

void import_reason_put(const struct crm *crm, struct crm_json *out,
                       const struct import_reason *reason) {
    const struct crm_base *base = crm->base;
    base->json_object_open(out);
    base->json_key(out, CRM_STR("line"));
    base->json_int64(out, (int64_t)reason->line);
    base->json_key(out, CRM_STR("field"));
    if (reason->field.len)
        base->json_text(out, reason->field);
    else
        base->json_null(out);
    base->json_key(out, CRM_STR("detail"));
    base->json_text(out, reason->text);
    base->json_object_shut(out);
}

static bool is_of_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static struct import_reason reason_of(const struct csv_row *row, uint64_t line) {
    const struct csv_cell *cell = &row->cells[row->count - 2];
    struct import_reason reason = {.line = line, .text = crm_str_make(cell->ptr, cell->len)};
    size_t name = 0;
    while (name < cell->len && is_of_name(cell->ptr[name]))
        name++;
    if (name == 0 || name + 1 >= cell->len || memcmp(cell->ptr + name, ": ", 2) != 0) return reason;
    reason.field = crm_str_make(cell->ptr, name);
    reason.text = crm_str_make(cell->ptr + name + 2, cell->len - name - 2);
    return reason;
}

/* 0: the header, or a row that is none of ours. */
static uint64_t line_of(const struct csv_row *row) {
    char text[24];
    const struct csv_cell *cell = row->count >= 2 ? &row->cells[row->count - 1] : NULL;
    if (!cell || cell->len == 0 || cell->len >= sizeof text) return 0;
    memcpy(text, cell->ptr, cell->len);
    text[cell->len] = '\0';
    return strtoull(text, NULL, 10);
}

static bool take_row(struct page *p, const struct csv_row *row) {
    uint64_t line = line_of(row);
    if (line <= p->after) return true;
    p->has_more = p->left == 0;
    if (p->has_more) return false;
    struct import_reason reason = reason_of(row, line);
    import_reason_put(p->crm, p->out, &reason);
    p->last = line;
    p->left--;
    return true;
}

/* The lines of one piece. CRM_CANCELLED: the page is full. */
static crm_status take_lines(void *ctx, struct crm_str lines, struct crm_error *err) {
    static const struct csv_dialect comma = {.delimiter = ','};
    struct page *p = ctx;
    struct csv_reader reader;
    struct csv_row row;
    bool goes_on = true;
    enum csv_outcome outcome = CSV_NO_MEMORY;
    csv_reader_init(&reader, &comma, CSV_ROW_BYTES_MAX);
    if (csv_reader_feed(&reader, lines.ptr, lines.len, true))
        while (goes_on && (outcome = csv_reader_next(&reader, &row)) == CSV_ROW)
            goes_on = take_row(p, &row);
    csv_reader_fini(&reader);
    if (outcome == CSV_NO_MEMORY) return p->crm->base->error_no_memory(err);
    return goes_on ? CRM_OK : CRM_CANCELLED;
}

crm_status import_reasons_put(struct import_store *s, int64_t import, uint64_t after, size_t limit,
                              struct crm_arena *a, struct crm_json *out, struct crm_error *err) {
    const struct crm_base *base = s->crm->base;
    struct page p = {.crm = s->crm, .out = out, .after = after, .left = limit};
    base->json_key(out, CRM_STR("reasons"));
    base->json_array_open(out);
    crm_status status = import_store_rejects(s, import, a, take_lines, &p, err);
    base->json_array_shut(out);
    base->json_key(out, CRM_STR("next"));
    if (p.has_more) {
        char text[24];
        snprintf(text, sizeof text, "%llu", (unsigned long long)p.last);
        base->json_text(out, crm_str_from(text));
    } else {
        base->json_null(out);
    }
    return p.has_more && status == CRM_CANCELLED ? CRM_OK : status;
}
