/* The sample world as tables t<entity>(id, f<field> ...) and l<field>(record, item, item_k). Money
 * is f<field> (base) and f<field>_c (amount); texts have a folded shadow f<field>_k on every second
 * field, so that both forms are exercised. Paths become nested scalar subqueries. */
#include <stdlib.h>

#include "base/unicode.h"
#include "expr/engine.h"

enum { SCRIPT_MAX_BYTES = 1 << 20 };

void engine_fail(const struct engine *e, const char *statement, const char *message) {
    (void)fprintf(stderr, "%s: %s\n%s\n", e->name, message, statement);
    exit(2);
}

struct value engine_value(enum value_type type, bool nil, int64_t number, struct str text) {
    if (nil || type == VALUE_NIL) return VALUE_OF_NIL;
    if (type == VALUE_TEXT) return value_text(text);
    if (type == VALUE_BOOL) return value_bool(number != 0);
    if (type == VALUE_MONEY)
        return (struct value){
            .type = VALUE_MONEY, .has_base = true, .base = number, .integer = number};
    return (struct value){.type = type, .integer = number};
}

static bool has_shadow(int32_t field) { return field % 2 == 0; }

static const char *text_type(const struct engine *e) {
    return e->dialect == SQL_POSTGRES ? "TEXT COLLATE \"C\"" : "TEXT";
}

static void add_columns(const struct engine *e, int32_t entity, struct buf *out) {
    for (int32_t i = 1; i < SAMPLE_FIELD_COUNT; i++) {
        const struct sample_field *f = &sample_fields[i];
        if (f->entity != entity || f->type.type == VALUE_LIST) continue;
        buf_printf(out, ", f%d %s", i, f->type.type == VALUE_TEXT ? text_type(e) : "BIGINT");
        if (f->type.type == VALUE_MONEY) buf_printf(out, ", f%d_c BIGINT", i);
        if (f->type.type == VALUE_TEXT && has_shadow(i))
            buf_printf(out, ", f%d_k %s", i, text_type(e));
    }
}

static void add_tables(const struct engine *e, struct buf *out) {
    for (int32_t entity = SAMPLE_DEAL; entity < SAMPLE_ENTITY_END; entity++) {
        buf_printf(out, "DROP TABLE IF EXISTS t%d; CREATE TABLE t%d (id BIGINT PRIMARY KEY", entity,
                   entity);
        add_columns(e, entity, out);
        buf_add_cstr(out, ");\n");
    }
    for (int32_t i = 1; i < SAMPLE_FIELD_COUNT; i++) {
        if (sample_fields[i].type.type != VALUE_LIST) continue;
        const char *type = sample_fields[i].type.item == VALUE_TEXT ? text_type(e) : "BIGINT";
        buf_printf(
            out,
            "DROP TABLE IF EXISTS l%d; CREATE TABLE l%d (record BIGINT, item %s, item_k %s);\n", i,
            i, type, type);
    }
}

static void add_text(struct str text, struct buf *out) {
    buf_add_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') buf_add_char(out, '\'');
        buf_add_char(out, text.ptr[i]);
    }
    buf_add_char(out, '\'');
}

static void add_folded(struct str text, struct buf *out) {
    BUF_CLEANUP struct buf folded;
    buf_init(&folded, 4096);
    fold_text(text, &folded);
    add_text(buf_str(&folded), out);
}

static void add_cell(const struct value *v, struct buf *out) {
    if (v->type == VALUE_NIL || (v->type == VALUE_MONEY && !v->has_base))
        buf_add_cstr(out, "NULL");
    else if (v->type == VALUE_TEXT)
        add_text(v->text, out);
    else
        buf_add_int64(out, v->type == VALUE_MONEY  ? v->base
                           : v->type == VALUE_BOOL ? v->boolean
                                                   : v->integer);
}

static void add_items(const struct sample_row *row, int32_t field, struct buf *out) {
    const struct value *v = &row->values[field];
    for (size_t i = 0; v->type == VALUE_LIST && i < v->list.count; i++) {
        const struct value *item = &v->list.items[i];
        buf_printf(out, "INSERT INTO l%d VALUES (%lld, ", field, (long long)row->id);
        add_cell(item, out);
        buf_add_cstr(out, ", ");
        if (item->type == VALUE_TEXT)
            add_folded(item->text, out);
        else
            add_cell(item, out);
        buf_add_cstr(out, ");\n");
    }
}

static void add_field(const struct sample_row *row, int32_t field, struct buf *out) {
    const struct value *v = &row->values[field];
    buf_add_cstr(out, ", ");
    add_cell(v, out);
    if (sample_fields[field].type.type == VALUE_MONEY) {
        buf_add_cstr(out, ", ");
        if (v->type == VALUE_NIL)
            buf_add_cstr(out, "NULL");
        else
            buf_add_int64(out, v->integer);
    }
    if (sample_fields[field].type.type != VALUE_TEXT || !has_shadow(field)) return;
    buf_add_cstr(out, ", ");
    if (v->type == VALUE_NIL)
        buf_add_cstr(out, "NULL");
    else
        add_folded(v->text, out);
}

static void add_row(const struct sample_row *row, struct buf *out) {
    buf_printf(out, "INSERT INTO t%d VALUES (%lld", row->entity, (long long)row->id);
    for (int32_t i = 1; i < SAMPLE_FIELD_COUNT; i++)
        if (sample_fields[i].entity == row->entity && sample_fields[i].type.type != VALUE_LIST)
            add_field(row, i, out);
    buf_add_cstr(out, ");\n");
    for (int32_t i = 1; i < SAMPLE_FIELD_COUNT; i++)
        if (sample_fields[i].entity == row->entity && sample_fields[i].type.type == VALUE_LIST)
            add_items(row, i, out);
}

void engine_load(struct engine *e, const struct world *w) {
    BUF_CLEANUP struct buf script;
    buf_init(&script, SCRIPT_MAX_BYTES);
    buf_add_cstr(&script, "BEGIN;\n");
    add_tables(e, &script);
    for (size_t i = 0; i < w->sample.count; i++)
        add_row(&w->sample.rows[i], &script);
    buf_add_cstr(&script, "COMMIT;\n");
    assert_int_equal(script.status, CRM_OK);
    e->script(e, script.ptr);
    e->set_company(e, &w->company);
}

/* The id of the record that step `index` is a field of. */
static void add_record(struct sql *s, const struct expr *path, uint8_t index) {
    if (index == 0) {
        sql_add(s, "r.id");
        return;
    }
    const struct expr_symbol *step = &path->path.step[index - 1];
    sql_printf(s, "(SELECT f%d FROM t%d WHERE id = ", step->field,
               sample_fields[step->field].entity);
    add_record(s, path, (uint8_t)(index - 1));
    sql_add(s, ")");
}

static void add_column(struct sql *s, const struct expr *path, const char *suffix) {
    uint8_t last = (uint8_t)(path->path.length - 1);
    int32_t field = path->path.step[last].field;
    if (last == 0) {
        sql_printf(s, "r.f%d%s", field, suffix);
        return;
    }
    sql_printf(s, "(SELECT f%d%s FROM t%d WHERE id = ", field, suffix, sample_fields[field].entity);
    add_record(s, path, last);
    sql_add(s, ")");
}

static crm_status add_path(void *ctx, struct sql *s, const struct expr *path,
                           enum expr_sql_form form, struct err *err) {
    int32_t field = path->path.step[path->path.length - 1].field;
    (void)ctx, (void)err;
    if (form == EXPR_SQL_FOLDED && !has_shadow(field)) {
        sql_add(s, s->dialect == SQL_POSTGRES ? "perigee.crm_fold(" : "crm_fold(");
        add_column(s, path, "");
        sql_add(s, ")");
        return CRM_OK;
    }
    add_column(s, path, form == EXPR_SQL_FOLDED ? "_k" : form == EXPR_SQL_AMOUNT ? "_c" : "");
    return CRM_OK;
}

static crm_status add_many(void *ctx, struct sql *s, const struct expr *path,
                           enum expr_sql_form form,
                           crm_status (*body)(void *body_ctx, struct sql *s,
                                              const char *item_column, struct err *err),
                           void *body_ctx, struct err *err) {
    static int aliases;
    char item[32];
    uint8_t last = (uint8_t)(path->path.length - 1);
    int alias = ++aliases;
    (void)ctx;
    sql_printf(s, "EXISTS (SELECT 1 FROM l%d v%d WHERE v%d.record = ", path->path.step[last].field,
               alias, alias);
    add_record(s, path, last);
    crm_status status = CRM_OK;
    if (body) {
        (void)snprintf(item, sizeof item, "v%d.%s", alias,
                       form == EXPR_SQL_FOLDED ? "item_k" : "item");
        sql_add(s, " AND ");
        status = body(body_ctx, s, item, err);
    }
    sql_add(s, ")");
    return status;
}

static crm_status add_count(void *ctx, struct sql *s, const struct expr *path, struct err *err) {
    uint8_t last = (uint8_t)(path->path.length - 1);
    (void)ctx, (void)err;
    sql_printf(s, "(SELECT count(*) FROM l%d c WHERE c.record = ", path->path.step[last].field);
    add_record(s, path, last);
    sql_add(s, ")");
    return CRM_OK;
}

struct expr_sql_context engine_context(const struct world *w) {
    return (struct expr_sql_context){.path = add_path,
                                     .many = add_many,
                                     .many_count = add_count,
                                     .now_ms = w->env.now_ms,
                                     .me = w->env.me,
                                     .my_team = w->env.my_team,
                                     .my_tree = w->env.my_tree,
                                     .my_tree_count = w->env.my_tree_count,
                                     .company = &w->company};
}
