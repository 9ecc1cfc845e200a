/* The parts of the answer of meta; its shape is written down in meta.c. Private to record/. */
#ifndef RECORD_META_H
#define RECORD_META_H

#include "record/read_core.h"

void meta_put_entities(struct record_view *v, struct json_writer *out);
crm_status meta_put_directories(struct record_view *v, struct json_writer *out, struct err *err);
crm_status meta_put_pipelines(struct record_view *v, struct json_writer *out, struct err *err);
void meta_put_views(struct record_view *v, struct json_writer *out);
crm_status meta_put_currencies(struct record_view *v, struct json_writer *out, struct err *err);

/* "key": text / true, left out when empty / false. */
static inline void meta_text(struct json_writer *out, const char *key, struct str text) {
    if (text.len == 0) return;
    json_key_lit(out, key);
    json_text(out, text);
}
static inline void meta_flag(struct json_writer *out, const char *key, bool flag) {
    if (!flag) return;
    json_key_lit(out, key);
    json_bool(out, true);
}
static inline void meta_label(struct record_view *v, struct json_writer *out, const char *key,
                              const struct schema_label *label, struct str fallback) {
    json_key_lit(out, key);
    json_text(out, schema_label_get(label, v->access->actor.language, fallback));
}

#endif
