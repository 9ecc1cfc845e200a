/* The search table of an entity as a whole: sound in itself, no rows of records that are not there.
 * Each living record's row is looked for along with the record (check_records.c). */
#include "record/check.h"
#include "record/engine_state.h"
#include "record/search_fill.h"
#include "record/writer.h"
#include "store/search_sound.h"

struct looking {
    const struct schema_entity *entity;
    bool sound;
};

static crm_status look(void *ctx, struct store_conn *writer, struct err *err) {
    struct looking *l = ctx;
    return store_search_sound(writer, l->entity, &l->sound, err);
}

void check_search_wrong(struct check *k, const struct schema_entity *e) {
    struct check_report *r = &k->report;
    for (size_t i = 0; i < r->search_wrong_count; i++)
        if (r->search_wrong[i] == e->id) return;
    if (r->search_wrong_count < CHECK_SEARCH_MAX) r->search_wrong[r->search_wrong_count++] = e->id;
}

static crm_status look_at_rows(struct check *k, const struct schema_entity *e, struct err *err) {
    int64_t extra = 0;
    crm_status status = store_search_extra(k->conn, e, &extra, err);
    if (status != CRM_OK || extra == 0) return status;
    check_problem(k,
                  "%.*s: the search index holds %lld rows of records that are not there; perigee "
                  "check --repair makes it anew",
                  STR_ARG(e->name), (long long)extra);
    check_search_wrong(k, e);
    return CRM_OK;
}

crm_status check_search(struct check *k, const struct schema_entity *e, struct err *err) {
    struct looking looking = {.entity = e, .sound = true};
    struct search_fill fill = {0};
    k->searches = false;
    k->search_rows_wrong = 0;
    if (!e->search || e->searching) return CRM_OK;
    crm_status status = search_fill_read(k->conn, e, &fill, err);
    if (status == CRM_OK && !fill.begun)
        status = writer_exclusive(k->engine->writer, look, &looking, err);
    if (status != CRM_OK) return status;
    k->searches = looking.sound && !fill.begun;
    if (k->searches) return look_at_rows(k, e, err);
    check_problem(k, "%.*s: the search index is %s; perigee check --repair makes it anew",
                  STR_ARG(e->name), fill.begun ? "half made" : "malformed");
    check_search_wrong(k, e);
    return CRM_OK;
}
