/* Expressions: whatever the text, it is refused with a message and a column within it, or it is a
 * tree that evaluates on an empty and on a full record with nothing but CRM_RANGE to complain of.
 */
#include "fuzz.h"

#include "unit/expr/sample.h"

static struct sample_row rows[] = {{.entity = SAMPLE_DEAL, .id = 1},
                                   {.entity = SAMPLE_DEAL, .id = 2},
                                   {.entity = SAMPLE_USER, .id = 7}};
static struct zone *company_zone;

static void fill(struct sample_row *row) {
    const struct value many[] = {sample_text("a@b.example"), sample_text("Ёлка")};
    sample_set(row, "name", sample_text("Один (1) \"x\""));
    sample_set(row, "quantity", (struct value){.type = VALUE_INT, .integer = INT64_MIN});
    sample_set(row, "percent", (struct value){.type = VALUE_INT, .integer = -1});
    sample_set(row, "rate", (struct value){.type = VALUE_DECIMAL, .integer = INT64_MAX});
    sample_set(row, "amount", sample_money(INT64_MAX, "USD", INT64_MAX));
    sample_set(row, "cost", sample_money(-7, "EUR", -7));
    sample_set(row, "active", (struct value){.type = VALUE_BOOL, .boolean = true});
    sample_set(row, "due_on", sample_date("9999-12-31"));
    sample_set(row, "made_at", sample_time("2026-03-29T01:30:00Z"));
    sample_set(row, "owner", (struct value){.type = VALUE_ID, .integer = 7});
    sample_set_list(row, "emails", many, 2);
}

static void evaluate(struct arena *a, const struct expr *e, const struct sample_row *row) {
    struct sample_world world = {rows, sizeof rows / sizeof *rows, row};
    struct expr_env env = {.get = sample_get,
                           .ctx = &world,
                           .arena = a,
                           .zone = company_zone,
                           .now_ms = 1700000000000,
                           .me = 7,
                           .week_start = 1,
                           .fiscal_month = 4,
                           .base_currency = {"EUR"},
                           .base_digits = 2};
    struct value v;
    struct err err;
    err_clear(&err);
    crm_status status = expr_eval(e, &env, &v, &err);
    HOLDS(status == CRM_OK || status == CRM_RANGE || status == CRM_NO_MEMORY);
    HOLDS(status != CRM_OK || v.type == VALUE_NIL || v.type == e->type.type ||
          e->type.type == VALUE_NIL);
    HOLDS(!(status == CRM_OK && e->never_nil && v.type == VALUE_NIL));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct arena a;
    struct err err;
    struct str text = str_make((const char *)bytes, len);
    err_clear(&err);
    if (!company_zone) {
        fill(&rows[1]);
        HOLDS(zone_open(STR("Europe/Moscow"), &company_zone, &err) == CRM_OK);
    }
    for (int mode = EXPR_MODE_ROW; mode <= EXPR_MODE_MEASURE; mode++) {
        const struct expr *e = NULL;
        arena_init(&a, 64u << 20);
        crm_status status = expr_parse(&a, text, &sample_scope, (enum expr_mode)mode, &e, &err);
        HOLDS(status == CRM_OK || status == CRM_INVALID || status == CRM_NO_MEMORY);
        HOLDS((status == CRM_OK) == (e != NULL));
        if (e && mode == EXPR_MODE_ROW)
            for (size_t i = 0; i < 2; i++)
                evaluate(&a, e, &rows[i]);
        struct buf message;
        buf_init(&message, 1 << 16);
        if (status != CRM_OK) err_format(&err, LANGUAGE_RU, &message);
        buf_fini(&message);
        arena_fini(&a);
    }
    return 0;
}
