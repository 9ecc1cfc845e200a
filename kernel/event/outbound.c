/* Outbound jobs (mail, web hooks) held after a restore: a row of sys_meta says so, from the restore
 * to the release, through every restart. A node that runs learns of a release by another one from
 * the news. */
#include "event/hub_state.h"
#include "store/migrate.h"
#include "store/sys_tables.h"

static struct store_condition held_row(void) {
    return (struct store_condition){SYS_META_KEY, STORE_EQ, store_text(STR(STORE_META_OUTBOUND))};
}

static bool is_any(void *ctx, const struct store_value *row) {
    (void)row;
    *(bool *)ctx = true;
    return false;
}

crm_status outbound_load(struct event_hub *h, struct store_conn *reader, struct err *err) {
    struct store_condition where = held_row();
    struct store_select select = {
        .table = sys_table(SYS_TABLE_META), .where = &where, .where_count = 1, .limit = 1};
    bool held = false;
    crm_status status = store_each(reader, &select, is_any, &held, err);
    pthread_mutex_lock(&h->mu);
    h->hold_outbound = held || h->options.hold_outbound;
    pthread_mutex_unlock(&h->mu);
    return status;
}

static crm_status release_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct store_condition where = held_row();
    return store_delete(writer, sys_table(SYS_TABLE_META), &where, 1, ctx, err);
}

crm_status event_release_outbound(struct event_hub *h, bool *ret_was_held, struct err *err) {
    int64_t removed = 0;
    crm_status status =
        engine_write_news(h->engine, STORE_NEWS_OUTBOUND, release_write, &removed, err);
    if (status != CRM_OK) return status;
    pthread_mutex_lock(&h->mu);
    if (ret_was_held) *ret_was_held = removed > 0 || h->hold_outbound;
    h->hold_outbound = h->options.hold_outbound = false;
    pthread_mutex_unlock(&h->mu);
    hub_ask_jobs(h);
    return CRM_OK;
}

crm_status event_outbound_look(struct event_hub *h, struct err *err) {
    struct store_conn *reader = NULL;
    crm_status status = engine_reader_open(h->engine, &reader, err);
    if (status != CRM_OK) return status;
    status = outbound_load(h, reader, err);
    store_conn_close(reader);
    hub_ask_jobs(h);
    return status;
}
