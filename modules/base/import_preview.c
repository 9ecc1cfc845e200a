/* See import_preview.h. */
#include "import_preview.h"

#include "import_table.h"

struct preview {
    const struct import_run *run;
    const struct crm *crm;
    struct crm_arena *a;
    struct import_table table;
    struct import_plan plan;
    struct crm_json *out;
};

static void put_text(struct preview *p, const char *key, struct crm_str text) {
    p->crm->base->json_key(p->out, crm_str_from(key));
    if (text.len)
        p->crm->base->json_text(p->out, text);
    else
        p->crm->base->json_null(p->out);
}

static void put_count(struct preview *p, const char *key, size_t n) {
    p->crm->base->json_key(p->out, crm_str_from(key));
    p->crm->base->json_int64(p->out, (int64_t)n);
}

static struct crm_str cell_at(struct preview *p, size_t row, size_t position) {
    const struct csv_row *r = &p->table.sample[row];
    if (position >= r->count) return CRM_STR("");
    return p->crm->base->trim(crm_str_make(r->cells[position].ptr, r->cells[position].len));
}

/* The first texts of a column that differ from each other; returns how many rows have one. */
static size_t gather(struct preview *p, size_t position, size_t *rows, size_t *ret_count) {
    size_t filled = 0;
    *ret_count = 0;
    for (size_t i = 0; i < p->table.sample_count; i++) {
        struct crm_str text = cell_at(p, i, position);
        bool is_new = text.len > 0;
        filled += text.len > 0;
        for (size_t k = 0; is_new && k < *ret_count; k++)
            is_new = !crm_str_eq(text, cell_at(p, rows[k], position));
        if (is_new && *ret_count < IMPORT_PREVIEW_SAMPLES) rows[(*ret_count)++] = i;
    }
    return filled;
}

static const struct import_column *column_at(const struct preview *p, size_t position) {
    for (size_t i = 0; i < p->plan.column_count; i++)
        if (p->plan.columns[i].position == position) return &p->plan.columns[i];
    return NULL;
}

/* What the text means in the column's field; false with the error when it means nothing there. Only
 * plain values are looked at: what refers to records is found when the rows are. */
static bool read_cell(struct preview *p, const struct import_column *column, size_t row,
                      struct crm_value *ret, struct crm_error *err) {
    const struct csv_row *r = &p->table.sample[row];
    struct import_row one = {.cells = r->cells, .cell_count = r->count};
    struct crm_str text = import_text(p->run, p->a, &p->plan, column, &one);
    return p->crm->record->value_from_text(p->run->view, column->field, text, &column->text, ret,
                                           err) == CRM_OK;
}

static void put_problem(struct preview *p, struct crm_error *problem) {
    struct crm_actor_facts actor = {.size = sizeof actor};
    struct crm_buf *text = p->crm->base->buf_new(4096);
    p->crm->record->actor(p->run->view, &actor);
    if (!text) return;
    p->crm->base->error_format(problem, actor.language, text);
    put_text(p, "problem", p->crm->base->buf_str(text));
    p->crm->base->buf_free(text);
}

static void put_samples(struct preview *p, const struct import_column *column, size_t position,
                        const size_t *rows, size_t count) {
    const struct crm_base *base = p->crm->base;
    base->json_key(p->out, CRM_STR("samples"));
    base->json_array_open(p->out);
    for (size_t i = 0; i < count; i++) {
        struct crm_value value;
        struct crm_error problem;
        base->json_object_open(p->out);
        put_text(p, "text", cell_at(p, rows[i], position));
        if (column && column->target == IMPORT_VALUE) {
            if (read_cell(p, column, rows[i], &value, &problem)) {
                base->json_key(p->out, CRM_STR("value"));
                base->json_value(p->out, &value);
            } else {
                put_problem(p, &problem);
            }
        }
        base->json_object_shut(p->out);
    }
    base->json_array_shut(p->out);
}

static size_t count_unread(struct preview *p, const struct import_column *column) {
    size_t unread = 0;
    for (size_t i = 0; column->target == IMPORT_VALUE && i < p->table.sample_count; i++) {
        struct crm_value value;
        struct crm_error problem;
        if (cell_at(p, i, column->position).len && !read_cell(p, column, i, &value, &problem))
            unread++;
    }
    return unread;
}

static void put_column(struct preview *p, size_t position) {
    static const char *const words[] = {
        [IMPORT_VALUE] = "value",   [IMPORT_REFERENCE] = "reference",
        [IMPORT_CHOICE] = "choice", [IMPORT_ITEMS] = "items",
        [IMPORT_LINKS] = "links",   [IMPORT_FULL_NAME] = "full_name",
        [IMPORT_ID] = "id"};
    size_t rows[IMPORT_PREVIEW_SAMPLES], count = 0;
    const struct import_column *column = column_at(p, position);
    p->crm->base->json_object_open(p->out);
    p->crm->base->json_key(p->out, CRM_STR("column"));
    p->crm->base->json_text(p->out, p->plan.headers[position]);
    put_text(p, "field", column ? column->path : CRM_STR(""));
    put_text(p, "as", column ? crm_str_from(words[column->target]) : CRM_STR(""));
    put_text(p, "date_order", column ? column->text.date_order : CRM_STR(""));
    put_count(p, "filled", gather(p, position, rows, &count));
    put_count(p, "unread", column ? count_unread(p, column) : 0);
    put_samples(p, column, position, rows, count);
    p->crm->base->json_object_shut(p->out);
}

static void put_all(struct preview *p) {
    static const char *const from[] = {[IMPORT_MAP_GIVEN] = "given",
                                       [IMPORT_MAP_REMEMBERED] = "remembered",
                                       [IMPORT_MAP_GUESSED] = "guessed"};
    char delimiter = p->table.reader.dialect.delimiter;
    p->crm->base->json_object_open(p->out);
    put_text(p, "form", import_form_word(p->table.form));
    import_form_sheets_put(p->table.form, p->crm->base, p->out);
    put_count(p, "photos", (size_t)import_form_left_out(p->table.form));
    put_text(p, "encoding", p->table.encoding);
    put_text(p, "delimiter", crm_str_make(&delimiter, 1));
    put_text(p, "from", crm_str_from(from[p->plan.map_from]));
    put_count(p, "rows", p->table.sample_count);
    p->crm->base->json_key(p->out, CRM_STR("columns"));
    p->crm->base->json_array_open(p->out);
    for (size_t i = 0; i < p->plan.header_count; i++)
        put_column(p, i);
    p->crm->base->json_array_shut(p->out);
    p->crm->base->json_object_shut(p->out);
}

crm_status import_preview(const struct import_run *run, struct crm_arena *a, struct crm_json *out,
                          struct crm_error *err) {
    struct preview p = {.run = run, .crm = run->crm, .a = a, .out = out};
    crm_status status = import_table_open(&p.table, run, a, err);
    if (status == CRM_OK)
        status = import_plan_make(run, a, &p.table.header, p.table.sample, p.table.sample_count,
                                  &p.plan, err);
    p.plan.guarded = p.plan.own_export && !p.table.form;
    if (status == CRM_OK) put_all(&p);
    import_plan_fini(&p.plan);
    import_table_close(&p.table);
    return status;
}
