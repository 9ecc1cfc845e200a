/* An event name against the schema, and a change of the log against an event. Private to event/. */
#ifndef EVENT_MATCH_H
#define EVENT_MATCH_H

#include "event/hub_state.h"
#include "record/past.h"

enum match_kind { MATCH_ANY, MATCH_VERB, MATCH_FIELD, MATCH_EMITTED };

struct match {
    enum match_kind kind;
    const struct schema_entity *entity; /* NULL: emitted */
    enum record_verb verb;
    int32_t field;           /* id, MATCH_FIELD */
    const struct expr *when; /* or NULL */
};

/* Compiled into the arena. `declared`: the name of an emitted event is known. */
crm_status match_compile(const struct schema *s, struct str event, struct str when, bool declared,
                         struct arena *a, struct match *ret, struct err *err);
/* By verb and changed fields only; `when` is the caller's. */
bool match_change(const struct match *m, int32_t entity, enum record_verb verb,
                  const struct image_field *fields, size_t count);
/* The condition on the record after the change; before it, where there is none after. `v` is the
 * system's, its connection in a transaction. */
crm_status match_condition(const struct match *m, const struct record_view *v,
                           const struct log_change *c, struct arena *a, bool *ret, struct err *err);
/* The name of what happened, as this match sees it: "visit.stage.changed". */
struct str match_name(const struct match *m, struct str event, enum record_verb verb,
                      struct arena *a);

#endif
