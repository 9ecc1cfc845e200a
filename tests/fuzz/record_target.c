/* Bodies of requests: JSON that is parsed becomes a record that is prepared without writing, or a
 * query that is run, or an error that says what was wrong; never anything else. The first byte says
 * which. */
#include "world_once.h"

static void try_record(struct reading *r, const char *name, const json_t *body) {
    struct world *w = r->w;
    struct changeset c;
    struct changeset_result result = {0};
    struct err_list errors = {0};
    changeset_init(&c, &r->arena, w->schema, &w->actor);
    c.flags |= CHANGESET_DRY;
    struct record_op *op = changeset_create(&c, w->engine, entity(w, name));
    HOLDS(op);
    crm_status status = record_op_from_json(&r->view, &c, op, body, NULL, &errors, &w->err);
    HOLDS(status != CRM_INTERNAL);
    if (status == CRM_OK)
        status = changeset_commit(w->engine, w->reader, &c, &result, &errors, &w->err);
    HOLDS(status != CRM_INTERNAL && status != CRM_IO);
    changeset_fini(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    static const char *const entities[] = {"customer", "deal", "visit"};
    struct reading r;
    struct err err;
    json_t *body = NULL;
    err_clear(&err);
    if (len < 1 ||
        json_parse(str_make((const char *)bytes + 1, len - 1), NULL, &body, &err) != CRM_OK)
        return 0;
    reading_begin(&r, world_once());
    if (!json_is_object(body)) {
        json_decref(body);
        body = json_object();
    }
    r.status = CRM_CANCELLED; /* no answer to look at, but of a query */
    if (bytes[0] % 4 == 3)
        r.status = record_query_json(&r.view, body, &r.json, &r.w->err);
    else
        try_record(&r, entities[bytes[0] % 4], body);
    HOLDS(r.status != CRM_INTERNAL);
    (void)reading_end(&r);
    arena_reset(&r.w->arena);
    json_decref(body);
    return 0;
}
