/* `check`: is what is stored what was written? The engine's own check, then the log, then every
 * record against the log, its roll-ups and its search row. Changes nothing; in one snapshot. */
#include "record/check.h"

#include <stdarg.h>

#include "record/engine_state.h"
#include "store/integrity.h"

void check_problem(struct check *k, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct str s = str_make(text, len < 0                     ? 0
                                  : (size_t)len < sizeof text ? (size_t)len
                                                              : sizeof text - 1);
    if (k->report.problems++ == 0) k->report.first_problem = arena_str(k->arena, s);
    if (k->on_problem) k->on_problem(k->ctx, s);
}

static void engine_problem(void *ctx, struct str text) {
    check_problem(ctx, "database: %.*s", STR_ARG(text));
}

/* Commands come with their snapshot open. */
static crm_status check_all(struct check *k, struct err *err) {
    bool own = !store_in_transaction(k->conn);
    crm_status status = own ? store_begin(k->conn, err) : CRM_OK;
    if (status != CRM_OK) return status;
    status = check_log(k, err);
    for (size_t i = 0; i < k->schema->entity_count && status == CRM_OK; i++) {
        status = check_search(k, &k->schema->entities[i], err);
        if (status == CRM_OK) status = check_records(k, &k->schema->entities[i], err);
    }
    if (own && store_in_transaction(k->conn)) store_rollback(k->conn);
    return status;
}

crm_status record_check(struct engine *e, struct store_conn *reader, struct arena *a,
                        void (*on_problem)(void *ctx, struct str text), void *ctx,
                        struct check_report *ret, struct err *err) {
    struct check k = {.engine = e,
                      .conn = reader,
                      .schema = engine_schema(e),
                      .company = engine_company_ref(e),
                      .arena = a,
                      .on_problem = on_problem,
                      .ctx = ctx};
    crm_status status = store_integrity(engine_store(e), engine_problem, &k, err);
    if (status == CRM_OK && k.schema) status = check_all(&k, err);
    if (status == CRM_OK) *ret = k.report;
    engine_company_unref(e, k.company);
    schema_unref(k.schema);
    return status;
}
