/* Who hears of a change that waits, and of its end: events for whoever listens, emitted in the
 * transaction that writes the change, so that none is told of what did not happen. See
 * schema_waiting.h. */
#include "event/subscribe.h"
#include "module/kernel_state.h"
#include "module/schema_waiting.h"
#include "record/resident.h"

enum { TOLD_BYTES = 16 << 10 };

static bool may_decide(struct kernel *k, const struct schema *schema,
                       const struct waiting_change *it, int64_t user, struct arena *a) {
    struct actor actor;
    struct access access;
    struct err err;
    if (user == it->author || user == ACTOR_SYSTEM) return false;
    if (engine_actor(k->engine, user, ACCESS_DOOR_JOB, a, &actor, &err) != CRM_OK) return false;
    access_init(&access, schema, &actor);
    return schema_change_allowed(&access, &it->change, &err) == CRM_OK;
}

static void write_deciders(struct kernel *k, const struct waiting_change *it, struct arena *a,
                           struct json_writer *w) {
    struct schema *schema = engine_schema(k->engine);
    const struct resident *r = engine_resident_ref(k->engine);
    const struct schema_entity *user = schema_find(schema, STR("user"));
    const struct schema_field *id = user ? schema_standard(user, SCHEMA_STD_ID) : NULL;
    size_t count = id ? resident_count(r, user) : 0;
    size_t told = 0;
    json_array_open(w);
    for (size_t i = 0; i < count && told < WAITING_TOLD_MAX; i++) {
        int64_t one = resident_at(r, user, i)[id->slot].integer;
        if (!may_decide(k, schema, it, one, a)) continue;
        json_id(w, one);
        told++;
    }
    json_array_shut(w);
    engine_resident_unref(k->engine, r);
    schema_unref(schema);
}

crm_status waiting_tidings_make(struct kernel *k, const struct waiting_change *it, struct arena *a,
                                struct waiting_tidings *ret, struct err *err) {
    BUF_CLEANUP struct buf text;
    struct json_writer w;
    bool waits = it->state == WAITING_OPEN;
    buf_init(&text, TOLD_BYTES);
    json_writer_init(&w, &text);
    json_object_open(&w);
    json_key_lit(&w, "change");
    json_id(&w, it->id);
    json_key_lit(&w, "state");
    json_cstr(&w, waiting_state_word(it->state));
    json_key_lit(&w, "by");
    json_id(&w, waits ? it->author : it->decided_by);
    json_key_lit(&w, "users");
    if (waits) {
        write_deciders(k, it, a, &w);
    } else {
        json_array_open(&w);
        if (it->author != it->decided_by) json_id(&w, it->author);
        json_array_shut(&w);
    }
    json_object_shut(&w);
    struct str kept = text.status == CRM_OK ? arena_str(a, buf_str(&text)) : STR_NONE;
    if (!kept.ptr) return err_no_memory(err);
    *ret = (struct waiting_tidings){k->events, waits ? "definition.waiting" : "definition.decided",
                                    kept};
    return CRM_OK;
}

crm_status waiting_tidings_emit(const struct waiting_tidings *t, struct store_conn *writer,
                                struct err *err) {
    return t->hub ? event_emit(t->hub, writer, str_from(t->event), t->data, STR("schema"), 1, err)
                  : CRM_OK;
}
