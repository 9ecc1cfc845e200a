/* A small world for tests of the expression language: five kinds of records as data, a scope over
 * them, rows with values, and results as text ("money 10.00 EUR/20.00", "date 2026-11-21", "nil").
 *
 * The same tables of fields and rows drive the evaluator and, in the property test, the tables of
 * both engines. Header only. Threads: one. */
#ifndef TESTS_EXPR_SAMPLE_H
#define TESTS_EXPR_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/number.h"
#include "base/time.h"
#include "expr/expr.h"

enum { SAMPLE_DEAL = 1, SAMPLE_USER, SAMPLE_TEAM, SAMPLE_STAGE, SAMPLE_ORG, SAMPLE_ENTITY_END };
enum { SAMPLE_FIELDS_MAX = 24, SAMPLE_ITEMS_MAX = 4, SAMPLE_ARENA_BYTES = 64 << 20 };

struct sample_field {
    int32_t entity;
    const char *name; /* its position in the table is the field's id */
    struct expr_type type;
};

#define SAMPLE_REF(to)                                                                             \
    { .type = VALUE_ID, .entity = (to) }
#define SAMPLE_MANY(of)                                                                            \
    { .type = VALUE_LIST, .item = (of) }
static const struct sample_field sample_fields[] __attribute__((unused)) = {
    {0, "", {.type = VALUE_NIL}},
    {SAMPLE_DEAL, "id", SAMPLE_REF(SAMPLE_DEAL)},
    {SAMPLE_DEAL, "name", {.type = VALUE_TEXT}},
    {SAMPLE_DEAL, "note", {.type = VALUE_TEXT}},
    {SAMPLE_DEAL, "quantity", {.type = VALUE_INT}},
    {SAMPLE_DEAL, "percent", {.type = VALUE_INT}},
    {SAMPLE_DEAL, "rate", {.type = VALUE_DECIMAL}},
    {SAMPLE_DEAL, "factor", {.type = VALUE_DECIMAL}},
    {SAMPLE_DEAL, "amount", {.type = VALUE_MONEY}},
    {SAMPLE_DEAL, "cost", {.type = VALUE_MONEY}},
    {SAMPLE_DEAL, "active", {.type = VALUE_BOOL}},
    {SAMPLE_DEAL, "hot", {.type = VALUE_BOOL}},
    {SAMPLE_DEAL, "due_on", {.type = VALUE_DATE}},
    {SAMPLE_DEAL, "closed_on", {.type = VALUE_DATE}},
    {SAMPLE_DEAL, "made_at", {.type = VALUE_TIME}},
    {SAMPLE_DEAL, "done_at", {.type = VALUE_TIME}},
    {SAMPLE_DEAL, "owner", SAMPLE_REF(SAMPLE_USER)},
    {SAMPLE_DEAL, "team", SAMPLE_REF(SAMPLE_TEAM)},
    {SAMPLE_DEAL, "stage", SAMPLE_REF(SAMPLE_STAGE)},
    {SAMPLE_DEAL, "organization", SAMPLE_REF(SAMPLE_ORG)},
    {SAMPLE_DEAL, "about", {.type = VALUE_ID}},
    {SAMPLE_DEAL, "emails", SAMPLE_MANY(VALUE_TEXT)},
    {SAMPLE_DEAL, "followers", {.type = VALUE_LIST, .item = VALUE_ID, .entity = SAMPLE_USER}},
    {SAMPLE_USER, "name", {.type = VALUE_TEXT}},
    {SAMPLE_USER, "team", SAMPLE_REF(SAMPLE_TEAM)},
    {SAMPLE_TEAM, "name", {.type = VALUE_TEXT}},
    {SAMPLE_STAGE, "name", {.type = VALUE_TEXT}},
    {SAMPLE_STAGE, "kind", {.type = VALUE_TEXT}},
    {SAMPLE_STAGE, "probability", {.type = VALUE_INT}},
    {SAMPLE_ORG, "name", {.type = VALUE_TEXT}},
    {SAMPLE_ORG, "revenue", {.type = VALUE_MONEY}},
    {SAMPLE_ORG, "founded_on", {.type = VALUE_DATE}},
    {SAMPLE_ORG, "parent", SAMPLE_REF(SAMPLE_ORG)},
    {SAMPLE_ORG, "emails", SAMPLE_MANY(VALUE_TEXT)},
};
enum { SAMPLE_FIELD_COUNT = (int)(sizeof sample_fields / sizeof sample_fields[0]) };

static inline int32_t sample_field_find(int32_t entity, struct str name) {
    for (int32_t i = 1; i < SAMPLE_FIELD_COUNT; i++)
        if (sample_fields[i].entity == entity && str_is(name, sample_fields[i].name)) return i;
    return 0;
}

static inline bool sample_resolve(void *ctx, int32_t entity, struct str name,
                                  struct expr_symbol *ret) {
    (void)ctx;
    int32_t field = sample_field_find(entity ? entity : SAMPLE_DEAL, name);
    if (!field) return false;
    const struct expr_type type = sample_fields[field].type;
    *ret = (struct expr_symbol){.field = field, .type = type, .many = type.type == VALUE_LIST};
    return true;
}

/* Suggests the field with the same first three letters. */
static inline struct str sample_suggest(void *ctx, int32_t entity, struct str name) {
    (void)ctx;
    for (int32_t i = 1; name.len >= 3 && i < SAMPLE_FIELD_COUNT; i++)
        if (sample_fields[i].entity == (entity ? entity : SAMPLE_DEAL) &&
            strncmp(sample_fields[i].name, name.ptr, 3) == 0)
            return str_from(sample_fields[i].name);
    return STR_NONE;
}

static const struct expr_scope sample_scope __attribute__((unused)) = {
    .root_entity = SAMPLE_DEAL, .resolve = sample_resolve, .suggest = sample_suggest};

/* A record: values by field id. */
struct sample_row {
    int32_t entity;
    int64_t id;
    struct value values[SAMPLE_FIELD_COUNT];
    struct value items[SAMPLE_FIELD_COUNT][SAMPLE_ITEMS_MAX];
};

struct sample_world {
    struct sample_row *rows;
    size_t count;
    const struct sample_row *row; /* the record at hand */
};

static inline const struct sample_row *sample_row_find(const struct sample_world *w, int32_t entity,
                                                       int64_t id) {
    for (size_t i = 0; i < w->count; i++)
        if (w->rows[i].entity == entity && w->rows[i].id == id) return &w->rows[i];
    return NULL;
}

static inline crm_status sample_get(void *ctx, const struct expr *path, struct value *ret,
                                    struct err *err) {
    const struct sample_world *w = ctx;
    const struct sample_row *row = w->row;
    (void)err;
    *ret = VALUE_OF_NIL;
    for (uint8_t i = 0; row && i < path->path.length; i++) {
        const struct expr_symbol *step = &path->path.step[i];
        *ret = row->values[step->field];
        if (i + 1 == path->path.length) return CRM_OK;
        row = ret->type == VALUE_ID ? sample_row_find(w, step->type.entity, ret->integer) : NULL;
    }
    *ret = VALUE_OF_NIL;
    return CRM_OK;
}

static inline void sample_set(struct sample_row *row, const char *field, struct value v) {
    int32_t id = sample_field_find(row->entity, str_from(field));
    assert_true(id > 0);
    row->values[id] = v;
}

static inline void sample_set_list(struct sample_row *row, const char *field,
                                   const struct value *items, size_t count) {
    int32_t id = sample_field_find(row->entity, str_from(field));
    assert_true(id > 0 && count <= SAMPLE_ITEMS_MAX);
    for (size_t i = 0; i < count; i++)
        row->items[id][i] = items[i];
    row->values[id] = (struct value){.type = VALUE_LIST, .list = {row->items[id], count}};
}

/* Minor units of a currency, with a base amount in EUR. */
static inline struct value sample_money(int64_t amount, const char *currency, int64_t base) {
    struct value v = {.type = VALUE_MONEY, .has_base = true, .integer = amount, .base = base};
    assert_true(currency_parse(str_from(currency), &v.currency));
    return v;
}

static inline struct value sample_date(const char *text) {
    int64_t days = 0;
    assert_true(date_parse(str_from(text), &days));
    return value_date(days);
}

static inline struct value sample_time(const char *text) {
    int64_t ms = 0;
    assert_true(time_parse(str_from(text), &ms));
    return value_time(ms);
}

static inline struct value sample_text(const char *text) { return value_text(str_from(text)); }

static inline void sample_format_money(const struct value *v, int base_digits, struct buf *out) {
    buf_add_cstr(out, "money ");
    money_format(v->integer, currency_digits(v->currency), out);
    buf_printf(out, " %s", v->currency.code);
    if (!v->has_base) return;
    buf_add_cstr(out, "/");
    money_format(v->base, base_digits, out);
}

static inline void sample_format(const struct value *v, int base_digits, struct buf *out) {
    switch (v->type) {
    case VALUE_NIL:
        buf_add_cstr(out, "nil");
        break;
    case VALUE_BOOL:
        buf_add_cstr(out, v->boolean ? "true" : "false");
        break;
    case VALUE_INT:
        buf_add_int64(out, v->integer);
        break;
    case VALUE_DECIMAL:
        buf_add_cstr(out, "decimal ");
        decimal_format(v->integer, -1, out);
        break;
    case VALUE_MONEY:
        sample_format_money(v, base_digits, out);
        break;
    case VALUE_TEXT:
        buf_printf(out, "'%.*s'", STR_ARG(v->text));
        break;
    case VALUE_DATE:
        buf_add_cstr(out, "date ");
        date_format(v->integer, out);
        break;
    case VALUE_TIME:
        buf_add_cstr(out, "time ");
        time_format(v->integer, out);
        break;
    case VALUE_ID:
        buf_printf(out, "id %lld", (long long)v->integer);
        break;
    case VALUE_LIST:
        for (size_t i = 0; i < v->list.count; i++) {
            if (i) buf_add_cstr(out, ", ");
            sample_format(&v->list.items[i], base_digits, out);
        }
        break;
    default:
        buf_add_cstr(out, "?");
    }
}

/* Fails the test with the message of `err` in it. */
static inline const struct expr *sample_parse(struct arena *a, const char *text,
                                              enum expr_mode mode) {
    const struct expr *e = NULL;
    struct err err;
    err_clear(&err);
    if (expr_parse(a, str_from(text), &sample_scope, mode, &e, &err) == CRM_OK) return e;
    BUF_CLEANUP struct buf message;
    buf_init(&message, 4096);
    err_format(&err, LANGUAGE_EN, &message);
    print_error("%s\n  %.*s\n", text, STR_ARG(buf_str(&message)));
    fail();
    return NULL;
}

#endif
