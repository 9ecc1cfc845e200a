/* See shape.h. */
#include "store/shape.h"

static bool key_of(const struct shape *shape, struct text_key *key) {
    key->len = 0;
    key->overflow = false;
    text_key_int(key, (int64_t)shape->kind * 256 + shape->variant);
    if (shape->entity->generation == 0) return false;
    text_key_int(key, shape->entity->id);
    text_key_int(key, shape->entity->generation);
    if (!shape->slots) return true;
    text_key_int(key, -1);
    text_key_add(key, shape->slots->bits,
                 (shape->entity->field_count + 63) / 64 * sizeof shape->slots->bits[0]);
    return !key->overflow;
}

crm_status shape_text(struct store_conn *c, const struct shape *shape, shape_build build,
                      struct arena *a, struct statement *q, struct err *err) {
    struct text_key key;
    bool keeps = key_of(shape, &key);
    const struct text_entry *entry = keeps ? text_cache_find(c->texts, &key) : NULL;
    if (entry) {
        q->text = entry->text;
        q->hash = entry->hash;
        return CRM_OK;
    }
    struct sql s SQL_CLEANUP;
    sql_init(&s, c->driver->dialect, a);
    build(&s, shape);
    crm_status status = sql_status(&s, err);
    if (status != CRM_OK) return status;
    if (keeps) entry = text_cache_put(c->texts, &key, buf_str(&s.text));
    q->text = entry ? entry->text : arena_str(a, buf_str(&s.text));
    q->hash = statement_hash(q->text.ptr, q->text.len);
    return q->text.ptr ? CRM_OK : err_no_memory(err);
}
